using Netflux.Identity;
using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Networks;

/// <summary>A message that somebody in this process wants to send.</summary>
/// <param name="Sender">Who hears what becomes of it; an opaque token, compared by its equality. Null where nobody does.</param>
/// <param name="To">The receiver; null sends to all members.</param>
internal readonly record struct Submission(object? Sender, RequestId RequestId, PeerId? To, ReadOnlyMemory<byte> Payload, bool Confirm);

/// <summary>A message that was accepted, for this way: in a full mesh the member's own channel.</summary>
/// <param name="Id">Its number; of a broadcast the same for every way.</param>
internal readonly record struct HandOver(PeerId Way, FrameFlags Flags, ReadOnlyMemory<byte> Payload, long Id);

/// <summary>Why messages that waited for a member are not sent.</summary>
internal sealed record WayClosed(NetfluxError Error, string Text)
{
    public static readonly WayClosed Left = new(NetfluxError.UnknownPeer, "it left before the message was accepted");
}

internal abstract record SendInstruction;

/// <summary>The message has its number and its place in the order. Senders with a window hear this only of messages that they want confirmed.</summary>
internal sealed record Accepted(object Sender, RequestId RequestId, MessageId Id) : SendInstruction;

/// <summary>The message, or the window that was asked for, is refused.</summary>
internal sealed record Refused(object? Sender, RequestId RequestId, NetfluxError Why, string Text) : SendInstruction;

/// <summary>The sender may tell while what it told since the window opened costs less than <paramref name="UpTo"/>.</summary>
/// <param name="AcceptedCount">How many of its messages were accepted so far.</param>
internal sealed record WindowOpened(object Sender, long UpTo, long AcceptedCount) : SendInstruction;

/// <summary>Everybody who was to have the message has consumed it, or has left where it was a broadcast.</summary>
internal sealed record Delivered(object Sender, MessageId Id) : SendInstruction;

/// <summary>Of these numbers, those that went to the member may not have reached it.</summary>
/// <param name="ConfirmingSenders">The senders of direct messages among them that asked for confirmation, each once, in order.</param>
internal sealed record Undelivered(PeerId Member, MessageId First, MessageId Last, IReadOnlyList<object> ConfirmingSenders) : SendInstruction;

/// <summary>The member held others up for too long. Nothing more is sent to it; close it.</summary>
internal sealed record DropSlowMember(PeerId Member) : SendInstruction;
