using Netflux.Identity;
using Netflux.Links;
using Netflux.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>What happens to a signaling session. Asks are numbered by the driver, which knows who asked.</summary>
internal abstract record SessionFact;

// What this process wants.

internal sealed record DoorWanted(long Ask, string Door, ReadOnlyMemory<byte> Genesis, DoorMode Mode, bool Track, Ticket? Ticket = null) : SessionFact;

internal sealed record DoorUnwanted(NetworkId Network) : SessionFact;

internal sealed record TrackWanted(long Ask, NetworkId Network, ReadOnlyMemory<byte> Record) : SessionFact
{
    public override string ToString() => $"{nameof(TrackWanted)} {{ Network = {Network}, Bytes = {Record.Length} }}";
}

internal sealed record UntrackWanted(long Ask, NetworkId Network, PeerId Member, ReadOnlyMemory<byte> Record) : SessionFact
{
    public override string ToString() => $"{nameof(UntrackWanted)} {{ Network = {Network}, Member = {Member.Short}, Bytes = {Record.Length} }}";
}

internal sealed record NetworksWanted(long Ask) : SessionFact;

/// <param name="Only">The one member that is wanted.</param>
internal sealed record TrackedWanted(long Ask, NetworkId Network, PeerId? Only = null) : SessionFact;

internal sealed record KeepWanted(long Ask, NetworkId Network, InvitationId Id, PeerId To, DateTimeOffset Until, ReadOnlyMemory<byte> Sealed) : SessionFact
{
    public override string ToString() => $"{nameof(KeepWanted)} {{ Network = {Network}, To = {To.Short}, Id = {Id}, Bytes = {Sealed.Length} }}";
}

internal sealed record EndKeptWanted(long Ask, NetworkId Network, InvitationId Id) : SessionFact;

/// <summary>What waits for this peer at a door. Nobody waits for an answer.</summary>
internal sealed record InvitationsWanted(NetworkId Network) : SessionFact;

internal sealed record ApprovalWanted(long Ask, NetworkId Network, ReadOnlyMemory<byte> Record) : SessionFact
{
    public override string ToString() => $"{nameof(ApprovalWanted)} {{ Network = {Network}, Bytes = {Record.Length} }}";
}

internal sealed record ApprovalUnwanted(long Ask, NetworkId Network) : SessionFact;

internal sealed record ApprovalsWanted(long Ask, NetworkId Network) : SessionFact;

/// <param name="Admission">Empty where it is declined.</param>
internal sealed record DecisionWanted(long Ask, NetworkId Network, PeerId Peer, ReadOnlyMemory<byte> Admission, string Why) : SessionFact
{
    public override string ToString() => $"{nameof(DecisionWanted)} {{ Network = {Network}, Peer = {Peer.Short}, Bytes = {Admission.Length} }}";
}

internal sealed record MembersWanted(long Ask, NetworkId Network) : SessionFact;

/// <summary>The key of a meeting point lets one in: it is not for logs.</summary>
internal sealed record MeetingWanted(long Ask, string Key) : SessionFact
{
    public override string ToString() => $"{nameof(MeetingWanted)} {{ Ask = {Ask} }}";
}

internal sealed record MeetingUnwanted(string Key) : SessionFact
{
    public override string ToString() => nameof(MeetingUnwanted);
}

internal sealed record IntroductionWanted(long Ask, PeerId To, string Room, ReadOnlyMemory<byte> Sealed) : SessionFact
{
    public override string ToString() => $"{nameof(IntroductionWanted)} {{ To = {To.Short}, Bytes = {Sealed.Length} }}";
}

// What the connection did. Attempts number the dials: what is late from an earlier one is skipped.

/// <param name="Authority">As it was dialled.</param>
/// <param name="Incarnation">Of this process, now.</param>
/// <param name="MessageBytesMax">What the link takes.</param>
internal sealed record ServerDialled(long Attempt, string Authority, Incarnation Incarnation, int MessageBytesMax) : SessionFact;

/// <param name="RetryAfter">When to come again, where the server said so.</param>
internal sealed record ServerDialFailed(long Attempt, DialFailure Failure, string Why, TimeSpan? RetryAfter = null) : SessionFact;

internal sealed record ServerSaid(long Attempt, ReadOnlyMemory<byte> Message) : SessionFact
{
    public override string ToString() => $"{nameof(ServerSaid)} {{ Attempt = {Attempt}, Bytes = {Message.Length} }}";
}

internal sealed record ServerLost(long Attempt, CloseCode Code, string Text) : SessionFact;
