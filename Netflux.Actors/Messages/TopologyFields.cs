namespace Netflux.Messages;

/// <summary>A field of the topology's JSON that takes a whole number.</summary>
internal sealed record TopologyNumber(string Name, int Min, int Max, Action<TopologyBuilder, int> Set);

/// <summary>A field of the topology's JSON that takes one of a few words.</summary>
internal sealed record TopologyWord(string Name, string[] Words, Action<TopologyBuilder, int> Set);

/// <summary>What the parser has read so far.</summary>
internal sealed class TopologyBuilder(string json)
{
    public Topology Topology { get; set; } = new() { Json = json };
}

/// <summary>Every field that a topology has, with its bounds. docs/TOPOLOGY.md and docs/topology.schema.json repeat this table, and a test compares them.</summary>
internal static class TopologyFields
{
    public const string Type = "type";
    public const string Critical = "critical";

    /// <summary>Guess: a later version adds a handful of fields.</summary>
    public const int CriticalMax = 32;

    public static readonly IReadOnlyList<TopologyWord> Words =
    [
        new(Type, ["full-mesh"], (b, i) => b.Topology = b.Topology with { Type = (TopologyType)i }),
        new("join", ["open", "invite"], (b, i) => b.Topology = b.Topology with { Join = (JoinPolicy)i }),
        new("slowMember", ["drop", "wait"], (b, i) => b.Topology = b.Topology with { SlowMember = (SlowMemberPolicy)i }),
    ];

    public static readonly IReadOnlyList<TopologyNumber> Numbers =
    [
        // 50 members are 1,225 links; DESIGN §7 promises agreement of views up to here.
        new("maxMembers", 2, 50, (b, n) => b.Topology = b.Topology with { MaxMembers = n }),
        // Guess: 256 MiB is more than a message should be; files are sent as many.
        new("messageBytesMax", 1, 256 << 20, (b, n) => b.Topology = b.Topology with { MessageBytesMax = n }),
        // Guess: below 100 ms every pause of a garbage collector is slow, above 10 minutes nobody waits.
        new("slowMemberGraceMs", 100, 600_000, (b, n) => b.Topology = b.Topology with { SlowMemberGrace = TimeSpan.FromMilliseconds(n) }),
        // Guess: below 100 ms pings cost more than what they find out; above a minute middleboxes forget silent connections.
        new("pingAfterMs", 100, 60_000, (b, n) => b.Topology = b.Topology with { PingAfter = TimeSpan.FromMilliseconds(n) }),
        // Guess: twice the bounds of pingAfterMs and more, since an answer has to come back.
        new("suspectAfterMs", 200, 300_000, (b, n) => b.Topology = b.Topology with { SuspectAfter = TimeSpan.FromMilliseconds(n) }),
        // Guess: what is unacknowledged is held for so long; 10 minutes outlast a train's tunnel.
        new("resumeWindowMs", 100, 600_000, (b, n) => b.Topology = b.Topology with { ResumeWindow = TimeSpan.FromMilliseconds(n) }),
    ];

    public static readonly IReadOnlyList<string> Names = [.. Words.Select(w => w.Name), .. Numbers.Select(n => n.Name), Critical];
}
