namespace Netflux.Simulation.Network;

/// <summary>What the network between members does to messages. Times are in milliseconds, chances from 0 to 1.</summary>
internal sealed record NetworkConditions
{
    /// <summary>
    /// False: members have sessions over links that are reliable and in order; what a lost packet costs is time (RFC 6298: 200 ms, doubled). True: no sessions; each message but a link's first may be
    /// lost, doubled and overtaken, which is more than sessions ever do to an overlay.
    /// </summary>
    public bool Datagrams { get; init; }

    /// <summary>The least one-way latency of a link, drawn evenly for each link.</summary>
    public double LatencyMsMin { get; init; } = 10;

    public double LatencyMsMax { get; init; } = 100;

    /// <summary>What a single message may take longer than its link's latency, exponentially distributed with this mean.</summary>
    public double JitterMs { get; init; } = 2;

    public double Loss { get; init; }
    public double Duplicate { get; init; }

    /// <summary>The chance that a datagram takes up to four latencies more.</summary>
    public double Reorder { get; init; }

    /// <summary>The share of members that answer late, and by how much.</summary>
    public double SlowShare { get; init; }

    public double SlowMs { get; init; } = 300;

    /// <summary>Members that crash are silent: nothing says that their links are gone. 0: the system says so (a reset), one latency later. Without sessions, after so long it is noticed; a session judges itself.</summary>
    public double SilenceMs { get; init; }

    /// <summary>Without sessions: how long a link that is cut lasts. That is what pings, suspicion and the resume window come to (DESIGN §5).</summary>
    public double ResumeMs { get; init; } = 13_000;

    // ---- Of links under sessions ----

    /// <summary>Links die at any moment after this time on average, with all that is under way on them; sessions go on by the next. 0: they live.</summary>
    public double LinkLifeMs { get; init; }

    /// <summary>What a link takes at once. A frame that is longer goes on in the next record.</summary>
    public int RecordBytesMax { get; init; } = 16 << 10;

    /// <summary>The window of a neighbour's channel; 0: the default of a gossip network.</summary>
    public long WindowCost { get; init; }

    /// <summary>How long an attempt to link takes where nothing answers.</summary>
    public double ConnectTimeoutMs { get; init; } = 5_000;
}
