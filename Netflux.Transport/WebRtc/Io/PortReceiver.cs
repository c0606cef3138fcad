using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// Gives what one socket receives to the connections it is for. A connection is finished with (its listener called, its answers sent) after the last datagram of a
/// batch, not after each: acknowledgements and what the listener answers then travel together.
/// </summary>
internal sealed class PortReceiver(RouteTable<RtcConnection> routes) : IUdpReceiver
{
    /// <summary>Receives after which a batch ends although more waits. Source: guess; without offload 32 datagrams, half of what one receive joins with it.</summary>
    private const int ReceivesMax = 32;

    private RtcConnection? _batch;
    private int _receives;

    public void HandleDatagrams(UdpSocket socket, in TransportAddress from, Span<byte> datagrams, bool more)
    {
        while (DatagramSplitter.Next(ref datagrams, out var message) is not DatagramKind.Unknown and var kind)
        {
            if (routes.Find(socket.Id, from, kind, message) is not { } connection) continue;
            if (connection != _batch)
            {
                _batch?.Finish();
                _batch = connection;
            }
            connection.HandleDatagram(socket.Id, from, kind, message);
        }
        if (more && ++_receives < ReceivesMax) return;
        _batch?.Finish();
        (_batch, _receives) = (null, 0);
    }
}
