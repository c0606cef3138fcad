using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>
/// RACK (RFC 8985) in place of counting missing reports (RFC 9260 §7.2.4): a chunk is lost when one that was sent after it has arrived and a little time has passed. So a
/// retransmission that gets lost is noticed after a round trip too, where the counting waits for T3-rtx.
/// </summary>
internal sealed class RecentAcknowledgement
{
    // RFC 8985 §6.2 step 4: how long a widened window stays, in recoveries.
    private const int WideningRecoveries = 16;

    private long _sentOrder;
    private TimeSpan _roundTrip;
    private bool _reorderingSeen;
    private int _widening = 1;
    private int _recoveriesLeft;

    /// <summary>Begins to hear what one SACK acknowledges.</summary>
    public void HandleAcknowledged(Tsn tsn, in OutstandingChunk chunk, Tsn highestBefore, RetransmissionTimeout timeout, Instant now)
    {
        var roundTrip = now - chunk.SentAt;
        if (chunk.Transmissions > 1)
        {
            // §6.2 step 2: answered sooner than any round trip, it was the first transmission that arrived.
            if (timeout.IsMeasured && roundTrip < timeout.Least) return;
        }
        else if (tsn < highestBefore) _reorderingSeen = true; // §6.2 step 3: it was not sent again, and came after later ones.
        if (IsAfter(chunk)) (_sentOrder, _roundTrip) = (chunk.SentOrder, roundTrip);
    }

    /// <summary>Whether this was sent after the newest transmission that is known to have arrived.</summary>
    public bool IsAfter(in OutstandingChunk chunk) => chunk.SentOrder > _sentOrder;

    /// <summary>When the chunk counts as lost; it was sent before the newest that arrived.</summary>
    public Instant LostAt(in OutstandingChunk chunk, TimeSpan window) => chunk.SentAt + _roundTrip + window;

    /// <summary>How long to wait for what was only overtaken, §6.2 step 4.</summary>
    /// <param name="manyBeyond">Three packets or more have overtaken, or a recovery is under way already.</param>
    public TimeSpan ReorderingWindow(RetransmissionTimeout timeout, bool manyBeyond)
    {
        if (!timeout.IsMeasured || !_reorderingSeen && manyBeyond) return TimeSpan.Zero;
        var window = timeout.Least / 4 * _widening;
        return window < timeout.Smoothed ? window : timeout.Smoothed;
    }

    /// <summary>The other got something twice that we had sent again: the window was too small (§6.2 step 4, DSACK).</summary>
    public void HandleDuplicateReported()
    {
        _reorderingSeen = true;
        _widening = Math.Min(_widening + 1, 32);
        _recoveriesLeft = WideningRecoveries;
    }

    public void HandleRecoveryEnded()
    {
        if (_recoveriesLeft > 0 && --_recoveriesLeft == 0) _widening = 1;
    }
}
