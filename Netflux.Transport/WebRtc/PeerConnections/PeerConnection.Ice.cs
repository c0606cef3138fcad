using Netflux.Core;
using Netflux.Transport.WebRtc.Ice;
using Netflux.Transport.WebRtc.Sdp;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>The way to the other side: what the agent is told, and what it asks for.</summary>
internal sealed partial class PeerConnection
{
    private readonly List<Base> _bases = [];
    private readonly HashSet<string> _fragments = new(StringComparer.Ordinal);
    private IceAgent? _agent;
    private IceState _iceState = IceState.New;
    private bool _hasFurtherSocket;

    /// <summary>Where the agent sends from.</summary>
    /// <param name="Socket">The number of the socket, or of the stream to the relay's server.</param>
    private sealed record Base(IceBase Id, int Socket, Relay? Relay);

    /// <param name="offered">
    /// The other side's candidates, where this side answers. The answerer alone sees to it that no two connections use the same two addresses: where a pair of the
    /// port and an offered address is taken, this connection goes by a socket of its own.
    /// </param>
    private void StartIce(IceRole role, IReadOnlyList<CandidateLine> offered, Instant now)
    {
        _agent = new IceAgent(role, _options.Ice, _random, new RemoteAddresses(this));
        StartGathering(now);
        var isFree = true;
        foreach (var candidate in offered) isFree &= Hold(candidate);
        if (isFree || !UseFurtherSocket(now)) UseSocket(_sockets.Main, now);
        _gathering!.Handle(new BasesEnded(), now);
        DrainGathering(now);
        DrainAgent(now);
    }

    private bool Hold(CandidateLine candidate) => !candidate.TryGetAddress(out var address) || _sockets.TryHold(_sockets.Main.Id, address, HoldRight.Reserve);

    private bool UseFurtherSocket(Instant now)
    {
        if (_hasFurtherSocket || _sockets.OpenFurther() is not { } socket) return _hasFurtherSocket;
        _hasFurtherSocket = true;
        UseSocket(socket, now);
        DrainGathering(now);
        return true;
    }

    private void UseSocket(LocalSocket socket, Instant now)
    {
        var added = AddBase(socket.Id, null);
        if (!_options.RelayOnly) GatherFrom(added, socket, now);
    }

    private Base AddBase(int socket, Relay? relay)
    {
        var added = new Base(new(_bases.Count), socket, relay);
        _bases.Add(added);
        return added;
    }

    private Base? FindBase(int socket)
    {
        foreach (var one in _bases)
        {
            if (one.Socket == socket && one.Relay is null) return one;
        }
        return null;
    }

    private void AddFragment()
    {
        var fragment = _agent!.LocalCredentials.Ufrag;
        // 48 random bits: that another connection of this port has the same is a fault of the source of randomness.
        if (_fragments.Add(fragment) && !_sockets.TryAddFragment(fragment)) throw new InvalidOperationException("Two connections drew the same ICE fragment.");
    }

    private void AddRemoteCandidate(TrickledCandidate candidate, Instant now)
    {
        switch (candidate)
        {
            case TrickledCandidate.Usable usable: AddRemoteCandidate(usable.Candidate, now); break;
            case TrickledCandidate.End: _agent!.Handle(new RemoteCandidatesEnded(), now); break;
        }
    }

    private void AddRemoteCandidate(CandidateLine candidate, Instant now)
    {
        var type = candidate.Type switch
        {
            CandidateLineType.Host => CandidateType.Host,
            CandidateLineType.ServerReflexive => CandidateType.ServerReflexive,
            CandidateLineType.PeerReflexive => CandidateType.PeerReflexive,
            _ => CandidateType.Relayed,
        };
        if (!candidate.TryGetAddress(out var address))
        {
            _agent!.Handle(new RemoteNameFound(candidate.Host, candidate.Port, type, candidate.Priority, candidate.Foundation, candidate.Ufrag), now);
            return;
        }
        if (!_isOfferer && !_hasFurtherSocket && !Hold(candidate)) UseFurtherSocket(now);
        _agent!.Handle(new RemoteCandidateFound(type, address, candidate.Priority, candidate.Foundation, candidate.Ufrag), now);
    }

    private void HandleStun(Base local, in TransportAddress from, ReadOnlySpan<byte> message, Instant now)
    {
        if (_agent is not { } agent) return;
        if (IsGathering)
        {
            _gathering!.HandleStun(local.Id, from, message, now);
            DrainGathering(now);
        }
        agent.HandleStun(local.Id, from, message, now);
        DrainAgent(now);
    }

    private void DrainAgent(Instant now)
    {
        while (_agent is { } agent && agent.TryTake(out var instruction))
        {
            switch (instruction)
            {
                case AnnounceCandidate i: Announce(i.Candidate); break;
                case Ice.ResolveName i: Emit(new ResolveName(i.Name)); break;
                case AddressRefused: HandleRefused(now); break;
                case PairSelected i: Select(i, now); break;
                case IceStateChanged i: HandleIceState(i); break;
                case UfragRetired i: RetireFragment(i.Ufrag); break;
                default: throw new InvalidOperationException($"Not known here: {instruction}");
            }
        }
    }

    private void RetireFragment(string fragment)
    {
        if (_fragments.Remove(fragment)) _sockets.RemoveFragment(fragment);
    }

    /// <summary>Candidates that are found before our description are in it; later ones are trickled (RFC 8838 §9).</summary>
    private void Announce(LocalCandidate candidate)
    {
        if (_isDescribed) Emit(new TellCandidate(LineOf(candidate).ToString()));
    }

    private CandidateLine LineOf(LocalCandidate candidate)
    {
        var type = candidate.Type switch
        {
            CandidateType.Host => CandidateLineType.Host,
            CandidateType.ServerReflexive => CandidateLineType.ServerReflexive,
            CandidateType.PeerReflexive => CandidateLineType.PeerReflexive,
            _ => CandidateLineType.Relayed,
        };
        // RFC 8839 §5.1 wants a related address for all but hosts; where ours is to be hidden, 0.0.0.0 stands there, as browsers write it.
        var related = candidate.Related is not null && _options.RelayOnly ? TransportAddress.FromIPv4(0, 0) : candidate.Related;
        return CandidateLine.Udp(candidate.Foundation, candidate.Priority, candidate.Address, type, related, _agent!.LocalCredentials.Ufrag);
    }

    private void Select(PairSelected pair, Instant now)
    {
        _route = new(_bases[pair.From.Id], pair.To);
        _roundTrip = pair.RoundTrip ?? _roundTrip;
        StartDtls(now);
    }

    private void HandleIceState(IceStateChanged changed)
    {
        _iceState = changed.State;
        if (changed.State == IceState.Failed) _route = null; // RFC 7675 §5.1: nothing is sent without consent
        UpdateState(changed.Why);
    }
}
