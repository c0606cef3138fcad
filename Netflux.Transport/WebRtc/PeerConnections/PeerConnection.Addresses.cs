using Netflux.Core;
using Netflux.Transport.WebRtc.Ice;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>
/// The remote addresses of this connection, which share the port's socket with those of others (DESIGN §9). Of two processes that offer each other connections at the same moment
/// <code>
/// left                                  right
///   offers x, from its main socket        offers y, from its main socket
///   answers y, reserves right's           answers x, reserves left's
///   has x's answer: x holds right's,      has y's answer: y holds left's,
///     y goes by a further socket            x goes by a further socket
/// </code>
/// each offerer has its own end of the pair of the main sockets and neither has both; the answerers' further sockets lead to both. An offerer holds an address before it checks it, and an
/// answerer only what somebody was authenticated from, so no pair has an end in each connection.
/// </summary>
internal sealed partial class PeerConnection
{
    /// <summary>Another connection has got an address that was this one's, by a better right.</summary>
    public void HandleAddressLost(int socket, in TransportAddress remote, Instant now)
    {
        if (_state == PeerConnectionState.Closed || FindBase(socket) is not { } local) return;
        if (_route is { } route && route.From == local && route.To == remote) _route = null;
        _agent!.Handle(new AddressLost(local.Id, remote), now);
        DrainAgent(now);
    }

    /// <summary>The way has to be found from another socket. That is the answerer's part: where it is, the offerer learns by its candidates and checks.</summary>
    private void HandleRefused(Instant now)
    {
        if (!_isOfferer) UseFurtherSocket(now);
    }

    private sealed class RemoteAddresses(PeerConnection connection) : IRemoteAddresses
    {
        public bool MayTake => connection._isOfferer;

        public bool TryHold(IceBase @base, in TransportAddress remote, HoldReason reason)
        {
            var at = connection._bases[@base.Id];
            var right = reason switch
            {
                HoldReason.Checking when !connection._isOfferer => HoldRight.Reserve,
                // Who answers with our other end's password has the pair's other end now. It is so where a process came back on its former port: what its former connections hold here is void.
                HoldReason.Answered when connection._isOfferer => HoldRight.Take,
                _ => HoldRight.Hold,
            };
            // What comes through a relay comes from its server, whose address is ours already.
            return at.Relay is not null || connection._sockets.TryHold(at.Socket, remote, right);
        }

        public void Release(IceBase @base, in TransportAddress remote)
        {
            var at = connection._bases[@base.Id];
            if (at.Relay is null) connection._sockets.Release(at.Socket, remote);
        }
    }
}
