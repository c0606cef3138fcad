using Netflux.Core;

namespace Netflux.Transport.Signaling.Wire;

/// <summary>So much per second, and so much at once after a pause.</summary>
internal sealed class TokenBucket
{
    private readonly double _perSecond;
    private readonly double _burst;
    private double _tokens;
    private Instant? _filledAt;

    public TokenBucket(double perSecond, double burst) => (_perSecond, _burst, _tokens) = (perSecond, burst, burst);

    public bool TryTake(double amount, Instant now)
    {
        if (_filledAt is { } at) _tokens = Math.Min(_burst, _tokens + (now - at).TotalSeconds * _perSecond);
        _filledAt = now;
        if (_tokens < amount) return false;
        _tokens -= amount;
        return true;
    }
}
