using Netflux.Core;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>
/// CUBIC (RFC 9438) with HyStart++ (RFC 9406) in place of RFC 9260 §7.2's Reno, which at 100 ms round trip needs minutes to fill a fast path. Two things are added, because data
/// channels run over radio where packets get lost without anything being full:
/// <list type="bullet">
/// <item>A loss while the round trip stands at its least is not taken for congestion, since nothing queues, until more than a tenth of a round trip's packets are lost. TCP Veno
/// (Fu and Liew, 2003) told losses apart this way; the tolerance is near that of BBR (draft-ietf-ccwg-bbr), which by this bounds what a shallow queue suffers.</item>
/// <item>In slow start the window grows by all that is acknowledged (RFC 3465 with L = ∞, as Linux does), since one SACK answers a whole batch here.</item>
/// </list>
/// </summary>
internal sealed class CubicCongestionControl : ICongestionControl
{
    // RFC 9438 §4.6 and §5: β and C, for windows in packets and time in seconds; §4.3: α of the Reno-friendly region.
    private const double Beta = 0.7;
    private const double C = 0.4;
    private const double AlphaReno = 3 * (1 - Beta) / (1 + Beta);

    /// <summary>RFC 9406 §4.3: the thresholds of a risen round trip, how much slower "conservative slow start" grows, and for how many rounds.</summary>
    private static readonly TimeSpan s_riseMin = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan s_riseMax = TimeSpan.FromMilliseconds(16);
    private const int ConservativeDivisor = 4;
    private const int ConservativeRounds = 5;

    /// <summary>RFC 9406 asks for 8 measurements a round; one SACK answers a batch here, so there are fewer. Source: guess.</summary>
    private const int MeasurementsMin = 3;

    /// <summary>The share of a round trip's packets that may get lost before that counts as congestion. Source: guess; BBR v1 tolerates 20 %, v3 2 %.</summary>
    private const double LossTolerance = 0.1;

    private readonly CongestionParameters _parameters;
    private double _window;
    private double _slowStartThreshold = double.PositiveInfinity;
    private double _windowBeforeLoss;
    private double _thresholdBeforeLoss;
    private bool _reducedInEpisode;

    // CUBIC's curve: W(t) = C·(t − K)³ + Wmax, and Reno's estimate beside it.
    private Instant? _epoch;
    private double _windowMax;
    private double _k;
    private double _renoWindow;

    // The round trip under way, and the one before it.
    private TimeSpan _roundMin = TimeSpan.MaxValue;
    private TimeSpan _lastRoundMin = TimeSpan.MaxValue;
    private int _roundMeasurements;
    private long _roundAcknowledged;
    private long _roundLost;

    // Conservative slow start (RFC 9406 §4.2): the round trip at which it began, and the rounds left of it.
    private TimeSpan _conservativeBase;
    private int _conservativeRoundsLeft;

    public CubicCongestionControl(CongestionParameters parameters)
    {
        _parameters = parameters;
        _window = parameters.InitialWindow;
    }

    public long Window => (long)_window;

    private bool InSlowStart => _window < _slowStartThreshold;

    private bool IsConservative => _conservativeRoundsLeft > 0;

    public void HandleAcknowledged(in AcknowledgedSample sample)
    {
        _roundAcknowledged += sample.AcknowledgedBytes;
        _roundLost += sample.LostBytes;
        if (sample.RoundTrip is { } roundTrip)
        {
            if (roundTrip < _roundMin) _roundMin = roundTrip;
            _roundMeasurements++;
        }
        if (InSlowStart) WatchRoundTrip();
        // A window that is not used says nothing about whether more would fit (RFC 9438 §5.8, RFC 9260 §7.2.1); during a recovery that reduced it, it stays (§7.2.4).
        if (sample.WindowLimited && !(sample.InRecovery && _reducedInEpisode)) Grow(sample);
        if (sample.RoundEnded) EndRound(sample);
        if (!sample.InRecovery) _reducedInEpisode = false;
    }

    private void Grow(in AcknowledgedSample sample)
    {
        if (InSlowStart)
        {
            _window += IsConservative ? (double)sample.AcknowledgedBytes / ConservativeDivisor : sample.AcknowledgedBytes;
            return;
        }
        var packet = _parameters.PacketBytes;
        var epoch = _epoch ??= BeginEpoch(sample.Now);
        var t = (sample.Now - epoch + sample.RoundTripSmoothed).TotalSeconds;
        var target = Math.Clamp((C * Math.Pow(t - _k, 3)) * packet + _windowMax, _window, 1.5 * _window);
        var share = sample.AcknowledgedBytes / _window;
        // §4.3: what Reno with β = 0.7 would have; once past the window before the loss, it grows like Reno itself.
        _renoWindow += (_renoWindow < _windowMax ? AlphaReno : 1) * share * packet;
        _window = Math.Max(_window + (target - _window) * share, _renoWindow);
    }

    private Instant BeginEpoch(Instant now)
    {
        if (_windowMax < _window) _windowMax = _window;
        _k = Math.Cbrt((_windowMax - _window) / _parameters.PacketBytes / C);
        _renoWindow = _window;
        return now;
    }

    /// <summary>HyStart++: slow start ends before losses do it, when the round trip rises.</summary>
    private void WatchRoundTrip()
    {
        if (_roundMeasurements < MeasurementsMin || _lastRoundMin == TimeSpan.MaxValue) return;
        if (IsConservative)
        {
            // §4.2: it fell again, so the rise meant nothing.
            if (_roundMin < _conservativeBase) _conservativeRoundsLeft = 0;
            return;
        }
        if (_roundMin < _lastRoundMin + RiseOf(_lastRoundMin)) return;
        _conservativeBase = _roundMin;
        _conservativeRoundsLeft = ConservativeRounds;
    }

    private static TimeSpan RiseOf(TimeSpan roundTrip)
    {
        var eighth = roundTrip / 8;
        return eighth < s_riseMin ? s_riseMin : eighth > s_riseMax ? s_riseMax : eighth;
    }

    private void EndRound(in AcknowledgedSample sample)
    {
        var all = _roundAcknowledged + _roundLost;
        // Two packets more than the share, as in a small window one loss is already a large share. Once for an episode: all of it was in flight when the window was what it was.
        if (sample.InRecovery && !_reducedInEpisode && _roundLost > all * LossTolerance + 2 * _parameters.PacketBytes) Reduce();
        if (IsConservative && --_conservativeRoundsLeft == 0 && InSlowStart) _slowStartThreshold = _window;
        if (_roundMeasurements > 0) _lastRoundMin = _roundMin;
        _roundMin = TimeSpan.MaxValue;
        _roundMeasurements = 0;
        (_roundAcknowledged, _roundLost) = (0, 0);
    }

    public void HandleLossEpisode(in AcknowledgedSample sample)
    {
        (_windowBeforeLoss, _thresholdBeforeLoss) = (_window, _slowStartThreshold);
        // What this round trip has shown so far; while that is little, which a SACK that waited for company may spoil, also what the last one did.
        var current = _roundMeasurements >= MeasurementsMin ? _roundMin : _roundMin < _lastRoundMin ? _roundMin : _lastRoundMin;
        if (sample.RoundTrip is { } measured && measured < current) current = measured;
        if (current == TimeSpan.MaxValue || current >= sample.RoundTripMin + RiseOf(sample.RoundTripMin)) Reduce();
    }

    private void Reduce()
    {
        // RFC 9438 §4.7, fast convergence: who reduces twice in a row without having come back leaves room to others.
        _windowMax = _window < _windowMax ? _window * (1 + Beta) / 2 : _window;
        _window = Math.Max(_window * Beta, _parameters.WindowMin);
        _slowStartThreshold = _window;
        _conservativeRoundsLeft = 0;
        _epoch = null;
        _reducedInEpisode = true;
    }

    public void HandleTimeout(Instant now, long flight)
    {
        // RFC 9260 §7.2.3: one packet, and slow start up to the reduced window.
        (_windowBeforeLoss, _thresholdBeforeLoss) = (_window, _slowStartThreshold);
        if (_window > _parameters.PacketBytes)
        {
            _windowMax = _window;
            _slowStartThreshold = Math.Max(_window * Beta, _parameters.WindowMin);
        }
        _window = _parameters.PacketBytes;
        _conservativeRoundsLeft = 0;
        _epoch = null;
        _reducedInEpisode = false;
    }

    public void HandleIdle(int timeouts)
    {
        // RFC 9260 §7.2.1 halves the window with each RTO of silence, but not below what a new association has.
        for (; timeouts > 0 && _window > _parameters.InitialWindow; timeouts--) _window = Math.Max(_window / 2, _parameters.InitialWindow);
        _epoch = null;
    }

    public void HandleSpuriousLoss()
    {
        _window = Math.Max(_window, _windowBeforeLoss);
        _slowStartThreshold = Math.Max(_slowStartThreshold, _thresholdBeforeLoss);
        _epoch = null;
    }
}
