using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

/// <summary>Who is my neighbour: HyParView (Leitão, Pereira and Rodrigues, DSN 2007). Every link it asks for begins with a JOIN or a NEIGHBOR.</summary>
internal sealed class HyParViewMembership : IProtocolCore<HyParViewFact, HyParViewInstruction>
{
    private readonly HyParViewOptions _options;
    private readonly IRandomSource _random;
    private readonly Queue<HyParViewInstruction> _outbox = new();
    private readonly PassiveView _passive;
    private readonly LostNeighbors _lost;
    private readonly ActiveView _active;
    private readonly PendingAsks _asks;
    private readonly Recruiting _recruiting;
    private readonly Shuffling _shuffling;
    private readonly ClosedCircle _circle;
    private Contact? _self;
    private Instant _shuffleAt;

    public HyParViewMembership(HyParViewOptions options, IRandomSource random)
    {
        (_options, _random) = (options, random);
        _passive = new PassiveView(options.PassiveView, random);
        _lost = new LostNeighbors(options, random);
        _active = new ActiveView(options, random, _passive, _lost, _outbox);
        _asks = new PendingAsks(options, _outbox);
        _recruiting = new Recruiting(options, random, _active, _passive, _asks, _outbox);
        _shuffling = new Shuffling(options, random, _active, _passive, _outbox);
        _circle = new ClosedCircle(options, random, _active, _passive);
    }

    public IReadOnlyList<ActiveNeighbor> Active => _active.Neighbors;

    public IReadOnlyList<Contact> Passive => _passive.Contacts;

    /// <summary>Whether a peer is in the active view; another layer's messages of any other are to be told by <see cref="NeighborSpoke"/>.</summary>
    public bool IsNeighbor(PeerId id) => _active.Find(id) is not null;

    public Instant? NextDeadline => _self is null ? null
        : Instant.Earlier(Instant.Earlier(_shuffleAt, _asks.NextDeadline), Instant.Earlier(_lost.NextDeadline, _recruiting.NextDeadline));

    public bool TryTake([NotNullWhen(true)] out HyParViewInstruction? instruction) => _outbox.TryDequeue(out instruction);

    public void Handle(HyParViewFact fact, Instant now)
    {
        if (fact is ViewsStarted started) HandleStarted(started, now);
        if (_self is not { } self) return;
        switch (fact)
        {
            case ContactsHeard heard: _recruiting.Hear(self.Id, heard.Contacts); break;
            case StrangerHeard heard when heard.Contact.Id != self.Id && _active.Find(heard.Contact.Id) is null: _lost.Add(heard.Contact, now); break;
            case OwnContactChanged changed: self = _self = changed.Self; break;
            case ViewMessageReceived received: OnMessage(self, received.From, received.Message, now); break;
            case NeighborSpoke spoke: FindNeighbor(spoke.From); break;
            case LinkGone gone: HandleLinkGone(gone.Peer, now); break;
            case ViewsLeft: HandleLeft(); return;
        }
        _recruiting.Recruit(self, now);
    }

    public void HandleDeadline(Instant now)
    {
        if (_self is not { } self) return;
        foreach (var ask in _asks.TakeOverdue(now))
        {
            _outbox.Enqueue(new CloseLink(ask.To.Id));
            HandleFailed(ask, now);
        }
        foreach (var lost in _lost.TakeDue(now))
        {
            if (!_asks.Contains(lost.Id)) _asks.Neighbor(self, lost, AskPurpose.Lost, highPriority: true, now);
        }
        if (_shuffleAt <= now)
        {
            _shuffleAt = now + _random.Jitter(_options.ShuffleInterval, _options.ShuffleSpread);
            _recruiting.HandlePeriod();
            var (outside, knowsNobodyElse) = _circle.HandlePeriod();
            if (outside is not null && !_asks.Contains(outside.Id)) _asks.Neighbor(self, outside, AskPurpose.Circle, highPriority: true, now);
            if (knowsNobodyElse) _outbox.Enqueue(new AskContacts());
            _shuffling.Begin(self);
        }
        _recruiting.Recruit(self, now);
    }

    private void HandleStarted(ViewsStarted started, Instant now)
    {
        _self = started.Self;
        // Anywhere within a period, so that those who start together do not shuffle together.
        _shuffleAt = now + _options.ShuffleInterval / 2 + _random.Jitter(_options.ShuffleInterval / 2, 1);
        _recruiting.Hear(started.Self.Id, started.Contacts);
    }

    private void HandleLinkGone(PeerId peer, Instant now)
    {
        if (_asks.TryTake(peer, out var ask)) HandleFailed(ask, now);
        if (_active.Find(peer) is not { } neighbor) return;
        _active.Remove(neighbor, NeighborEnd.Lost);
        _lost.Add(neighbor.Contact, now);
    }

    private void HandleFailed(PendingAsk ask, Instant now)
    {
        // §4.3: who cannot be reached is considered failed, and removed from the passive view.
        _passive.Remove(ask.To.Id);
        // But the last that is known is the way to all others, and may only have closed the old link while we asked on it: it is tried again.
        if (ask.Purpose != AskPurpose.Join && _passive.Contacts.Count == 0 && _active.Neighbors.Count < _options.PriorityBelow && !_lost.Contains(ask.To.Id)) _lost.Add(ask.To, now);
        _recruiting.HandleFailed(ask);
    }

    private void HandleLeft()
    {
        foreach (var neighbor in _active.Neighbors)
        {
            _outbox.Enqueue(new SendViewMessage(neighbor.Id, new HyParViewMessage.Disconnect(Leaves: true)));
            _outbox.Enqueue(new CloseLink(neighbor.Id));
        }
        foreach (var ask in _asks.All) _outbox.Enqueue(new CloseLink(ask.To.Id));
        _self = null;
    }

    private void OnMessage(Contact self, PeerId from, HyParViewMessage message, Instant now)
    {
        if (from == self.Id) return;
        switch (message)
        {
            case HyParViewMessage.Join join when join.Sender.Id == from: OnJoin(self, join.Sender); return;
            case HyParViewMessage.Neighbor ask when ask.Sender.Id == from: OnNeighbor(self, ask); return;
            case HyParViewMessage.Accepted accepted when accepted.Sender.Id == from: OnAccepted(accepted.Sender); return;
            case HyParViewMessage.Declined: OnDeclined(from); return;
            case HyParViewMessage.Disconnect disconnect: OnDisconnect(from, disconnect.Leaves); return;
        }
        if (FindNeighbor(from) is not { } neighbor) return;
        switch (message)
        {
            case HyParViewMessage.ForwardJoin forward when neighbor.Walks.TryTake(now): OnForwardJoin(self, from, forward, now); break;
            case HyParViewMessage.Shuffle shuffle when neighbor.Walks.TryTake(now):
                _circle.HandleShuffle(self.Id, shuffle.Path.Count > 0 ? shuffle.Path[0] : from);
                _shuffling.OnShuffle(self.Id, from, shuffle);
                break;
            case HyParViewMessage.ShuffleReply reply when neighbor.Walks.TryTake(now): _shuffling.OnShuffleReply(self.Id, reply); break;
        }
    }

    private void OnJoin(Contact self, Contact joiner)
    {
        Adopt(joiner);
        _outbox.Enqueue(new SendViewMessage(joiner.Id, new HyParViewMessage.Accepted(self)));
        foreach (var neighbor in _active.Neighbors)
        {
            if (neighbor.Id != joiner.Id) _outbox.Enqueue(new SendViewMessage(neighbor.Id, new HyParViewMessage.ForwardJoin(joiner, _options.ActiveWalk)));
        }
    }

    // Algorithm 1 of the paper (page 6): the walk ends in an active view, even a full one, and leaves the joiner in a passive one on its way.
    private void OnForwardJoin(Contact self, PeerId from, HyParViewMessage.ForwardJoin forward, Instant now)
    {
        var (joiner, ttl) = (forward.Joiner, Math.Clamp(forward.Ttl, 0, _options.ActiveWalk));
        if (joiner.Id == self.Id || joiner.Id == from) return;
        var next = ttl > 0 ? _active.Draw(from, joiner.Id) : null;
        if (next is not null)
        {
            if (ttl == _options.PassiveWalk && _active.Find(joiner.Id) is null) _passive.Add(joiner);
            _outbox.Enqueue(new SendViewMessage(next.Id, new HyParViewMessage.ForwardJoin(joiner, ttl - 1)));
        }
        else if (_active.Find(joiner.Id) is null && !_asks.Contains(joiner.Id))
        {
            _asks.Neighbor(self, joiner, AskPurpose.Welcome, highPriority: true, now);
        }
    }

    private void OnNeighbor(Contact self, HyParViewMessage.Neighbor ask)
    {
        if (ask.HighPriority || !_active.IsFull || _active.Find(ask.Sender.Id) is not null)
        {
            Adopt(ask.Sender);
            _outbox.Enqueue(new SendViewMessage(ask.Sender.Id, new HyParViewMessage.Accepted(self)));
            return;
        }
        _passive.Add(ask.Sender);
        if (_asks.TryTake(ask.Sender.Id, out var ours)) _recruiting.HandleFailed(ours);
        _outbox.Enqueue(new SendViewMessage(ask.Sender.Id, new HyParViewMessage.Declined()));
        _outbox.Enqueue(new CloseLink(ask.Sender.Id));
    }

    private void OnAccepted(Contact sender)
    {
        if (_active.Find(sender.Id) is { } neighbor)
        {
            if (sender.Rank > neighbor.Contact.Rank) neighbor.Contact = sender;
        }
        else if (_asks.TryTake(sender.Id, out var ask))
        {
            HandleAccepted(ask with { To = sender });
        }
        else
        {
            Reject(sender.Id);
        }
    }

    private void HandleAccepted(PendingAsk ask)
    {
        if (ask.HighPriority || !_active.IsFull)
        {
            Adopt(ask.To);
            return;
        }
        // Others took the places meanwhile.
        _passive.Add(ask.To);
        Reject(ask.To.Id);
    }

    private void OnDeclined(PeerId from)
    {
        if (!_asks.TryTake(from, out var ask)) return;
        _recruiting.HandleFailed(ask);
        _outbox.Enqueue(new CloseLink(from));
    }

    private void OnDisconnect(PeerId from, bool leaves)
    {
        if (_asks.TryTake(from, out var ask)) _recruiting.HandleFailed(ask);
        if (leaves)
        {
            _passive.Remove(from);
            _lost.Remove(from);
        }
        if (_active.Find(from) is not { } neighbor) return;
        _active.Remove(neighbor, leaves ? NeighborEnd.Left : NeighborEnd.Disconnected);
        if (!leaves) _passive.Add(neighbor.Contact);
    }

    /// <summary>A member comes into the active view, by whatever way. One that is there already has begun anew.</summary>
    private void Adopt(Contact contact)
    {
        _asks.TryTake(contact.Id, out _);
        if (_active.Find(contact.Id) is { } before) _active.Remove(before, NeighborEnd.Restarted);
        var wasLost = _lost.Contains(contact.Id);
        _active.Add(contact);
        if (!wasLost) return;
        foreach (var other in _lost.TakeAll())
        {
            if (_active.Find(other.Id) is null) _passive.Add(other);
        }
    }

    /// <summary>The neighbour that speaks as one. Where it was asked, its word overtook its answer; anybody else is told that it is none.</summary>
    private ActiveNeighbor? FindNeighbor(PeerId from)
    {
        if (_active.Find(from) is { } neighbor) return neighbor;
        if (_asks.TryTake(from, out var ask)) HandleAccepted(ask);
        else Reject(from);
        return _active.Find(from);
    }

    private void Reject(PeerId peer)
    {
        _outbox.Enqueue(new SendViewMessage(peer, new HyParViewMessage.Disconnect(Leaves: false)));
        _outbox.Enqueue(new CloseLink(peer));
    }
}
