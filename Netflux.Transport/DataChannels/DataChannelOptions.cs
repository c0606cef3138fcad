using Netflux.Transport.WebRtc.Io;

namespace Netflux.Transport.DataChannels;

/// <summary>The numbers and names of links over data channels, and the sockets below them.</summary>
internal sealed record DataChannelOptions
{
    /// <summary>docs/WIRE.md, "Data channels".</summary>
    public const string Label = "netflux", Protocol = "netflux.v1";

    /// <summary>The UDP port, its addresses and limits.</summary>
    public RtcPortOptions Port { get; init; } = new();

    /// <summary>The servers that help to find a way, and whether only relays are used.</summary>
    public RtcConnectionOptions Connection { get; init; } = RtcConnectionOptions.Default;

    /// <summary>One message, with all headers (DESIGN §8): what every stack takes, and few enough packets that control frames are not held up.</summary>
    public int MessageBytesMax { get; init; } = 16 << 10;

    /// <summary>
    /// What waits below the link when it says that there is room for more. With the session's 256 KiB for one link it lets two thirds of them be on their way into the association while the rest is
    /// made; guess.
    /// </summary>
    public int LowWaterBytes { get; init; } = 96 << 10;

    /// <summary>A polite close takes at most this long. The link port promises a second.</summary>
    public TimeSpan CloseLimit { get; init; } = TimeSpan.FromSeconds(1);
}
