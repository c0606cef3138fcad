using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Overlays.Gossip;
using Netflux.Wire;

namespace Netflux.Overlays.Growth;

/// <summary>
/// Messages of users in a network that grows: directly in the first epoch, by gossip in the next. In between nothing is accepted until all that was is consumed. What comes of a member is of the
/// first epoch until it says that it has moved, or something of the next comes.
/// </summary>
internal sealed class GrowingRoute(IGrowingRoutePort port, Func<IMessageRoutePort, GossipRoute> create) : IMessageRoute
{
    private readonly SortedSet<PeerId> _ways = [];                        // of the first epoch
    private readonly HashSet<PeerId> _authors = [];                       // whose messages come in the first epoch
    private readonly SortedDictionary<PeerId, Peer> _members = [];        // as users see them
    private GossipRoute? _gossip;
    private bool _isMoving, _hasMoved;

    public int FrameOverhead => 0;

    public IMessageRoute AtEpoch(int epoch) => epoch == 0 ? this : _gossip ?? throw new InvalidOperationException("The next epoch has not begun.");

    // ---- Channels of the first epoch ----

    public void HandleOpened(Peer neighbour, long windowCost, Instant now)
    {
        _authors.Add(neighbour.Id);
        port.OpenAuthor(neighbour);
        if (_gossip is not null) return;
        _ways.Add(neighbour.Id);
        port.OpenWay(neighbour.Id, windowCost, takesBroadcasts: true);
    }

    public void HandleClosed(PeerId neighbour, Instant now)
    {
        if (_ways.Remove(neighbour)) port.CloseWay(neighbour);     // what was undelivered is told before the owner says that the member leaves
        EndAuthor(neighbour);
        SettleSends();
    }

    public void HandleMessage(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body, Instant now)
    {
        if (_authors.Contains(neighbour)) port.Deliver(neighbour, flags, body);
    }

    public void HandleCredit(PeerId neighbour, ulong messages, long cost, Instant now)
    {
        if (!_ways.Contains(neighbour)) return;
        port.CreditWay(neighbour, messages, cost);
        SettleSends();
    }

    /// <summary>What comes of the member from now on is of the next epoch. What came in the first was consumed before the member said so.</summary>
    private void EndAuthor(PeerId member)
    {
        if (!_authors.Remove(member)) return;
        port.CloseAuthor(member);
        if (_gossip is not null && _members.TryGetValue(member, out var peer)) port.OpenAuthor(peer);
    }

    // ---- Growing ----

    public void Handle(OverlayInstruction instruction, Instant now)
    {
        switch (instruction)
        {
            case AnnounceEpoch: Begin(now); break;
            case AnnounceMoved: Move(now); break;
            case AnnounceMemberMoved moved: EndAuthor(moved.Member); break;
            default: _gossip?.Handle(instruction, now); break;
        }
    }

    private void Begin(Instant now)
    {
        _gossip = create(new GossipPort(this, port));
        _gossip.OpenShut();
        foreach (var way in _ways) port.ShutWay(way);
        foreach (var member in _members.Values) _gossip.HandleJoining(member, now);
        _isMoving = true;
        SettleSends();
    }

    private void SettleSends()
    {
        if (!_isMoving || !_ways.All(port.IsSettled)) return;
        _isMoving = false;
        port.Say(new SendsSettled());
    }

    private void Move(Instant now)
    {
        (_isMoving, _hasMoved) = (false, true);
        port.WaitForSlow();
        foreach (var way in _ways.ToList())
        {
            if (port.IsWanted(way)) _gossip!.HandleWanted(way, now);
            if (_ways.Remove(way)) port.CloseWay(way);
        }
        _gossip!.OpenSends();
    }

    // ---- Members and their messages ----

    public void HandleJoining(Peer member, Instant now)
    {
        _members[member.Id] = member;
        _gossip?.HandleJoining(member, now);
    }

    public void HandleLeaving(PeerId member, Instant now)
    {
        _members.Remove(member);
        _gossip?.HandleLeaving(member, now);
    }

    public void HandleWanted(PeerId member, Instant now)
    {
        if (_hasMoved) _gossip!.HandleWanted(member, now);
    }

    public void HandOver(in HandOver handOver, Instant now)
    {
        if (_ways.Contains(handOver.Way)) port.Send(handOver.Way, handOver.Flags, handOver.Payload);
        else _gossip?.HandOver(handOver, now);
    }

    public void Flush(Instant now) => _gossip?.Flush(now);

    public void HandleConsumed(PeerId author, ulong messages, Instant now)
    {
        if (_authors.Contains(author)) port.Consume(author, messages);
        else _gossip?.HandleConsumed(author, messages, now);
    }

    public Instant? NextDeadline => _gossip?.NextDeadline;

    public void HandleDeadline(Instant now) => _gossip?.HandleDeadline(now);

    /// <summary>The port as gossip sees it: members whose messages still come in the first epoch are open already, and their ways are moved rather than opened.</summary>
    private sealed class GossipPort(GrowingRoute route, IGrowingRoutePort port) : IMessageRoutePort
    {
        public void OpenWay(PeerId way, long windowCost, bool takesBroadcasts, bool isShut)
        {
            if (route._ways.Remove(way)) port.MoveWay(way, windowCost);
            else port.OpenWay(way, windowCost, takesBroadcasts, isShut);
        }

        public void OpenShutWay(PeerId way) => port.OpenShutWay(way);

        public void CloseWay(PeerId way, WayClosed? why) => port.CloseWay(way, why);

        public void CreditWay(PeerId way, ulong messages, long cost) => port.CreditWay(way, messages, cost);

        public void OpenAuthor(Peer author)
        {
            if (!route._authors.Contains(author.Id)) port.OpenAuthor(author);
        }

        public void CloseAuthor(PeerId author)
        {
            if (!route._authors.Contains(author)) port.CloseAuthor(author);
        }

        public void Deliver(PeerId author, FrameFlags flags, ReadOnlyMemory<byte> payload)
        {
            route.EndAuthor(author);
            port.Deliver(author, flags, payload);
        }

        public long HeldBytes => port.HeldBytes;

        public void TellMissed(PeerId author, ulong first, ulong last) => port.TellMissed(author, first, last);

        public void Send(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body) => port.Send(1, neighbour, flags, body);

        public void Consume(PeerId neighbour, ulong messages) => port.Consume(1, neighbour, messages);

        public void Say(OverlayFact fact) => port.Say(fact);
    }
}
