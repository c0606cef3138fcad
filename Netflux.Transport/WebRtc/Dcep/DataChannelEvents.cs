namespace Netflux.Transport.WebRtc.Dcep;

/// <summary>What happened to a channel, beside its messages.</summary>
internal abstract record DataChannelEvent(DataChannel Channel);

/// <summary>It can be used. One of the other side's (<see cref="DataChannel.IsOpenedByPeer"/>) is met here for the first time.</summary>
internal sealed record DataChannelOpened(DataChannel Channel) : DataChannelEvent(Channel);

/// <summary>What waits to be sent fell to the threshold or below.</summary>
internal sealed record DataChannelBufferLow(DataChannel Channel) : DataChannelEvent(Channel);

/// <summary>The last word, after the channel's last message.</summary>
/// <param name="Why">A sentence for people.</param>
internal sealed record DataChannelClosed(DataChannel Channel, string Why) : DataChannelEvent(Channel);

/// <summary>One message of a channel. Its array is the taker's, who gives it back to the shared pool.</summary>
internal readonly record struct DataChannelMessage(DataChannel Channel, byte[] Pooled, int Length, bool IsText)
{
    public ReadOnlySpan<byte> Payload => Pooled.AsSpan(0, Length);
}

/// <summary>What became of a message that was to be sent.</summary>
internal enum DataChannelSend
{
    Accepted,
    /// <summary>Not yet, or not any more.</summary>
    NotOpen,
    /// <summary>Larger than the other side takes.</summary>
    TooLarge,
    /// <summary>The association holds as much as it may; <see cref="DataChannelBufferLow"/> says when to go on.</summary>
    BufferFull,
}
