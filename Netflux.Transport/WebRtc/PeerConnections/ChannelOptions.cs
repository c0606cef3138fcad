namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>How a data channel is opened (W3C WebRTC §6.2, RTCDataChannelInit; RFC 8832 §5.1).</summary>
internal sealed record ChannelOptions
{
    public string Label { get; init; } = "";

    public string Protocol { get; init; } = "";

    /// <summary>Whether messages arrive in the order in which they were sent.</summary>
    public bool Ordered { get; init; } = true;

    /// <summary>How often a chunk is sent again before the message is given up; null is without end. Not together with <see cref="MaxLifetime"/>.</summary>
    public ushort? MaxRetransmits { get; init; }

    /// <summary>How long a message is tried before it is given up; null is without end.</summary>
    public TimeSpan? MaxLifetime { get; init; }

    /// <summary>Both sides open the channel with this number by themselves, and no OPEN message is sent. Null lets DCEP open it with a free number.</summary>
    public ushort? NegotiatedId { get; init; }
}

/// <summary>Where a data channel stands (W3C WebRTC §6.2, RTCDataChannelState).</summary>
internal enum ChannelState
{
    Connecting,
    Open,
    /// <summary>What was sent is still being delivered; then the streams are reset.</summary>
    Closing,
    Closed,
}

/// <summary>What became of a message that was to be sent.</summary>
internal enum SendOutcome
{
    Accepted,
    /// <summary>The channel is not open: not yet, or not any more.</summary>
    NotOpen,
    /// <summary>The message is larger than what the other side takes (its max-message-size, RFC 8841 §6).</summary>
    TooLarge,
    /// <summary>The connection holds as many unsent bytes as it may. The channel's low-water notice tells when to go on.</summary>
    BufferFull,
}
