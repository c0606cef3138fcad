using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>What a signaling session wants done.</summary>
internal abstract record SessionInstruction;

/// <param name="Other">A server that the user's own named; null is the user's own.</param>
internal sealed record DialServer(long Attempt, Uri? Other) : SessionInstruction;

/// <param name="What">The message's name, for logs.</param>
internal sealed record SayToServer(long Attempt, string What, byte[] Message) : SessionInstruction
{
    public override string ToString() => $"{nameof(SayToServer)} {{ Attempt = {Attempt}, What = {What}, Bytes = {Message.Length} }}";
}

internal sealed record CloseServer(long Attempt, CloseCode Code, string Text) : SessionInstruction;

// Answers.

internal sealed record TellDoorOpened(long Ask, Genesis Genesis, IReadOnlyList<MemberOnline> Members, bool Created, string? Name, bool Tracked) : SessionInstruction
{
    public ShownRoot? Root { get; init; }

    public ReadOnlyMemory<byte> Admission { get; init; }
}

internal sealed record TellMembers(long Ask, NetworkId Network, IReadOnlyList<MemberOnline> Members) : SessionInstruction;

internal sealed record TellNetworks(long Ask, IReadOnlyList<TrackedNetwork> Networks) : SessionInstruction;

/// <summary>The server has stored it.</summary>
internal sealed record TellTracked(long Ask, NetworkId Network) : SessionInstruction;

internal sealed record TellTrackedListed(long Ask, NetworkId Network, IReadOnlyList<TrackedEntry> Members) : SessionInstruction
{
    public IReadOnlyList<ReadOnlyMemory<byte>> Removals { get; init; } = [];
    public ShownRoot? Root { get; init; }
    public bool IsWhole { get; init; }
}

internal sealed record TellMet(long Ask, string Key, MemberOnline Other, bool First) : SessionInstruction
{
    public override string ToString() => $"{nameof(TellMet)} {{ Ask = {Ask}, Other = {Other.Card.Id.Short}, First = {First} }}";
}

internal sealed record TellFailed(long Ask, NetfluxError Error, string Why) : SessionInstruction;

// Events.

internal sealed record TellDoorReopened(NetworkId Network, IReadOnlyList<MemberOnline> Members) : SessionInstruction
{
    public ShownRoot? Root { get; init; }
}

internal sealed record TellRoot(NetworkId Network, ShownRoot Root) : SessionInstruction;

internal sealed record TellDoorConflict(NetworkId Network, string Name, string Why) : SessionInstruction;

internal sealed record TellIntroduction(PeerId From, string Room, ReadOnlyMemory<byte> Sealed) : SessionInstruction
{
    public override string ToString() => $"{nameof(TellIntroduction)} {{ From = {From.Short}, Bytes = {Sealed.Length} }}";
}

internal sealed record TellInvited(NetworkId Network, InvitationId Id, PeerId From, ReadOnlyMemory<byte> Sealed) : SessionInstruction
{
    public override string ToString() => $"{nameof(TellInvited)} {{ Network = {Network}, From = {From.Short}, Id = {Id}, Bytes = {Sealed.Length} }}";
}

/// <summary>Those that wait, as they were signed.</summary>
internal sealed record TellApprovals(long Ask, NetworkId Network, IReadOnlyList<ReadOnlyMemory<byte>> Records) : SessionInstruction;

/// <summary>Another peer wishes to join.</summary>
internal sealed record TellApprovalAsked(NetworkId Network, ReadOnlyMemory<byte> Record) : SessionInstruction
{
    public override string ToString() => $"{nameof(TellApprovalAsked)} {{ Network = {Network}, Bytes = {Record.Length} }}";
}

/// <param name="Ask">That this answers; null where the decision was made just now.</param>
/// <param name="Admission">Empty where it was declined.</param>
internal sealed record TellDecided(long? Ask, NetworkId Network, ReadOnlyMemory<byte> Admission, string Why) : SessionInstruction
{
    public override string ToString() => $"{nameof(TellDecided)} {{ Network = {Network}, Bytes = {Admission.Length} }}";
}

internal sealed record TellIntroductionFailed(long Ask, PeerId To, string Room, NetfluxError Why) : SessionInstruction
{
    public override string ToString() => $"{nameof(TellIntroductionFailed)} {{ To = {To.Short}, Why = {Why} }}";
}

/// <summary>The server passed it on: the ask is over, and nobody needs to hear of it.</summary>
internal sealed record TellIntroductionPassed(long Ask) : SessionInstruction;

internal sealed record TellNewerIncarnation(Incarnation Seen, bool Online) : SessionInstruction;

/// <summary>The connection is up, down, or up again; for logs.</summary>
internal sealed record NoteConnection(bool Up, string Text) : SessionInstruction;

/// <summary>A door could not be registered again; the session keeps it and tries at the next renewal. For logs.</summary>
internal sealed record NoteDoorRefused(NetworkId Network, NetfluxError Error, string Text) : SessionInstruction;

/// <summary>What waits at a door could not be asked for; it is again when the door is opened again. For logs.</summary>
internal sealed record NoteNotCollected(NetworkId Network, NetfluxError Error, string Text) : SessionInstruction;

/// <summary>The server stops and named another one, which is dialled next. For logs.</summary>
internal sealed record NoteGoElsewhere(string Server) : SessionInstruction;
