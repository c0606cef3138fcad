using System.Globalization;

namespace Netflux.Messages;

/// <summary>The bounds of a number, and what it is where it is not given.</summary>
internal sealed record TopologyRange(int Min, int Max, int Default)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Min} to {Max}");
}

/// <summary>A field of the topology's JSON that takes a whole number. <paramref name="Of"/> has its bounds in a network of a type; null where that type has no such field.</summary>
internal sealed record TopologyNumber(string Name, Func<TopologyType, TopologyRange?> Of, Func<Topology, int, Topology> Set);

/// <summary>A field of the topology's JSON that takes one of a few words.</summary>
internal sealed record TopologyWord(string Name, string[] Words, Func<Topology, int, Topology> Set);

/// <summary>Every field that a topology has, with its bounds. docs/TOPOLOGY.md and docs/topology.schema.json repeat this table, and a test compares them.</summary>
internal static class TopologyFields
{
    public const string Type = "type";
    public const string Hub = "hub";
    public const string Grow = "grow";
    public const string GrowAt = "growAt";
    public const string Critical = "critical";

    /// <summary>Guess: a later version adds a handful of fields.</summary>
    public const int CriticalMax = 32;

    /// <summary>In the order of <see cref="TopologyType"/>.</summary>
    public static readonly string[] Types = ["full-mesh", "star", "gossip"];

    public static readonly IReadOnlyList<TopologyWord> Words =
    [
        new(Type, Types, (t, i) => t with { Type = (TopologyType)i }),
        new("join", ["open", "invite"], (t, i) => t with { Join = (JoinPolicy)i }),
        new("slowMember", ["drop", "wait"], (t, i) => t with { SlowMember = (SlowMemberPolicy)i }),
    ];

    public static readonly IReadOnlyList<TopologyNumber> Numbers =
    [
        new("maxMembers", MaxMembers, (t, n) => t with { MaxMembers = n }),
        // As many as a full mesh takes. Guess: 30 members are 435 links.
        new(GrowAt, Only(TopologyType.FullMesh, 2, 50, 30), (t, n) => t with { GrowAt = n }),
        // HyParView, DSN 2007, section 5: views of 5 and 30 for 10,000 members. Guess: with 32 neighbours a member of a million spends more on duplicates than on messages.
        new("activeView", Only(TopologyType.Gossip, 2, 32, 5), (t, n) => t with { ActiveView = n }),
        new("passiveView", Only(TopologyType.Gossip, 2, 1_000, 30), (t, n) => t with { PassiveView = n }),
        // DESIGN §7. Above a thousand, joining and leaving members are most of what is said.
        new("exactMembers", Only(TopologyType.Gossip, 2, 1_000, 1_000), (t, n) => t with { ExactMembers = n }),
        // Guess: 256 MiB is more than a message should be; files are sent as many.
        new("messageBytesMax", Every(1, 256 << 20, 64 << 20), (t, n) => t with { MessageBytesMax = n }),
        // Guess: below 100 ms every pause of a garbage collector is slow, above 10 minutes nobody waits.
        new("slowMemberGraceMs", Every(100, 600_000, 5_000), (t, n) => t with { SlowMemberGrace = TimeSpan.FromMilliseconds(n) }),
        // Guess: below 100 ms pings cost more than what they find out; above a minute middleboxes forget silent connections.
        new("pingAfterMs", Every(100, 60_000, 2_000), (t, n) => t with { PingAfter = TimeSpan.FromMilliseconds(n) }),
        // Guess: twice the bounds of pingAfterMs and more, since an answer has to come back.
        new("suspectAfterMs", Every(200, 300_000, 5_000), (t, n) => t with { SuspectAfter = TimeSpan.FromMilliseconds(n) }),
        // Guess: what is unacknowledged is held for so long; 10 minutes outlast a train's tunnel.
        new("resumeWindowMs", Every(100, 600_000, 8_000), (t, n) => t with { ResumeWindow = TimeSpan.FromMilliseconds(n) }),
    ];

    public static readonly IReadOnlyList<string> Names = [.. Words.Select(w => w.Name), Hub, Grow, .. Numbers.Select(n => n.Name), Critical];

    /// <summary>The types that have this field; none for a name that is no field.</summary>
    public static IReadOnlyList<TopologyType> TypesWith(string name) => [.. Enum.GetValues<TopologyType>().Where(type => name switch
    {
        Hub => type == TopologyType.Star,
        Grow => type == TopologyType.FullMesh,
        _ => Numbers.FirstOrDefault(n => n.Name == name) is { } number ? number.Of(type) is not null : Names.Contains(name),
    })];

    private static TopologyRange MaxMembers(TopologyType type) => type switch
    {
        // 50 members are 1,225 links; DESIGN §7 promises agreement of views up to here.
        TopologyType.FullMesh => new(2, 50, 50),
        // All passes through one member. Guess: 200 links of 100 kbit/s are what a home connection takes.
        TopologyType.Star => new(2, 200, 50),
        // Nobody counts a gossip network, so this is hardly a limit; a million is what the widest passive view is for.
        _ => new(2, 1_000_000, 1_000_000),
    };

    private static Func<TopologyType, TopologyRange?> Every(int min, int max, int otherwise)
    {
        var range = new TopologyRange(min, max, otherwise);
        return _ => range;
    }

    private static Func<TopologyType, TopologyRange?> Only(TopologyType which, int min, int max, int otherwise)
    {
        var range = new TopologyRange(min, max, otherwise);
        return type => type == which ? range : null;
    }
}
