using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Server;
using TrackedMembers = Netflux.Messages.TrackedMembers;

namespace Netflux.Scenarios;

/// <summary>Members watch the server that remembers their network, together.</summary>
public class TrackerWatchTests
{
    private static readonly TimeSpan s_renewal = 12.Seconds(); // a third of a lease, and a little

    private readonly NetfluxWorld _world = NewWorld(); // each test disposes of it
    private readonly TrackingServer _server;

    private static NetfluxWorld NewWorld() => new(1);

    public TrackerWatchTests() => _server = new(_world);

    private TestPeer PeerOf(string name) => _world.Peer(name, new() { Server = _server.Url });

    private static async Task<Network> Create(TestPeer peer, string topology = """{"type":"full-mesh"}""") =>
        (await peer.Ask<NetworkCreated>(new CreateNetwork(topology) { Track = true, Subscriber = peer.Subscriber })).Network;

    private static async Task<Network> Join(TestPeer peer, Network network) => (await peer.Ask<NetworkJoined>(new JoinNetwork(network.Address!) { Subscriber = peer.Subscriber })).Network;

    private static WorldOperation<TrackedMembers> List(TestPeer peer, Network network) => peer.Ask<TrackedMembers>(new GetTrackedMembers(network.Id));

    private (TrackerRoot First, TrackerRoot? Second) Evidence(TrackerEquivocated told, TrackerContradiction how)
    {
        Assert.Equal((how, _server.Keys.Id), (told.How, told.Tracker));
        Assert.True(TrackerRoot.TryParse(told.First, out var first));
        TrackerRoot? second = null;
        Assert.Equal(how != TrackerContradiction.OtherMembers, told.Second.Length > 0 && TrackerRoot.TryParse(told.Second, out second));
        return (first, second);
    }

    /// <summary>What an honest server would not have signed: the same epoch, after the same one, and another state.</summary>
    private ReadOnlyMemory<byte> Forged(ReadOnlyMemory<byte> record)
    {
        Assert.True(TrackerRoot.TryParse(record, out var root));
        return TrackerRoot.Create(_server.Keys, root.Network, root.Epoch, new byte[32], root.Previous, (int)root.Members, _world.Now).Record;
    }

    [Theory]
    [InlineData("""{"type":"full-mesh"}""")]
    [InlineData("""{"type":"star"}""")]
    [InlineData("""{"type":"gossip","activeView":3}""")]
    public async Task Of_an_honest_server_nothing_is_told_whoever_comes_and_goes(string topology)
    {
        await using var _ = _world;
        var ann = PeerOf("ann");
        var network = await Create(ann, topology);
        TestPeer[] others = [.. Enumerable.Range(0, 5).Select(i => PeerOf($"p{i}"))];
        foreach (var other in others) await Join(other, network);
        for (var round = 0; round < 4; round++)
        {
            var leaving = others[round];
            await leaving.Ask<NetworkLeft>(new LeaveNetwork(network.Id));
            await List(ann, network);
            await _world.Advance(7.Seconds());
            await Join(leaving, network);
            Assert.Equal(6, (await List(leaving, network)).Members.Count);
            if (round == 2) await ann.Ask<TrackedMemberRemoved>(new RemoveTrackedMember(network.Id, others[4].Id));
            if (round == 2) await Join(PeerOf("late"), network);
            await _world.Advance(7.Seconds());
        }
        foreach (var peer in others.Prepend(ann)) Assert.Empty(peer.All<TrackerEquivocated>());
        _world.AssertPromises();
    }

    [Fact]
    public async Task Two_members_that_were_shown_two_states_of_one_epoch_find_out_as_soon_as_they_are_linked()
    {
        await using var _ = _world;
        var (ann, bob) = (PeerOf("ann"), PeerOf("bob"));
        var network = await Create(ann);
        await _world.Advance(s_renewal);
        _server.Says = reply => reply is Entered entered ? entered with { Root = Forged(entered.Root) } : reply;
        await Join(bob, network);
        await _world.Advance(1.Seconds());
        foreach (var (peer, isFirst) in new[] { (ann, false), (bob, true) })
        {
            var told = peer.Single<TrackerEquivocated>();
            Assert.Equal(network.Id, told.Network.Id);
            var (first, second) = Evidence(told, TrackerContradiction.TwoRoots);
            Assert.Equal((1ul, 1ul), (first.Epoch, second!.Epoch));
            Assert.Equal(isFirst, first.Root.Span.SequenceEqual(new byte[32]));
        }
        await _world.Advance(60.Seconds());
        Assert.Single(ann.All<TrackerEquivocated>(), told => told.How == TrackerContradiction.TwoRoots); // once for the pair
    }

    [Fact]
    public async Task In_a_star_all_hear_through_the_hub_what_one_was_shown()
    {
        await using var _ = _world;
        var (ann, bob, cy) = (PeerOf("ann"), PeerOf("bob"), PeerOf("cy"));
        var network = await Create(ann, """{"type":"star"}""");
        await Join(bob, network);
        await Join(cy, network);
        await _world.Advance(s_renewal);
        Assert.True(TrackerRoot.TryParse(((LeaseRenewed)await Renewal(network)).Root, out var root));
        var next = TrackerRoot.Create(_server.Keys, network.Id, root.Epoch + 1, new byte[32], new byte[32], 3, _world.Now).Record;
        var isShown = false;
        _server.Says = reply =>
        {
            if (reply is not LeaseRenewed renewed || isShown) return reply;
            isShown = true;
            return renewed with { Root = next };
        };
        await _world.Advance(30.Seconds());
        foreach (var peer in new[] { ann, bob, cy }) Evidence(peer.Single<TrackerEquivocated>(), TrackerContradiction.BrokenChain);
    }

    /// <summary>What the server shows now, taken from an answer to one of its clients.</summary>
    private async Task<RoomReply> Renewal(Network network)
    {
        RoomReply? seen = null;
        _server.Says = reply =>
        {
            if (reply is LeaseRenewed { Root.Length: > 0 }) seen = reply;
            return reply;
        };
        await Join(PeerOf("dave"), network);
        await _world.Advance(s_renewal);
        _server.Says = reply => reply;
        return seen!;
    }

    [Fact]
    public async Task A_server_that_shows_an_older_state_than_is_known_is_noticed()
    {
        await using var _ = _world;
        var (ann, bob) = (PeerOf("ann"), PeerOf("bob"));
        var network = await Create(ann);
        TrackedMembersListed? old = null;
        _server.Says = reply => reply is TrackedMembersListed listed ? old ??= listed : reply;
        await List(ann, network);
        _server.Says = reply => reply;
        await Join(bob, network);
        await _world.Advance(s_renewal);
        _server.Says = reply => reply is TrackedMembersListed now ? old! with { Request = now.Request } : reply;
        Assert.Single((await List(ann, network)).Members); // bob is kept from it
        var (first, second) = Evidence(ann.Single<TrackerEquivocated>(), TrackerContradiction.LowerEpoch);
        Assert.Equal((2ul, 1ul), (first.Epoch, second!.Epoch));
        Assert.Empty(bob.All<TrackerEquivocated>());
        await List(ann, network);
        Assert.Single(ann.All<TrackerEquivocated>());
    }

    [Fact]
    public async Task A_server_that_was_put_back_to_an_old_store_is_noticed()
    {
        await using var _ = _world;
        var ann = PeerOf("ann");
        var network = await Create(ann);
        var backup = _server.Stored.Count;
        await Join(PeerOf("bob"), network);
        await _world.Advance(s_renewal);
        _server.PutBack(network.Id, backup);
        await _world.Advance(60.Seconds());
        Evidence(ann.All<TrackerEquivocated>()[0], TrackerContradiction.LowerEpoch);
    }

    [Fact]
    public async Task A_list_that_is_not_what_was_signed_with_it_is_noticed()
    {
        await using var _ = _world;
        var (ann, bob) = (PeerOf("ann"), PeerOf("bob"));
        var network = await Create(ann);
        await Join(bob, network);
        _server.Says = reply => reply is TrackedMembersListed listed ? listed with { Members = listed.Members.Take(1).ToList() } : reply;
        await List(ann, network);
        var (first, _) = Evidence(ann.Single<TrackerEquivocated>(), TrackerContradiction.OtherMembers);
        Assert.Equal(2u, first.Members);
        _server.Says = reply => reply is TrackedMembersListed listed ? listed with { More = true } : reply; // a list that does not end is none
        await List(ann, network);
        _server.Says = reply => reply;
        await List(ann, network);
        Assert.Single(ann.All<TrackerEquivocated>());
    }

    [Fact]
    public async Task A_removal_that_nobody_signed_is_noticed_in_the_list()
    {
        await using var _ = _world;
        var (ann, bob) = (PeerOf("ann"), PeerOf("bob"));
        var network = await Create(ann);
        await Join(bob, network);
        var made = Removal.Create(_server.Keys, network.Id, bob.Id, _world.Now).Record;
        _server.Says = reply =>
        {
            if (reply is not TrackedMembersListed listed || !TrackerRoot.TryParse(listed.Root, out var root)) return reply;
            // It also signs what follows from it.
            var map = new MemberMap();
            map.Put(bob.Id, made);
            List<TrackedPresence> left = [.. listed.Members.Where(member => SignedRecords.TryReadSigner(member.Record.Span, out var id) && id != bob.Id)];
            foreach (var member in left) map.Put(ann.Id, member.Record);
            return listed with { Members = left, Removals = [made], Root = TrackerRoot.Create(_server.Keys, network.Id, root.Epoch + 1, map.Root, root.Root, 1, _world.Now).Record };
        };
        await List(ann, network);
        Evidence(ann.Single<TrackerEquivocated>(), TrackerContradiction.OtherMembers);
    }

    [Fact]
    public async Task Another_key_is_noticed_and_the_first_stays_the_servers()
    {
        await using var _ = _world;
        var ann = PeerOf("ann");
        var network = await Create(ann);
        var first = _server.Keys;
        _server.Keys = new SeededPeerKeys(901);
        await Join(PeerOf("bob"), network);
        await _world.Advance(s_renewal);
        var told = ann.All<TrackerEquivocated>()[0];
        Assert.Equal((TrackerContradiction.OtherKey, first.Id), (told.How, told.Tracker));
        Assert.True(TrackerRoot.TryParse(told.Second, out var second));
        Assert.Equal(_server.Keys.Id, second.Tracker);
        Assert.Single(ann.All<TrackerEquivocated>());
    }
}
