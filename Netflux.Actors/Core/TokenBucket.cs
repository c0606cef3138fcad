namespace Netflux.Core;

/// <summary>So many at once, and then so many each second. What does not fit is refused, not queued.</summary>
internal sealed class TokenBucket(int burst, double perSecond)
{
    private double _tokens = burst;
    private Instant? _filled;

    public bool TryTake(Instant now) => TryTake(1, now);

    public bool TryTake(int amount, Instant now)
    {
        if (_filled is { } at && now > at) _tokens = Math.Min(burst, _tokens + (now - at).TotalSeconds * perSecond);
        _filled = now;
        if (_tokens < amount) return false;
        _tokens -= amount;
        return true;
    }
}
