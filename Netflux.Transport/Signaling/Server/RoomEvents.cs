using Netflux.Identity;

namespace Netflux.Transport.Signaling.Server;

/// <summary>What happened in a room that has to be remembered. How it is written down is the store's affair.</summary>
internal abstract record RoomEvent;

// ---- Of a name ----

internal sealed record NameTaken(ReadOnlyMemory<byte> Genesis) : RoomEvent;

internal sealed record NameReleased : RoomEvent;

// ---- Of a network ----

internal sealed record NetworkTracked(ReadOnlyMemory<byte> Genesis, DateTimeOffset At) : RoomEvent;

internal sealed record NetworkNamed(string Name) : RoomEvent;

/// <param name="Record">As the member signed it.</param>
internal sealed record MemberPut(PeerId Member, ReadOnlyMemory<byte> Record, DateTimeOffset Since, DateTimeOffset Seen) : RoomEvent;

internal sealed record MemberSeen(PeerId Member, DateTimeOffset At) : RoomEvent;

/// <param name="By">The member itself, or who removed it.</param>
/// <param name="Record">As it signed that; empty in what was written before there was one, and where an older client asked for it.</param>
internal sealed record MemberRemoved(PeerId Member, PeerId By, DateTimeOffset At, ReadOnlyMemory<byte> Record = default) : RoomEvent;

/// <summary>Of a snapshot: how often the map of members had changed, and its root before the last change.</summary>
internal sealed record MapCounted(ulong Epoch, ReadOnlyMemory<byte> PreviousRoot) : RoomEvent;

/// <param name="Sealed">For the recipient; nobody else reads it.</param>
internal sealed record InvitationKept(InvitationId Id, PeerId From, PeerId To, ReadOnlyMemory<byte> Sealed, DateTimeOffset Until) : RoomEvent
{
    public override string ToString() => $"{nameof(InvitationKept)} {{ Id = {Id}, From = {From.Short}, To = {To.Short}, Bytes = {Sealed.Length} }}";
}

/// <summary>It was taken or withdrawn, or its time was over. Those of a member that is removed end with it.</summary>
internal sealed record InvitationEnded(InvitationId Id) : RoomEvent;

/// <summary>A peer came by a ticket.</summary>
/// <param name="Issuer">With the serial it names the ticket.</param>
/// <param name="Serial">16 bytes.</param>
/// <param name="Member">Who came.</param>
/// <param name="Admission">What it was given.</param>
/// <param name="Until">When the ticket ends.</param>
internal sealed record TicketRedeemed(PeerId Issuer, ReadOnlyMemory<byte> Serial, PeerId Member, ReadOnlyMemory<byte> Admission, DateTimeOffset Until) : RoomEvent;

/// <summary>A peer wishes to be let in.</summary>
/// <param name="Record">As it signed that.</param>
internal sealed record ApprovalKept(PeerId Peer, ReadOnlyMemory<byte> Record, DateTimeOffset At) : RoomEvent;

/// <summary>By the peer itself: withdrawn. By a member: accepted with an admission, else declined.</summary>
internal sealed record ApprovalSettled(PeerId Peer, PeerId By, ReadOnlyMemory<byte> Admission, string Why, DateTimeOffset At) : RoomEvent;

/// <summary>It had no members for too long.</summary>
internal sealed record NetworkForgotten : RoomEvent;

internal static class RoomEvents
{
    /// <summary>What was stored was verified then.</summary>
    /// <exception cref="InvalidDataException">It cannot be read now: the store was changed, or a newer version wrote it.</exception>
    public static Genesis Read(ReadOnlyMemory<byte> stored) => Genesis.TryParse(stored, out var genesis, out _, out var why) ? genesis : throw new InvalidDataException($"The store holds a network that cannot be read. {why}");
}
