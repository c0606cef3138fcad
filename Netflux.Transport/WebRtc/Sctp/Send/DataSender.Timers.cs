using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Send;

// T3-rtx (RFC 9260 §6.3), and before it a probe of the tail (RFC 8985 §7).
internal sealed partial class DataSender
{
    /// <summary>A peer may hold a SACK of a lone packet back for this long (RFC 9260 §6.2); a probe before that would be in vain.</summary>
    private static readonly TimeSpan s_peersSackDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>The shortest time to a probe: below it the scheduling of processes decides, not the path. Source: guess, as the 10 ms of Linux's two jiffies.</summary>
    private static readonly TimeSpan s_probeMin = TimeSpan.FromMilliseconds(10);

    private Instant? _timeoutAt;
    private Instant? _probeAt;
    private bool _probed;      // one probe for each tail; then T3-rtx
    private bool _probeNew;    // the probe is a chunk that was not sent before

    /// <summary>Time-outs in a row, and heartbeats without an answer (RFC 9260 §8.1).</summary>
    public int Errors { get; private set; }

    public long Timeouts { get; private set; }

    public long Probes { get; private set; }

    public Instant? NextDeadline => Instant.Earlier(Instant.Earlier(_reorderingAt, _pacer.NextDeadline), Instant.Earlier(_probeAt, _timeoutAt));

    public void HandleDeadline(Instant now)
    {
        _pacer.HandleDeadline(now);
        if (_reorderingAt <= now) HandleReorderingOver(now);
        if (_timeoutAt <= now) HandleTimeout(now);
        else if (_probeAt <= now) HandleProbe(now);
    }

    /// <summary>A heartbeat was not answered.</summary>
    public void HandleError() => Errors++;

    /// <summary>The path works (RFC 9260 §8.1, §8.2).</summary>
    public void HandleAlive()
    {
        Errors = 0;
        _timeout.HandleProgress();
    }

    private void HandleReorderingOver(Instant now)
    {
        var lost = DetectLosses(now);
        if (lost == 0) return;
        var sample = new AcknowledgedSample(now, 0, _outstanding.FlightBytes + lost, null, _timeout.Least, _timeout.Smoothed, lost, false, _inRecovery, _windowLimited);
        if (!_inRecovery) BeginRecovery(sample);
        _congestion.HandleAcknowledged(sample);
    }

    private void HandleTimeout(Instant now)
    {
        // §6.3.3: the window falls, the timer doubles, and all that is outstanding counts as lost; the first packet of it goes at once.
        Timeouts++;
        Errors++;
        // A probe of a shut window (§6.1 A) that is not taken says nothing about the path.
        if (_peerWindow > 0) _congestion.HandleTimeout(now, _outstanding.FlightBytes);
        _timeout.HandleTimeout();
        // The second in a row may mean that the other dropped what it had reported in gap blocks, as RFC 9260 §6.2.1 allows it: these too are sent again.
        var reneged = Errors >= 2;
        for (var tsn = _outstanding.Acknowledged.Next; tsn < _outstanding.Next; tsn = tsn.Next)
        {
            var state = _outstanding.StateOf(tsn);
            if (state == ChunkState.InFlight) _outstanding.Set(tsn, ChunkState.Lost);
            else if (state == ChunkState.Acknowledged && reneged)
            {
                _outstanding.Set(tsn, ChunkState.Lost);
                _beyondBytes -= _outstanding[tsn].WireLength;
            }
            else if (state == ChunkState.Abandoned && tsn == _outstanding.Acknowledged.Next) _forwardDue = true;
        }
        _inRecovery = false;
        _episodeRetransmitted = 0;
        _retransmitAtOnce = true;
        _probed = true;
        _probeAt = null;
        _timeoutAt = now + _timeout.Current;
    }

    private void HandleProbe(Instant now)
    {
        // RFC 8985 §7.3: something new if there is something, else the last chunk once more; its SACK shows what is missing before it.
        _probeAt = null;
        _probed = true;
        Probes++;
        if (_streams.HasSendable && _peerWindow > _outstanding.FlightBytes) _probeNew = true;
        else
        {
            for (var tsn = _outstanding.Next.Previous; tsn > _outstanding.Acknowledged; tsn = tsn.Previous)
            {
                if (_outstanding.StateOf(tsn) != ChunkState.InFlight) continue;
                // What may not be sent again waits for T3-rtx: a probe is no proof of loss.
                if (MayAbandon(tsn, now)) break;
                _outstanding.Set(tsn, ChunkState.Lost);
                _retransmitAtOnce = true;
                break;
            }
        }
        _timeoutAt ??= now + _timeout.Current;
    }

    /// <summary>After something was sent or acknowledged: both timers run from now, as long as something is outstanding (§6.3.2 R1 to R3).</summary>
    private void ArmTimer(Instant now)
    {
        if (_outstanding.Count == 0)
        {
            (_timeoutAt, _probeAt) = (null, null);
            return;
        }
        var timeout = _timeout.Current;
        _timeoutAt = now + timeout;
        _probeAt = null;
        if (_probed || _inRecovery || !_timeout.IsMeasured || _outstanding.FlightBytes == 0) return;
        // RFC 8985 §7.2.
        var probe = 2 * _timeout.Smoothed;
        if (_outstanding.FlightBytes <= _options.PacketBytesMax) probe += s_peersSackDelay;
        if (probe < s_probeMin) probe = s_probeMin;
        if (probe < timeout) _probeAt = now + probe;
    }
}
