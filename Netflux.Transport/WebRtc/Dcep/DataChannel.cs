using Netflux.Transport.WebRtc.Sctp;

namespace Netflux.Transport.WebRtc.Dcep;

/// <summary>Where a channel stands.</summary>
internal enum DataChannelState
{
    /// <summary>The association is not there yet.</summary>
    Connecting,
    Open,
    /// <summary>One side has closed it; the streams are being reset (RFC 8831 §6.7).</summary>
    Closing,
    Closed,
}

/// <summary>One data channel: what <see cref="DataChannels"/> knows of it, which alone changes it.</summary>
internal sealed class DataChannel
{
    internal DataChannel(ChannelTerms terms, StreamId? id, bool isNegotiated, bool isOpenedByPeer) => (Terms, Id, IsNegotiated, IsOpenedByPeer) = (terms, id, isNegotiated, isOpenedByPeer);

    public ChannelTerms Terms { get; }

    /// <summary>Null for a channel of DCEP until the DTLS role is known, which decides on odd and even (RFC 8832 §6).</summary>
    public StreamId? Id { get; internal set; }

    /// <summary>Both sides know of it by other means: no OPEN is sent (RFC 8831 §6.1).</summary>
    public bool IsNegotiated { get; }

    public bool IsOpenedByPeer { get; }

    public DataChannelState State { get; internal set; }

    /// <summary>The owner's, for what it wants to find again.</summary>
    public object? Handle { get; set; }

    public long LowThreshold { get; internal set; }

    /// <summary>RFC 8832 §6: until the other is known to have read our OPEN, everything is sent ordered, or it might overtake it.</summary>
    internal bool IsConfirmed { get; set; }

    /// <summary>What of DCEP has to be sent and found no room.</summary>
    internal DcepMessage? Owed { get; set; }

    /// <summary>Something of the application's was sent; before, only DCEP's own bytes can have left the buffer.</summary>
    internal bool HasSent { get; set; }

    internal bool IsStarved { get; set; }

    /// <summary>One for all notices: with a threshold of 0 nearly every message causes one.</summary>
    internal DataChannelBufferLow BufferLow => field ??= new(this);

    /// <summary>Closed from this side: what still arrives is not told.</summary>
    internal bool IsClosedHere { get; set; }

    /// <summary>Our stream's reset is settled, the other's has arrived: both, and the number is free (RFC 8831 §6.7).</summary>
    internal bool IsResetHere { get; set; }

    internal bool IsResetByPeer { get; set; }

    internal string Why { get; set; } = "";
}
