using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Overlays.Gossip.Roster;

namespace Netflux.Overlays.Gossip;

/// <summary>
/// A network in which each member keeps links with a few others: HyParView says with whom, Plumtree how broadcasts travel, the roster who is a member. This core brings the three together
/// and gives them channels; it decides little itself.
/// </summary>
internal sealed class GossipOverlay : IOverlay
{
    private readonly Queue<OverlayInstruction> _outbox = new();
    private readonly GossipOptions _options;
    private readonly PeerId _id;
    private readonly HyParViewMembership _views;
    private readonly GossipChannels _channels;
    private readonly GossipRoster _roster;
    private readonly RosterExchange _exchange;
    private readonly GossipRoutes _routes;
    private readonly GossipBroadcasts _broadcasts;
    private readonly GossipJoin _join;
    private MemberRecord? _self;
    private Instant? _askersDueAt;
    private bool _ended, _saidHello;

    /// <param name="run">Names what this member broadcasts from now on, above all its runs before.</param>
    public GossipOverlay(Genesis genesis, GossipOptions options, IPeerKeys keys, Incarnation run, DateTimeOffset wallClock, IRandomSource random)
    {
        (_options, _id) = (options, keys.Id);
        _views = new HyParViewMembership(options.Views, random);
        _channels = new GossipChannels(genesis, options, _outbox);
        _roster = new GossipRoster(genesis, options.Roster, random, _outbox);
        _exchange = new RosterExchange(genesis, options.Roster, _roster, _outbox);
        _routes = new GossipRoutes(options);
        _broadcasts = new GossipBroadcasts(keys, genesis, run, options, _roster, _exchange, _routes, _outbox) { WallClock = wallClock };
        _join = new GossipJoin(options, _exchange, _broadcasts);
    }

    // ---- For the data path and for users ----

    public IReadOnlyList<MemberRecord> Members => _roster.Members;

    public int CountMembers(Instant now) => _roster.CountMembers(now);

    public IReadOnlyList<PeerId> BroadcastTargets => [.. _broadcasts.Links.Where(link => link.IsEager).Select(link => link.Id).Order()];

    public bool TryFind(PeerId member, out MemberRecord? record)
    {
        record = _roster.TryFindRecord(member);
        return record is not null;
    }

    /// <summary>A member, and the place of its last broadcast that was delivered here; null where it is not one.</summary>
    public (PeerCard Card, BroadcastPlace Last)? FindMember(PeerId member) =>
        _roster.TryFind(member, out var found) && found.Standing == Standing.Member ? (found.Record.Card, found.Last) : null;

    /// <summary>Our own last broadcast.</summary>
    public BroadcastPlace LastPublished => _broadcasts.LastPublished;

    public PeerId? NextHop(PeerId member) =>
        _channels.All.ContainsKey(member) ? member : _routes.Find(member) is { } via && _channels.All.ContainsKey(via) ? via : null;

    public IReadOnlyList<PeerId> Carriers(PeerId member) => NextHop(member) is { } next && next != member ? [next] : [];

    public ReadOnlyMemory<byte> CarryIntroduction(PeerId to, ReadOnlyMemory<byte> sealedBytes) => GossipControl.Write(new GossipControl.Routed(_id, to, GossipOptions.RoutedHopsMax, sealedBytes));

    // ---- The core ----

    public Instant? NextDeadline => _ended || _self is null ? null
        : Instant.Earlier(Instant.Earlier(Instant.Earlier(_views.NextDeadline, _broadcasts.NextDeadline), Instant.Earlier(_roster.NextDeadline, _exchange.NextDeadline)), Instant.Earlier(_join.NextDeadline, _askersDueAt));

    public bool TryTake([NotNullWhen(true)] out OverlayInstruction? instruction) => _outbox.TryDequeue(out instruction);

    public void Handle(OverlayFact fact, Instant now)
    {
        if (_ended)
        {
            // Somebody who asks is answered even then.
            if (fact is NeighbourAsks late) _outbox.Enqueue(new RefuseNeighbour(late.Member.Id, NetfluxError.NotAdmitted));
            return;
        }
        switch (fact)
        {
            case OverlayStarted started: HandleStarted(started, now); break;
            case MemberHeard heard: HandleHeard(heard.Member, now); break;
            case SelfChanged changed: HandleSelfChanged(changed.Self, now); break;
            case NeighbourAsks asks: HandleAsks(asks.Member, now); break;
            case NeighbourUp up: HandleUp(up.Member, now); break;
            case NeighbourPathChanged: break;       // a relayed link is as good as another here
            case NeighbourSuspected suspected: _roster.HandleSuspected(suspected.Member); break;
            case NeighbourRecovered recovered: _roster.HandleRecovered(recovered.Member); break;
            case NeighbourDown down: HandleDown(down.Member, down.Reason, now); break;
            case ConnectFailed failed: HandleFailed(failed.Member, failed.Why, now); break;
            case ControlReceived control: OnControl(control, now); break;
            case BroadcastReceived broadcast: OnBroadcast(broadcast, now); break;
            case BroadcastWanted wanted: _broadcasts.Publish(wanted.Batch, now); break;
            case WayWanted wanted: _broadcasts.Publish(new RosterNews.Find(wanted.Member), now); break;
            case NeighbourCongested congested: _broadcasts.Handle(new TreeNeighborCongested(congested.Member), now); break;
            case NeighbourRelieved relieved: _broadcasts.Handle(new TreeNeighborRelieved(relieved.Member), now); break;
            case LeaveRequested leave: HandleLeave(leave.Reason, now); return;
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, "Not a fact of this overlay.");
        }
        CarryOut(now);
    }

    public void HandleDeadline(Instant now)
    {
        if (_ended || _self is null) return;
        if (_views.NextDeadline <= now) _views.HandleDeadline(now);
        _broadcasts.HandleDeadline(now);
        if (_roster.NextDeadline <= now) _roster.HandleDeadline(now);
        _exchange.HandleDeadline(now);
        CloseIdle(now);
        CarryOut(now);
    }

    private void CarryOut(Instant now)
    {
        bool more;
        do
        {
            more = false;
            while (_views.TryTake(out var instruction))
            {
                more = true;
                CarryOut(instruction, now);
            }
            while (_roster.TryTakeNews(out var news))
            {
                more = true;
                _broadcasts.Publish(news, now);
            }
        }
        while (more);
        if (_join.Advance(now) is not { } outcome) return;
        if (outcome is JoinFailed) End(PeerLeavingReason.Left);
        _outbox.Enqueue(outcome);
    }

    private void CarryOut(HyParViewInstruction instruction, Instant now)
    {
        switch (instruction)
        {
            case OpenLink open when !_channels.TryOpen(open.To, open.First, _broadcasts.WallClock): _views.Handle(new LinkGone(open.To.Id), now); break;
            case SendViewMessage send: _channels.Send(send.To, GossipControl.Write(send.Message)); break;
            case CloseLink close: Close(close.Peer, now); break;
            case AnnounceNeighborUp up: HandleNeighbor(up.Neighbor.Id, now); break;
            case AnnounceNeighborDown down: HandleNeighborDown(down.Neighbor, now); break;
            case AskContacts: _outbox.Enqueue(new AskMembers()); break;
        }
    }

    // ---- Start and end ----

    private void HandleStarted(OverlayStarted started, Instant now)
    {
        _self = started.Self;
        var known = started.Known.Where(member => member.Card.Id != _id).Take(_options.Views.ContactsMax).ToList();
        _roster.Start(started.Self, now);
        _join.Start(known.Count > 0, now);
        _views.Handle(new ViewsStarted(GossipChannels.ContactOf(started.Self), [.. known.Select(_channels.Hear)]), now);
    }

    private void HandleSelfChanged(MemberRecord self, Instant now)
    {
        _self = self;
        _views.Handle(new OwnContactChanged(GossipChannels.ContactOf(self)), now);
        if (_saidHello) _roster.Hello(self);
    }

    private void HandleLeave(PeerLeavingReason reason, Instant now)
    {
        _roster.Bye(reason);
        CarryOut(now);
        // The end of the channel tells neighbours, and comes after the last broadcast; a DISCONNECT would overtake it.
        End(reason);
        _outbox.Enqueue(new AnnounceLeft());
    }

    private void End(PeerLeavingReason reason)
    {
        _ended = true;
        _channels.CloseAll(reason);
    }

    // ---- Who there is ----

    private void HandleHeard(HeardMember heard, Instant now)
    {
        if (heard.Card.Id == _id) return;
        var contact = _channels.Hear(heard);
        var isStranger = _roster.IsExact && !(_roster.TryFind(heard.Card.Id, out var member) && member.Standing == Standing.Member);
        _views.Handle(isStranger && _views.Active.Count > 0 ? new StrangerHeard(contact) : new ContactsHeard([contact]), now);
    }

    private void Take(MemberRecord record, bool inPerson, Instant now)
    {
        if (record.Id == _id) return;
        _roster.Take(record, inPerson, now);
        _broadcasts.HandleKnown(record.Id, now);
    }

    // ---- Channels ----

    private void HandleAsks(MemberRecord member, Instant now)
    {
        if (member.Id == _id) _outbox.Enqueue(new RefuseNeighbour(member.Id, NetfluxError.NotAdmitted));
        else if (!_channels.TryAdmit(member.Id, now)) _outbox.Enqueue(new RefuseNeighbour(member.Id, NetfluxError.TooMany));
        else _outbox.Enqueue(new AdmitNeighbour(member.Id));
    }

    private void HandleUp(MemberRecord member, Instant now)
    {
        _channels.HandleOpened(member, now);
        Take(member, inPerson: true, now);
        _roster.HandleLinked(member.Id, now);
        _exchange.Open(member.Id, now);
        _askersDueAt ??= now + _options.AskerPatience;
    }

    private void HandleDown(PeerId peer, PeerLeavingReason reason, Instant now)
    {
        _channels.HandleClosed(peer);
        HandleChannelGone(peer, reason, now);
        var leaves = reason is PeerLeavingReason.Left or PeerLeavingReason.WentOffline;
        _views.Handle(leaves ? new ViewMessageReceived(peer, new HyParViewMessage.Disconnect(Leaves: true)) : new LinkGone(peer), now);
    }

    private void HandleFailed(PeerId peer, NetfluxError why, Instant now)
    {
        if (_channels.All.ContainsKey(peer)) return;
        _channels.HandleFailed(peer);
        _join.HandleFailed(why);
        _views.Handle(new LinkGone(peer), now);
    }

    private void Close(PeerId peer, Instant now)
    {
        if (_channels.Close(peer, PeerLeavingReason.Disconnected)) HandleChannelGone(peer, PeerLeavingReason.Disconnected, now);
    }

    private void HandleChannelGone(PeerId peer, PeerLeavingReason reason, Instant now)
    {
        _exchange.Close(peer, now);
        _routes.ForgetVia(peer);
        _roster.HandleUnlinked(peer, reason, now);
    }

    /// <summary>Who opened a channel and did not become a neighbour gives its place up.</summary>
    private void CloseIdle(Instant now)
    {
        if (_askersDueAt is not { } due || due > now) return;
        _askersDueAt = null;
        foreach (var (peer, channel) in _channels.All.OrderBy(pair => pair.Key).ToList())
        {
            if (_views.IsNeighbor(peer)) continue;
            if (channel.Since + _options.AskerPatience <= now) Close(peer, now);
            else _askersDueAt = Instant.Earlier(_askersDueAt, channel.Since + _options.AskerPatience);
        }
    }

    // ---- Neighbours in the sense of HyParView ----

    private void HandleNeighbor(PeerId neighbor, Instant now)
    {
        _broadcasts.Handle(new TreeNeighborUp(neighbor), now);
        _join.HandleNeighbour(now);
        if (_saidHello) return;
        _saidHello = true;
        _roster.Hello(_self!);
    }

    private void HandleNeighborDown(PeerId neighbor, Instant now)
    {
        _broadcasts.Handle(new TreeNeighborDown(neighbor), now);
        if (_channels.All.ContainsKey(neighbor)) _askersDueAt ??= now + _options.AskerPatience;
    }

    // ---- What neighbours say ----

    private void OnControl(ControlReceived control, Instant now)
    {
        _broadcasts.WallClock = control.WallClock;
        if (!_channels.All.TryGetValue(control.From, out var channel) || !GossipControl.TryParse(control.Body.Span, out var said)) return;
        switch (said)
        {
            case GossipControl.Views views: _views.Handle(new ViewMessageReceived(control.From, views.Message), now); break;
            case GossipControl.Tree tree when IsNeighbor(control.From, now): _broadcasts.Handle(new TreeMessageReceived(control.From, tree.Message), now); break;
            case GossipControl.Roster roster:
                foreach (var record in _exchange.OnMessage(control.From, roster.Message, now, control.WallClock)) Take(record, inPerson: false, now);
                break;
            case GossipControl.Routed routed when channel.Introductions.TryTake(now): OnRouted(control.From, routed); break;
        }
    }

    private void OnBroadcast(BroadcastReceived broadcast, Instant now)
    {
        if (_channels.All.ContainsKey(broadcast.From) && IsNeighbor(broadcast.From, now)) _broadcasts.OnBroadcast(broadcast.From, broadcast.Body, now);
    }

    /// <summary>Who speaks as a neighbour and is none is told so.</summary>
    private bool IsNeighbor(PeerId from, Instant now)
    {
        if (!_views.IsNeighbor(from))
        {
            _views.Handle(new NeighborSpoke(from), now);
            CarryOut(now);
        }
        return _views.IsNeighbor(from);
    }

    private void OnRouted(PeerId from, GossipControl.Routed routed)
    {
        if (routed.To == _id) _outbox.Enqueue(new TakeIntroduction(routed.From, routed.Introduction));
        else if (routed.Ttl > 0 && NextHop(routed.To) is { } next && next != from) _channels.Send(next, GossipControl.Write(routed with { Ttl = Math.Min(routed.Ttl - 1, GossipOptions.RoutedHopsMax) }));
    }
}
