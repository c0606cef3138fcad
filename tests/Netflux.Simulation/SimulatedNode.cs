using Netflux.Core;
using Netflux.Identity;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Simulation.Network;
using Netflux.TestKit;
using Netflux.Wire;

namespace Netflux.Simulation;

/// <summary>One member: drives the production cores of one run after the other, and tells the world what they do. It decides nothing.</summary>
internal sealed class SimulatedNode(World world, int number, bool isSlow) : ILinkUser, IHappening
{
    private HyParViewMembership _views = null!;
    private PlumtreeBroadcast _tree = null!;
    private CoreTimer _timer;
    private bool _asksContacts;

    public int Number => number;
    public PeerId Id { get; } = World.IdOf(number);
    public bool IsSlow => isSlow;
    public bool IsAlive { get; private set; }
    public bool IsPlanned => Run == 0;

    /// <summary>Which run of the member this is, from 1.</summary>
    public ulong Run { get; private set; }

    public Contact Contact { get; private set; } = null!;
    public Instant StartedAt { get; private set; }

    /// <summary>When a neighbour told this run for the first time what there is.</summary>
    public Instant? JoinedAt { get; private set; }

    public ulong Broadcasts { get; private set; }
    public Instant Now => world.Now;
    public HyParViewMembership Views => _views;
    public PlumtreeBroadcast Tree => _tree;

    // ---- What the scenario does ----

    public void Start(IReadOnlyList<Contact> contacts)
    {
        Run++;
        (IsAlive, StartedAt, JoinedAt, Broadcasts, _timer, _asksContacts) = (true, world.Now, null, 0, default, false);
        Contact = new Contact(Id, Run, ReadOnlyMemory<byte>.Empty);
        _views = new HyParViewMembership(world.Built.Views, SeededRandom.For(world.Seed, $"{number}/{Run}"));
        _tree = new PlumtreeBroadcast(Id, new Incarnation(Run), world.Built.Tree);
        world.Network.Start(number);
        foreach (var watcher in world.Watchers) watcher.HandleStarted(this);
        Handle(new ViewsStarted(Contact, contacts));
    }

    public void Crash()
    {
        IsAlive = false;
        world.Network.Crash(number);
        foreach (var watcher in world.Watchers) watcher.HandleStopped(this);
    }

    public void Leave()
    {
        Handle(new ViewsLeft());
        IsAlive = false;
        world.Network.Leave(number);
        foreach (var watcher in world.Watchers) watcher.HandleStopped(this);
    }

    public void Broadcast(ReadOnlySpan<byte> message)
    {
        Broadcasts++;
        var (id, floor) = _tree.Next(world.Now);
        foreach (var watcher in world.Watchers) watcher.HandleBroadcast(this, id);
        var batch = new CheapKeys(Id).SignBatch(message, new GossipHeader(id.Author, id.Incarnation, id.Sequence, floor, 0));
        world.Remember(id, batch);
        Handle(new BroadcastRequested(batch));
    }

    // ---- What the network does ----

    public void HandleMessage(int from, object message)
    {
        foreach (var watcher in world.Watchers) watcher.HandleMessage(from, this, message);
        var peer = World.IdOf(from);
        switch (message)
        {
            case HyParViewMessage said:
                Handle(new ViewMessageReceived(peer, said));
                break;
            case PlumtreeMessage said:
                if (!_views.IsNeighbor(peer)) Handle(new NeighborSpoke(peer));
                if (_views.IsNeighbor(peer) && Verify(said) is { } verified) Handle(new TreeMessageReceived(peer, verified));
                break;
        }
    }

    /// <summary>What came before needs no proof: it only shows that the link is not of the tree.</summary>
    private PlumtreeMessage? Verify(PlumtreeMessage message)
    {
        if (message is not PlumtreeMessage.Gossip gossip || _tree.Has(gossip.Id)) return message;
        return world.TryVerify(gossip.Id, gossip.Payload, out var signed) ? gossip with { Payload = signed } : null;
    }

    public void HandleLinkGone(int peer) => Handle(new LinkGone(World.IdOf(peer)));

    public void HandleCongestion(int peer, bool isCongested) => Handle(isCongested ? new TreeNeighborCongested(World.IdOf(peer)) : new TreeNeighborRelieved(World.IdOf(peer)));

    // ---- Driving ----

    private void Handle(HyParViewFact fact)
    {
        if (world.Mutation.Alter(fact) is { } altered) _views.Handle(altered, world.Now);
        CarryOut();
    }

    private void Handle(PlumtreeFact fact)
    {
        foreach (var altered in world.Mutation.Alter(fact)) _tree.Handle(altered, world.Now);
        CarryOut();
    }

    private void CarryOut()
    {
        bool more;
        do
        {
            more = false;
            while (_views.TryTake(out var instruction))
            {
                more = true;
                if (world.Mutation.Alter(instruction) is { } altered) CarryOut(altered);
            }
            while (_tree.TryTake(out var instruction))
            {
                more = true;
                if (world.Mutation.Alter(instruction) is { } altered) CarryOut(altered);
            }
        }
        while (more);
        if (_tree.HasBegun) JoinedAt ??= world.Now;
        world.Network.Flush(number);
        SetTimer();
    }

    private void CarryOut(HyParViewInstruction instruction)
    {
        switch (instruction)
        {
            case OpenLink open: world.Network.Open(number, World.NumberOf(open.To.Id), open.First); break;
            case SendViewMessage send: world.Network.Send(number, World.NumberOf(send.To), send.Message); break;
            case CloseLink close: world.Network.Close(number, World.NumberOf(close.Peer)); break;
            case AnnounceNeighborUp up:
                foreach (var watcher in world.Watchers) watcher.HandleNeighborUp(this, World.NumberOf(up.Neighbor.Id));
                _tree.Handle(new TreeNeighborUp(up.Neighbor.Id), world.Now);
                break;
            case AnnounceNeighborDown down:
                foreach (var watcher in world.Watchers) watcher.HandleNeighborDown(this, World.NumberOf(down.Neighbor), down.Why);
                _tree.Handle(new TreeNeighborDown(down.Neighbor), world.Now);
                break;
            case AskContacts when !_asksContacts:
                _asksContacts = true;
                var run = Run;
                world.Time.After(TimeSpan.FromMilliseconds(100), () =>
                {
                    if (!IsAlive || Run != run) return;
                    _asksContacts = false;
                    Handle(new ContactsHeard(world.DrawContacts(this)));
                });
                break;
        }
    }

    private void CarryOut(PlumtreeInstruction instruction)
    {
        switch (instruction)
        {
            case SendTreeMessage send: world.Network.Send(number, World.NumberOf(send.To), send.Message); break;
            case DeliverBroadcast deliver: foreach (var watcher in world.Watchers) watcher.HandleDelivered(this, deliver.Id, deliver.Round); break;
            case ReportMissed missed: foreach (var watcher in world.Watchers) watcher.HandleMissed(this, missed); break;
        }
    }

    private void SetTimer()
    {
        if (IsAlive) _timer.Set(Instant.Earlier(_views.NextDeadline, _tree.NextDeadline), world.Time, this, (int)Run);
    }

    void IHappening.Happen(int number, object? what)
    {
        if (!IsAlive || number != (int)Run || !_timer.Fired(world.Now)) return;
        if (_views.NextDeadline <= world.Now) _views.HandleDeadline(world.Now);
        if (_tree.NextDeadline <= world.Now) _tree.HandleDeadline(world.Now);
        CarryOut();
        // A driver would turn round and round.
        if (_views.NextDeadline <= world.Now || _tree.NextDeadline <= world.Now) throw new InvalidOperationException($"{Number} has a deadline of {_views.NextDeadline} or {_tree.NextDeadline} that handling it at {world.Now} did not move.");
    }
}
