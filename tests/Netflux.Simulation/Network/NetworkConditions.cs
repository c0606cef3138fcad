namespace Netflux.Simulation.Network;

/// <summary>What the network between members does to messages. Times are in milliseconds, chances from 0 to 1.</summary>
internal sealed record NetworkConditions
{
    /// <summary>
    /// False: a link is a session, reliable and in order; what a lost packet costs is time (RFC 6298: 200 ms, doubled). True: each message but a link's first may be lost, doubled and overtaken, which
    /// is more than sessions ever do to an overlay.
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

    /// <summary>Members that crash are silent: their links are noticed to be gone after this. 0: the system says so (a reset), one latency later.</summary>
    public double SilenceMs { get; init; }

    /// <summary>How long a link that is cut lasts: pings, suspicion and the resume window (DESIGN §5).</summary>
    public double ResumeMs { get; init; } = 13_000;

    /// <summary>How long an attempt to link takes where nothing answers.</summary>
    public double ConnectTimeoutMs { get; init; } = 5_000;
}
