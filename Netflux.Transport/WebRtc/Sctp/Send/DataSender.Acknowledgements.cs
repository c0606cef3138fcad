using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Send;

// What SACKs say (RFC 9260 §6.2.1), which chunks they prove lost, and what follows for the window.
internal sealed partial class DataSender
{
    private Tsn _highestAcknowledged;   // the highest TSN that any SACK has named
    private Tsn _roundEnd;              // when this is acknowledged, a round trip has passed
    private Tsn _recoveryEnd;           // RFC 9260 §7.2.4, "fast recovery exit point"
    private bool _inRecovery;
    private bool _retransmitAtOnce;
    private long _beyondBytes;          // acknowledged by gap blocks, and not yet by the cumulative TSN
    private long _episodeRetransmitted; // chunks sent again in the recovery under way, and not yet reported as duplicates
    private Instant? _reorderingAt;     // when what was only overtaken counts as lost

    /// <summary>What one SACK newly acknowledged.</summary>
    private struct Tally
    {
        public long Bytes;
        public bool AnyMeasured;
        public Instant MeasuredSentAt;
        public Tsn HighestBefore;
    }

    /// <summary>Whether the SACK was news; one from the past is not.</summary>
    public bool OnSack(in SackChunk sack, Instant now)
    {
        // §6.2.1 D i: it was overtaken. What it acknowledges was never sent: it is not ours.
        if (sack.CumulativeTsn < _outstanding.Acknowledged || sack.CumulativeTsn >= _outstanding.Next) return false;
        var flightBefore = _outstanding.FlightBytes;
        var advanced = sack.CumulativeTsn != _outstanding.Acknowledged;
        var tally = new Tally { HighestBefore = _highestAcknowledged };
        while (_outstanding.Acknowledged < sack.CumulativeTsn) AcknowledgeFirst(ref tally, now);
        for (var i = 0; i < sack.BlockCount; i++) AcknowledgeBlock(sack.CumulativeTsn, sack.Block(i), ref tally, now);
        if (_highestAcknowledged < sack.CumulativeTsn) _highestAcknowledged = sack.CumulativeTsn;
        HearDuplicates(sack);

        TimeSpan? roundTrip = tally.AnyMeasured ? now - tally.MeasuredSentAt : null;
        if (roundTrip is { } measured) _timeout.HandleMeasured(measured);
        // What the other has room for is counted from what it has taken, and the rest is on its way (§6.2.1 D ii).
        _peerWindow = sack.ReceiverWindow;
        // A shut window that is answered is no dead path (§6.1 A): its probes do not count as failures, but come less and less often.
        if (advanced || tally.Bytes > 0) HandleAlive();
        else if (sack.ReceiverWindow == 0) Errors = 0;

        if (_inRecovery && _outstanding.Acknowledged >= _recoveryEnd) EndRecovery();
        var lost = DetectLosses(now);
        var roundEnded = sack.CumulativeTsn >= _roundEnd;
        if (roundEnded) _roundEnd = _outstanding.Next;
        if (tally.Bytes > 0 || lost > 0)
        {
            var sample = new AcknowledgedSample(now, tally.Bytes, flightBefore, roundTrip, _timeout.IsMeasured ? _timeout.Least : TimeSpan.Zero, _timeout.Smoothed, lost, roundEnded, _inRecovery, _windowLimited);
            if (lost > 0 && !_inRecovery) BeginRecovery(sample);
            _congestion.HandleAcknowledged(sample);
            if (_outstanding.FlightBytes < _congestion.Window) _windowLimited = false;
        }
        // RFC 3758 §3.5 C3: as long as the other has not followed, it is told.
        if (_outstanding.Count > 0 && _outstanding.StateOf(_outstanding.Acknowledged.Next) == ChunkState.Abandoned) _forwardDue = true;
        if (advanced || tally.Bytes > 0)
        {
            _probed = false;
            ArmTimer(now);
        }
        return true;
    }

    public void OnShutdown(Tsn cumulative, Instant now) => OnSack(SackChunk.Cumulative(cumulative, (uint)Math.Min(_peerWindow, uint.MaxValue)), now);

    private void AcknowledgeFirst(ref Tally tally, Instant now)
    {
        var tsn = _outstanding.Acknowledged.Next;
        ref var chunk = ref _outstanding[tsn];
        var state = _outstanding.StateOf(tsn);
        if (state is ChunkState.InFlight or ChunkState.Lost) Count(tsn, chunk, ref tally, now);
        else if (state == ChunkState.Acknowledged) _beyondBytes -= chunk.WireLength;
        if (chunk.Slab is { } slab) _streams.Release(slab, chunk.Length);
        _outstanding.RemoveFirst();
    }

    private void AcknowledgeBlock(Tsn cumulative, GapBlock block, ref Tally tally, Instant now)
    {
        var end = cumulative + block.End;
        // A block of the wrong way round, or of what was never sent, says nothing.
        if (block.Start > block.End || block.Start == 0 || end >= _outstanding.Next) return;
        // Each SACK tells of all blocks again; what is known already is passed over many at a time.
        for (var from = cumulative + block.Start; _outstanding.TryFindUnacknowledged(from, end.Next, out var tsn); from = tsn.Next)
        {
            ref var chunk = ref _outstanding[tsn];
            Count(tsn, chunk, ref tally, now);
            _outstanding.Set(tsn, ChunkState.Acknowledged);
            _beyondBytes += chunk.WireLength;
        }
        if (_highestAcknowledged < end) _highestAcknowledged = end;
    }

    private void Count(Tsn tsn, in OutstandingChunk chunk, ref Tally tally, Instant now)
    {
        tally.Bytes += chunk.WireLength;
        _recent.HandleAcknowledged(tsn, chunk, tally.HighestBefore, _timeout, now);
        // Karn's rule (§6.3.1 C5): what was sent twice measures nothing. Of the others the last one sent was held back the least.
        if (chunk.Transmissions != 1 || tally.AnyMeasured && chunk.SentAt < tally.MeasuredSentAt) return;
        tally.AnyMeasured = true;
        tally.MeasuredSentAt = chunk.SentAt;
    }

    private void HearDuplicates(in SackChunk sack)
    {
        if (sack.DuplicateCount == 0 || !_inRecovery || _episodeRetransmitted == 0) return;
        _recent.HandleDuplicateReported();
        // Everything that was sent again had arrived already: the loss was none (RFC 8985 §6.2 for RACK; undoing the window as RFC 3708 does).
        _episodeRetransmitted -= sack.DuplicateCount;
        if (_episodeRetransmitted > 0) return;
        _episodeRetransmitted = 0;
        _congestion.HandleSpuriousLoss();
    }

    /// <summary>RACK: what was sent before something that arrived, and should be here by now. Returns the bytes that are newly lost.</summary>
    private long DetectLosses(Instant now)
    {
        _reorderingAt = null;
        if (_highestAcknowledged <= _outstanding.Acknowledged) return 0;
        var window = _recent.ReorderingWindow(_timeout, _inRecovery || _beyondBytes > 2 * _options.PacketBytesMax);
        var lost = 0L;
        var from = _outstanding.Acknowledged.Next;
        while (_outstanding.TryFind(ChunkState.InFlight, from, _highestAcknowledged, out var tsn))
        {
            from = tsn.Next;
            ref var chunk = ref _outstanding[tsn];
            if (_recent.IsAfter(chunk)) continue;
            var lostAt = _recent.LostAt(chunk, window);
            if (lostAt > now)
            {
                _reorderingAt = Instant.Earlier(_reorderingAt, lostAt);
                continue;
            }
            _outstanding.Set(tsn, ChunkState.Lost);
            lost += chunk.WireLength;
            _episodeRetransmitted++;
        }
        return lost;
    }

    private void BeginRecovery(in AcknowledgedSample sample)
    {
        // §7.2.4: one reduction for all that was in flight when the loss was seen.
        _inRecovery = true;
        _retransmitAtOnce = true;
        _recoveryEnd = _outstanding.Next.Previous;
        _congestion.HandleLossEpisode(sample);
    }

    private void EndRecovery()
    {
        _inRecovery = false;
        _episodeRetransmitted = 0;
        _recent.HandleRecoveryEnded();
    }
}
