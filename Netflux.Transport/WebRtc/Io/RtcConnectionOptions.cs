using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>What one connection may use.</summary>
internal sealed record RtcConnectionOptions
{
    public static readonly RtcConnectionOptions Default = new();

    public IReadOnlyList<IceServer> IceServers { get; init; } = [];

    /// <summary>Only relayed candidates are told and used: the other side does not learn our addresses.</summary>
    public bool RelayOnly { get; init; }
}
