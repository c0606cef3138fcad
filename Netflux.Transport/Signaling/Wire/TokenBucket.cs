using Netflux.Core;

namespace Netflux.Transport.Signaling.Wire;

/// <summary>So much per second, and so much at once after a pause.</summary>
internal sealed class TokenBucket(double perSecond, double burst)
{
    private double _tokens = burst;
    private Instant? _filledAt;

    public bool TryTake(double amount, Instant now)
    {
        if (_filledAt is { } at) _tokens = Math.Min(burst, _tokens + (now - at).TotalSeconds * perSecond);
        _filledAt = now;
        if (_tokens < amount) return false;
        _tokens -= amount;
        return true;
    }
}
