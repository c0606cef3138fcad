using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Signaling;

namespace Netflux.Actors;

// Networks: creating, joining, leaving, and finding the actor of one.
public sealed partial class NetfluxFacade
{
    private sealed class NetworkEntry(IActorRef actor, Genesis genesis, Admission admission)
    {
        public IActorRef Ref { get; } = actor;
        public Genesis Genesis { get; } = genesis;
        public Admission Admission { get; } = admission;
        public NetworkId? NextEpoch { get; } = genesis.Topology.Grow is null ? null : genesis.Network.AtEpoch(1);
        public Network? Handle { get; set; }
        public Uri? Server { get; init; }
        public bool IsTracked { get; init; }
        public bool IsUp => Handle is not null;

        /// <summary>Wishes to join of which subscribers have heard.</summary>
        public HashSet<ApprovalRequest> Shown { get; } = [];
    }

    private void BeginCreate(CreateNetwork create)
    {
        var topology = TopologyOf(create.TopologyJson);
        var server = create.Server is null ? _setup.Options.Server : ServerOf(create.Server);
        if (create.Name is not null && server is null) throw new NetfluxException(NetfluxError.InvalidAddress, "A network with a name needs a server that keeps it: set Server.");
        if (create.Track && server is null) throw new NetfluxException(NetfluxError.InvalidAddress, "A network that is to be remembered needs a server that does so: set Server.");
        if (create.Name is not null && !DoorName.IsValid(create.Name)) throw new NetfluxException(NetfluxError.InvalidAddress, $"'{create.Name}' is not a name: {DoorName.Rule} are expected.");
        var genesis = Genesis.Create(_setup.Keys, topology, _setup.Random, WallClock);
        var open = Open(create);
        (open.Genesis, open.Server, open.Network) = (genesis, server, genesis.Network);
        open.Name = create.Name is null ? null : DoorName.Fold(create.Name);
        if (server is null) StartNetwork(open, genesis, []);
        else SignalingAt(server).Tell(new OpenDoor(open.Id, open.Name ?? genesis.Network.ToString(), genesis.Record, DoorMode.Create, create.Track, Self));
    }

    private static Topology TopologyOf(string json)
    {
        if (!Topology.TryParse(json, out var topology, out var why)) throw new NetfluxException(NetfluxError.InvalidTopology, why);
        return topology;
    }

    private void BeginJoin(JoinNetwork join)
    {
        Genesis? genesis = null;
        if (join.OrCreate is not null)
        {
            var topology = TopologyOf(join.OrCreate);
            // An id is the hash of a network that exists: nothing can be created under it, so it is joined or not found.
            if (join.Address.Id is null) genesis = Genesis.Create(_setup.Keys, topology, _setup.Random, WallClock);
        }
        if (join.Address.Id is { } id && _networks.ContainsKey(id)) throw Already(id);
        CheckTicket(join);
        CheckAsk(join);
        var open = Open(join);
        (open.Server, open.Name) = (join.Address.Server, join.Address.Id is null ? join.Address.Door : null);
        SignalingAt(join.Address.Server).Tell(new OpenDoor(open.Id, join.Address.Door, genesis?.Record ?? default, genesis is null ? DoorMode.Join : DoorMode.JoinOrCreate, join.Track, Self) { Ticket = join.Ticket });
    }

    private void HandleDoorOpened(DoorOpened opened)
    {
        if (opened.Token is not RequestId id || !_requests.TryGet(id, out var open))
        {
            if (!_networks.ContainsKey(opened.Genesis.Network)) Sender.Tell(new CloseDoor(opened.Genesis.Network)); // asked for by a request that is over
            return;
        }
        if (open.Request is WithdrawApproval)
        {
            WithdrawAtDoor(open, opened);
            return;
        }
        if (_networks.ContainsKey(opened.Genesis.Network))
        {
            Fail(id, NetfluxError.AlreadyMember, Already(opened.Genesis.Network).Message);
            return;
        }
        open.Name ??= opened.Name;
        if (!TryTakeAdmission(open, opened)) return;
        if (opened.Tracked) BeginTracked(open, opened);
        else StartNetwork(open, opened.Genesis, opened.Members);
    }

    private static NetfluxException Already(NetworkId network) =>
        new(NetfluxError.AlreadyMember, $"This process is a member of the network {network} already, or is joining it.") { Network = network };

    /// <summary>Starts a network's actor for a request; in an open network a peer admits itself, as the creator does in its own.</summary>
    private void StartNetwork(OpenRequest open, Genesis genesis, IReadOnlyList<MemberOnline> online)
    {
        if (open.Admission is null && !IsAdmittedBySelf(genesis))
        {
            CloseDoorOf(genesis.Network, open.Server);
            Fail(open.Id, NetfluxError.NotAdmitted, NotInvited);
            return;
        }
        if (_networks.Count >= _setup.Options.NetworksMax)
        {
            CloseDoorOf(genesis.Network, open.Server);
            Fail(open.Id, NetfluxError.TooMany, $"This process is in {_networks.Count} networks, which is its limit.");
            return;
        }
        var admission = open.Admission ?? SelfAdmission(genesis);
        var (subscriber, window) = open.Request switch
        {
            CreateNetwork create => (create.Subscriber, create.Window),
            JoinNetwork join => (join.Subscriber, join.Window),
            AcceptJoinRequest accept => (accept.Subscriber, accept.Window),
            _ => (null, null),
        };
        var start = new NetworkStart(genesis, admission)
        {
            Request = open.Id, Requester = open.Requester, Creates = open.Request is CreateNetwork, Name = open.Name, Server = open.Server, IsTracked = open.IsTracked, Root = open.Tracked?.Root, Vouched = VouchedBy((open.Request as JoinNetwork)?.Ticket),
            Signaling = open.Server is null ? null : SignalingAt(open.Server), Online = online, Inviter = open.Inviter, Subscriber = subscriber, Window = window, Own = _own,
        };
        var self = Self;
        var actor = Context.ActorOf(Akka.Actor.Props.Create(() => new NetworkActor(_setup, self, _links, _incarnation, start)), $"network-{genesis.Network}-{++_made}");
        Context.Watch(actor);
        open.Network = genesis.Network;
        _networks[genesis.Network] = new NetworkEntry(actor, genesis, admission) { Server = open.Server, IsTracked = open.IsTracked };
    }

    private string NotInvited => $"The network takes only peers that a member lets in: ask to be let in, or ask a member for a join request, or for a ticket for {_setup.Keys.Id}.";

    private bool IsAdmittedBySelf(Genesis genesis) => genesis.Topology.Join == JoinPolicy.Open || genesis.Creator == _setup.Keys.Id;

    private Admission SelfAdmission(Genesis genesis) => Admission.Issue(_setup.Keys, genesis, _setup.Keys.Id, null, mayInvite: true, WallClock, null);

    private void HandleNetworkReady(NetworkReady ready)
    {
        if (!_networks.TryGetValue(ready.Network.Id, out var entry)) return;
        if (!_requests.TryClose(ready.Request, out var open))
        {
            entry.Ref.Tell(new EndNetwork(PeerLeavingReason.Left)); // late: undone
            return;
        }
        NetfluxTelemetry.End(open, null, Now);
        entry.Handle = ready.Network;
        FacadeLog.NetworkUp(_log, ready.Network.Id, ready.Network.Name);
        entry.Ref.Tell(new NetworkConfirmed());
        _joinRequests.HandleJoined(open);
        CollectInvitationsOf(entry);
        ListApprovalsOf(entry);
    }

    private void HandleNotJoined(NetworkNotJoined failed)
    {
        Context.Stop(Sender);
        _networks.Remove(failed.Network, out var entry);
        if (failed.Error == NetfluxError.PeerUnreachable && _requests.TryGet(failed.Request, out var open) && TryLookAgain(open)) return;
        if (entry is not null) CloseDoorOf(failed.Network, entry.Server);
        Fail(failed.Request, failed.Error, failed.Text);
        StopWhenOffline();
    }

    private void BeginLeave(LeaveNetwork leave)
    {
        var entry = Joined(leave.Network);
        if (entry.IsTracked)
        {
            BeginUntrack(Open(leave), entry, _setup.Keys.Id);
            return;
        }
        entry.Handle = null;      // no further request reaches it
        entry.Ref.Tell(new EndNetwork(PeerLeavingReason.Left, Sender));
    }

    private void HandleForNetwork(ForNetwork message)
    {
        var entry = _networks.GetValueOrDefault(message.Network) ?? _networks.Values.FirstOrDefault(network => network.NextEpoch == message.Network);
        if (entry is not null) entry.Ref.Forward(message.Message);
        else Sender.Tell(new RefuseTo(message.Network, NetfluxError.NotAdmitted)); // the same answer as for a peer that is not admitted (DESIGN §5)
    }

    private void TellNetwork(NetworkId network, object message)
    {
        if (_networks.TryGetValue(network, out var entry)) entry.Ref.Tell(message);
    }

    // ---- Signaling servers ----

    private IActorRef SignalingAt(Uri server)
    {
        if (_signaling.TryGetValue(server, out var actor)) return actor;
        var name = "signaling-" + string.Concat(server.Authority.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_')) + (server.Scheme == "wss" ? "-tls" : "");
        actor = Context.ActorOf(_setup.Signaling.SignalingProps(server, _setup.Keys, () => _incarnation.Current, _setup.DisplayName), $"{name}-{++_made}");
        Context.Watch(actor);
        return _signaling[server] = actor;
    }

    private static Uri ServerOf(Uri url) =>
        NetworkAddress.TryParse(new Uri(url, "/net/x").ToString(), out var address, out var why) ? address.Server : throw new NetfluxException(NetfluxError.InvalidAddress, why);

    private void CloseDoorOf(NetworkId network, Uri? server)
    {
        if (server is not null && _signaling.TryGetValue(server, out var signaling)) signaling.Tell(new CloseDoor(network));
    }
}
