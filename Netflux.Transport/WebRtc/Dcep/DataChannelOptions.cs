namespace Netflux.Transport.WebRtc.Dcep;

/// <summary>What the data channels of one association may take.</summary>
internal sealed record DataChannelOptions
{
    public static readonly DataChannelOptions Default = new();

    /// <summary>Channels at once, from both sides; the other's further ones are refused. Source: guess, four times the 1,000 that are to work well; each takes about 500 bytes with its handles.</summary>
    public int ChannelsMax { get; init; } = 4096;

    /// <summary>Bytes of labels and protocols that the other side's channels may take in all. Source: guess; it leaves every one of 4,096 channels 1,000 bytes, and RFC 8832 allows 128 KiB to one.</summary>
    public int PeerNameBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>The highest stream that carries a channel. Source: RFC 8831 §6.5, 65,535 is reserved.</summary>
    public ushort HighestId { get; init; } = 65534;
}
