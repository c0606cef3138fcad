using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using Netflux.Wire.Proto;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Server;

/// <summary>A network that is remembered: what is stored, and what is left of it when nobody is online and after a restart.</summary>
public sealed class TrackedNetworkTests
{
    private const string Door = "lobby";

    private readonly RoomWorld _world = new(() => new NetworkRoom(Lobby.Network));
    private long _lastConnection;
    private ulong _lastRequest;

    private NetworkRoom Room => (NetworkRoom)_world.Room;

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    // ---- What visitors do ----

    private Visitor Enter(IPeerKeys keys, bool track = false, string? name = Door, RoomWorld? world = null)
    {
        var who = RoomWorld.VisitorOf(keys, ++_lastConnection);
        Assert.IsType<Entered>((world ?? _world).Ask(Entering(who, track, name)));
        return who;
    }

    private EnterDoor Entering(Visitor who, bool track, string? name = Door) => name is null
        ? new EnterDoor(who, ++_lastRequest, Lobby.Network.ToString(), Lobby, DoorMode.Join, track)
        : new EnterDoor(who, ++_lastRequest, name, Lobby, DoorMode.JoinOrCreate, track, Lobby);

    private PutTracked Putting(Visitor who, ReadOnlyMemory<byte> record) => new(who, ++_lastRequest, record);

    private static MemberRecord RecordOf(IPeerKeys keys, Genesis? genesis = null, string name = "somebody", ulong incarnation = 1, DateTimeOffset? expires = null)
    {
        genesis ??= Lobby;
        // In an open network everybody admits itself.
        return MemberRecord.Create(keys, genesis, new Incarnation(incarnation), 1, name, Admission.Issue(keys, genesis, keys.Id, null, true, expires is { } end ? end - Minutes(90) : WallClock, expires), [], false);
    }

    private void Put(Visitor who, MemberRecord record) => Assert.IsType<Accomplished>(_world.Ask(Putting(who, record.Record)));

    /// <summary>At the door, and a member.</summary>
    private Visitor Join(IPeerKeys keys)
    {
        var who = Enter(keys, track: true);
        Put(who, RecordOf(keys));
        return who;
    }

    private void Leave(Visitor who, bool onPurpose = true) => _world.Say(new LeaveRoom(who.Id, who.Connection, onPurpose));

    private void Remove(Visitor who, PeerId member) => Assert.IsType<Accomplished>(_world.Ask(new RemoveTracked(who, ++_lastRequest, member)));

    private NetfluxError Refused(RoomRequest request)
    {
        var refused = _world.AskWithoutStoring<RoomRefused>(request);
        Assert.Equal(request.Request, refused.Request);
        Assert.NotEmpty(refused.Text);
        return refused.Error;
    }

    private IReadOnlyList<TrackedPresence> List(Visitor who)
    {
        var listed = _world.AskWithoutStoring<TrackedMembersListed>(new ListTrackedMembers(who, ++_lastRequest, null));
        Assert.False(listed.More);
        return listed.Members;
    }

    private static IEnumerable<string> Texts(IEnumerable<TrackedPresence> members) => members.Select(m => $"{Convert.ToHexString(m.Record.Span)} {m.Since:O} {m.Seen:O}");

    // ---- The door ----

    [Fact]
    public void What_is_tracked_is_stored_before_it_is_said()
    {
        var said = _world.Say(Entering(RoomWorld.VisitorOf(Alice), track: true));
        Assert.Collection(said,
            stored =>
            {
                var tracked = Assert.IsType<NetworkTracked>(stored);
                Assert.Equal(WallClock, tracked.At);
                Assert.Equal(Lobby.Record.ToArray(), tracked.Genesis.ToArray());
            },
            stored => Assert.Equal(new NetworkNamed(Door), stored),
            reply => Assert.True(Assert.IsType<Entered>(reply).Tracked));
    }

    [Fact]
    public void Without_Track_nothing_is_stored()
    {
        Assert.False(_world.AskWithoutStoring<Entered>(Entering(RoomWorld.VisitorOf(Alice), track: false)).Tracked);
        Assert.Empty(_world.Store);
        Assert.Empty(Room.Compact());
    }

    [Fact]
    public void A_network_with_names_is_tracked_later_under_all_of_them()
    {
        Enter(Alice);
        Enter(Bob, name: "hall");
        Assert.True(Assert.IsType<Entered>(_world.Ask(Entering(RoomWorld.VisitorOf(Carol), track: true, name: null))).Tracked);
        Assert.Equal([new NetworkNamed(Door), new NetworkNamed("hall")], _world.Store.OfType<NetworkNamed>());
        Enter(Dave, name: "yard");
        Assert.Equal(new NetworkNamed("yard"), _world.Store[^1]);
    }

    [Fact]
    public void Names_that_were_taken_for_now_are_kept_once_the_network_is_remembered()
    {
        Enter(Alice);
        var tracking = _world.Say(Entering(RoomWorld.VisitorOf(Bob), track: true, name: null));
        Assert.Equal(new Told(RoomId.OfName(Door), new KeepName(Lobby)), Assert.Single(tracking.OfType<Told>()));
        var named = _world.Say(Entering(RoomWorld.VisitorOf(Carol), track: false, name: "hall"));
        Assert.Equal(new Told(RoomId.OfName("hall"), new KeepName(Lobby)), Assert.Single(named.OfType<Told>()));
        // The room of this name was asked to keep it before.
        Assert.Empty(_world.Say(Entering(RoomWorld.VisitorOf(Dave), track: true, name: "yard")).OfType<Told>());
    }

    [Fact]
    public void Once_tracked_it_is_not_stored_again_and_says_so_to_everybody()
    {
        Enter(Alice, track: true);
        Assert.True(_world.AskWithoutStoring<Entered>(Entering(RoomWorld.VisitorOf(Bob), track: true)).Tracked);
        Assert.True(_world.AskWithoutStoring<Entered>(Entering(RoomWorld.VisitorOf(Carol), track: false)).Tracked);
    }

    // ---- Becoming a member ----

    [Fact]
    public void A_member_is_stored_and_then_answered()
    {
        var alice = Enter(Alice, track: true);
        var record = RecordOf(Alice).Record;
        _world.Advance(Minutes(0.25));
        var put = Putting(alice, record);
        Assert.Collection(_world.Say(put),
            stored =>
            {
                var happened = Assert.IsType<MemberPut>(stored);
                Assert.Equal((Alice.Id, _world.WallClock, _world.WallClock), (happened.Member, happened.Since, happened.Seen));
                Assert.Equal(record.ToArray(), happened.Record.ToArray());
            },
            reply => Assert.Equal(new Accomplished(put.Request), reply));
    }

    [Fact]
    public void Who_comes_again_with_the_same_name_and_admission_is_not_stored_again()
    {
        var alice = Join(Alice);
        var again = RecordOf(Alice, incarnation: 7);   // another process of the same member: what it says of itself is the same
        Assert.NotEqual(RecordOf(Alice).Record.ToArray(), again.Record.ToArray());
        _world.AskWithoutStoring<Accomplished>(Putting(alice, again.Record));
        _world.Advance(TimeSpan.FromSeconds(20));
        Put(alice, RecordOf(Alice, name: "Alice the Second"));
        var put = Assert.IsType<MemberPut>(_world.Store[^1]);
        Assert.Equal((WallClock, _world.WallClock), (put.Since, put.Seen));
        Put(alice, RecordOf(Alice, name: "Alice the Second", expires: WallClock + Minutes(60)));
        Assert.Equal(3, _world.Store.OfType<MemberPut>().Count());
    }

    [Fact]
    public void Who_may_not_become_a_member_is_told_why()
    {
        var alice = Enter(Alice, track: true);
        Assert.Equal(NetfluxError.NotAMember, Refused(Putting(RoomWorld.VisitorOf(Bob, 9), RecordOf(Bob).Record)));                  // not at the door
        Assert.Equal(NetfluxError.NotAMember, Refused(Putting(RoomWorld.VisitorOf(Alice, 9), RecordOf(Alice).Record)));              // on another connection
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Putting(alice, RecordOf(Bob).Record)));                                       // another peer's
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Putting(alice, RecordOf(Alice, Other).Record)));                              // of another network
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Putting(alice, RecordOf(Alice, expires: WallClock - Minutes(60)).Record)));   // over
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Putting(alice, default)));
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Putting(alice, RecordOf(Alice).Record[..^1])));
    }

    [Fact]
    public void A_closed_network_takes_whom_a_member_admitted()
    {
        Assert.True(Topology.TryParse("""{"type":"full-mesh","join":"invite"}""", out var topology, out _));
        var closed = Genesis.Create(Alice, topology, new SeededRandom(14), WallClock);
        var world = new RoomWorld(() => new NetworkRoom(closed.Network));
        var (alice, bob) = (RoomWorld.VisitorOf(Alice, 1), RoomWorld.VisitorOf(Bob, 2));
        foreach (var who in new[] { alice, bob }) Assert.IsType<Entered>(world.Ask(new EnterDoor(who, ++_lastRequest, closed.Network.ToString(), closed, DoorMode.JoinOrCreate, true)));
        ReadOnlyMemory<byte>[] admissions = [default, Admission.Issue(Bob, Lobby, Bob.Id, null, true, WallClock, null).Record, Admission.Issue(Alice, closed, Carol.Id, null, false, WallClock, null).Record];
        foreach (var admission in admissions) // none, one of an open network, one of another member
        {
            var body = new MemberBody { Network = ByteString.CopyFrom(closed.Network.ToArray()), Card = ByteString.CopyFrom(Bob.Card.Bytes.Span), Incarnation = 1, Version = 1, DisplayName = "bob", Admission = ByteString.CopyFrom(admission.Span) };
            Assert.Equal(NetfluxError.NotAdmitted, world.AskWithoutStoring<RoomRefused>(Putting(bob, SignedRecords.Create(Bob, MemberRecord.Purpose, body))).Error);
        }
        var invited = MemberRecord.Create(Bob, closed, new(1), 1, "bob", Admission.Issue(Alice, closed, Bob.Id, null, false, WallClock, null), [], false);
        Assert.IsType<Accomplished>(world.Ask(Putting(bob, invited.Record)));
    }

    [Fact]
    public void A_network_that_is_not_tracked_has_no_members_to_remember()
    {
        var alice = Enter(Alice);
        Assert.Equal(NetfluxError.TrackingNotSupported, Refused(Putting(alice, RecordOf(Alice).Record)));
        Assert.Equal(NetfluxError.TrackingNotSupported, Refused(new ListTrackedMembers(alice, ++_lastRequest, null)));
        Assert.Equal(NetfluxError.TrackingNotSupported, Refused(new RemoveTracked(alice, ++_lastRequest, Alice.Id)));
    }

    [Fact]
    public void No_more_members_are_remembered_than_the_limit_says()
    {
        var world = new RoomWorld(() => new NetworkRoom(Lobby.Network), new() { TrackedMembersMax = 2 });
        Visitor[] visitors = [.. new IPeerKeys[] { Alice, Bob, Carol }.Select(keys => Enter(keys, track: true, world: world))];
        Assert.IsType<Accomplished>(world.Ask(Putting(visitors[0], RecordOf(Alice).Record)));
        Assert.IsType<Accomplished>(world.Ask(Putting(visitors[1], RecordOf(Bob).Record)));
        Assert.Equal(NetfluxError.NetworkFull, world.AskWithoutStoring<RoomRefused>(Putting(visitors[2], RecordOf(Carol).Record)).Error);
        Assert.IsType<Accomplished>(world.Ask(Putting(visitors[1], RecordOf(Bob, name: "Robert").Record))); // who is one already takes no more room
        world.Say(new RemoveTracked(visitors[0], ++_lastRequest, Alice.Id));
        Assert.IsType<Accomplished>(world.Ask(Putting(visitors[2], RecordOf(Carol).Record)));
    }

    // ---- Being removed ----

    [Fact]
    public void A_member_removes_itself()
    {
        var (_, bob) = (Join(Alice), Join(Bob));
        var remove = new RemoveTracked(bob, ++_lastRequest, Bob.Id);
        Assert.Equal([new MemberRemoved(Bob.Id, Bob.Id, _world.WallClock), new Accomplished(remove.Request)], _world.Say(remove));
        _world.AskWithoutStoring<Accomplished>(remove);   // asked again after a lost answer
    }

    [Fact]
    public void The_creator_removes_others_and_nobody_else_does()
    {
        var (alice, bob, carol) = (Join(Alice), Join(Bob), Enter(Carol));
        Assert.Equal(NetfluxError.NotAdmitted, Refused(new RemoveTracked(bob, ++_lastRequest, Alice.Id)));
        Assert.Equal(NetfluxError.NotAdmitted, Refused(new RemoveTracked(carol, ++_lastRequest, Bob.Id)));
        Assert.Equal(NetfluxError.NotAMember, Refused(new RemoveTracked(RoomWorld.VisitorOf(Alice, 9), ++_lastRequest, Bob.Id)));
        Assert.Equal(NetfluxError.UnknownPeer, Refused(new RemoveTracked(alice, ++_lastRequest, Carol.Id)));
        Remove(alice, Bob.Id);
        Assert.Equal(new MemberRemoved(Bob.Id, Alice.Id, _world.WallClock), _world.Store[^1]);
        Assert.Equal(NetfluxError.NotAMember, Refused(new ListTrackedMembers(bob, ++_lastRequest, null)));
    }

    // ---- Who is a member ----

    [Fact]
    public void Members_learn_who_the_others_are_and_since_when_they_are_online()
    {
        var alice = Join(Alice);
        _world.Advance(TimeSpan.FromSeconds(10));
        var bob = Join(Bob);
        _world.Say(new RenewLease(alice));
        _world.Advance(TimeSpan.FromSeconds(10));
        Leave(bob, onPurpose: false);
        var listed = List(alice);
        Assert.Equal(new[] { Alice.Id, Bob.Id }.Order(), listed.Select(IdOf));
        var (a, b) = (listed.Single(m => IdOf(m) == Alice.Id), listed.Single(m => IdOf(m) == Bob.Id));
        Assert.Equal((WallClock, WallClock), (a.Since, a.OnlineSince)); // a renewed lease is no new coming
        Assert.Equal((WallClock + TimeSpan.FromSeconds(10), null), (b.Since, b.OnlineSince));
    }

    [Fact]
    public void Who_is_at_the_door_without_being_a_member_learns_nothing()
    {
        Join(Alice);
        Assert.Equal(NetfluxError.NotAMember, Refused(new ListTrackedMembers(Enter(Bob), ++_lastRequest, null)));
        Assert.Equal(NetfluxError.NotAMember, Refused(new ListTrackedMembers(RoomWorld.VisitorOf(Alice, 9), ++_lastRequest, null)));
    }

    [Fact]
    public void Pages_have_no_more_bytes_than_fit_a_message_and_follow_each_other()
    {
        var record = RecordOf(Alice).Record.Length;
        // Three quarters of a message hold two records with 40 bytes of times, and not three.
        var world = new RoomWorld(() => new NetworkRoom(Lobby.Network), new() { MessageBytesMax = (record + 60) * 2 * 4 / 3 });
        SeededPeerKeys[] keys = [.. Enumerable.Range(0, 5).Select(i => new SeededPeerKeys(100 + (ulong)i))];
        var who = keys.Select(k => Enter(k, track: true, world: world)).ToArray();
        foreach (var (visitor, key) in who.Zip(keys)) world.Say(Putting(visitor, RecordOf(key).Record));
        List<PeerId> read = [];
        List<(int Members, bool More)> pages = [];
        do
        {
            var page = world.AskWithoutStoring<TrackedMembersListed>(new ListTrackedMembers(who[0], ++_lastRequest, read.Count == 0 ? null : read[^1]));
            Assert.Equal(_lastRequest, page.Request);
            read.AddRange(page.Members.Select(IdOf));
            pages.Add((page.Members.Count, page.More));
        }
        while (pages[^1].More);
        Assert.Equal([(2, true), (2, true), (1, false)], pages);
        Assert.Equal(keys.Select(k => k.Id).Order(), read);
    }

    private static PeerId IdOf(TrackedPresence member) => MemberRecord.TryParse(member.Record, Lobby, WallClock, out var record, out var why) ? record.Id : throw new InvalidOperationException(why);

    // ---- Being seen ----

    [Fact]
    public void Who_goes_offline_is_stored_as_seen_at_most_once_in_ten_minutes()
    {
        var alice = Join(Alice);
        Leave(alice);
        Assert.Empty(_world.Store.OfType<MemberSeen>());
        for (var minute = 1; minute <= 25; minute++)
        {
            _world.Advance(Minutes(1));
            Leave(Enter(Alice), onPurpose: false);
        }
        Assert.Equal([new MemberSeen(Alice.Id, WallClock + Minutes(10)), new MemberSeen(Alice.Id, WallClock + Minutes(20))], _world.Store.OfType<MemberSeen>());
        var seen = List(Enter(Alice)).Single().Seen;
        Assert.Equal(WallClock + Minutes(20), seen);
    }

    [Fact]
    public void Who_stays_online_is_seen_each_ten_minutes()
    {
        var alice = Join(Alice);
        for (var renewal = 0; renewal < 125; renewal++)
        {
            _world.Advance(TimeSpan.FromSeconds(10));
            Assert.IsType<LeaseRenewed>(_world.Ask(new RenewLease(alice)));
        }
        Assert.Equal(2, _world.Store.OfType<MemberSeen>().Count());
    }

    [Fact]
    public void A_lease_that_ends_is_a_going_offline_too()
    {
        var alice = Join(Alice);
        for (var renewal = 0; renewal < 59; renewal++)
        {
            _world.Advance(TimeSpan.FromSeconds(10));
            Assert.IsType<LeaseRenewed>(_world.Ask(new RenewLease(alice)));
        }
        Assert.Empty(_world.Store.OfType<MemberSeen>());
        _world.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(_world.WallClock, Assert.Single(_world.Store.OfType<MemberSeen>()).At);
    }

    // ---- When nobody is there ----

    [Fact]
    public void A_room_where_nobody_is_rests_and_keeps_its_members()
    {
        var alice = Join(Alice);
        Leave(alice);
        Assert.False(_world.Room.IsOver);
        Assert.Empty(_world.Advance(TimeSpan.FromSeconds(59.9)));
        Assert.False(_world.Room.IsOver);
        Assert.Empty(_world.Advance(TimeSpan.FromSeconds(0.1)));
        Assert.True(_world.Room.IsOver);
        Assert.Null(_world.Room.NextDeadline);
        Assert.Single(List(Enter(Alice)));   // it goes on where it rested
        Assert.False(_world.Room.IsOver);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    internal void A_room_is_after_a_restart_what_it_was(bool compacted)
    {
        var (alice, bob, carol) = (Join(Alice), Join(Bob), Join(Carol));
        Put(bob, RecordOf(Bob, name: "Robert"));
        Enter(Alice, name: "hall");
        Assert.IsType<Accomplished>(_world.Ask(new RemoveTracked(carol, ++_lastRequest, Carol.Id, Removal.Create(Carol, Lobby.Network, Carol.Id, WallClock).Record)));
        _world.Advance(TimeSpan.FromSeconds(20));
        alice = Enter(Alice);
        var (before, compact) = (List(alice), Room.Compact().ToList());
        if (compacted) _world.Compact();
        _world.Restart();
        Assert.Equal(Describing(compact), Describing(Room.Compact()));
        alice = Enter(Alice, name: null);
        Assert.Equal(Texts(before), Texts(List(alice)));
        Assert.True(_world.AskWithoutStoring<Entered>(new EnterDoor(RoomWorld.VisitorOf(Dave), 1, Lobby.Network.ToString(), null, DoorMode.Join)) is { Tracked: true, Name: Door, Created: false });
        Assert.Equal(2, Room.Describe()!.Members);
    }

    private static IEnumerable<string> Describing(IEnumerable<RoomEvent> events) => events.Select(happened => happened switch
    {
        NetworkTracked e => $"tracked {Convert.ToHexString(e.Genesis.Span)} {e.At:O}",
        MemberPut e => $"put {e.Member} {Convert.ToHexString(e.Record.Span)} {e.Since:O} {e.Seen:O}",
        _ => happened.ToString(),
    });

    [Fact]
    public void A_room_that_was_only_read_rests_again()
    {
        Leave(Join(Alice));
        _world.Restart();
        Assert.False(_world.Room.IsOver);
        _world.Room.HandleDeadline(_world);
        Assert.True(_world.Room.IsOver);
        Assert.Equal(1, Room.Describe()!.Members);
    }

    [Fact]
    public void A_network_without_members_is_forgotten_with_its_names()
    {
        var alice = Join(Alice);
        Enter(Alice, name: "hall");
        _world.Advance(TimeSpan.FromSeconds(20));
        alice = Enter(Alice);
        Remove(alice, Alice.Id);
        Leave(alice);
        Assert.Empty(_world.Advance(Minutes(60) - TimeSpan.FromSeconds(0.1)));
        Assert.False(_world.Room.IsOver);
        Assert.Equal([new NetworkForgotten(), new Told(RoomId.OfName(Door), new ReleaseName(Lobby.Network)), new Told(RoomId.OfName("hall"), new ReleaseName(Lobby.Network))], _world.Advance(TimeSpan.FromSeconds(0.1)));
        Assert.True(_world.Room.IsOver);
        Assert.IsType<MapCounted>(Assert.Single(Room.Compact()));   // should it come to be again, it counts on
        Assert.Null(Room.Describe());
        _world.Restart();
        Assert.Equal(NetfluxError.NetworkNotFound, Refused(new EnterDoor(RoomWorld.VisitorOf(Bob), 1, Lobby.Network.ToString(), null, DoorMode.Join)));
    }

    [Fact]
    public void A_network_that_nobody_became_a_member_of_is_forgotten_too()
    {
        Leave(Enter(Alice, track: true));
        _world.Advance(Minutes(59));
        Assert.Single(_world.Advance(Minutes(1)).OfType<NetworkForgotten>());
    }

    [Fact]
    public void Who_comes_back_in_time_keeps_it()
    {
        var alice = Join(Alice);
        Remove(alice, Alice.Id);
        Leave(alice);
        _world.Advance(Minutes(59));
        alice = Enter(Alice);
        Put(alice, RecordOf(Alice));
        Leave(alice);
        _world.Advance(Minutes(500));
        Assert.Empty(_world.Store.OfType<NetworkForgotten>());
        Assert.Single(List(Enter(Alice)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    internal void A_network_without_members_is_forgotten_after_a_restart(bool compacted)
    {
        var alice = Join(Alice);
        Remove(alice, Alice.Id);
        Leave(alice);
        _world.Advance(Minutes(20));
        if (compacted) _world.Compact();
        _world.Restart();
        _world.Room.HandleDeadline(_world);          // it is looked at, and then left alone
        Assert.False(_world.Room.IsOver);
        Assert.Empty(_world.Advance(Minutes(40) - TimeSpan.FromSeconds(0.1)));
        Assert.Equal([new NetworkForgotten(), new Told(RoomId.OfName(Door), new ReleaseName(Lobby.Network))], _world.Advance(TimeSpan.FromSeconds(0.1)));
        Assert.True(_world.Room.IsOver);
    }

    [Fact]
    public void A_network_without_members_whose_time_went_by_unread_is_forgotten_when_it_is_read()
    {
        var alice = Join(Alice);
        Remove(alice, Alice.Id);
        var stored = _world.Store.ToList();
        Leave(alice);
        _world.Advance(Minutes(61));
        _world.Store.Clear();
        _world.Store.AddRange(stored);               // as a server that was down meanwhile
        _world.Restart();
        _world.Room.HandleDeadline(_world);
        Assert.IsType<NetworkForgotten>(_world.Store[^1]);
        Assert.True(_world.Room.IsOver);
    }

    [Fact]
    public void A_network_that_is_not_tracked_ends_with_the_last_who_leaves()
    {
        var alice = Enter(Alice);
        Assert.Equal([new Told(RoomId.OfName(Door), new ReleaseName(Lobby.Network))], _world.Say(new LeaveRoom(alice.Id, alice.Connection, true)));
        Assert.True(_world.Room.IsOver);
    }

    // ---- What is shown ----

    [Fact]
    public void Only_what_is_tracked_and_open_is_shown()
    {
        Assert.Null(Room.Describe());
        var alice = Enter(Alice);
        Assert.Null(Room.Describe());
        Join(Bob);
        Enter(Carol);
        var shown = Room.Describe()!;
        Assert.Equal((Door, 1, 3), (shown.Name, shown.Members, shown.Online));
        Assert.Equal(Lobby.Record.ToArray(), shown.Genesis.ToArray());
        Assert.True(Topology.TryParse("""{"type":"full-mesh","join":"invite"}""", out var topology, out _));
        var closed = Genesis.Create(Alice, topology, new SeededRandom(14), WallClock);
        var world = new RoomWorld(() => new NetworkRoom(closed.Network));
        Assert.True(Assert.IsType<Entered>(world.Ask(new EnterDoor(alice, 1, closed.Network.ToString(), closed, DoorMode.Create, true))).Tracked);
        Assert.Null(((NetworkRoom)world.Room).Describe());
    }
}
