using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>Which overlay a network uses.</summary>
public enum TopologyType
{
    /// <summary>A link for every pair of members.</summary>
    FullMesh,
    /// <summary>One member, the hub, relays; where it is lost, another takes its place.</summary>
    Star,
    /// <summary>Each member keeps links to a few others, and messages spread from one to the next.</summary>
    Gossip,
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
    /// <summary><c>maxMembers</c>: of a full mesh 2 to 50, of a star 2 to 200, 50 by default; of gossip up to a million, which is the default and not enforced exactly.</summary>
    public int MaxMembers { get; init; } = 50;
    /// <summary><c>hub</c>, for a star: the only member that may be its hub. Null, the default: any may.</summary>
    public PeerId? Hub { get; init; }
    /// <summary><c>activeView</c>, for gossip: to how many others a member keeps links, 2 to 32, 5 by default.</summary>
    public int ActiveView { get; init; } = 5;
    /// <summary><c>passiveView</c>, for gossip: how many others a member remembers beside them, 2 to 1,000, 30 by default.</summary>
    public int PassiveView { get; init; } = 30;
    /// <summary><c>exactMembers</c>, for gossip: up to how many members all are shown exactly, 2 to 1,000, which is the default.</summary>
    public int ExactMembers { get; init; } = 1_000;
    /// <summary><c>grow</c>, for a full mesh: what it becomes, once and for good, when it has <see cref="GrowAt"/> members. Null, the default: it does not.</summary>
    public TopologyType? Grow { get; init; }
    /// <summary><c>growAt</c>, with <c>grow</c>: at how many members, 2 to <c>maxMembers</c>; 30 by default.</summary>
    public int GrowAt { get; init; } = 30;
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
    public static Topology FullMesh(int maxMembers = 50) => Written(string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"full-mesh\",\"maxMembers\":{maxMembers}}}"));

    /// <summary>A full mesh that becomes a gossip network when it has so many members.</summary>
    /// <param name="growAt">2 to 50.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2 or more than 50 members.</exception>
    public static Topology Growing(int growAt = 30) => Written(string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"full-mesh\",\"grow\":\"gossip\",\"growAt\":{growAt}}}"));

    /// <summary>A star.</summary>
    /// <param name="hub">The only member that may be the hub. Where it is away, the network waits for it. Null: any member may, and another follows where it is lost.</param>
    /// <param name="maxMembers">2 to 200.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2 or more than 200 members.</exception>
    public static Topology Star(PeerId? hub = null, int maxMembers = 50) => Written(hub is { } id
        ? string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"star\",\"hub\":\"{id}\",\"maxMembers\":{maxMembers}}}")
        : string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"star\",\"maxMembers\":{maxMembers}}}"));

    /// <summary>Gossip, for networks that are too large for each to know all.</summary>
    /// <param name="activeView">2 to 32: to how many others a member keeps links.</param>
    /// <param name="passiveView">2 to 1,000: how many others it remembers beside them.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its bounds.</exception>
    public static Topology Gossip(int activeView = 5, int passiveView = 30) =>
        Written(string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"gossip\",\"activeView\":{activeView},\"passiveView\":{passiveView}}}"));

    private static Topology Written(string json) => TryParse(json, out var topology, out var why) ? topology : throw new ArgumentOutOfRangeException(null, why);

    /// <summary>Reads a creator's JSON strictly; false leaves in <paramref name="why"/> the JSON path, what was expected and the nearest known name.</summary>
    public static bool TryParse(string json, [NotNullWhen(true)] out Topology? topology, [NotNullWhen(false)] out string? why) =>
        TopologyParser.TryParse(json, out topology, out why);

    /// <summary>Reads the JSON of a genesis: fields that are not known are kept, unless it lists them in <c>critical</c>; an unknown type is refused.</summary>
    internal static bool TryParseFromGenesis(string json, [NotNullWhen(true)] out Topology? topology, [NotNullWhen(false)] out string? why) =>
        TopologyParser.TryParseFromGenesis(json, out topology, out _, out why);
}
