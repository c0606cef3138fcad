using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Netflux.Messages;

/// <summary>Which overlay a network uses.</summary>
public enum TopologyType
{
    /// <summary>A link for every pair of members.</summary>
    FullMesh,
}

/// <summary>Who may join a network.</summary>
public enum JoinPolicy
{
    /// <summary>Whoever knows its address.</summary>
    Open,
    /// <summary>Whom a member invites.</summary>
    Invite,
}

/// <summary>What happens to a member that holds a broadcast up for longer than the grace.</summary>
public enum SlowMemberPolicy
{
    /// <summary>It is dropped: <see cref="PeerLeavingReason.TooSlow"/>.</summary>
    Drop,
    /// <summary>The senders wait.</summary>
    Wait,
}

/// <summary>What a network's genesis fixes for all its members. Written as JSON; docs/TOPOLOGY.md and topology.schema.json have every field.</summary>
public sealed record Topology
{
    /// <summary>The text as the creator gave it; it is what the genesis signs.</summary>
    public required string Json { get; init; }
    /// <summary><c>type</c></summary>
    public TopologyType Type { get; init; } = TopologyType.FullMesh;
    /// <summary><c>maxMembers</c>, 2 to 50, 50 by default.</summary>
    public int MaxMembers { get; init; } = 50;
    /// <summary><c>join</c>: <c>open</c> (default) or <c>invite</c>.</summary>
    public JoinPolicy Join { get; init; } = JoinPolicy.Open;
    /// <summary><c>messageBytesMax</c>, 64 MiB by default.</summary>
    public int MessageBytesMax { get; init; } = 64 << 20;
    /// <summary><c>slowMember</c>: <c>drop</c> (default) or <c>wait</c>.</summary>
    public SlowMemberPolicy SlowMember { get; init; } = SlowMemberPolicy.Drop;
    /// <summary><c>slowMemberGraceMs</c>, 5,000 by default.</summary>
    public TimeSpan SlowMemberGrace { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary><c>pingAfterMs</c>, 2,000 by default.</summary>
    public TimeSpan PingAfter { get; init; } = TimeSpan.FromSeconds(2);
    /// <summary><c>suspectAfterMs</c>, 5,000 by default.</summary>
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary><c>resumeWindowMs</c>, 8,000 by default: how long a suspect may come back without a loss.</summary>
    public TimeSpan ResumeWindow { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>A full mesh.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2 or more than 50 members.</exception>
    public static Topology FullMesh(int maxMembers = 50) =>
        TryParse(string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"full-mesh\",\"maxMembers\":{maxMembers}}}"), out var topology, out var why)
            ? topology
            : throw new ArgumentOutOfRangeException(nameof(maxMembers), maxMembers, why);

    /// <summary>Reads a creator's JSON strictly; false leaves in <paramref name="why"/> the JSON path, what was expected and the nearest known name.</summary>
    public static bool TryParse(string json, [NotNullWhen(true)] out Topology? topology, [NotNullWhen(false)] out string? why) =>
        TopologyParser.TryParse(json, out topology, out why);

    /// <summary>Reads the JSON of a genesis: fields that are not known are kept, unless it lists them in <c>critical</c>; an unknown type is refused.</summary>
    internal static bool TryParseFromGenesis(string json, [NotNullWhen(true)] out Topology? topology, [NotNullWhen(false)] out string? why) =>
        TopologyParser.TryParseFromGenesis(json, out topology, out _, out why);
}
