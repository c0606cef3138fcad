namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>How long an answer may take, from the round trips measured (RFC 9260 §6.3.1, RFC 6298).</summary>
internal sealed class RetransmissionTimeout(SctpOptions options)
{
    private TimeSpan _variation;
    private TimeSpan _base = options.RtoInitial;
    private int _backoff;

    /// <summary>RTO, doubled for each time-out in a row (§6.3.3 E2).</summary>
    public TimeSpan Current
    {
        get
        {
            var doubled = _base * (1 << Math.Min(_backoff, 10));
            return doubled < options.RtoMax ? doubled : options.RtoMax;
        }
    }

    /// <summary>SRTT; zero before the first measurement.</summary>
    public TimeSpan Smoothed { get; private set; }

    /// <summary>The least that was measured.</summary>
    public TimeSpan Least { get; private set; } = TimeSpan.MaxValue;

    public bool IsMeasured => Least != TimeSpan.MaxValue;

    public void HandleMeasured(TimeSpan roundTrip)
    {
        if (roundTrip < TimeSpan.Zero) return;
        if (!IsMeasured)
        {
            Smoothed = roundTrip;
            _variation = roundTrip / 2;
        }
        else
        {
            // RFC 6298 §2.3: α = 1/8, β = 1/4. It assumes one measurement a round trip; more make it follow faster, which the floor RTO.Min covers.
            _variation = _variation * 0.75 + (Smoothed - roundTrip).Duration() * 0.25;
            Smoothed = Smoothed * 0.875 + roundTrip * 0.125;
        }
        if (roundTrip < Least) Least = roundTrip;
        _base = options.RtoWithin(Smoothed + 4 * _variation);
        _backoff = 0;
    }

    public void HandleTimeout() => _backoff++;

    /// <summary>Something new was acknowledged: the path is alive (RFC 9260 §8.2 clears the error count with it).</summary>
    public void HandleProgress() => _backoff = 0;
}
