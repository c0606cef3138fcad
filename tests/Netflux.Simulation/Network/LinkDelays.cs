using Netflux.TestKit;

namespace Netflux.Simulation.Network;

/// <summary>How long things take on a link.</summary>
internal sealed class LinkDelays(NetworkConditions conditions, SeededRandom random)
{
    /// <summary>Of a new link, one way.</summary>
    public TimeSpan Latency(bool isSlow) =>
        Milliseconds(conditions.LatencyMsMin + (conditions.LatencyMsMax - conditions.LatencyMsMin) * random.NextDouble() + (isSlow ? conditions.SlowMs : 0));

    /// <summary>Of one packet: the latency, and exponentially distributed jitter.</summary>
    public TimeSpan OneWay(TimeSpan latency) => latency + Milliseconds(conditions.JitterMs > 0 ? -Math.Log(1 - random.NextDouble()) * conditions.JitterMs : 0);

    /// <summary>What lost packets cost where they are sent again (RFC 6298).</summary>
    public TimeSpan Repeats()
    {
        var delay = TimeSpan.Zero;
        for (var timeout = 200.0; random.Chance(conditions.Loss); timeout *= 2) delay += Milliseconds(timeout);
        return delay;
    }

    public static TimeSpan Milliseconds(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
