using Netflux.Transport.WebRtc.Dcep;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Ice;
using Netflux.Transport.WebRtc.Sctp;
using Netflux.Transport.WebRtc.Turn;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>The numbers of a connection, beside those of its layers.</summary>
internal sealed record PeerConnectionOptions
{
    public IReadOnlyList<IceServer> IceServers { get; init; } = [];

    /// <summary>Only relayed candidates are told and used.</summary>
    public bool RelayOnly { get; init; }

    public IceOptions Ice { get; init; } = new();

    public GatheringOptions Gathering { get; init; } = new();

    public TurnOptions Turn { get; init; } = TurnOptions.Default;

    public DtlsOptions Dtls { get; init; } = DtlsOptions.Default;

    /// <summary>
    /// The packets are four bytes shorter than SCTP would have them, for the header of ChannelData (RFC 8656 §12.4): with it, a record and all headers a packet still has at
    /// most the 1,280 bytes that IPv6 carries everywhere.
    /// </summary>
    public SctpOptions Sctp { get; init; } = SctpOptions.Default with { PacketBytesMax = SctpOptions.Default.PacketBytesMax - 4 };

    public DataChannelOptions Channels { get; init; } = DataChannelOptions.Default;

    /// <summary>The largest message sent to a side that takes any size (RFC 8841 §6.1, 0). Source: guess; larger ones hold up all others.</summary>
    public int SentMessageBytesMax { get; init; } = 1024 * 1024;

    /// <summary>
    /// DTLS records that are kept before the answer is there, which tells whose certificate to expect. Source: arithmetic, a ClientHello of two fragments (Chromium's),
    /// and its first repetition.
    /// </summary>
    public int EarlyRecordsMax { get; init; } = 4;

    /// <summary>Candidates that wait for the description they belong to, and servers' names that are resolved. Source: as many as ICE takes.</summary>
    public int EarlyCandidatesMax { get; init; } = 64;

    /// <summary>Messages of gathering, to TURN servers and of our end that wait to be sent; the oldest are lost. Source: guess, as many as ICE has of its own.</summary>
    public int ControlDatagramsMax { get; init; } = 256;
}
