using Netflux.Core;

namespace Netflux.Sessions;

/// <summary>What the silence of the other side means now.</summary>
internal enum SilenceVerdict
{
    None,
    Ping,
    Suspect,
    GiveUp,
}

/// <summary>
/// DESIGN §5: a silent peer is pinged, then suspected, then given up. Any bytes on any proven link are a sign of life. A deadline that fires late
/// means that this process slept, and its silence proves nothing: it pings before it judges.
/// </summary>
internal sealed class LivenessWatch(TimeSpan sleptAfter, Liveness timing, Instant now)
{
    private Instant _aliveAt = now;
    private Instant _pingAt = now + timing.PingAfter;

    /// <summary>The tightest of the session's networks.</summary>
    public Liveness Timing { get; private set; } = timing;

    public bool IsSuspected { get; private set; }

    private Instant JudgeAt => _aliveAt + Timing.SuspectAfter + (IsSuspected ? Timing.ResumeWindow : TimeSpan.Zero);

    public Instant NextDeadline => _pingAt < JudgeAt ? _pingAt : JudgeAt;

    public void Tighten(Liveness timing, Instant now)
    {
        Timing = timing;
        var pingAt = now + timing.PingAfter;
        if (pingAt < _pingAt) _pingAt = pingAt;
    }

    /// <summary>A sign of life. True if the peer was suspected.</summary>
    public bool Heard(Instant now)
    {
        (_aliveAt, _pingAt) = (now, now + Timing.PingAfter);
        var recovered = IsSuspected;
        IsSuspected = false;
        return recovered;
    }

    public SilenceVerdict HandleDeadline(Instant now)
    {
        if (now < NextDeadline) return SilenceVerdict.None;
        if (now - NextDeadline > sleptAfter)
        {
            // As if the last sign of life was just long enough ago to ask for another.
            _aliveAt = now - Timing.PingAfter - (IsSuspected ? Timing.SuspectAfter - Timing.PingAfter : TimeSpan.Zero);
            _pingAt = now + Timing.PingAfter;
            return SilenceVerdict.Ping;
        }
        if (now >= JudgeAt)
        {
            if (IsSuspected) return SilenceVerdict.GiveUp;
            IsSuspected = true;
            return SilenceVerdict.Suspect;
        }
        _pingAt = now + Timing.PingAfter;
        return SilenceVerdict.Ping;
    }
}
