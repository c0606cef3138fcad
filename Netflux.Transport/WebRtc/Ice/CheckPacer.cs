using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>
/// One transmission each Ta (RFC 8445 §14.2), of which a few may be made up for at once after a pause: who has something to check after a while does so now, and not at the next tick
/// of a clock.
/// </summary>
internal sealed class CheckPacer(TimeSpan interval, int atOnce)
{
    private Instant? _paidUntil;

    /// <summary>When the next may go.</summary>
    public Instant NextAt(Instant now) => _paidUntil is { } until && until - interval * (atOnce - 1) is var at && at > now ? at : now;

    public bool TryTake(Instant now)
    {
        if (NextAt(now) > now) return false;
        _paidUntil = (_paidUntil is { } until && until > now ? until : now) + interval;
        return true;
    }
}
