using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Roster;

/// <summary>One run of one member.</summary>
internal readonly record struct MemberRun(PeerId Id, Incarnation Incarnation)
{
    /// <summary>On the wire.</summary>
    public const int Bytes = PeerId.Length + 8;
}

/// <summary>What neighbours say to each other about who is a member, beside the news that everybody hears.</summary>
internal abstract record RosterMessage
{
    /// <summary>Whom the sender knows, in short. Where two differ, both say <see cref="Known"/>.</summary>
    internal sealed record Digest(ReadOnlyMemory<byte> Hash) : RosterMessage;

    /// <summary>Whom the sender knows, itself first.</summary>
    internal sealed record Known(IReadOnlyList<MemberRun> Members) : RosterMessage;

    /// <summary>The records of these members, please. Answered by <see cref="Records"/>, with those that are there.</summary>
    internal sealed record Wanted(IReadOnlyList<PeerId> Members) : RosterMessage;

    /// <summary>Signed by their members, as they came.</summary>
    internal sealed record Records(IReadOnlyList<ReadOnlyMemory<byte>> Bytes) : RosterMessage;

    public const int HashBytes = 32;

    /// <summary>Records asked for at once: 32 of 6 KiB fit a control of 256 KiB.</summary>
    public const int WantedMax = 32;

    /// <summary>Members of a <see cref="Known"/>: exactMembers at its highest, and the sender. 28 KiB.</summary>
    public const int KnownMax = 1_001;
}
