using Netflux.Core;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>
/// Spreads a window over the round trip, where RFC 9260 §6.1 D has "Max.Burst": one SACK may open megabytes at once (a gap closes, the other's window opens), and sent in one go
/// they would overflow the queue of any path. As Linux paces TCP: somewhat faster than window over round trip, with a burst of some packets free.
/// </summary>
internal sealed class Pacer(int packetBytes)
{
    // Source: Linux, net.ipv4.tcp_pacing_ss_ratio and tcp_pacing_ca_ratio, 200 % and 120 %. Which of both a window is in, its control knows; twice is safe for both, as the window bounds what is in flight anyway.
    private const double Ratio = 2;

    /// <summary>What goes in one call to the system: one segmentation offload. Source: Linux takes 64 segments, UDP_MAX_SEGMENTS.</summary>
    private const int BurstPackets = 64;

    /// <summary>Below this the scheduling of processes spreads packets more than we could. Source: guess, the resolution of timers.</summary>
    private static readonly TimeSpan s_roundTripMin = TimeSpan.FromMilliseconds(2);

    /// <summary>How often it wakes up. Source: guess, the resolution of timers.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1);

    private double _credit = BurstPackets * packetBytes;
    private double _bytesPerTick;
    private Instant _at;

    /// <summary>When what was held back may go on.</summary>
    public Instant? NextDeadline { get; private set; }

    /// <summary>Before each packet. False where it has to wait.</summary>
    public bool MaySend(RetransmissionTimeout timeout, long window, Instant now)
    {
        NextDeadline = null;
        if (!timeout.IsMeasured || timeout.Smoothed < s_roundTripMin)
        {
            // What goes free is not owed: or a path that turns slow after gigabytes would stand still until its small window had paid for them.
            (_credit, _at) = (BurstPackets * packetBytes, now);
            return true;
        }
        if (now != _at)
        {
            _bytesPerTick = Ratio * window / timeout.Smoothed.Ticks;
            // What a late timer has missed may be made up for: the more, the faster the path.
            var creditMax = Math.Max(BurstPackets * packetBytes, _bytesPerTick * 4 * s_pause.Ticks);
            _credit = Math.Min(creditMax, _credit + _bytesPerTick * (now - _at).Ticks);
            _at = now;
        }
        if (_credit > 0) return true;
        NextDeadline = now + s_pause;
        return false;
    }

    public void HandleSent(int bytes) => _credit -= bytes;

    public void HandleDeadline(Instant now)
    {
        if (NextDeadline <= now) NextDeadline = null;
    }
}
