using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Sessions;

internal abstract record SessionInstruction;

// ---- To links ----

/// <summary>The session needs a link and has none: find one. Said once per loss.</summary>
internal sealed record FindLink : SessionInstruction;

/// <summary>Stop looking for a link.</summary>
internal sealed record StopFindingLink : SessionInstruction;

/// <param name="SeenIncarnation">With <see cref="CloseCode.Replaced"/>: the newer incarnation, for the Close message.</param>
internal sealed record CloseLink(LinkId Link, CloseCode Code, string Text, Incarnation? SeenIncarnation = null) : SessionInstruction;

// ---- To the owner ----

/// <summary>The first link of a session is proven.</summary>
internal sealed record SessionBegan(PeerCard Remote, Incarnation Incarnation, string DisplayName) : SessionInstruction;

internal sealed record SessionSuspected : SessionInstruction;

internal sealed record SessionRecovered : SessionInstruction;

/// <summary>The session is over; every channel was closed before, and attachments that waited are forgotten: the owner attaches again when it wants. With <see cref="PeerLeavingReason.Restarted"/> a <see cref="SessionBegan"/> follows.</summary>
internal sealed record SessionEnded(PeerLeavingReason Reason) : SessionInstruction;

/// <summary>The other side knows a newer incarnation of our own identity.</summary>
internal sealed record SelfReplaced(Incarnation Newer) : SessionInstruction;

// ---- To networks ----

/// <summary>The other side asks to attach; answer with <see cref="AttachNetwork"/> or <see cref="RefuseAttach"/>. Said again when it attaches anew.</summary>
internal sealed record AttachRequested(NetworkId Network, uint Epoch, ReadOnlyMemory<byte> Member) : SessionInstruction;

/// <summary>Both sides are attached: messages flow. <paramref name="WindowCost"/> is the credit that the other side gives.</summary>
internal sealed record ChannelOpened(NetworkId Network, ReadOnlyMemory<byte> Member, long WindowCost) : SessionInstruction;

/// <summary>The other side does not let the network flow.</summary>
internal sealed record ChannelRefused(NetworkId Network, NetfluxError Why) : SessionInstruction;

/// <summary>An open channel has ended; nothing comes through it after this. Not said for an end that this side asked for with <see cref="DetachNetwork"/>.</summary>
internal sealed record ChannelClosed(NetworkId Network, PeerLeavingReason Reason) : SessionInstruction;

/// <summary>The other side's subscribers have consumed this much since the channel opened.</summary>
internal sealed record ChannelCredit(NetworkId? Network, ulong MessagesConsumed, long CostConsumed) : SessionInstruction;

/// <summary>The oldest relayed frame of the channel that had not arrived at the other side has: its memory is free.</summary>
internal sealed record RelayedFrameArrived(NetworkId Network) : SessionInstruction;

/// <summary>Frames of one channel, in order; null is the channel outside any network. Neighbouring frames of one channel come as one instruction.</summary>
internal sealed record ChannelFrames(NetworkId? Network, List<ReceivedFrame> Frames) : SessionInstruction;

/// <param name="Kind"><see cref="FrameKind.Message"/> (also one put together from chunks), <see cref="FrameKind.Control"/> or <see cref="FrameKind.Relay"/>.</param>
internal readonly record struct ReceivedFrame(FrameKind Kind, FrameFlags Flags, ReadOnlyMemory<byte> Body);

internal sealed record InvitationReceived(ulong Id, ReadOnlyMemory<byte> Invitation) : SessionInstruction;

internal sealed record InvitationAnswered(ulong Id, JoinRequestDeclinedReason? Reason, string Why) : SessionInstruction;
