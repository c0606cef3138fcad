using Netflux.Core;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>A message that is accepted and not yet sent, or not all of it.</summary>
internal struct OutboundMessage
{
    public Slab Slab;
    public int Offset;
    public int Length;

    /// <summary>How much has been sent; the rest stands behind it.</summary>
    public int Sent;
    public PayloadProtocolId Ppid;
    public bool Unordered;

    /// <summary><see cref="OutstandingChunk.Unlimited"/> is no limit.</summary>
    public int RetransmitsMax;

    /// <summary>The end of time is no limit.</summary>
    public Instant ExpiresAt;

    /// <summary>The SSN or MID, given when the first fragment goes.</summary>
    public uint Number;

    public uint NextFragment;
}

/// <summary>How far the reset of an outgoing stream is (RFC 6525 §5.1.2).</summary>
internal enum OutboundReset : byte
{
    None,

    /// <summary>Asked for; what is queued goes first.</summary>
    Draining,

    /// <summary>Everything is sent; the request may go.</summary>
    Ready,

    /// <summary>The request is under way; no number is given in the stream until the answer is there.</summary>
    Requested,
}

/// <summary>One outgoing stream.</summary>
internal sealed class OutboundStream(StreamId id)
{
    private BufferedAmountLow? _low;

    public StreamId Id { get; } = id;

    public RingQueue<OutboundMessage> Queue { get; } = new();

    /// <summary>The next SSN, or MID of ordered messages.</summary>
    public uint NextOrdered { get; set; }

    /// <summary>The next MID of unordered messages (RFC 8260 §2.1 numbers them apart).</summary>
    public uint NextUnordered { get; set; }

    /// <summary>Accepted and not yet sent for the first time.</summary>
    public long Buffered { get; set; }

    public long LowThreshold { get; set; }

    public OutboundReset Reset { get; set; }

    /// <summary>Whether it stands in the scheduler's round.</summary>
    public bool Scheduled { get; set; }

    /// <summary>The one event object of this stream: it is told often and says nothing else.</summary>
    public BufferedAmountLow Low => _low ??= new(Id);
}
