using System.Net;
using Netflux.Core;
using Netflux.Transport.WebRtc.Ice;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>How candidates of ours are found: the sockets' own addresses, how STUN servers see them, and what TURN servers allocate.</summary>
internal sealed partial class PeerConnection
{
    private readonly List<(IceServer Server, IceServerUrl Url)> _unresolved = [];
    private CandidateGathering? _gathering;
    private bool _hasGathered;

    private bool IsGathering => _gathering is not null && !_hasGathered;

    private void StartGathering(Instant now)
    {
        _gathering = new(_options.Gathering, _random);
        foreach (var server in _options.IceServers)
        {
            if (!IceServerUrl.TryParse(server.Url, out var url))
            {
                NoteTrouble(server.Url, "It is no URL of a STUN or TURN server, or of a kind that is not spoken here.");
                continue;
            }
            if (_options.RelayOnly && !url.IsTurn) continue;
            _gathering.Handle(url.IsTurn ? new RelayPending() : new StunServerPending(), now);
            if (IPAddress.TryParse(url.Host, out var address))
            {
                FindServer(server, url, [address], now);
                continue;
            }
            _unresolved.Add((server, url));
            Emit(new ResolveName(url.Host));
        }
    }

    /// <summary>The addresses behind a name that was asked for; none where it has none, or not in time.</summary>
    public void HandleNameResolved(string name, IReadOnlyList<IPAddress> addresses, Instant now)
    {
        if (_state == PeerConnectionState.Closed) return;
        foreach (var (server, url) in _unresolved.FindAll(one => one.Url.Host == name))
        {
            _unresolved.Remove((server, url));
            FindServer(server, url, addresses, now);
        }
        _agent!.Handle(addresses.Count > 0 ? new NameResolved(name, addresses[0]) : new NameUnresolved(name), now);
        DrainGathering(now);
        DrainAgent(now);
    }

    private void FindServer(IceServer server, IceServerUrl url, IReadOnlyList<IPAddress> addresses, Instant now)
    {
        if (addresses.Count == 0) NoteTrouble(server.Url, "Its name has no address.");
        if (url.IsTurn)
        {
            if (addresses.Count == 0 || !TryStartRelay(server, url, TransportAddress.From(addresses[0], url.Port), now)) _gathering!.Handle(new RelayEnded(), now);
            return;
        }
        foreach (var address in addresses) _gathering!.Handle(new StunServerFound(TransportAddress.From(address, url.Port)), now);
        _gathering!.Handle(new StunServerEnded(), now);
    }

    private void GatherFrom(Base at, LocalSocket socket, Instant now)
    {
        foreach (var host in socket.Hosts)
        {
            // A socket that is opened after gathering has ended adds its own addresses; how servers see them is not asked any more.
            if (_hasGathered) _agent!.Handle(LocalCandidateFound.Host(at.Id, host), now);
            else _gathering!.Handle(new BaseOpened(at.Id, host), now);
        }
    }

    private void DrainGathering(Instant now)
    {
        while (_gathering is { } gathering && gathering.TryTake(out var instruction))
        {
            switch (instruction)
            {
                case SendInquiry i: SendControl(_bases[i.From.Id], i.Server, i.Message); break;
                case GatheredCandidate i: _agent!.Handle(i.Candidate, now); break;
                case GatheringEnded:
                    DrainAgent(now); // the last candidates are told before their end
                    EndGathering();
                    break;
                default: throw new InvalidOperationException($"Not known here: {instruction}");
            }
        }
    }

    private void EndGathering()
    {
        _hasGathered = true;
        if (_isDescribed) Emit(new TellCandidate(""));
    }
}
