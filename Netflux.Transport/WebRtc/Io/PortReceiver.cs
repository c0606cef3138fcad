using Netflux.Transport.WebRtc.Ice;
using Netflux.Transport.WebRtc.PeerConnections;
using Netflux.Transport.WebRtc.Stun;

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
            if (Find(socket.Id, from, kind, message) is not { } connection) continue;
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

    private RtcConnection? Find(int socket, in TransportAddress from, DatagramKind kind, ReadOnlySpan<byte> message)
    {
        if (kind != DatagramKind.Stun) return routes.FindByAddress(socket, from);
        if (!StunMessage.TryParse(message, out var stun)) return null;
        switch (stun.Class)
        {
            case StunClass.Request:
                // An address that another connection holds is none for this one: its DTLS could not be told from the other's. Not answered, so the other side looks for another.
                return IceRouting.TryReadUfrag(stun, out var fragment) && routes.FindByFragment(fragment) is { } asked && !routes.IsHeldByAnother(socket, from, asked) ? asked : null;
            case StunClass.Indication:
                return routes.FindByAddress(socket, from); // Data of TURN; keepalives need no answer
            default:
                return routes.FindByTransaction(stun.Id);
        }
    }
}
