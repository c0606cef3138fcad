using Netflux.Core;
using Netflux.TestKit;

namespace Netflux.Simulation.Network;

/// <summary>Messages themselves over links between nodes, with latency, loss, cuts and ends. Nodes are known by their number.</summary>
internal sealed class VirtualNetwork(NetworkConditions conditions, VirtualTime time, SeededRandom random) : ICarrier, ILinkOwner
{
    private readonly LinkDelays _delays = new(conditions, random);
    private readonly List<Dictionary<int, VirtualLink>> _links = []; // of each node, by peer
    private readonly List<ILinkUser> _users = [];
    private readonly List<(VirtualLink Link, Action Send)> _held = [];
    private Func<int, int, bool>? _isCut;

    public void Add(ILinkUser user)
    {
        _users.Add(user);
        _links.Add([]);
    }

    void ICarrier.Start(int node) { }

    void ICarrier.Flush(int node) { }

    void ICarrier.Leave(int node) { }

    // ---- What nodes do ----

    /// <summary>Opens a link with its first message, which is not lost while the link comes up. On a link that is there it is a message like any other.</summary>
    public void Open(int from, int to, object first)
    {
        if (_links[from].TryGetValue(to, out var there) && !there.IsBroken && !there.IsClosedBy(from))
        {
            there.IsKnown |= there.Acceptor == from;
            Deliver(there, from, first, mayFail: false);
            return;
        }
        var before = _links[from].GetValueOrDefault(to);
        var link = new VirtualLink(this, from, to, Latency(from, to));
        // What was said on the link before comes before (a session outlives its attachments).
        if (before is not null) (link.LastArrivalAt(from), link.LastArrivalAt(to)) = (before.LastArrivalAt(from), before.LastArrivalAt(to));
        _links[from][to] = _links[to][from] = link;
        if (IsCut(from, to) || IsCut(to, from))
        {
            time.After(Milliseconds(conditions.ConnectTimeoutMs), () => Fail(link));
            return;
        }
        // Dial, then handshake, then the message: three ways.
        time.After(link.Latency * 2, () =>
        {
            if (link.IsBroken) return;
            if (!_users[to].IsAlive) time.After(conditions.SilenceMs > 0 ? Milliseconds(conditions.ConnectTimeoutMs) : link.Latency, () => Fail(link));
            else Deliver(link, from, first, mayFail: false);
        });
    }

    public void Send(int from, int to, object message)
    {
        if (Find(from, to) is { } link) Deliver(link, from, message, mayFail: conditions.Datagrams);
    }

    /// <summary>The other end hears of it after all that was said before.</summary>
    public void Close(int from, int to)
    {
        if (Find(from, to) is not { } link) return;
        link.Close(from);
        var arrival = Arrival(link, from);
        time.At(arrival, () => Fail(link));
    }

    /// <summary>The node's process is gone: its links say so by a reset or by their silence.</summary>
    public void Crash(int node)
    {
        foreach (var link in _links[node].Values)
        {
            if (link.IsBroken || link.IsClosedBy(node)) continue;
            link.Close(node);
            var notice = conditions.SilenceMs > 0 ? time.Now + Milliseconds(conditions.SilenceMs) : Arrival(link, node);
            time.At(notice, () => Fail(link));
        }
    }

    // ---- What the scenario does ----

    /// <summary>What goes from the first to the second node does not arrive.</summary>
    public void Cut(Func<int, int, bool> isCut)
    {
        _isCut = isCut;
        foreach (var link in _links.SelectMany((links, node) => links.Values.Where(link => link.Opener == node)).Where(IsCut).ToArray())
        {
            link.CutSince ??= time.Now;
            var since = link.CutSince;
            time.After(Milliseconds(conditions.ResumeMs), () =>
            {
                if (link.CutSince == since) Fail(link);
            });
        }
    }

    public void Heal()
    {
        _isCut = null;
        foreach (var link in _links.SelectMany(links => links.Values)) link.CutSince = null;
        var held = _held.ToArray();
        _held.Clear();
        foreach (var (link, send) in held)
        {
            if (!link.IsBroken) send();
        }
    }

    // ---- How ----

    private VirtualLink? Find(int from, int to) => _links[from].TryGetValue(to, out var link) && !link.IsBroken && !link.IsClosedBy(from) && (link.IsKnown || link.Opener == from) ? link : null;

    private bool IsCut(int from, int to) => _isCut is not null && _isCut(from, to);

    private bool IsCut(VirtualLink link) => !link.IsBroken && (IsCut(link.Opener, link.Acceptor) || IsCut(link.Acceptor, link.Opener));

    private void Deliver(VirtualLink link, int from, object message, bool mayFail)
    {
        var to = link.Other(from);
        if (IsCut(from, to))
        {
            if (!mayFail || !conditions.Datagrams) _held.Add((link, () => Deliver(link, from, message, mayFail)));
            return;
        }
        if (mayFail && random.Chance(conditions.Loss)) return;
        Arrive(link, from, message, Arrival(link, from, mayFail));
        if (mayFail && random.Chance(conditions.Duplicate)) Arrive(link, from, message, Arrival(link, from, mayFail));
    }

    private void Arrive(VirtualLink link, int from, object message, Instant arrival) => time.At(arrival, link, from, message);

    void ILinkOwner.HandleArrival(VirtualLink link, int from, object message)
    {
        var to = link.Other(from);
        if (!_users[to].IsAlive || link.IsBroken || link.IsClosedBy(to)) return;
        link.IsKnown |= link.Acceptor == to;
        _users[to].HandleMessage(from, message);
    }

    private Instant Arrival(VirtualLink link, int from, bool datagram = false)
    {
        var to = link.Other(from);
        var delay = _delays.OneWay(link.Latency);
        if (datagram) return time.Now + delay + (random.Chance(conditions.Reorder) ? link.Latency * (4 * random.NextDouble()) : TimeSpan.Zero);
        delay += _delays.Repeats();
        ref var last = ref link.LastArrivalAt(to);
        return last = time.Now + delay > last ? time.Now + delay : last;
    }

    private TimeSpan Latency(int one, int other) => _delays.Latency(_users[one].IsSlow || _users[other].IsSlow);

    private void Fail(VirtualLink link)
    {
        if (!link.IsBroken) Break(link);
    }

    private void Break(VirtualLink link)
    {
        link.IsBroken = true;
        Tell(link, link.Opener);
        Tell(link, link.Acceptor);
    }

    private void Tell(VirtualLink link, int node)
    {
        var peer = link.Other(node);
        // A newer link of the two counts.
        if (_links[node].GetValueOrDefault(peer) != link) return;
        if (link.IsQuiet(time.Now)) _links[node].Remove(peer);
        if (_users[node].IsAlive && !link.IsClosedBy(node)) _users[node].HandleLinkGone(peer);
    }

    private static TimeSpan Milliseconds(double milliseconds) => LinkDelays.Milliseconds(milliseconds);
}
