using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Wire;
using static Netflux.Transport.Signaling.Samples;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Server;

/// <summary>Connections of a tracking server, whose rooms live elsewhere, and those of a plain one, which is asked the same.</summary>
public sealed class TrackingRoomsTests
{
    private static readonly Visitor s_alice = RoomWorld.VisitorOf(Alice, 1), s_bob = RoomWorld.VisitorOf(Bob, 2);
    private static readonly InvitationId s_invitation = InvitationId.TryRead([.. Enumerable.Repeat((byte)7, 16)], out var id) ? id : default;
    private static readonly RoomId s_lobby = RoomId.Of(Lobby.Network);

    private readonly SignalingRooms _rooms = new(new(), areElsewhere: true);
    private double _now;

    public TrackingRoomsTests()
    {
        Connect(_rooms, s_alice);
        Connect(_rooms, s_bob);
    }

    private static void Connect(SignalingRooms rooms, Visitor who)
    {
        rooms.Handle(new ConnectionOpened(who.Connection, "192.0.2.1"), Instant.Zero);
        rooms.Handle(new PeerProven(who), Instant.Zero);
        Assert.NotNull(Assert.Single(Said(Take(rooms), who)).Welcome);
    }

    private static List<RoomsInstruction> Take(SignalingRooms rooms)
    {
        var taken = new List<RoomsInstruction>();
        while (rooms.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    private static List<Proto.ToClient> Said(IEnumerable<RoomsInstruction> instructions, Visitor to) =>
        [.. instructions.OfType<SayToClient>().Where(i => i.Connection == to.Connection).Select(i => SignalingWire.TryParse(i.Message, out Proto.ToClient? message) ? message : throw new InvalidOperationException("not readable"))];

    private List<RoomsInstruction> Handle(RoomsFact fact)
    {
        _rooms.Handle(fact, At(_now));
        return Take(_rooms);
    }

    private List<RoomsInstruction> Ask(Visitor who, ulong request, PeerAsk ask) => Handle(new PeerAsked(who.Connection, request, ask));

    private List<Proto.ToClient> Answer(Visitor who, RoomReply reply)
    {
        var instructions = Handle(new RoomSaid(who.Connection, reply));
        Assert.All(instructions, i => Assert.IsType<SayToClient>(i));
        return Said(instructions, who);
    }

    /// <summary>The door is open, as the room says.</summary>
    private void Open(Visitor who, Genesis genesis)
    {
        Assert.Single(Ask(who, 1, new OpenDoorAsk(genesis.Network.ToString(), genesis, DoorMode.Join, false)).OfType<TellRoom>());
        Assert.NotNull(Assert.Single(Answer(who, new Entered(1, genesis, [], false, null, true))).DoorOpened);
    }

    [Fact]
    public void A_room_is_told_and_what_it_says_is_the_answer()
    {
        var told = Assert.IsType<TellRoom>(Assert.Single(Ask(s_alice, 5, new OpenDoorAsk("lobby", Lobby, DoorMode.Create, true))));
        Assert.Equal((RoomId.OfName("lobby"), new EnterDoor(s_alice, 5, "lobby", Lobby, DoorMode.Create, true)), (told.Room, told.Message));
        var opened = Assert.Single(Answer(s_alice, new Entered(5, Lobby, [s_bob], true, "lobby", true, new byte[] { 6 })));
        Assert.Equal(ByteString.CopyFrom(6), opened.DoorOpened.Root);
        Assert.Equal((5ul, true, true, "lobby"), (opened.Request, opened.DoorOpened.Created, opened.DoorOpened.Tracked, opened.DoorOpened.Name));
        Assert.Equal(Bob.Card.Bytes.ToArray(), Assert.Single(opened.DoorOpened.Members).Card.ToByteArray());
        Assert.Equal(0, _rooms.Doors);
    }

    [Fact]
    public void Asks_at_an_open_door_are_told_to_its_room_and_others_are_refused()
    {
        var record = new byte[] { 1, 2, 3 };
        (PeerAsk Ask, Func<ulong, RoomMessage> Told)[] asks =
        [
            (new PutTrackedAsk(Lobby.Network, record), request => new PutTracked(s_alice, request, record)),
            (new RemoveTrackedAsk(Lobby.Network, Bob.Id, record), request => new RemoveTracked(s_alice, request, Bob.Id, record)),
            (new ListTrackedAsk(Lobby.Network, Carol.Id), request => new ListTrackedMembers(s_alice, request, Carol.Id)),
            (new ListTrackedAsk(Lobby.Network, null, Carol.Id), request => new ListTrackedMembers(s_alice, request, null, Carol.Id)),
            (new KeepInvitationAsk(Lobby.Network, s_invitation, Bob.Id, record, WallClock), request => new KeepInvitation(s_alice, request, s_invitation, Bob.Id, record, WallClock)),
            (new EndInvitationAsk(Lobby.Network, s_invitation), request => new EndInvitation(s_alice, request, s_invitation)),
            (new NextInvitationAsk(Lobby.Network, s_invitation), request => new NextInvitation(s_alice, request, s_invitation)),
            (new ListAsk(Lobby.Network), request => new ListDoor(s_alice, request)),
        ];
        var request = 10ul;
        foreach (var (ask, _) in asks)
        {
            var refused = Assert.Single(Said(Ask(s_alice, ++request, ask), s_alice));
            Assert.Equal((request, NetfluxError.NotAMember), (refused.Request, (NetfluxError)refused.Refused.Code));
        }
        Open(s_alice, Lobby);
        foreach (var (ask, expected) in asks)
        {
            var told = Assert.IsType<TellRoom>(Assert.Single(Ask(s_alice, ++request, ask)));
            Assert.Equal((s_lobby, expected(request).ToString(), request), (told.Room, told.Message.ToString(), Assert.IsAssignableFrom<RoomRequest>(told.Message).Request));
        }
    }

    [Fact]
    public void Each_reply_is_said_with_its_number()
    {
        Assert.Equal(7ul, Assert.Single(Answer(s_alice, new Accomplished(7))) is { Done: not null } done ? done.Request : 0);
        var refused = Assert.Single(Answer(s_alice, new RoomRefused(8, NetfluxError.NetworkFull, "full")));
        Assert.Equal((8ul, (uint)NetfluxError.NetworkFull, "full"), (refused.Request, refused.Refused.Code, refused.Refused.Text));
        var since = DateTimeOffset.FromUnixTimeMilliseconds(1_000);
        var tracked = Assert.Single(Answer(s_alice, new TrackedMembersListed(9, [new(new byte[] { 1 }, since, since.AddSeconds(1), null), new(new byte[] { 2 }, since, since, since.AddSeconds(2))], [new byte[] { 3 }], true, new byte[] { 4 })));
        Assert.Equal((9ul, true, ByteString.CopyFrom(3), ByteString.CopyFrom(4)), (tracked.Request, tracked.TrackedListed.More, Assert.Single(tracked.TrackedListed.Removals), tracked.TrackedListed.Root));
        Assert.Equal([(1, 1_000ul, 2_000ul, 0ul), (2, 1_000ul, 1_000ul, 3_000ul)], tracked.TrackedListed.Members.Select(m => ((int)m.Record[0], m.SinceMs, m.SeenMs, m.OnlineSinceMs)));
        var invited = Assert.Single(Answer(s_alice, new Invited(11, Lobby.Network, s_invitation, Bob.Id, new byte[] { 1, 2 })));
        Assert.Equal((11ul, ByteString.CopyFrom(Lobby.Network.ToArray()), ByteString.CopyFrom(s_invitation.ToArray()), ByteString.CopyFrom(Bob.Id.ToArray()), ByteString.CopyFrom(1, 2)),
            (invited.Request, invited.Invited.Network, invited.Invited.Id, invited.Invited.From, invited.Invited.Sealed));
        var networks = Assert.Single(Answer(s_alice, new NetworksFound(10, [new(Lobby.Record, null, 3, 2)], true, "last")));
        Assert.Equal((10ul, true, "last"), (networks.Request, networks.NetworksListed.More, networks.NetworksListed.Last));
        Assert.Equal(("", 3u, 2u), Assert.Single(networks.NetworksListed.Networks) is var n ? (n.Name, n.Members, n.Online) : default);
    }

    [Fact]
    public void The_list_of_networks_is_looked_for() =>
        Assert.Equal([new FindNetworks(s_alice.Connection, 4, "after")], Ask(s_alice, 4, new ListNetworksAsk("after")));

    [Fact]
    public void A_connection_that_is_gone_leaves_its_doors_and_hears_nothing_more()
    {
        Open(s_alice, Lobby);
        var left = Assert.IsType<TellRoom>(Assert.Single(Handle(new ConnectionGone(s_alice.Connection))));
        Assert.Equal((s_lobby, new LeaveRoom(Alice.Id, s_alice.Connection, false)), (left.Room, left.Message));
        Assert.Empty(Handle(new RoomSaid(s_alice.Connection, new Accomplished(1))));
        Assert.Empty(Handle(new RoomSaid(s_alice.Connection, new LeaseUnknown(Lobby.Network))));
        Assert.Empty(Ask(s_alice, 2, new ListNetworksAsk("")));
    }

    // ---- Other servers ----

    [Fact]
    public void The_others_are_named_in_each_greeting_and_renewal()
    {
        Handle(new OtherServersChanged(["ws://one.test", "ws://two.test"]));
        Assert.Equal(["ws://one.test", "ws://two.test"], Assert.Single(Said(Ask(s_alice, 3, new RenewAsk([])), s_alice)).Renewed.Others);
        var carol = RoomWorld.VisitorOf(Carol, 3);
        Handle(new ConnectionOpened(carol.Connection, "192.0.2.1"));
        Assert.Equal(["ws://one.test", "ws://two.test"], Assert.Single(Said(Handle(new PeerProven(carol)), carol)).Welcome.Others);
        Handle(new OtherServersChanged([]));
        Assert.Empty(Assert.Single(Said(Ask(s_alice, 4, new RenewAsk([])), s_alice)).Renewed.Others);
    }

    [Fact]
    public void When_nodes_come_or_go_rooms_hear_at_once_who_is_here()
    {
        Open(s_alice, Lobby);
        var told = Assert.IsType<TellRoom>(Assert.Single(Handle(new OtherServersChanged(["ws://one.test"]))));
        Assert.Equal((s_lobby, new RenewLease(s_alice)), (told.Room, told.Message));
        Assert.Empty(Answer(s_alice, new LeaseRenewed(Lobby.Network)));   // no client asked
        Assert.Empty(Answer(s_alice, new LeaseUnknown(Lobby.Network)));
    }

    [Fact]
    public void What_a_room_that_is_gone_did_not_answer_is_asked_again_as_long_as_its_client_waits()
    {
        Open(s_alice, Lobby);
        _now = 1;
        Ask(s_alice, 7, new PutTrackedAsk(Lobby.Network, new byte[] { 1 }));
        _now = 5;
        Ask(s_alice, 8, new ListAsk(Lobby.Network));
        Answer(s_alice, new Listed(8, []));
        _now = 8.9;
        Assert.Equal([7ul], Handle(new OtherServersChanged([])).OfType<TellRoom>().Select(told => told.Message).OfType<RoomRequest>().Select(asked => asked.Request));
        _now = 9.1;
        Assert.Empty(Handle(new OtherServersChanged([])).OfType<TellRoom>().Select(told => told.Message).OfType<RoomRequest>());
    }

    [Fact]
    public void What_is_remembered_of_a_client_that_asks_without_end_is_bounded()
    {
        Open(s_alice, Lobby);
        for (var request = 10ul; request < 1_000; request++) Ask(s_alice, request, new ListAsk(Lobby.Network));
        Assert.Equal(256, Handle(new OtherServersChanged([])).OfType<TellRoom>().Count(told => told.Message is ListDoor));
    }

    [Fact]
    public void A_server_that_stops_sends_its_clients_to_the_others_in_turn()
    {
        Assert.Empty(Handle(new ServerStopping()));   // there is none
        Handle(new OtherServersChanged(["ws://one.test", "ws://two.test"]));
        Handle(new ConnectionOpened(new ConnectionId("", 9), "192.0.2.1"));   // nobody yet
        var said = Handle(new ServerStopping());
        Assert.Equal(2, said.Count);
        Assert.Equal(["ws://one.test", "ws://two.test"], new[] { s_alice, s_bob }.Select(who => Assert.Single(Said(said, who)).GoElsewhere.Server).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Who_waits_at_a_meeting_point_says_so_with_each_renewal_until_it_has_met()
    {
        Ask(s_alice, 5, new MeetAsk("key"));
        Assert.Equal(new StillWaiting(s_alice, 5), Assert.Single(Ask(s_alice, 6, new RenewAsk([])).OfType<TellRoom>()).Message);
        Answer(s_alice, new MetHere(5, "key", s_bob, true));
        Assert.Empty(Ask(s_alice, 7, new RenewAsk([])).OfType<TellRoom>());
    }

    // ---- Leases ----

    private static List<NetworkId> Unknown(ulong request, IEnumerable<Proto.ToClient> said)
    {
        var renewed = Assert.Single(said);
        Assert.Equal(request, renewed.Request);
        return [.. renewed.Renewed.Unknown.Select(bytes => SignalingWire.TryReadNetwork(bytes, out var network) ? network : default)];
    }

    private void Renew(ulong request, params Genesis[] networks)
    {
        var told = Ask(s_alice, request, new RenewAsk([.. networks.Select(n => n.Network)]));
        Assert.Equal(networks.Select(n => ((RoomsInstruction)new TellRoom(RoomId.Of(n.Network), new RenewLease(s_alice, request)))).ToHashSet(), told.ToHashSet());
    }

    [Fact]
    public void Leases_are_renewed_once_every_room_has_answered()
    {
        Open(s_alice, Lobby);
        Open(s_alice, Other);
        Renew(20, Lobby, Other);
        Assert.Empty(Answer(s_alice, new LeaseRenewed(Lobby.Network)));
        Assert.Empty(Answer(s_alice, new LeaseRenewed(Lobby.Network)));  // said twice is said once
        Assert.Empty(Answer(s_alice, new LeaseRenewed(Third.Network)));  // nobody asked
        Assert.Empty(Unknown(20, Answer(s_alice, new LeaseRenewed(Other.Network))));
        _rooms.HandleDeadline(At(60));
        Assert.Empty(Take(_rooms));
    }

    [Fact]
    public void What_rooms_show_with_a_renewal_is_told_unless_it_answers_an_earlier_one()
    {
        Open(s_alice, Lobby);
        Open(s_alice, Other);
        Open(s_alice, Third);
        Renew(20, Lobby, Other, Third);
        Answer(s_alice, new LeaseRenewed(Lobby.Network, 20, new byte[] { 1 }));
        Answer(s_alice, new LeaseRenewed(Other.Network, 20));
        Assert.Equal([ByteString.CopyFrom(1)], Assert.Single(Answer(s_alice, new LeaseRenewed(Third.Network, 19, new byte[] { 2 }))).Renewed.Roots);
    }

    [Fact]
    public void A_renewal_has_no_more_roots_than_a_message_holds()
    {
        var networks = Enumerable.Range(0, 70).Select(i => NewGenesis((ulong)(500 + i))).ToArray();
        foreach (var network in networks) Open(s_alice, network);
        Renew(20, networks);
        foreach (var network in networks[1..]) Answer(s_alice, new LeaseRenewed(network.Network, 20, new byte[] { 1 }));
        Assert.Equal(64, Assert.Single(Answer(s_alice, new LeaseRenewed(networks[0].Network, 20, new byte[] { 1 }))).Renewed.Roots.Count);
    }

    [Fact]
    public void A_lease_that_its_room_does_not_know_comes_back()
    {
        Open(s_alice, Lobby);
        Open(s_alice, Other);
        Renew(20, Lobby, Other);
        Assert.Empty(Answer(s_alice, new LeaseUnknown(Other.Network)));
        Assert.Equal([Other.Network], Unknown(20, Answer(s_alice, new LeaseRenewed(Lobby.Network))));
    }

    [Fact]
    public void A_room_that_does_not_answer_in_time_is_as_one_that_does_not_know()
    {
        Open(s_alice, Lobby);
        Open(s_alice, Other);
        _now = 1;
        Renew(20, Lobby, Other);
        Assert.Empty(Answer(s_alice, new LeaseRenewed(Lobby.Network)));
        Assert.Equal(At(5), _rooms.NextDeadline);
        _rooms.HandleDeadline(At(4.9));
        Assert.Empty(Take(_rooms));
        _rooms.HandleDeadline(At(5));
        Assert.Equal([Other.Network], Unknown(20, Said(Take(_rooms), s_alice)));
        Assert.Null(_rooms.NextDeadline);
        Assert.Empty(Answer(s_alice, new LeaseRenewed(Other.Network)));  // too late
    }

    [Fact]
    public void A_renewal_without_doors_is_answered_at_once() =>
        Assert.Empty(Unknown(20, Said(Ask(s_alice, 20, new RenewAsk([])), s_alice)));

    [Fact]
    public void No_room_is_woken_for_a_door_that_is_not_open()
    {
        Open(s_alice, Lobby);
        var said = Ask(s_alice, 20, new RenewAsk([Other.Network, Lobby.Network]));
        Assert.Equal([new TellRoom(s_lobby, new RenewLease(s_alice, 20))], said);
        Assert.Equal([Other.Network], Unknown(20, Answer(s_alice, new LeaseRenewed(Lobby.Network))));
        Assert.Equal([Third.Network], Unknown(21, Said(Ask(s_alice, 21, new RenewAsk([Third.Network])), s_alice)));
    }

    [Fact]
    public void A_connection_that_goes_during_a_renewal_is_not_answered()
    {
        Open(s_alice, Lobby);
        Open(s_bob, Lobby);
        Renew(20, Lobby);
        Assert.Single(Ask(s_bob, 30, new RenewAsk([Lobby.Network])).OfType<TellRoom>());
        Handle(new ConnectionGone(s_alice.Connection));
        _rooms.HandleDeadline(At(5));
        var said = Take(_rooms);
        Assert.Equal([Lobby.Network], Unknown(30, Said(said, s_bob)));
        Assert.Single(said);
    }

    [Fact]
    public void A_renewal_that_is_asked_again_is_answered_once()
    {
        Open(s_alice, Lobby);
        Renew(20, Lobby);
        _now = 3;
        Renew(21, Lobby);
        _rooms.HandleDeadline(At(5));
        Assert.Empty(Take(_rooms));
        Assert.Empty(Unknown(21, Answer(s_alice, new LeaseRenewed(Lobby.Network))));
        _rooms.HandleDeadline(At(8));
        Assert.Empty(Take(_rooms));
    }

    // ---- A plain server ----

    [Fact]
    public void A_plain_server_refuses_to_remember_and_goes_on()
    {
        var rooms = new SignalingRooms(new());
        Connect(rooms, s_alice);
        PeerAsk[] asks =
        [
            new ListNetworksAsk(""), new PutTrackedAsk(Lobby.Network, Lobby.Record), new RemoveTrackedAsk(Lobby.Network, Alice.Id, default), new ListTrackedAsk(Lobby.Network, null),
            new KeepInvitationAsk(Lobby.Network, s_invitation, Bob.Id, Lobby.Record, WallClock), new EndInvitationAsk(Lobby.Network, s_invitation), new NextInvitationAsk(Lobby.Network, null),
        ];
        Assert.Equal([NetfluxError.TrackingNotSupported, .. Enumerable.Repeat(NetfluxError.NotAMember, 6)], asks.Select(Refused));
        rooms.Handle(new PeerAsked(s_alice.Connection, 1, new OpenDoorAsk("lobby", Lobby, DoorMode.Create, false)), Instant.Zero);
        Assert.False(Assert.Single(Said(Take(rooms), s_alice)).DoorOpened.Tracked);
        Assert.Equal(Enumerable.Repeat(NetfluxError.TrackingNotSupported, 7), asks.Select(Refused));
        Assert.Equal(1, rooms.Doors);

        NetfluxError Refused(PeerAsk ask)
        {
            rooms.Handle(new PeerAsked(s_alice.Connection, 9, ask), Instant.Zero);
            var refused = Assert.Single(Said(Take(rooms), s_alice));
            Assert.Equal(9ul, refused.Request);
            Assert.NotEmpty(refused.Refused.Text);
            return (NetfluxError)refused.Refused.Code;
        }
    }
}
