using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays;

/// <summary>
/// Many overlay cores, one thread, one seed. Between two members there is a session as the real ones behave: frames in order, kept while the path is cut and sent again when it comes back
/// within 13 s, suspected after 5 s, lost after 13 s. A path is direct, or through a member that is linked with both.
/// </summary>
internal sealed class OverlayWorld(ulong seed, Genesis genesis, Func<Genesis, IRandomSource, IPeerKeys, IOverlay> create)
{
    private sealed class Session(Node low, Node high)
    {
        public Node Low { get; } = low;
        public Node High { get; } = high;
        public Instant LastAlive { get; set; }
        public bool Suspected { get; set; }
        public bool Over { get; set; }
        public LinkPath Path { get; set; }
        public List<(Node To, Action Deliver)> Waiting { get; } = [];
        public Dictionary<int, Instant> LastArrival { get; } = [];
    }

    private readonly SeededRandom _random = SeededRandom.For(seed, "world");
    private readonly PriorityQueue<Action, (long, long)> _events = new();
    private readonly Dictionary<(int, int), Session> _sessions = [];
    private readonly HashSet<(int, int)> _cut = [];
    private long _order;

    public Genesis Genesis => genesis;

    /// <summary>The longest that an attempt takes to reach the other, in seconds; the shortest is a twentieth of it.</summary>
    public double LinkSeconds { get; set; } = 0.1;

    public Instant Now { get; private set; } = new(TimeSpan.FromHours(1).Ticks);
    public SortedDictionary<int, Node> Nodes { get; } = [];
    public IEnumerable<Node> Alive => Nodes.Values.Where(node => node.Alive);
    public long Events { get; private set; }

    public TimeSpan Between(double fromSeconds, double toSeconds) =>
        TimeSpan.FromSeconds(fromSeconds + (toSeconds - fromSeconds) * _random.NextInt32(1_000_000) / 1e6);

    public int Draw(int bound) => _random.NextInt32(bound);

    // ---- What a test does ----

    /// <summary>A process starts and joins; it knows the members that are online, as a door would say. A new run of a person is a new incarnation.</summary>
    public Node Start(int person, bool knowsNobody = false)
    {
        var incarnation = Nodes.TryGetValue(person, out var before) ? before.Incarnation + 1 : 1;
        if (before is { Alive: true }) Kill(before);
        var known = knowsNobody ? [] : Alive.Where(node => node.Registered).Take(32).Select(node => OverlayPeople.Heard(node.Record)).ToList();
        var node = new Node(this, person, incarnation, create(genesis, SeededRandom.For(seed, $"{person}/{incarnation}"), OverlayPeople.Keys(person)));
        Nodes[person] = node;
        node.Handle(new OverlayStarted(node.Record, known));
        node.Registered = true;
        return node;
    }

    public static void Kill(Node node) => node.Alive = false;

    public static void Leave(Node node, PeerLeavingReason reason) => node.Handle(new LeaveRequested(reason));

    /// <summary>What is said from one to the other does not arrive any more.</summary>
    public void Cut(int from, int to) => _cut.Add((from, to));

    public void Heal() => _cut.Clear();

    public void At(TimeSpan delay, Action action)
    {
        var due = Now + delay;
        _events.Enqueue(action, (due.Ticks, _order++));
    }

    public void Run(TimeSpan span)
    {
        var end = Now + span;
        while (_events.TryPeek(out var action, out var due) && due.Item1 <= end.Ticks)
        {
            _events.Dequeue();
            if (due.Item1 > Now.Ticks) Now = new Instant(due.Item1);
            Events++;
            action();
        }
        Now = end;
    }

    /// <summary>With whom it has a session.</summary>
    public IEnumerable<PeerId> NeighboursOf(Node node) => Alive.Where(other => other != node && Find(node, other) is not null).Select(other => other.Id).Order();

    // ---- Sessions ----

    private static (int, int) Pair(Node one, Node other) => one.Person < other.Person ? (one.Person, other.Person) : (other.Person, one.Person);

    private Session? Find(Node one, Node other) =>
        _sessions.TryGetValue(Pair(one, other), out var session) && !session.Over && (session.Low == one || session.High == one) && (session.Low == other || session.High == other) ? session : null;

    private bool IsDirect(Node one, Node other) => one.Alive && other.Alive && !_cut.Contains((one.Person, other.Person)) && !_cut.Contains((other.Person, one.Person));

    private LinkPath? FindPath(Node one, Node other)
    {
        if (IsDirect(one, other)) return LinkPath.Direct;
        if (!one.Alive || !other.Alive) return null;
        foreach (var carrier in one.Overlay.Carriers(other.Id).Concat(other.Overlay.Carriers(one.Id)))
        {
            var via = Alive.FirstOrDefault(node => node.Id == carrier);
            if (via is not null && IsDirect(one, via) && IsDirect(via, other) && Find(one, via) is not null && Find(via, other) is not null) return LinkPath.Relayed;
        }
        return null;
    }

    public void Connect(Node from, PeerId to)
    {
        At(Between(LinkSeconds / 20, LinkSeconds), () => Ask(from, to));
    }

    private void Ask(Node from, PeerId to)
    {
        if (!from.Alive) return;
        var target = Alive.FirstOrDefault(node => node.Id == to);
        if (target is null || FindPath(from, target) is null)
        {
            At(Between(0.01, 3), () => from.Handle(new ConnectFailed(to, NetfluxError.PeerUnreachable)));
            return;
        }
        if (Find(from, target) is not null) return;
        // An older run of either ends here.
        if (_sessions.TryGetValue(Pair(from, target), out var old) && !old.Over) End(old, PeerLeavingReason.Restarted);
        from.Attached.Add(to);
        if (target.Attached.Contains(from.Id)) Establish(from, target);
        else target.Handle(new NeighbourAsks(from.Record));
    }

    public void Admit(Node by, PeerId asker)
    {
        var from = Alive.FirstOrDefault(node => node.Id == asker);
        if (from is null || !from.Attached.Contains(by.Id)) At(TimeSpan.FromSeconds(1), () => by.Handle(new ConnectFailed(asker, NetfluxError.PeerUnreachable)));
        else Establish(by, from);
    }

    public void Refuse(Node by, PeerId asker, NetfluxError why)
    {
        if (Alive.FirstOrDefault(node => node.Id == asker) is not { } from) return;
        from.Attached.Remove(by.Id);
        At(Between(0.005, 0.1), () => from.Handle(new ConnectFailed(by.Id, why)));
    }

    private void Establish(Node one, Node other)
    {
        if (Find(one, other) is not null) return;
        var pair = Pair(one, other);
        var (low, high) = one.Person < other.Person ? (one, other) : (other, one);
        var session = new Session(low, high) { LastAlive = Now, Path = FindPath(one, other) ?? LinkPath.Direct };
        _sessions[pair] = session;
        one.Attached.Remove(other.Id);
        other.Attached.Remove(one.Id);
        Send(session, one, () => one.Handle(new NeighbourUp(other.Record, session.Path)));
        Send(session, other, () => other.Handle(new NeighbourUp(one.Record, session.Path)));
        At(TimeSpan.FromMilliseconds(500), () => Watch(session));
    }

    private void Watch(Session session)
    {
        if (session.Over) return;
        var path = FindPath(session.Low, session.High);
        if (path is { } now)
        {
            session.LastAlive = Now;
            if (session.Suspected)
            {
                session.Suspected = false;
                Tell(session, peer => new NeighbourRecovered(peer));
            }
            if (now != session.Path)
            {
                session.Path = now;
                Tell(session, peer => new NeighbourPathChanged(peer, now));
            }
            var waiting = session.Waiting.ToArray();
            session.Waiting.Clear();
            foreach (var (to, deliver) in waiting) Send(session, to, deliver);
        }
        else if (Now - session.LastAlive > TimeSpan.FromSeconds(13))
        {
            End(session, PeerLeavingReason.ConnectionLost);
            return;
        }
        else if (!session.Suspected && Now - session.LastAlive > TimeSpan.FromSeconds(5))
        {
            session.Suspected = true;
            Tell(session, peer => new NeighbourSuspected(peer));
        }
        At(TimeSpan.FromMilliseconds(500), () => Watch(session));
    }

    private static void Tell(Session session, Func<PeerId, OverlayFact> fact)
    {
        session.Low.Handle(fact(session.High.Id));
        if (!session.Over) session.High.Handle(fact(session.Low.Id));
    }

    private static void End(Session session, PeerLeavingReason reason)
    {
        session.Over = true;
        session.Low.Handle(new NeighbourDown(session.High.Id, reason));
        session.High.Handle(new NeighbourDown(session.Low.Id, reason));
    }

    private void Send(Session session, Node to, Action deliver)
    {
        var arrival = Now + Between(0.005, 0.1);
        if (session.LastArrival.TryGetValue(to.Person, out var last) && arrival < last) arrival = last;
        session.LastArrival[to.Person] = arrival;
        At(arrival - Now, () =>
        {
            if (session.Over) return;
            if (session.Waiting.Count > 0 || FindPath(session.Low, session.High) is null) session.Waiting.Add((to, deliver));
            else deliver();
        });
    }

    public void SendControl(Node from, PeerId to, ReadOnlyMemory<byte> body)
    {
        var target = Nodes.Values.FirstOrDefault(node => node.Id == to);
        if (target is null || Find(from, target) is not { } session) return;
        Send(session, target, () => target.Handle(new ControlReceived(from.Id, body, OverlayPeople.Noon)));
    }

    public void Drop(Node from, PeerId to, PeerLeavingReason reason)
    {
        from.Attached.Remove(to);
        var target = Nodes.Values.FirstOrDefault(node => node.Id == to);
        if (target is null || Find(from, target) is not { } session) return;
        session.Over = true;
        if (FindPath(from, target) is not null || !from.Alive) At(Between(0.005, 0.1), () => { if (_sessions[Pair(from, target)] == session) target.Handle(new NeighbourDown(from.Id, reason)); });
        else At(TimeSpan.FromSeconds(13), () => { if (_sessions[Pair(from, target)] == session) target.Handle(new NeighbourDown(from.Id, PeerLeavingReason.ConnectionLost)); });
    }
}
