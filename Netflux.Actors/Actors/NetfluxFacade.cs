using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Sessions;
using Netflux.Signaling;

namespace Netflux.Actors;

/// <summary>
/// The one actor that a service talks to. It supervises an actor for every network and every peer, routes what is for them, and holds the open
/// requests, so that every Ask is answered. <c>docs/ARCHITECTURE.md</c> has the tree.
/// </summary>
public sealed partial class NetfluxFacade : UntypedActor
{
    private readonly NetfluxSetup _setup;
    private readonly ILogger _log;
    private readonly IncarnationSource _incarnation;
    private readonly ReassemblyBudget _reassembly;
    private readonly IActorRef _links;
    private readonly OpenRequests _requests = new();
    private readonly IScheduler _scheduler = Context.System.Scheduler;
    private readonly DeadlineTimer _timer;
    private readonly Dictionary<NetworkId, NetworkEntry> _networks = [];
    private readonly Dictionary<PeerId, PeerEntry> _peers = [];
    private readonly Dictionary<Uri, IActorRef> _signaling = [];
    private OwnAddresses _own = OwnAddresses.None;
    private NetfluxException? _refusal;        // why requests are refused from now on
    private bool _listening;                   // whether the listener has spoken, or there is none
    private int _made;

    internal NetfluxFacade(NetfluxSetup setup)
    {
        _setup = setup;
        _log = setup.Logging.CreateLogger("Netflux.Facade");
        _incarnation = new IncarnationSource(setup.Incarnation);
        _reassembly = new ReassemblyBudget(setup.Options.ReassemblyBytesMax);
        _timer = new DeadlineTimer(Context, "requests");
        var self = Self;
        _links = Context.ActorOf(Akka.Actor.Props.Create(() => new LinksActor(setup, self, _incarnation)), "links");
        _joinRequests = new JoinRequests(this);
    }

    /// <summary>The facade of one identity; its name is <c>netflux</c>, or <c>netflux-NAME</c> where a system has several.</summary>
    internal static Props Props(NetfluxSetup setup) => Akka.Actor.Props.CreateBy(new Producer(setup));

    /// <inheritdoc />
    protected override void PreStart()
    {
        FacadeLog.Started(_log, _setup.Keys.Id, _setup.DisplayName, _incarnation.Current);
        _listening = _setup.Listener is null;
        _setup.Listener?.Start(Self);
    }

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // Requests.
            case NetfluxRequest request: HandleRequest(request); break;
            case MessagesConsumed: Unhandled(message); break;
            case GoOffline: HandleGoOffline(); break;

            // The listener and the links.
            case ListeningOn listening: HandleListening(new OwnAddresses(listening.Advertised, listening.OwnAuthorities)); break;
            case ListeningFailed failed: HandleListeningFailed(failed.Why); break;
            case LinkAccepted accepted: _links.Forward(accepted); break;
            case ProvenLink proven when IsCrowdedFor(proven.Proven.Remote.Id): proven.Link.Tell(new CloseLinkWith(CloseCode.TooManyConnections, "too many peers are connected; dial again later")); break;
            case ProvenLink proven: EnsurePeer(proven.Proven.Remote.Id).Route(proven, Self); break;

            // Routing between networks and peers.
            case ForPeer { Message: TakeIntroductionFrom } introduced when IsCrowdedFor(introduced.Peer): break;
            case ForPeer forPeer: EnsurePeer(forPeer.Peer).Route(forPeer.Message, Sender); break;
            case ForNetwork forNetwork: HandleForNetwork(forNetwork); break;
            case PeerIdle idle: HandlePeerIdle(idle); break;
            case PeerSessionBegan began: HandleSessionBegan(began); break;
            case PeerSessionEnded ended: HandleSessionEnded(ended); break;
            case PeerUnreachable unreachable: FailConnects(unreachable.Peer, unreachable.Why, unreachable.Text); break;
            case SelfIsReplaced replaced: HandleReplaced(replaced.Newer); break;

            // Networks on their way up and down.
            case NetworkReady ready: HandleNetworkReady(ready); break;
            case NetworkNotJoined failed: HandleNotJoined(failed); break;
            case NetworkEnded ended:
                _networks.Remove(ended.Network);
                Context.Stop(Sender);
                StopWhenOffline();
                break;

            // Signaling.
            case DoorOpened opened: HandleDoorOpened(opened); break;
            case MemberTracked tracked: HandleMemberTracked(tracked); break;
            case TrackedListed listed: HandleTrackedListed(listed); break;
            case MembersOnline { Token: RequestId id } online: HandleLookedAgain(id, online); break;
            case NetworksListed { Token: RequestId id } listed: Answer(id, new TrackedNetworks(listed.Networks)); break;
            case ApprovalsListed listed: HandleApprovalsListed(listed); break;
            case ApprovalArrived arrived: HandleApprovalArrived(arrived); break;
            case ApprovalAnswered answered: HandleApprovalAnswered(answered); break;
            case PeerMet met: HandlePeerMet(met); break;
            case SignalingFailed failed when failed.Token is RequestId id: HandleSignalingFailed(id, failed); break;
            case IntroductionArrived arrived: HandleIntroduction(arrived); break;
            case IntroductionFailed failed: HandleIntroductionFailed(failed); break;
            case IntroduceTo introduce: HandleIntroduce(introduce); break;
            case DoorReopened reopened: HandleDoorReopened(reopened); break;
            case RootShown shown: TellNetwork(shown.Network, shown); break;
            case DoorConflict conflict: FacadeLog.NameConflict(_log, conflict.Network, conflict.Name, conflict.Why); break;
            case NewerIncarnationSeen seen: HandleNewerIncarnation(seen); break;

            // Join requests.
            case InvitationArrived arrived: _joinRequests.HandleArrived(arrived); break;
            case InvitationAnswer answer: _joinRequests.HandleAnswer(answer); break;
            case InvitationCollected collected: _joinRequests.HandleCollected(collected); break;
            case SignalingFailed { Token: InvitationId id } failed: FacadeLog.NotRemoved(_log, id, failed.Error, failed.Why); break;

            case DeadlineDue: HandleDue(); break;
            case Terminated terminated: HandleTerminated(terminated.ActorRef); break;
            default: Unhandled(message); break;
        }
    }

    // ---- Requests ----

    private void HandleRequest(NetfluxRequest request)
    {
        if (_refusal is not null)
        {
            Refuse(Sender, request, _refusal.Error, _refusal.Message);
            return;
        }
        if (!_listening && request is CreateNetwork or JoinNetwork or ConnectPeer or AcceptJoinRequest)
        {
            Postpone(request);
            return;
        }
        try
        {
            Begin(request);
        }
        catch (NetfluxException failure)
        {
            if (_requests.TryClose(request.RequestId, out var open)) NetfluxTelemetry.End(open, failure.Error, Now);
            Sender.Tell(new Status.Failure(Explain(failure, request)), Self);
        }
    }

    private void Begin(NetfluxRequest request)
    {
        switch (request)
        {
            case GetPeerId: Sender.Tell(new PeerIdentified(_setup.Keys.Id), Self); break;
            case CreateNetwork create: BeginCreate(create); break;
            case JoinNetwork join: BeginJoin(join); break;
            case LeaveNetwork leave: BeginLeave(leave); break;
            case ConnectPeer connect: BeginConnect(connect); break;
            case GetLinkReport report: Known(report.Peer).Route(report, Sender); break;
            case DisconnectPeer disconnect: Connected(disconnect.Peer).Route(disconnect, Sender); break;
            case CancelRequest cancel: HandleCancel(cancel); break;
            case GetNetworks: Sender.Tell(new NetworkList([.. _networks.Values.Where(n => n.IsUp).Select(n => n.Handle!)]), Self); break;
            case GetPeers: Sender.Tell(new PeerList([.. _peers.Values.Where(p => p.IsConnected).Select(p => p.Handle)]), Self); break;
            case SendMessage { Network: null } send: Connected(send.To).Route(send, Sender); break;
            case SendMessage { Network: { } network } send: Joined(network).Ref.Forward(send); break;
            case BroadcastMessage broadcast: Joined(broadcast.Network).Ref.Forward(broadcast); break;
            case Subscribe subscribe: Joined(subscribe.Network).Ref.Forward(subscribe); break;
            case Unsubscribe unsubscribe: Joined(unsubscribe.Network).Ref.Forward(unsubscribe); break;
            case GetMembers members: Joined(members.Network).Ref.Forward(members); break;
            case GetTrackedMembers tracked: BeginListTracked(tracked); break;
            case RemoveTrackedMember remove: BeginRemove(remove); break;
            case GetTrackedNetworks list: BeginListNetworks(list); break;
            case IssueTicket issue: Joined(issue.Network).Ref.Forward(issue); break;
            case WithdrawApproval withdraw: BeginWithdrawApproval(withdraw); break;
            case GetApprovals list: BeginListApprovals(list); break;
            case DecideApproval decide: BeginDecide(decide); break;
            case GetNetworkGraph graph: Joined(graph.Network).Ref.Forward(graph); break;
            case SendJoinRequest or WithdrawJoinRequest or AnswerJoinRequests or StopAnsweringJoinRequests or AcceptJoinRequest or DeclineJoinRequest: _joinRequests.Begin(request); break;
            default: Unhandled(request); break;
        }
    }

    private OpenRequest Open(NetfluxRequest request, TimeSpan? deadline = null)
    {
        if (_requests.Count >= _setup.Options.OpenRequestsMax) throw new NetfluxException(NetfluxError.TooMany, $"{_requests.Count} requests are open; wait for some of them.");
        var open = new OpenRequest(request, Sender, Now + (request.Deadline ?? deadline ?? _setup.Options.RequestTimeout)) { Begun = Now, Activity = NetfluxTelemetry.Begin(request) };
        _requests.Add(open);
        SetTimer();
        return open;
    }

    private void Answer(RequestId id, object reply)
    {
        if (!_requests.TryClose(id, out var open)) return;
        NetfluxTelemetry.End(open, null, Now);
        open.Requester.Tell(reply, Self);
    }

    private void Fail(RequestId id, NetfluxError error, string text)
    {
        if (_requests.TryClose(id, out var open)) FailClosed(open, error, text);
    }

    private void FailClosed(OpenRequest open, NetfluxError error, string text)
    {
        CloseTrackedDoor(open);
        _joinRequests.HandleFailed(open);
        NetfluxTelemetry.End(open, error, Now);
        FacadeLog.RequestFailed(_log, open.Id, open.Request.GetType().Name, error, text);
        open.Requester.Tell(new Status.Failure(new NetfluxException(error, text) { Request = open.Id, Network = open.Network, Peer = open.Peer }), Self);
    }

    private void Refuse(IActorRef requester, NetfluxRequest request, NetfluxError error, string text) =>
        requester.Tell(new Status.Failure(new NetfluxException(error, text) { Request = request.RequestId }), Self);

    private static NetfluxException Explain(NetfluxException failure, NetfluxRequest request) =>
        failure.Request is not null ? failure : new NetfluxException(failure.Error, failure.Message, failure) { Request = request.RequestId, Network = failure.Network, Peer = failure.Peer };

    private void HandleCancel(CancelRequest cancel)
    {
        if (TryWithdrawEarly(cancel)) return;
        if (!_requests.TryClose(cancel.Target, out var open)) throw new NetfluxException(NetfluxError.UnknownRequest, $"No open request has the id {cancel.Target}; it may be answered already.");
        Undo(open);
        FailClosed(open, NetfluxError.Cancelled, "The request was withdrawn.");
        Sender.Tell(new RequestCancelled(cancel.Target), Self);
    }

    private void HandleDue()
    {
        _timer.Fired();
        foreach (var open in _requests.Expire(Now))
        {
            Undo(open);
            if (!_joinRequests.TryExpire(open) && !TryExpireAsking(open)) FailClosed(open, NetfluxError.TimedOut, $"{open.Request.GetType().Name} was not done within its deadline; try again, or give it a longer one.");
        }
        ExpireEarly();
        SetTimer();
    }

    /// <summary>Takes back what a withdrawn request has begun; what is still on its way is undone when it comes.</summary>
    private void Undo(OpenRequest open)
    {
        if (open.Request is ConnectPeer) UndoConnect(open);
        if (open.Request is SendJoinRequest) _joinRequests.UndoKeeping(open);
        if (open.Request is not (CreateNetwork or JoinNetwork or AcceptJoinRequest) || open.Network is not { } network) return;
        if (_networks.TryGetValue(network, out var entry) && !entry.IsUp) entry.Ref.Tell(new EndNetwork(PeerLeavingReason.Left));
    }

    private Instant Now => Clock.Now(_scheduler);

    private DateTimeOffset WallClock => _scheduler.Now;

    private NetworkEntry Joined(NetworkId? network) =>
        network is { } id && _networks.TryGetValue(id, out var entry) && entry.IsUp ? entry
            : throw new NetfluxException(NetfluxError.NotAMember, network is null ? "The request names no network." : $"This process is not a member of the network {network}; join it first.") { Network = network };

    private PeerEntry Connected(PeerId peer) =>
        _peers.TryGetValue(peer, out var entry) && entry.IsConnected ? entry
            : throw new NetfluxException(NetfluxError.UnknownPeer, $"No peer {peer} is connected.") { Peer = peer };

    /// <summary>Connected, or looked for: its actor is there.</summary>
    private PeerEntry Known(PeerId peer) =>
        _peers.TryGetValue(peer, out var entry) ? entry
            : throw new NetfluxException(NetfluxError.UnknownPeer, $"Nothing is known of a link to {peer}, or no more; what is not needed is forgotten after {_setup.Options.IdlePeerKept.TotalSeconds:0} s.") { Peer = peer };

    // ---- The listener ----

    private void HandleListening(OwnAddresses own)
    {
        _own = own;
        _listening = true;
        _links.Tell(own);
        foreach (var network in _networks.Values) network.Ref.Tell(own);
        foreach (var peer in _peers.Values) peer.Ref.Tell(own);
        ResumeEarly();
    }

    private void HandleListeningFailed(string why)
    {
        _listening = true;
        _refusal = new NetfluxException(NetfluxError.InvalidOptions, why);
        FacadeLog.NotListening(_log, why);
        ResumeEarly();
    }

    // ---- Life ----

    /// <summary>Nothing below the facade restarts: an exception ends that link, peer or network alone (DESIGN §4).</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    /// <inheritdoc />
    protected override void PostStop()
    {
        _setup.Listener?.Stop();
        _setup.Owned?.Dispose();
    }

    private sealed class Producer(NetfluxSetup setup) : IIndirectActorProducer
    {
        public Type ActorType => typeof(NetfluxFacade);

        public ActorBase Produce() => new NetfluxFacade(setup);

        public void Release(ActorBase actor) { }
    }
}
