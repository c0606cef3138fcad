using Netflux.Core;
using Netflux.Transport.WebRtc.Ice;
using Netflux.Transport.WebRtc.Turn;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>Allocations on TURN servers: each is a base of its own, from which ICE sends as from a socket.</summary>
internal sealed partial class PeerConnection
{
    private readonly List<Relay> _relays = [];
    private readonly List<ServerTrouble> _serverTroubles = []; // at most two for each server: it gave no allocation, or it took it back
    private int _lastStream;

    /// <param name="url">The server's, as it was given.</param>
    /// <param name="carrier">The socket, or where it is negative the stream, on which the server is reached.</param>
    private sealed class Relay(string url, TurnAllocation allocation, int carrier, TransportAddress server)
    {
        public string Url => url;

        public TurnAllocation Allocation => allocation;

        public int Carrier => carrier;

        public TransportAddress Server => server;

        public bool IsStream => carrier < 0;

        /// <summary>Null before the server has allocated.</summary>
        public Base? Base { get; set; }
    }

    private Instant? NextRelayDeadline
    {
        get
        {
            Instant? next = null;
            foreach (var relay in _relays) next = Instant.Earlier(next, relay.Allocation.NextDeadline);
            return next;
        }
    }

    /// <summary>The stream to a TURN server did not come about, or broke.</summary>
    public void HandleStreamLost(int stream, Instant now)
    {
        if (_state == PeerConnectionState.Closed || _relays.Find(one => one.Carrier == stream) is not { } relay) return;
        LoseRelay(relay, "The TCP connection to it was not made, or broke.", now);
        DrainGathering(now);
        DrainAgent(now);
    }

    private bool TryStartRelay(IceServer server, IceServerUrl url, TransportAddress address, Instant now)
    {
        if (server is not { Username: { } username, Password: { } password })
        {
            NoteTrouble(server.Url, "No user name and password were given for it.");
            return false;
        }
        int carrier;
        if (url.IsTcp)
        {
            carrier = --_lastStream;
            _sockets.DialStream(carrier, address);
        }
        // The server knows an allocation by our address and its own (RFC 8656 §2.2), so on one socket there is one for each server, and another connection may have it.
        else if (_sockets.TryHold(_sockets.Main.Id, address, HoldRight.Hold))
        {
            carrier = _sockets.Main.Id;
        }
        else if (_sockets.OpenFurther() is { } further && _sockets.TryHold(further.Id, address, HoldRight.Hold))
        {
            carrier = further.Id;
        }
        else
        {
            NoteTrouble(server.Url, "There is no further UDP socket from which it could be asked.");
            return false;
        }
        var relay = new Relay(server.Url, new(new(username, password), url.IsTcp, _options.Turn, _options.Ice.Checks, _random), carrier, address);
        _relays.Add(relay);
        relay.Allocation.Handle(new AllocationWanted(), now);
        DrainRelay(relay, now);
        return true;
    }

    private Relay? FindRelay(int carrier, in TransportAddress server)
    {
        foreach (var relay in _relays)
        {
            if (relay.Carrier == carrier && relay.Server == server) return relay;
        }
        return null;
    }

    private void HandleRelayDeadlines(Instant now)
    {
        foreach (var relay in _relays.ToArray())
        {
            if (relay.Allocation.NextDeadline > now) continue;
            relay.Allocation.HandleDeadline(now);
            DrainRelay(relay, now);
        }
    }

    private void DrainRelay(Relay relay, Instant now)
    {
        while (relay.Allocation.TryTake(out var instruction))
        {
            switch (instruction)
            {
                case SendToServer i: SendControl(new ControlDatagram(relay.Carrier, null, relay.Server, i.Message)); break;
                case AllocationMade i: HandleAllocated(relay, i, now); break;
                // Not done: RFC 8489 §10's alternate server; it would be one more server to be configured instead.
                case AllocationFailed i: LoseRelay(relay, i.Alternate is { } other ? $"{i.Why} It sends to {other}." : i.Why, now); break;
                case PeerRefused: break; // its checks fail by themselves
                default: throw new InvalidOperationException($"Not known here: {instruction}");
            }
        }
        DrainGathering(now);
        DrainAgent(now);
    }

    private void HandleAllocated(Relay relay, AllocationMade made, Instant now)
    {
        relay.Base = AddBase(relay.Carrier, relay);
        if (_hasGathered)
        {
            _agent!.Handle(LocalCandidateFound.Relayed(relay.Base.Id, made.Relayed, made.Mapped, relay.Server), now);
            return;
        }
        _gathering!.Handle(new RelayFound(relay.Base.Id, made.Relayed, made.Mapped, relay.Server), now);
        _gathering.Handle(new RelayEnded(), now);
    }

    private void NoteTrouble(string url, string why) => _serverTroubles.Add(new(url, why));

    private void LoseRelay(Relay relay, string why, Instant now)
    {
        if (!_relays.Remove(relay)) return;
        NoteTrouble(relay.Url, why);
        if (relay.IsStream) _sockets.CloseStream(relay.Carrier);
        else _sockets.Release(relay.Carrier, relay.Server);
        if (relay.Base is { } lost) _agent!.Handle(new LocalBaseLost(lost.Id), now);
        else _gathering!.Handle(new RelayEnded(), now);
    }

    /// <summary>The server is told over UDP; the end of a stream says it by itself (RFC 8656 §2.2), and it ends with the connection, behind what is still to be sent on it.</summary>
    private void ReleaseRelays(Instant now)
    {
        foreach (var relay in _relays)
        {
            if (relay.IsStream) continue;
            relay.Allocation.Handle(new AllocationReleased(), now);
            while (relay.Allocation.TryTake(out var instruction))
            {
                if (instruction is SendToServer send) SendControl(new ControlDatagram(relay.Carrier, null, relay.Server, send.Message));
            }
        }
        _relays.Clear();
    }
}
