using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Client;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling;

/// <summary>Both cores talking, with the connection lost at every message and servers that restart.</summary>
public sealed class SignalingConversationTests
{
    [Fact]
    public void Of_two_that_join_or_create_at_once_one_creates_and_the_other_joins()
    {
        var world = new SignalingWorld();
        var (alice, bob) = (world.NewClient(Alice, "alice"), world.NewClient(Bob, "bob"));
        alice.Open("lobby", DoorMode.JoinOrCreate, Lobby);
        bob.Open("lobby", DoorMode.JoinOrCreate, Other);
        var (a, b) = (alice.Take<TellDoorOpened>(), bob.Take<TellDoorOpened>());
        Assert.Equal((true, false), (a.Created, b.Created));
        Assert.Equal((Lobby.Network, Lobby.Network), (a.Genesis.Network, b.Genesis.Network));
        Assert.Equal([Alice.Id], b.Members.Select(m => m.Card.Id));
    }

    [Theory]
    [InlineData(DoorMode.Join, false, NetfluxError.NetworkNotFound)]
    [InlineData(DoorMode.Create, true, NetfluxError.NameTaken)]
    [InlineData(DoorMode.Join, true, NetfluxError.NameTaken)]
    internal void A_name_that_is_free_or_taken(DoorMode mode, bool taken, NetfluxError expected)
    {
        var world = new SignalingWorld();
        if (taken) world.NewClient(Alice).Open("lobby", DoorMode.Create, Lobby);
        var bob = world.NewClient(Bob);
        bob.Open("lobby", mode, taken ? Other : null);
        Assert.Equal(expected, bob.Take<TellFailed>().Error);
    }

    [Fact]
    public void A_network_is_found_by_its_id_as_by_its_name()
    {
        var world = new SignalingWorld();
        world.NewClient(Alice).Open("lobby", DoorMode.Create, Lobby);
        var bob = world.NewClient(Bob);
        bob.Open(Lobby.Network.ToString(), DoorMode.Join);
        var opened = bob.Take<TellDoorOpened>();
        Assert.Equal(("lobby", Lobby.Network), (opened.Name, opened.Genesis.Network));
        var carol = world.NewClient(Carol);
        carol.Open(Lobby.Network.ToString(), DoorMode.Create, Other); // an id that is not that of the record
        Assert.Equal(NetfluxError.InvalidAddress, carol.Take<TellFailed>().Error);
    }

    [Fact]
    public void A_plain_server_does_not_track()
    {
        var world = new SignalingWorld();
        var alice = world.NewClient(Alice);
        alice.Open("lobby", DoorMode.Create, Lobby, track: true);
        Assert.Equal(NetfluxError.TrackingNotSupported, alice.Take<TellFailed>().Error);
    }

    [Fact]
    public void Introductions_pass_between_those_of_one_room_only()
    {
        var world = new SignalingWorld();
        var (alice, bob, carol) = (world.NewClient(Alice), world.NewClient(Bob), world.NewClient(Carol));
        alice.Open("lobby", DoorMode.Create, Lobby);
        bob.Open("lobby", DoorMode.Join);
        carol.Open("other", DoorMode.Create, Other);
        var room = Lobby.Network.ToString();
        bob.Ask(ask => new IntroductionWanted(ask, Alice.Id, room, new byte[] { 7 }));
        Assert.Equal((Bob.Id, room, (byte)7), alice.Take<TellIntroduction>() is var t ? (t.From, t.Room, t.Sealed.Span[0]) : default);
        bob.Take<TellIntroductionPassed>();
        carol.Ask(ask => new IntroductionWanted(ask, Alice.Id, room, new byte[] { 7 }));
        Assert.Equal(NetfluxError.NotAMember, carol.Take<TellIntroductionFailed>().Why);
        alice.IsNotTold<TellIntroduction>();
        carol.Ask(ask => new MembersWanted(ask, Lobby.Network));
        Assert.Equal(NetfluxError.NotAMember, carol.Take<TellFailed>().Error);
        bob.Ask(ask => new MembersWanted(ask, Lobby.Network));
        Assert.Equal([Alice.Id], bob.Take<TellMembers>().Members.Select(m => m.Card.Id));
    }

    [Fact]
    public void The_third_at_a_meeting_point_waits_anew()
    {
        var world = new SignalingWorld();
        var clients = new[] { Alice, Bob, Carol, Dave }.Select(keys => world.NewClient(keys)).ToList();
        foreach (var client in clients) client.Ask(ask => new MeetingWanted(ask, "k"));
        var met = clients.Select(c => c.Take<TellMet>()).ToList();
        Assert.Equal([Bob.Id, Alice.Id, Dave.Id, Carol.Id], met.Select(m => m.Other.Card.Id));
        Assert.Equal([true, false, true, false], met.Select(m => m.First));
        clients[1].Ask(ask => new IntroductionWanted(ask, Alice.Id, "meet/k", new byte[] { 1 }));
        Assert.Equal(Bob.Id, clients[0].Take<TellIntroduction>().From);
        clients[1].Ask(ask => new IntroductionWanted(ask, Carol.Id, "meet/k", new byte[] { 1 })); // met another
        Assert.Equal(NetfluxError.UnknownPeer, clients[1].Take<TellIntroductionFailed>().Why);
    }

    [Fact]
    public void A_connection_lost_at_any_message_changes_nothing_in_the_end()
    {
        var whole = Play(-1);
        Assert.InRange(whole, 20, 200);
        for (var cutAt = 0; cutAt < whole; cutAt++) Play(cutAt);
    }

    /// <summary>Two join one network, meet, and introduce themselves; whatever is lost on the way, all hear of all.</summary>
    private static int Play(int cutAt)
    {
        var world = new SignalingWorld { CutAt = cutAt };
        var (alice, bob) = (world.NewClient(Alice), world.NewClient(Bob));
        Insist(alice, ask => new DoorWanted(ask, "lobby", Lobby.Record, DoorMode.JoinOrCreate, false));
        Insist(alice, ask => new MeetingWanted(ask, "k"));
        world.Advance(3);
        Insist(bob, ask => new DoorWanted(ask, "lobby", Other.Record, DoorMode.JoinOrCreate, false));
        Insist(bob, ask => new MeetingWanted(ask, "k"));
        world.Advance(3);
        Assert.True(alice.Take<TellDoorOpened>().Created, $"cut at {cutAt}");
        Assert.Equal(Lobby.Network, bob.Take<TellDoorOpened>().Genesis.Network);
        Assert.Equal((Bob.Id, Alice.Id), (alice.Take<TellMet>().Other.Card.Id, bob.Take<TellMet>().Other.Card.Id));
        bob.Ask(ask => new IntroductionWanted(ask, Alice.Id, Lobby.Network.ToString(), new byte[] { 1 }));
        world.Advance(3);
        if (bob.Told.OfType<TellIntroductionFailed>().Any()) // the receiver was away at that moment, and the sender knows
            bob.Ask(ask => new IntroductionWanted(ask, Alice.Id, Lobby.Network.ToString(), new byte[] { 1 }));
        // An introduction whose acknowledgement was lost comes twice (its nonce shows it); one that was lost on the last leg comes again when asked for again.
        if (!alice.Told.OfType<TellIntroduction>().Any())
            bob.Ask(ask => new IntroductionWanted(ask, Alice.Id, Lobby.Network.ToString(), new byte[] { 1 }));
        world.Advance(40);
        Assert.All(alice.Told.OfType<TellIntroduction>(), told => Assert.Equal(Bob.Id, told.From));
        Assert.InRange(alice.Told.OfType<TellIntroduction>().Count(), 1, 2);
        foreach (var client in world.Clients)
        {
            Assert.IsType<SessionState.Open>(client.Session.State);
            client.IsNotTold<TellFailed>();
        }
        Assert.Equal((2, 1), (world.Rooms.Connections, world.Rooms.Doors));
        return world.Delivered;
    }

    /// <summary>A connection lost before its Welcome answers what is asked at once; who wants it asks again.</summary>
    private static void Insist(SignalingWorld.Client client, Func<long, SessionFact> fact)
    {
        client.Ask(fact);
        if (!client.Told.OfType<TellFailed>().Any()) return;
        Assert.Equal(NetfluxError.ServerUnreachable, client.Take<TellFailed>().Error);
        client.Ask(fact);
    }

    [Fact]
    public void After_a_restart_members_register_again_and_the_server_learns_the_network()
    {
        var world = new SignalingWorld();
        var (alice, bob) = (world.NewClient(Alice), world.NewClient(Bob));
        alice.Open("lobby", DoorMode.Create, Lobby);
        bob.Open("lobby", DoorMode.Join);
        world.ServerIsUp = false;
        world.RestartServer();
        world.Advance(60);
        Assert.Equal(0, world.Rooms.Doors);
        world.ServerIsUp = true;
        world.Advance(10); // the longest pause
        Assert.Equal(Lobby.Network, alice.Take<TellDoorReopened>().Network);
        Assert.Equal(Lobby.Network, bob.Take<TellDoorReopened>().Network);
        var carol = world.NewClient(Carol);
        carol.Open("lobby", DoorMode.Join);
        Assert.Equal(2, carol.Take<TellDoorOpened>().Members.Count);
    }

    [Fact]
    public void A_name_lost_to_another_network_is_told_and_the_network_goes_on_by_its_id()
    {
        var world = new SignalingWorld();
        var (alice, bob, carol) = (world.NewClient(Alice), world.NewClient(Bob), world.NewClient(Carol));
        alice.Open("lobby", DoorMode.Create, Lobby);
        bob.Open("lobby", DoorMode.Join);
        world.RestartServer();
        carol.Open("lobby", DoorMode.Create, Other);
        world.Advance(10);
        Assert.True(carol.Take<TellDoorOpened>().Created);
        Assert.Equal((Lobby.Network, "lobby"), alice.Take<TellDoorConflict>() is var c ? (c.Network, c.Name) : default);
        Assert.Equal(Lobby.Network, bob.Take<TellDoorConflict>().Network);
        alice.Take<TellDoorReopened>();
        bob.Ask(ask => new MembersWanted(ask, Lobby.Network));
        Assert.Equal([Alice.Id], bob.Take<TellMembers>().Members.Select(m => m.Card.Id));
    }

    [Fact]
    public void Who_freezes_is_forgotten_after_a_lease_and_its_door_a_minute_later()
    {
        var world = new SignalingWorld();
        var alice = world.NewClient(Alice);
        alice.Open("lobby", DoorMode.Create, Lobby);
        world.Advance(25);
        alice.IsFrozen = true; // last renewed at 20 s
        world.Advance(24.9);
        Assert.Equal((1, 1), (world.Rooms.Connections, world.Rooms.Doors));
        world.Advance(0.2);
        Assert.Equal(0, world.Rooms.Connections);
        Assert.Equal(CloseCode.LeaseExpired, Assert.Single(world.Closed).Code);
        world.Advance(59.8);
        Assert.Equal(1, world.Rooms.Doors);
        world.Advance(0.2);
        Assert.Equal(0, world.Rooms.Doors);
    }

    [Fact]
    public void A_door_closed_by_its_last_member_is_forgotten_at_once()
    {
        var world = new SignalingWorld();
        var alice = world.NewClient(Alice);
        alice.Open("lobby", DoorMode.Create, Lobby);
        alice.Say(new DoorUnwanted(Lobby.Network));
        Assert.Equal((1, 0), (world.Rooms.Connections, world.Rooms.Doors));
        world.Advance(9.9);
        Assert.Equal(1, world.Rooms.Connections);
        world.Advance(0.2); // idle
        Assert.Equal(0, world.Rooms.Connections);
        Assert.IsType<SessionState.Idle>(alice.Session.State);
        alice.Open("lobby", DoorMode.Create, Other); // and comes back when asked
        Assert.Equal(2, alice.Told.OfType<TellDoorOpened>().Count());
    }

    [Fact]
    public void The_newer_incarnation_replaces_the_older_which_stays_away()
    {
        var world = new SignalingWorld();
        var older = world.NewClient(Alice, incarnation: 5);
        older.Open("lobby", DoorMode.Create, Lobby);
        var newer = world.NewClient(Alice, incarnation: 6);
        newer.Open("lobby", DoorMode.Join);
        newer.Take<TellDoorOpened>();
        Assert.Equal(new TellNewerIncarnation(new(6), true), older.Take<TellNewerIncarnation>());
        Assert.IsType<SessionState.Replaced>(older.Session.State);
        older.Open("lobby", DoorMode.Join);
        Assert.Equal(NetfluxError.Replaced, older.Take<TellFailed>().Error);
        world.Advance(120);
        Assert.Equal(1, world.Rooms.Connections);
        newer.IsNotTold<TellNewerIncarnation>();
    }

    [Fact]
    public void An_older_incarnation_that_comes_while_the_newer_is_away_raises_itself()
    {
        var world = new SignalingWorld();
        var before = world.NewClient(Alice, incarnation: 9);
        before.Open("lobby", DoorMode.Create, Lobby);
        before.Say(new DoorUnwanted(Lobby.Network));
        world.Advance(11);
        var after = world.NewClient(Alice, incarnation: 4); // a clock that went back
        after.Open("lobby", DoorMode.Create, Lobby);
        Assert.Equal(new TellNewerIncarnation(new(9), false), after.Take<TellNewerIncarnation>());
        after.Incarnation = new(10);
        world.Advance(1);
        after.Take<TellDoorOpened>();
    }

    [Fact]
    public void The_same_incarnation_on_a_new_connection_takes_the_place_of_the_old()
    {
        var world = new SignalingWorld();
        var (half, bob) = (world.NewClient(Alice), world.NewClient(Bob));
        half.Open("lobby", DoorMode.Create, Lobby);
        bob.Open("lobby", DoorMode.Join);
        half.IsFrozen = true; // as a connection that only one side knows to be dead
        var again = world.NewClient(Alice);
        again.Open("lobby", DoorMode.Join);
        Assert.Contains(world.Closed, closed => closed.Code == CloseCode.ConnectedAgain);
        bob.Ask(ask => new IntroductionWanted(ask, Alice.Id, Lobby.Network.ToString(), new byte[] { 1 }));
        again.Take<TellIntroduction>();
    }

    [Fact]
    public void A_failed_dial_answers_at_once_and_established_doors_go_on_dialling()
    {
        var world = new SignalingWorld { ServerIsUp = false };
        var (alice, bob) = (world.NewClient(Alice), world.NewClient(Bob));
        alice.Open("lobby", DoorMode.Create, Lobby);
        var failed = alice.Take<TellFailed>();
        Assert.Equal(NetfluxError.ServerUnreachable, failed.Error);
        Assert.Contains(SignalingWorld.Authority, failed.Why, StringComparison.Ordinal);
        Assert.IsType<SessionState.Idle>(alice.Session.State);

        world.ServerIsUp = true;
        bob.Open("lobby", DoorMode.Create, Lobby);
        bob.Take<TellDoorOpened>();
        world.ServerIsUp = false;
        world.RestartServer();
        world.Advance(3600);
        bob.IsNotTold<TellFailed>();
        Assert.IsNotType<SessionState.Idle>(bob.Session.State);
        bob.Open("other", DoorMode.Create, Other); // does not wait for the pause
        Assert.Equal(NetfluxError.ServerUnreachable, bob.Take<TellFailed>().Error);
    }

    [Fact]
    public void Limits_cost_the_one_that_passes_them()
    {
        var world = new SignalingWorld(new() { DoorsPerConnectionMax = 2, MeetingsPerConnectionMax = 1, PeersPerDoorMax = 1, ConnectionsPerAddressMax = 2, DoorsMax = 2 });
        var (alice, bob, carol) = (world.NewClient(Alice), world.NewClient(Bob), world.NewClient(Carol));
        alice.Open("a", DoorMode.Create, Lobby);
        bob.Open("a", DoorMode.Join);
        Assert.Equal(NetfluxError.ServerBusy, bob.Take<TellFailed>().Error); // peers of a door
        bob.Open("b", DoorMode.Create, Other);
        bob.Take<TellDoorOpened>();
        bob.Open("c", DoorMode.Create, Third);
        Assert.Equal(NetfluxError.ServerBusy, bob.Take<TellFailed>().Error); // doors in all
        bob.Ask(ask => new MeetingWanted(ask, "1"));
        bob.Ask(ask => new MeetingWanted(ask, "2"));
        Assert.Equal(NetfluxError.ServerBusy, bob.Take<TellFailed>().Error); // meeting points of a connection
        carol.Open("a", DoorMode.Join);
        Assert.Equal(NetfluxError.ServerBusy, carol.Take<TellFailed>().Error); // connections of an address
        alice.IsNotTold<TellFailed>();
        Assert.Equal(2, world.Rooms.Connections);
    }
}
