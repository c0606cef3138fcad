using Netflux.Core;
using Netflux.TestKit;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Agents, NATs and a net between them, in virtual time and from one seed.</summary>
internal sealed class IceWorld(ulong seed = 1)
{
    private readonly PriorityQueue<Action, (Instant At, long Order)> _events = new();
    private readonly List<SimulatedSocket> _sockets = [];
    private readonly List<IceParty> _parties = [];
    private readonly SeededRandom _random = SeededRandom.For(seed, "net");
    private long _order;
    private int _port = 5000;

    public ulong Seed => seed;

    public Instant Now { get; private set; }

    public double Loss { get; set; }

    public double Duplication { get; set; }

    public TimeSpan LatencyMin { get; set; } = TimeSpan.FromMilliseconds(1);

    public TimeSpan LatencyMax { get; set; } = TimeSpan.FromMilliseconds(1);

    public TimeSpan SignalingLatency { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Whether a datagram gets through.</summary>
    public Func<SimulatedSocket, TransportAddress, bool> Passes { get; set; } = (_, _) => true;

    public SeededRandom Random => _random;

    public IceParty AddParty(string name, IceRole role, IceOptions? options = null)
    {
        var party = new IceParty(this, name, role, options);
        _parties.Add(party);
        return party;
    }

    public void Add(SimulatedSocket socket) => _sockets.Add(socket);

    public int NextPort() => _port++;

    public void At(TimeSpan delay, Action action) => _events.Enqueue(action, (Now + delay, _order++));

    public void RunFor(TimeSpan span) => RunUntil(() => false, span);

    /// <summary>Goes on until the condition holds, or the time is over.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Now + limit;
        while (!condition())
        {
            var next = _events.TryPeek(out _, out var priority) ? priority.At : (Instant?)null;
            foreach (var party in _parties) next = Instant.Earlier(next, party.Agent.NextDeadline);
            if (next is not { } at || at > end)
            {
                Now = end;
                return condition();
            }
            if (at > Now) Now = at;
            while (_events.TryPeek(out var due, out priority) && priority.At <= Now)
            {
                _events.Dequeue();
                due();
            }
            foreach (var party in _parties)
            {
                if (party.Agent.NextDeadline <= Now) party.HandleDeadline();
            }
        }
        return true;
    }

    public void Send(SimulatedSocket from, TransportAddress to, byte[] message)
    {
        if (!Passes(from, to)) return;
        for (var copies = _random.Chance(Duplication) ? 2 : 1; copies > 0; copies--)
        {
            if (_random.Chance(Loss)) continue;
            var latency = LatencyMin + (LatencyMax - LatencyMin) * _random.NextDouble();
            var source = from.Nat is { } nat && FindInside(nat, to) is null ? nat.Outgoing(from.Address, to) : from.Address;
            At(latency, () => Deliver(from.Nat, source, to, message));
        }
    }

    /// <summary>What anyone on the public net may send to a socket or a NAT.</summary>
    public void Inject(TransportAddress source, TransportAddress to, byte[] message) => At(LatencyMin, () => Deliver(null, source, to, message));

    private void Deliver(SimulatedNat? realm, TransportAddress source, TransportAddress to, byte[] message)
    {
        if (realm is not null && FindInside(realm, to) is { } neighbour)
        {
            neighbour.Party.Receive(neighbour.Base, source, message);
            return;
        }
        if (FindInside(null, to) is { } open)
        {
            open.Party.Receive(open.Base, source, message);
            return;
        }
        var nat = _sockets.Select(socket => socket.Nat).FirstOrDefault(nat => nat is not null && SimulatedNat.At(nat.PublicAddress, to.Port).Bits == to.Bits);
        if (nat?.Incoming(to.Port, source) is { } inside && FindInside(nat, inside) is { } socket) socket.Party.Receive(socket.Base, source, message);
    }

    private SimulatedSocket? FindInside(SimulatedNat? nat, TransportAddress address) => _sockets.Find(socket => socket.Nat == nat && socket.Address == address);

    // ---- Signaling ----

    /// <summary>The offer goes from one to the other and is answered, both with the candidates that are known, further ones trickled.</summary>
    public void Introduce(IceParty offerer, IceParty answerer)
    {
        Trickle(offerer, answerer);
        At(SignalingLatency, () =>
        {
            Describe(offerer, answerer);
            Trickle(answerer, offerer);
            At(SignalingLatency, () => Describe(answerer, offerer));
        });
    }

    /// <summary>One side's description reaches the other now.</summary>
    public static void Describe(IceParty from, IceParty to, bool lite = false, bool withCandidates = true)
    {
        Assert.True(IceCredentials.TryCreate(from.Agent.LocalCredentials.Ufrag, from.Agent.LocalCredentials.Password, out var credentials));
        to.Handle(new RemoteDescription(credentials, lite));
        if (!withCandidates) return;
        foreach (var candidate in from.Agent.LocalCandidates) to.Handle(Found(from, candidate));
        to.Handle(new RemoteCandidatesEnded());
    }

    public static RemoteCandidateFound Found(IceParty from, LocalCandidate candidate) =>
        new(candidate.Type, candidate.Address with { ScopeId = 0 }, candidate.Priority, candidate.Foundation, from.Agent.LocalCredentials.Ufrag);

    private void Trickle(IceParty from, IceParty to) => from.Announce = candidate =>
    {
        var found = Found(from, candidate);
        At(SignalingLatency, () => to.Handle(found));
    };

    // ---- What must hold ----

    /// <summary>Both use the two ends of one pair, or both have given up.</summary>
    public string? Disagreement(IceParty one, IceParty other)
    {
        if (one.Agent.State == IceState.Failed && other.Agent.State == IceState.Failed) return null;
        if (one.Agent.State != IceState.Connected || other.Agent.State != IceState.Connected) return $"{one.Name} is {one.Agent.State}, {other.Name} is {other.Agent.State}";
        if (one.Agent.Role == other.Agent.Role) return $"both are {one.Agent.Role}";
        if (one.Selected is not { Nominated: true } ours || other.Selected is not { Nominated: true } theirs) return "a pair in use is not nominated";
        if (!Leads(one, ours, other, theirs)) return $"{one.Name} sends to {ours.To}, which is not where {other.Name} sends from to {theirs.To}";
        if (!Leads(other, theirs, one, ours)) return $"{other.Name} sends to {theirs.To}, which is not where {one.Name} sends from to {ours.To}";
        if (!one.Routes.Contains((ours.From, ours.To)) || !other.Routes.Contains((theirs.From, theirs.To))) return "a pair in use has no route";
        return null;
    }

    private bool Leads(IceParty from, PairSelected sent, IceParty to, PairSelected expected)
    {
        var source = from.Sockets.First(socket => socket.Base == sent.From);
        var target = to.Sockets.First(socket => socket.Base == expected.From);
        if (source.Nat is { } nat && FindInside(nat, sent.To) is { } neighbour) return neighbour == target;
        var seen = source.Nat is { } own ? own.Outgoing(source.Address, sent.To) : source.Address;
        var arrives = target.Nat is { } theirs ? theirs.Incoming(sent.To.Port, seen) == target.Address : sent.To.IsSameOnItsLink(target.Address);
        return arrives && expected.To.IsSameOnItsLink(seen);
    }
}
