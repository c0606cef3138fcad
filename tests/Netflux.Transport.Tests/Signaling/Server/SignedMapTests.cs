using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Server;

/// <summary>What a room signs of its members, and that it says the same wherever and whenever it begins again.</summary>
public sealed class SignedMapTests
{
    private static readonly SeededPeerKeys[] s_people = [Alice, Bob, Carol, Dave, .. Enumerable.Range(0, 8).Select(i => new SeededPeerKeys((ulong)(200 + i)))];
    private readonly RoomWorld _world = new(() => new NetworkRoom(Lobby.Network));
    private long _lastConnection;
    private ulong _lastRequest;

    private static TrackerRoot Read(ReadOnlyMemory<byte> record)
    {
        Assert.True(TrackerRoot.TryParse(record, out var root));
        Assert.Equal(Lobby.Network, root.Network);
        return root;
    }

    private (Visitor Who, TrackerRoot Root) Enter(IPeerKeys keys)
    {
        var who = RoomWorld.VisitorOf(keys, ++_lastConnection);
        return (who, Read(Assert.IsType<Entered>(_world.Ask(new EnterDoor(who, ++_lastRequest, "lobby", Lobby, DoorMode.JoinOrCreate, true, Lobby))).Root));
    }

    private TrackerRoot Now => Enter(Alice).Root;

    private void Put(IPeerKeys keys, string name = "somebody")
    {
        var record = MemberRecord.Create(keys, Lobby, new Incarnation(1), 1, name, Admission.Issue(keys, Lobby, keys.Id, null, true, WallClock, null), [], false);
        Assert.IsType<Accomplished>(_world.Ask(new PutTracked(Enter(keys).Who, ++_lastRequest, record.Record)));
    }

    private RoomReply Remove(IPeerKeys by, IPeerKeys member, Removal? removal) => _world.Ask(new RemoveTracked(Enter(by).Who, ++_lastRequest, member.Id, removal?.Record ?? default));

    private Removal Signed(IPeerKeys by, IPeerKeys member) => Removal.Create(by, Lobby.Network, member.Id, _world.WallClock);

    private void Leave(IPeerKeys keys) => Assert.IsType<Accomplished>(Remove(keys, keys, Signed(keys, keys)));

    private void BeginAgain(bool compacted)
    {
        if (compacted) _world.Compact();
        _world.Restart();
    }

    // ---- Epochs ----

    [Fact]
    public void Each_change_is_the_next_epoch_and_names_the_root_before()
    {
        var roots = new List<TrackerRoot> { Now };
        Assert.Equal((0ul, 0, 0u), (roots[0].Epoch, roots[0].Previous.Length, roots[0].Members));
        foreach (var (change, members) in new (Action, uint)[] { (() => Put(Alice), 1), (() => Put(Bob), 2), (() => Put(Bob, "Robert"), 2), (() => Leave(Bob), 1), (() => Put(Bob), 2), (() => Remove(Alice, Bob, Signed(Alice, Bob)), 1) })
        {
            change();
            var (last, next) = (roots[^1], Now);
            Assert.Equal((last.Epoch + 1, members), (next.Epoch, next.Members));
            Assert.Equal(last.Root.ToArray(), next.Previous.ToArray());
            Assert.NotEqual(last.Root.ToArray(), next.Root.ToArray());
            roots.Add(next);
        }
        Put(Alice); // as it is already
        Assert.True(Now.Agrees(roots[^1]));
        Assert.Equal(Now.Record.ToArray(), Now.Record.ToArray()); // signed once
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void However_often_it_begins_again_and_from_what_no_epoch_has_two_roots(ulong seed)
    {
        var random = new SeededRandom(seed);
        var told = new SortedDictionary<ulong, TrackerRoot>();
        var highest = 0ul;
        for (var step = 0; step < 60; step++)
        {
            var who = s_people[random.NextInt32(s_people.Length)];
            switch (random.NextInt32(6))
            {
                case 0: Leave(who); break;
                case 1 when Remove(Alice, who, Signed(Alice, who)) is { } reply: Assert.True(reply is Accomplished or RoomRefused { Error: NetfluxError.UnknownPeer }); break;
                case 2: BeginAgain(compacted: random.NextInt32(2) == 0); break;
                case 3:
                    foreach (var one in s_people) Leave(one);
                    _world.Advance(TimeSpan.FromHours(2)); // it is forgotten, and comes to be again
                    break;
                default: Put(who, $"name {random.NextInt32(3)}"); break;
            }
            var root = Now;
            Assert.True(root.Epoch >= highest, $"{root.Epoch} after {highest}");
            highest = root.Epoch;
            if (told.TryGetValue(root.Epoch, out var same)) Assert.True(root.Agrees(same));
            else if (told.TryGetValue(root.Epoch - 1, out var before)) Assert.Equal(before.Root.ToArray(), root.Previous.ToArray());
            told[root.Epoch] = root;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_network_that_was_forgotten_goes_on_counting(bool compacted)
    {
        Put(Alice);
        Leave(Alice);
        var before = Now;
        _world.Advance(TimeSpan.FromHours(2));
        Assert.IsType<NetworkForgotten>(_world.Store[^1]);
        BeginAgain(compacted);
        var root = Now;
        Assert.Equal(before.Epoch + 1, root.Epoch);
        Assert.Equal(before.Root.ToArray(), root.Previous.ToArray());
    }

    // ---- Removals ----

    [Fact]
    public void A_removal_is_stored_as_it_was_signed_and_is_in_the_map()
    {
        Put(Alice);
        Put(Bob);
        var removal = Signed(Bob, Bob);
        Assert.IsType<Accomplished>(Remove(Bob, Bob, removal));
        Assert.Equal(removal.Record.ToArray(), Assert.IsType<MemberRemoved>(_world.Store[^1]).Record.ToArray());
        var (members, removals, root) = List(Alice);
        Assert.Equal((1, 1), (members.Count, removals.Count));
        Assert.Equal(removal.Record.ToArray(), removals[0].ToArray());
        Assert.Equal(MapOf(members, removals), Convert.ToHexString(root.Root.Span));
        Put(Bob); // who comes again is not removed any more
        (members, removals, root) = List(Alice);
        Assert.Equal((2, 0), (members.Count, removals.Count));
        Assert.Equal(MapOf(members, removals), Convert.ToHexString(root.Root.Span));
    }

    [Fact]
    public void A_removal_that_somebody_else_signed_is_refused()
    {
        Put(Alice);
        Put(Bob);
        Put(Carol);
        foreach (var removal in new[] { Signed(Carol, Bob), Signed(Bob, Bob), Signed(Alice, Carol), Removal.Create(Alice, Other.Network, Bob.Id, WallClock) })
            Assert.Equal(NetfluxError.NotAdmitted, Assert.IsType<RoomRefused>(Remove(Alice, Bob, removal)).Error);
        Assert.Equal(NetfluxError.NotAdmitted, Assert.IsType<RoomRefused>(_world.Ask(new RemoveTracked(Enter(Bob).Who, ++_lastRequest, Bob.Id, new byte[] { 1 }))).Error);
        Assert.Equal(3, List(Alice).Members.Count);
    }

    [Fact]
    public void One_that_is_not_signed_takes_the_member_out_of_the_map()
    {
        Put(Alice);
        var before = Now;
        Put(Bob);
        Assert.IsType<Accomplished>(Remove(Bob, Bob, null));
        Assert.Equal((before.Epoch + 2, Convert.ToHexString(before.Root.Span)), (Now.Epoch, Convert.ToHexString(Now.Root.Span)));
        BeginAgain(compacted: false);
        Assert.Equal(before.Epoch + 2, Now.Epoch);
    }

    [Fact]
    public void Only_the_newest_removals_are_kept()
    {
        // A signature for each would take long: to the map a record is bytes.
        var map = new SignedMap();
        var ids = Enumerable.Range(0, IdentityOptions.RemovalsMax + 2).Select(i => PeerId.FromBytes([.. BitConverter.GetBytes(i), .. new byte[16]])).ToList();
        foreach (var id in ids) map.Apply(new MemberRemoved(id, id, WallClock, new byte[] { 1 }));
        Assert.Equal(ids[2..].Order(), map.Removals.Select(removed => removed.Member));
        var again = new SignedMap();
        foreach (var happened in map.Compact()) again.Apply(happened);
        foreach (var one in new[] { map, again }) one.Apply(new MemberRemoved(ids[0], ids[0], WallClock, new byte[] { 1 }));
        Assert.Equal(Read(map.Sign(Alice, Lobby.Network, WallClock)).Root.ToArray(), Read(again.Sign(Alice, Lobby.Network, WallClock)).Root.ToArray());
        Assert.Equal(map.Epoch, again.Epoch);
        Assert.DoesNotContain(ids[2], again.Removals.Select(removed => removed.Member));
    }

    // ---- Telling ----

    [Fact]
    public void Pages_hold_removals_too_and_together_are_the_map_of_their_root()
    {
        var world = new RoomWorld(() => new NetworkRoom(Lobby.Network), new() { MessageBytesMax = 1_500 });
        foreach (var keys in s_people)
        {
            var who = RoomWorld.VisitorOf(keys, ++_lastConnection);
            world.Say(new EnterDoor(who, ++_lastRequest, "lobby", Lobby, DoorMode.JoinOrCreate, true, Lobby));
            world.Say(new PutTracked(who, ++_lastRequest, MemberRecord.Create(keys, Lobby, new Incarnation(1), 1, "x", Admission.Issue(keys, Lobby, keys.Id, null, true, WallClock, null), [], false).Record));
            if (keys != Alice && (keys.Id.ToArray()[0] & 1) == 0) world.Say(new RemoveTracked(who, ++_lastRequest, keys.Id, Removal.Create(keys, Lobby.Network, keys.Id, WallClock).Record));
        }
        var asker = RoomWorld.VisitorOf(Alice, ++_lastConnection);
        world.Say(new EnterDoor(asker, ++_lastRequest, "lobby", Lobby, DoorMode.JoinOrCreate, true, Lobby));
        List<TrackedPresence> members = [];
        List<ReadOnlyMemory<byte>> removals = [];
        TrackedMembersListed page;
        PeerId? after = null;
        var pages = 0;
        do
        {
            page = world.AskWithoutStoring<TrackedMembersListed>(new ListTrackedMembers(asker, ++_lastRequest, after));
            members.AddRange(page.Members);
            removals.AddRange(page.Removals);
            after = page.Members.Select(IdOf).Concat(page.Removals.Select(MemberOf)).Max();
            pages++;
        }
        while (page.More);
        Assert.True(pages > 3);
        Assert.Equal(s_people.Length, members.Count + removals.Count);
        Assert.Equal(MapOf(members, removals), Convert.ToHexString(Read(page.Root).Root.Span));
    }

    [Fact]
    public void Who_is_at_the_door_is_told_with_its_next_renewal_once()
    {
        Put(Alice);
        var alice = Enter(Alice).Who;
        Assert.Equal(0, Renew(alice).Length);
        Put(Bob);
        Put(Carol);
        Assert.Equal(0, Assert.IsType<LeaseRenewed>(_world.Ask(new RenewLease(alice))).Root.Length); // its node says that it is there; nobody asked
        Assert.Equal(3ul, Read(Renew(alice)).Epoch);
        Assert.Equal(0, Renew(alice).Length);
        BeginAgain(compacted: false); // on another node nobody knows what was told
        Assert.Equal(3ul, Read(Renew(alice)).Epoch);
    }

    [Fact]
    public void A_server_without_a_key_and_a_network_that_is_not_remembered_show_none()
    {
        var who = RoomWorld.VisitorOf(Alice, 1);
        Assert.Equal(0, Assert.IsType<Entered>(_world.Ask(new EnterDoor(who, 1, "lobby", Lobby, DoorMode.JoinOrCreate, false, Lobby))).Root.Length);
        Assert.Equal(0, Renew(who).Length);
        _world.ServerKeys = null;
        Assert.Equal(0, Assert.IsType<Entered>(_world.Ask(new EnterDoor(who, 2, "lobby", Lobby, DoorMode.JoinOrCreate, true, Lobby))).Root.Length);
    }

    private ReadOnlyMemory<byte> Renew(Visitor who) => Assert.IsType<LeaseRenewed>(_world.Ask(new RenewLease(who, ++_lastRequest))).Root;

    private (IReadOnlyList<TrackedPresence> Members, IReadOnlyList<ReadOnlyMemory<byte>> Removals, TrackerRoot Root) List(IPeerKeys by)
    {
        var listed = _world.AskWithoutStoring<TrackedMembersListed>(new ListTrackedMembers(Enter(by).Who, ++_lastRequest, null));
        return (listed.Members, listed.Removals, Read(listed.Root));
    }

    private static PeerId IdOf(TrackedPresence member) => SignedRecords.TryReadSigner(member.Record.Span, out var id) ? id : throw new InvalidOperationException("no record");

    private static PeerId MemberOf(ReadOnlyMemory<byte> removal) => Removal.TryParse(removal, Lobby, out var read, out var why) ? read.Member : throw new InvalidOperationException(why);

    private static string MapOf(IEnumerable<TrackedPresence> members, IEnumerable<ReadOnlyMemory<byte>> removals)
    {
        var map = new MemberMap();
        foreach (var member in members) map.Put(IdOf(member), member.Record);
        foreach (var removal in removals) map.Put(MemberOf(removal), removal);
        return Convert.ToHexString(map.Root.Span);
    }
}
