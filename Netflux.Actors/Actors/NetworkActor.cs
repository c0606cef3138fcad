using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Overlays;
using Netflux.Overlays.Graphs;
using Netflux.Sessions;
using Netflux.Signaling;
using Netflux.Wire;

namespace Netflux.Actors;

/// <summary>
/// One network of this process: drives its overlay, and stands between its users (<see cref="MessagePath"/>) and the actors of its neighbours.
/// </summary>
internal sealed partial class NetworkActor : UntypedActor, IMessagePathOwner, IGrowingRoutePort, IWithTimers
{
    public const string NobodyReached = "No member of the network could be reached: they are offline, or no link to them can be made from here.";

    private readonly IScheduler _scheduler = Context.System.Scheduler;
    private readonly NetfluxSetup _setup;
    private readonly IActorRef _facade;
    private readonly IActorRef _links;
    private readonly IncarnationSource _incarnation;
    private readonly NetworkStart _start;
    private readonly NetworkId _id;
    private readonly ILogger _log;
    private readonly Network _network;
    private readonly IOverlay _overlay;
    private readonly CoreDriver<OverlayFact, OverlayInstruction> _driver;
    private readonly MessagePath _messages;
    private readonly IMessageRoute _route;
    private readonly DeadlineTimer _routeTimer;
    private readonly EpochChannels[] _epochs;
    private readonly HashSet<PeerId> _announced = [];
    private readonly HashSet<PeerId> _gone = [];      // of those that were online at the start
    private readonly List<(PeerId From, FrameFlags Flags, ReadOnlyMemory<byte> Payload)> _held = []; // messages that came before the request was confirmed; bounded by the senders' credit
    private long _heldBytes;
    private MemberRecord _self;
    private PeerId? _hubAwaited;
    private bool _isReady;
    private bool _confirmed;
    private bool _hasGrown;
    private bool _ended;
    private EndNetwork? _ending;

    public NetworkActor(NetfluxSetup setup, IActorRef facade, IActorRef links, IncarnationSource incarnation, NetworkStart start)
    {
        (_setup, _facade, _links, _incarnation, _start) = (setup, facade, links, incarnation, start);
        _id = start.Genesis.Network;
        _log = setup.Logging.CreateLogger("Netflux.Networks");
        _network = new Network(_id, Self, start.Name, start.Server is null ? null : NetworkAddress.At(start.Server, start.Name ?? _id.ToString()), start.Genesis.Topology) { IsTracked = start.IsTracked };
        _self = NewRecord(1, start.Own);
        var run = incarnation.NextRun(WallClock);
        _overlay = Overlay.Of(start.Genesis, setup.Keys, run, WallClock, setup.Random);
        _route = Overlay.RouteOf(start.Genesis, _overlay, setup.Keys, run, this);
        _epochs = [.. Enumerable.Range(0, start.Genesis.Topology.Grow is null ? 1 : 2).Select(epoch => new EpochChannels(epoch, _id.AtEpoch(epoch)))];
        _routeTimer = new DeadlineTimer(Context, "route");
        _driver = new(Context, _overlay, Carry, _log, $"network-{_id.Short}/overlay");
        _relays = NewRelays();
        _graph = new(Context, new GraphWalk(setup.Keys.Id, OwnLinks, GraphOptions.Default), Carry, _log, $"network-{_id.Short}/graph");
        _rootGossip = new RootGossip(_id, RootOptions.Default);
        _roots = new(Context, _rootGossip, Carry, _log, $"network-{_id.Short}/roots");
        _introductions = new(setup.Options.Network.IntroductionsBurst, setup.Options.Network.IntroductionsPerSecond);
        _messages = new(Context, this, Overlay.LimitsOf(start.Genesis.Topology), setup.Options.RequestTimeout);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset WallClock => _scheduler.Now;

    private Instant Now => Clock.Now(_scheduler);

    protected override void PreStart()
    {
        if (_start.Vouched is { } vouched) _roots.Handle(new RootWasVouched(vouched));
        HandleShown(_start.Root);
        var known = _start.Online.Select(online => new HeardMember(online.Card, online.Incarnation, online.DisplayName)).ToList();
        if (_start.Inviter is { } inviter) known.Add(inviter);
        _driver.Handle(new OverlayStarted(_self, known));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // Data path first.
            case PeerChannelFrames frames: HandleFrames(frames); break;
            case PeerChannelCredit credit: HandleCredit(credit); break;

            // Neighbours.
            case PeerAttachAsked asked: HandleAsked(asked); break;
            case PeerChannelOpened opened: HandleOpened(opened); break;
            case PeerChannelClosed closed: HandleClosed(closed); break;
            case PeerChannelRefused refused when EpochOf(refused.Network) is { } epoch: _driver.Handle(new ConnectFailed(refused.Peer, refused.Why) { NetworkEpoch = epoch.Number }); break;
            case PeerNotReached notReached: HandleNotReached(notReached); break;
            case PeerPathChanged changed: HandlePathChanged(changed); break;
            case PeerSilent silent: _driver.Handle(new NeighbourSuspected(silent.Peer)); break;
            case PeerHeardAgain heard: _driver.Handle(new NeighbourRecovered(heard.Peer)); break;

            // Ways in.
            case IntroduceTo introduce: HandleIntroduce(introduce); break;
            case IntroductionArrived arrived: TakeIntroduction(arrived.From, arrived.Sealed.Span, ServerIntroducer); break;
            case IntroductionFailed failed:
                _facade.Tell(new ForPeer(failed.To, new IntroducerFailed(ServerIntroducer)));
                HandleNotIntroduced(failed);
                break;
            case OpenRelayTo open: HandleOpenRelay(open); break;
            case DoorReopened reopened:
                HandleShown(reopened.Root);
                HandleOnline(reopened.Members);
                break;
            case RootShown shown: HandleShown(shown.Root); break;
            case TrackerListWrong wrong: HandleWrongList(wrong); break;
            case MembersOnline online: HandleOnline(online.Members); break;
            case OwnAddresses own: HandleOwnAddresses(own); break;

            // Life.
            case NetworkConfirmed: HandleConfirmed(); break;
            case EndNetwork end: HandleEnd(end); break;
            case TellSubscribers tell: _messages.TellEvent(tell.Happened); break;
            case LeaveDue: End(); break;
            case LookAgainDue: HandleLookAgain(); break;
            case CarriersDue: OfferCarriersToAll(); break;
            case IssueTicket issue: HandleIssueTicket(issue); break;
            case LeaveNetwork or SendJoinRequest or GetApprovals or DecideApproval: _facade.Forward(message); break;
            case GetNetworkGraph asked: HandleGraphAsked(asked); break;
            case DeadlineDue due when _driver.HandleDue(due) || _graph.HandleDue(due) || _roots.HandleDue(due): break;
            case DeadlineDue { Name: "route" }: HandleRouteDue(); break;
            default:
                if (!TryHandleRelay(message) && !_messages.TryHandle(message)) Unhandled(message);
                break;
        }
        _routeTimer.Set(_route.NextDeadline);
    }

    private void HandleRouteDue()
    {
        _routeTimer.Fired();
        _route.HandleDeadline(Now);
        _messages.Drain();
    }

    // ---- The overlay's instructions ----

    private void Carry(OverlayInstruction instruction)
    {
        if (_ended) return;
        switch (instruction)
        {
            case ConnectNeighbour connect: Connect(connect); break;
            case AdmitNeighbour admit: AttachTo(admit.Member, _epochs[admit.NetworkEpoch]); break;
            case RefuseNeighbour refuse: _facade.Tell(new ForPeer(refuse.Member, new RefuseTo(_epochs[refuse.NetworkEpoch].Id, refuse.Why))); break;
            case DropNeighbour drop: Drop(drop.Member, _epochs[drop.NetworkEpoch], drop.Reason); break;
            case SendControl send: SendOnChannel(_epochs[send.NetworkEpoch], send.To, FrameKind.Control, FrameFlags.None, send.Body); break;
            case SendBroadcast or BatchPublished or DeliverMessages or AnnounceMissed or AnnounceAttached
                or AnnounceEpoch or AnnounceMemberMoved: _route.Handle(instruction, Now); break;
            case AnnounceMoved:
                _route.Handle(instruction, Now);
                NetworkLog.Grown(_log, _id, _overlay.Members.Count + 1);
                _hasGrown = true;
                if (_confirmed) _messages.TellEvent(new NetworkGrown(_network));
                break;
            case AnnounceHub or AnnounceHubLost:
                _route.Handle(instruction, Now);
                TellHub(instruction is AnnounceHubLost { Waits: true } lost ? lost.Hub : null);
                break;
            case AskMembers: _start.Signaling?.Tell(new ListMembers(_id, _id)); break;
            case AnnounceJoining joining: HandleAnnounced(joining.Member); break;
            case AnnounceSuspected suspected: Tell(suspected.Member, peer => new PeerSuspected(peer, _network)); break;
            case AnnounceRecovered recovered:
                Tell(recovered.Member, peer => new PeerRecovered(peer, _network));
                _route.HandleRecovered(recovered.Member, Now);
                break;
            case AnnounceLeaving leaving:
                _route.HandleLeaving(leaving.Member, Now);
                Tell(leaving.Member, peer => new PeerLeaving(peer, _network, leaving.Reason));
                _announced.Remove(leaving.Member);
                break;
            case AnnounceReady:
                _isReady = true;
                _facade.Tell(new NetworkReady(_start.Request, _network));
                break;
            case JoinFailed failed: HandleJoinFailed(failed.Why); break;
            case Overlays.TakeIntroduction taken: TakeIntroduction(taken.From, taken.Sealed.Span, MemberIntroducer); break;
            case AnnounceLeft: ScheduleEnd(); break;
        }
    }

    private void HandleAnnounced(MemberRecord member)
    {
        _announced.Add(member.Id);
        _route.HandleJoining(PeerOf(member.Id) ?? new Peer(member.Id, member.DisplayName, ActorRefs.Nobody), Now);
        Tell(member.Id, peer => new PeerJoining(peer, _network));
    }

    /// <summary>Of a hub that the topology fixes: that it is waited for, or is back (null). Another's place is taken, of which users need not know.</summary>
    private void TellHub(PeerId? awaited)
    {
        if (_hubAwaited == awaited) return;
        var hub = (awaited ?? _hubAwaited)!.Value;
        _hubAwaited = awaited;
        var peer = PeerOf(hub) ?? new Peer(hub, "", ActorRefs.Nobody);
        if (_confirmed) _messages.TellEvent(awaited is null ? new HubReturned(peer, _network) : new HubAwaited(peer, _network));
    }

    private void Tell(PeerId member, Func<Peer, INetfluxMessage> make)
    {
        if (_confirmed && PeerOf(member) is { } peer) _messages.TellEvent(make(peer));
    }

    private Peer? PeerOf(PeerId member)
    {
        if (FindNeighbour(member) is { } neighbour) return neighbour.Peer;
        if (_leaving?.Id == member) return _leaving;
        return _overlay.TryFind(member, out var record) ? new Peer(member, record!.DisplayName, ActorRefs.Nobody) : null;
    }

    // ---- Coming up ----

    private void HandleConfirmed()
    {
        if (_ending is not null) return;
        _confirmed = true;
        NetfluxTelemetry.Networks.Add(1);
        var members = ((IMessagePathOwner)this).Members;
        INetfluxMessage reply = _start.Creates ? new NetworkCreated(_network) : new NetworkJoined(_network, members);
        _start.Requester.Tell(reply, Self);
        if (_start.Subscriber is { } subscriber)
        {
            if (!subscriber.Equals(_start.Requester)) subscriber.Tell(reply, Self);
            _messages.TrySubscribe(subscriber, _start.Window);
        }
        if (_hubAwaited is { } hub) _messages.TellEvent(new HubAwaited(PeerOf(hub) ?? new Peer(hub, "", ActorRefs.Nobody), _network));
        if (_hasGrown) _messages.TellEvent(new NetworkGrown(_network));
        foreach (var equivocation in _equivocations) _messages.TellEvent(equivocation);
        _equivocations.Clear();
        foreach (var (from, flags, payload) in _held) _messages.Deliver(from, flags, payload);
        _held.Clear();
        _heldBytes = 0;
        _messages.Drain();
        ScheduleLookAgain();
    }

    /// <summary>Where all that were at the door have gone meanwhile, a network that the server remembers need not wait for them.</summary>
    private void HandleNotIntroduced(IntroductionFailed failed)
    {
        if (_isReady || _ended || !_start.IsTracked || _start.Inviter is not null || failed.Why != NetfluxError.UnknownPeer) return;
        _gone.Add(failed.To);
        if (_start.Online.All(member => _gone.Contains(member.Card.Id))) HandleJoinFailed(NetfluxError.PeerUnreachable);
    }

    private void HandleJoinFailed(NetfluxError why)
    {
        // Into an open network everybody may come: who refuses is no member any more, or not yet, as a process that has just been started again.
        if (why == NetfluxError.NotAdmitted && _start.Genesis.Topology.Join == JoinPolicy.Open) why = NetfluxError.PeerUnreachable;
        var text = why switch
        {
            NetfluxError.NetworkFull => $"The network has its {_start.Genesis.Topology.MaxMembers} members already.",
            NetfluxError.HubUnreachable => $"The hub of this network, {_start.Genesis.Topology.Hub}, cannot be reached, and its topology lets no other be the hub. Have that peer started, and try again.",
            NetfluxError.NotAdmitted => "The members refuse this peer; ask one of them for a join request.",
            _ => NobodyReached,
        };
        NetworkLog.NotJoined(_log, _id, why, text);
        if (_confirmed) End(why);
        else
        {
            _ended = true;
            Become(static _ => { });
            _facade.Tell(new NetworkNotJoined(_start.Request, _id, why, text));
        }
    }

    // ---- Going ----

    private void HandleEnd(EndNetwork end)
    {
        if (_ending is not null) return;
        _ending = end;
        _start.Signaling?.Tell(new CloseDoor(_id));
        _driver.Handle(new LeaveRequested(end.Reason));
    }

    /// <summary>The neighbours' sessions still pass on what was sent; they bound that themselves.</summary>
    private void ScheduleEnd() => Self.Tell(LeaveDue.Instance);

    private void End(NetfluxError? error = null)
    {
        if (_ended) return;
        _ended = true;
        _start.Signaling?.Tell(new CloseDoor(_id));
        error ??= _ending?.Error;
        var left = new NetworkLeft(_id, error);
        _ending?.Requester?.Tell(left, Self);
        RefuseGraph(error ?? NetfluxError.NotAMember);
        _messages.End(left, _ending?.Requester, error ?? NetfluxError.NotAMember, "This process is not a member of the network any more.");
        NetworkLog.Left(_log, _id, error);
        // The facade stops this actor, after it has passed on what the neighbours were told: else they might see a dead network before the reason.
        Become(static _ => { });
        _facade.Tell(new NetworkEnded(_id));
    }

    protected override void PostStop()
    {
        if (!_ended)
        {
            // An exception stopped us (DESIGN §4): these are the last words, as nothing restarts.
            RefuseGraph(NetfluxError.Faulted);
            if (_confirmed) _messages.End(new NetworkLeft(_id, NetfluxError.Faulted), null, NetfluxError.Faulted, "An error inside Netflux ended the network; the log has it. Join it again.");
        }
        foreach (var epoch in _epochs) foreach (var neighbour in epoch.Neighbours.Values) neighbour.Ref.Tell(new DetachFrom(epoch.Id, _ending?.Reason ?? PeerLeavingReason.Faulted));
        if (_confirmed) NetfluxTelemetry.Networks.Add(-1);
        _driver.Stop();
        _graph.Stop();
        _roots.Stop();
        _routeTimer.Set(null);
        _messages.Stop();
        StopRelays();
    }

    // ---- For the users' side ----

    NetworkId? IMessagePathOwner.Network => _id;

    IReadOnlyList<Peer> IMessagePathOwner.Members => [.. _overlay.Members.Select(member => PeerOf(member.Id)).OfType<Peer>()];

    int IMessagePathOwner.CountMembers() => _overlay.CountMembers(Now);

    void IMessagePathOwner.Want(PeerId to) => _route.HandleWanted(to, Now);

    void IMessagePathOwner.HandOver(in HandOver handOver) => _route.HandOver(handOver, Now);

    void IMessagePathOwner.Flush() => _route.Flush(Now);

    void IMessagePathOwner.Consumed(PeerId member, ulong upTo) => _route.HandleConsumed(member, upTo, Now);

    void IMessagePathOwner.DropSlow(PeerId member) => _driver.Handle(new NeighbourTooSlow(member));

    INetfluxMessage IMessagePathOwner.MessageFor(in Telling<INetfluxMessage, Peer> telling) =>
        new MessageReceived(_network, telling.From!, telling.Payload, telling.Delivery, telling.Number);

    // ---- For the route of messages ----

    long IMessageRoutePort.HeldBytes => _messages.HeldBytes + _heldBytes;

    void IMessageRoutePort.OpenWay(PeerId way, long windowCost, bool takesBroadcasts, bool isShut) => _messages.OpenWay(way, windowCost, takesBroadcasts, isShut);

    void IMessageRoutePort.OpenShutWay(PeerId way) => _messages.OpenShutWay(way);

    void IMessageRoutePort.CloseWay(PeerId way, WayClosed? why) => _messages.CloseWay(way, why);

    void IMessageRoutePort.CreditWay(PeerId way, ulong messages, long cost) => _messages.CreditWay(way, messages, cost);

    void IMessageRoutePort.OpenAuthor(Peer author) => _messages.OpenAuthor(author);

    void IMessageRoutePort.CloseAuthor(PeerId author)
    {
        _messages.CloseAuthor(author);
        _heldBytes -= _held.Where(held => held.From == author).Sum(held => (long)held.Payload.Length + MessageCost.PerMessage);
        _held.RemoveAll(held => held.From == author);
    }

    void IMessageRoutePort.Deliver(PeerId author, FrameFlags flags, ReadOnlyMemory<byte> payload)
    {
        if (_confirmed)
        {
            _messages.Deliver(author, flags, payload);
            return;
        }
        _held.Add((author, flags, payload));
        _heldBytes += payload.Length + MessageCost.PerMessage;
    }

    void IMessageRoutePort.TellMissed(PeerId author, ulong first, ulong last) => Tell(author, peer => new MessagesMissed(peer, _network, first, last));

    void IMessageRoutePort.Send(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body) => SendOnChannel(_epochs[0], neighbour, FrameKind.Message, flags, body);

    void IMessageRoutePort.Consume(PeerId neighbour, ulong messages) => Consume(_epochs[0], neighbour, messages);

    void IGrowingRoutePort.Send(int epoch, PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body) => SendOnChannel(_epochs[epoch], neighbour, FrameKind.Message, flags, body);

    void IGrowingRoutePort.Consume(int epoch, PeerId neighbour, ulong messages) => Consume(_epochs[epoch], neighbour, messages);

    private static void Consume(EpochChannels epoch, PeerId neighbour, ulong messages)
    {
        if (epoch.Neighbours.TryGetValue(neighbour, out var known)) known.Ref.Tell(new ConsumeOnChannel(epoch.Id, known.Generation, messages));
    }

    void IGrowingRoutePort.ShutWay(PeerId way) => _messages.ShutWay(way);

    bool IGrowingRoutePort.IsSettled(PeerId way) => _messages.IsSettled(way);

    bool IGrowingRoutePort.IsWanted(PeerId way) => _messages.IsWanted(way);

    void IGrowingRoutePort.MoveWay(PeerId way, long windowCost) => _messages.MoveWay(way, windowCost);

    void IGrowingRoutePort.WaitForSlow() => _messages.WaitForSlow();

    void IMessageRoutePort.Say(OverlayFact fact) => _driver.Handle(fact);

    private sealed record LeaveDue
    {
        public static readonly LeaveDue Instance = new();
    }

    private sealed record LookAgainDue
    {
        public static readonly LookAgainDue Instance = new();
    }

    private sealed record CarriersDue
    {
        public static readonly CarriersDue Instance = new();
    }

    private sealed record Neighbour(Peer Peer, int Generation, LinkPath Path)
    {
        public IActorRef Ref => Peer.Ref;
    }

    /// <summary>The channels of one epoch. A network that does not grow has one.</summary>
    private sealed record EpochChannels(int Number, NetworkId Id)
    {
        public Dictionary<PeerId, Neighbour> Neighbours { get; } = [];
    }
}

internal static partial class NetworkLog
{
    [LoggerMessage(EventId = 1300, Level = LogLevel.Information, Message = "Not joined to network {Network}: {Error}, {Text}")]
    public static partial void NotJoined(ILogger log, NetworkId network, NetfluxError error, string text);

    [LoggerMessage(EventId = 1301, Level = LogLevel.Information, Message = "Left network {Network} ({Error})")]
    public static partial void Left(ILogger log, NetworkId network, NetfluxError? error);

    [LoggerMessage(EventId = 1303, Level = LogLevel.Information, Message = "Network {Network} has grown with {Members} members: what is sent here goes by gossip from now on")]
    public static partial void Grown(ILogger log, NetworkId network, int members);

    [LoggerMessage(EventId = 1304, Level = LogLevel.Warning, Message = "The tracking server of network {Network}, by its key {Tracker}, contradicts itself: {How}, of the epochs {First} and {Second}")]
    public static partial void Equivocated(ILogger log, NetworkId network, PeerId tracker, TrackerContradiction how, ulong first, ulong? second);

    [LoggerMessage(EventId = 1302, Level = LogLevel.Debug, Message = "Network {Network} does not admit {Peer}: {Why}")]
    public static partial void NotAdmitted(ILogger log, NetworkId network, PeerId peer, string why);
}
