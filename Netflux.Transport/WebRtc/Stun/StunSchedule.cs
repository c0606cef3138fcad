using Netflux.Core;

namespace Netflux.Transport.WebRtc.Stun;

/// <summary>What a transaction asks for when its deadline has come.</summary>
internal enum StunTransactionStep
{
    None,
    SendAgain,
    TimedOut,
}

/// <summary>
/// When a request is repeated, and when it is given up (RFC 8489 §6.2.1): with RTO = 500 ms, Rc = 7 and Rm = 16 it is sent at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, and given up at
/// 39.5 s.
/// </summary>
internal struct StunSchedule(StunOptions options, Instant now)
{
    private TimeSpan _timeout = options.RtoInitial;

    public readonly Instant StartedAt => now;

    /// <summary>How often the request was sent.</summary>
    public int Sent { get; private set; } = 1;

    /// <summary>When <see cref="HandleDeadline"/> has work to do. The wait after the last request is not a doubled one, but Rm times the first.</summary>
    public Instant NextDeadline { get; private set; } = now + (options.RequestsMax == 1 ? options.RtoInitial * options.LastWait : options.RtoInitial);

    public StunTransactionStep HandleDeadline(Instant at)
    {
        if (at < NextDeadline) return StunTransactionStep.None;
        if (Sent == options.RequestsMax) return StunTransactionStep.TimedOut;
        Sent++;
        _timeout *= 2;
        // From now and not from the deadline: who was asleep does not send in a burst what it missed.
        NextDeadline = at + (Sent == options.RequestsMax ? options.RtoInitial * options.LastWait : _timeout);
        return StunTransactionStep.SendAgain;
    }
}
