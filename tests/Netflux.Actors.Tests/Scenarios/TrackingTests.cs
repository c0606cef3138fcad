using Akka.Actor;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Server;
using TrackedMembers = Netflux.Messages.TrackedMembers;

namespace Netflux.Scenarios;

/// <summary>Networks that a server remembers, as peers see them.</summary>
public class TrackingTests
{
    private static (NetfluxWorld World, TrackingServer Server) NewWorld(int seed = 1)
    {
        var world = new NetfluxWorld(seed);
        return (world, new TrackingServer(world));
    }

    private static TestPeer PeerOf(NetfluxWorld world, TrackingServer server, string name) => world.Peer(name, new() { Server = server.Url });

    private static WorldOperation<NetworkCreated> Create(TestPeer peer, string? name = null, Topology? topology = null) =>
        peer.Ask<NetworkCreated>(new CreateNetwork((topology ?? Topology.FullMesh()).Json) { Name = name, Track = true, Subscriber = peer.Subscriber });

    private static WorldOperation<NetworkJoined> Join(TestPeer peer, Network network) =>
        peer.Ask<NetworkJoined>(new JoinNetwork(network.Address!) { Subscriber = peer.Subscriber });

    private static WorldOperation<NetworkLeft> Leave(TestPeer peer, Network network) => peer.Ask<NetworkLeft>(new LeaveNetwork(network.Id));

    private static async Task<IReadOnlyList<Network>> NetworksOf(TestPeer peer) => (await peer.Ask<NetworkList>(new GetNetworks())).Networks;

    // ---- Creating and joining ----

    [Fact]
    public async Task A_creator_is_remembered_before_it_has_the_network()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        server.Holds = message => message is PutTracked;
        var ann = PeerOf(world, server, "ann");
        var creating = Create(ann, "lobby");
        await world.Advance(2.Seconds());
        Assert.False(creating.IsCompleted);
        Assert.Single(server.Stored.OfType<NetworkTracked>());
        Assert.Empty(server.Stored.OfType<MemberPut>());
        server.Release();
        var network = (await creating).Network;
        Assert.True(network.IsTracked);
        Assert.Equal([ann.Id], server.Members(network.Id));
        Assert.Equal([network], await NetworksOf(ann));
    }

    [Fact]
    public async Task Whoever_joins_is_remembered_before_it_is_in_the_network()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann)).Network;
        server.Holds = message => message is PutTracked;
        var joining = Join(bob, network);
        await world.Advance(2.Seconds());
        Assert.False(joining.IsCompleted);
        server.Release();
        var joined = await joining;
        Assert.True(joined.Network.IsTracked);
        Assert.Equal(ann.Id, Assert.Single(joined.Members).Id);
        Assert.Equal(new[] { ann.Id, bob.Id }.Order(), server.Members(network.Id));
        world.AssertPromises();
    }

    [Fact]
    public async Task A_network_is_joined_where_nobody_is_online()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann, "lobby")).Network;
        await ann.GoOffline();
        Assert.Empty((await Join(bob, network)).Members);
        Assert.Equal(new[] { ann.Id, bob.Id }.Order(), server.Members(network.Id));
    }

    [Theory, InlineData("""{"type":"full-mesh"}"""), InlineData("""{"type":"star"}"""), InlineData("""{"type":"gossip"}""")]
    public async Task A_network_is_joined_while_the_only_one_that_is_online_goes(string json)
    {
        Assert.True(Topology.TryParse(json, out var topology, out var _));
        for (var after = 0; after <= 120; after += 3)
        {
            var (world, server) = NewWorld();
            await using var _ = world;
            var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
            var network = (await Create(ann, topology: topology)).Network;
            var joining = Join(bob, network);
            await world.Advance(TimeSpan.FromMilliseconds(after));
            world.Network.Kill("ann", reset: true);
            await world.Advance(9.5.Seconds());
            Assert.True(joining.IsCompleted, $"{json}, {after} ms");
            Assert.True((await joining).Members.Count <= 1);
            Assert.Equal([network.Id], (await NetworksOf(bob)).Select(n => n.Id));
        }
    }

    [Fact]
    public async Task Whoever_finds_all_gone_that_were_online_does_not_wait_for_them()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann)).Network;
        server.Holds = message => message is PutTracked;
        var joining = Join(bob, network);
        await world.Advance(1.Seconds());
        await ann.GoOffline();
        server.Release();
        await world.Advance(1.Seconds());
        Assert.True(joining.IsCompleted);
        Assert.Empty((await joining).Members);
        var back = PeerOf(world, server, "ann-again");
        Assert.Equal(bob.Id, Assert.Single((await Join(back, network)).Members).Id);
    }

    [Fact, Provokes(NetfluxError.PeerUnreachable)]
    public async Task Whoever_reaches_nobody_of_those_that_are_online_is_told_so()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann)).Network;
        server.Holds = message => message is PutTracked;
        var joining = Join(bob, network);
        await world.Advance(1.Seconds());
        world.Network.Kill("ann", reset: false);   // of which the server hears later
        server.Release();
        joining.FailsWith(NetfluxError.PeerUnreachable);
        Assert.Empty(await NetworksOf(bob));
    }

    [Fact, Provokes(NetfluxError.NetworkFull)]
    public async Task Whoever_is_not_remembered_is_not_in_the_network_and_leaves_the_door()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann)).Network;
        server.Fails = NetfluxError.NetworkFull;
        var failure = Join(bob, network).FailsWith(NetfluxError.NetworkFull);
        Assert.Equal(network.Id, failure.Network);
        Assert.Empty(await NetworksOf(bob));
        await world.Advance(1.Seconds());
        Assert.Equal([ann.Id], server.Members(network.Id));
        Assert.Equal(1, Assert.Single((await ann.Ask<TrackedNetworks>(new GetTrackedNetworks())).Networks).Online); // bob stands at the door no more
        server.Fails = null;
        await Join(bob, network);
        Assert.Equal(2, Assert.Single((await ann.Ask<TrackedNetworks>(new GetTrackedNetworks())).Networks).Online);
    }

    [Fact, Provokes(NetfluxError.TimedOut)]
    public async Task A_server_that_does_not_store_in_time_fails_the_request_and_what_comes_later_is_nothing()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        server.Holds = message => message is PutTracked;
        var ann = PeerOf(world, server, "ann");
        var failure = Create(ann).FailsWith(NetfluxError.TimedOut);
        await world.Advance(1.Seconds());
        server.Release();
        await world.Advance(2.Seconds());
        Assert.Empty(await NetworksOf(ann));
        Assert.Empty(server.Members(failure.Network!.Value)); // the door was closed before
    }

    [Fact, Provokes(NetfluxError.AlreadyMember)]
    public async Task Of_two_who_ask_for_the_same_network_at_once_one_gets_it()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann)).Network;
        server.Holds = message => message is PutTracked;
        var (first, second) = (Join(bob, network), Join(bob, network));
        await world.Advance(1.Seconds());
        server.Release();
        await first;
        second.FailsWith(NetfluxError.AlreadyMember);
        await bob.Ask<MemberList>(new GetMembers { Network = network.Id });
        world.AssertPromises();
    }

    [Fact]
    public async Task A_request_that_is_withdrawn_leaves_the_door_to_another()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann)).Network;
        server.Holds = message => message is PutTracked;
        var (withdrawn, other) = (new JoinNetwork(network.Address!), Join(bob, network));
        var withdrawing = bob.Ask<NetworkJoined>(withdrawn);
        await world.Advance(1.Seconds());
        await bob.Ask<RequestCancelled>(new CancelRequest(withdrawn.RequestId));
        withdrawing.FailsWith(NetfluxError.Cancelled);
        server.Release();
        await other;
        Assert.Equal(2, Assert.Single((await ann.Ask<TrackedNetworks>(new GetTrackedNetworks())).Networks).Online);
    }

    [Fact, Provokes(NetfluxError.NotAdmitted)]
    public async Task A_closed_network_takes_nobody_who_was_not_invited()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        Assert.True(Topology.TryParse("""{"type":"full-mesh","join":"invite"}""", out var closed, out var _));
        var network = (await Create(ann, topology: closed)).Network;
        Join(bob, network).FailsWith(NetfluxError.NotAdmitted);
        await world.Advance(1.Seconds());
        Assert.Equal([ann.Id], server.Members(network.Id));
        Assert.Empty((await ann.Ask<TrackedNetworks>(new GetTrackedNetworks())).Networks);
    }

    // ---- Leaving ----

    [Fact]
    public async Task The_server_is_told_before_anybody_hears_of_a_leave()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann)).Network;
        await Join(bob, network);
        await world.Advance(1.Seconds());
        server.Holds = message => message is RemoveTracked;
        var leaving = Leave(bob, network);
        await world.Advance(2.Seconds());
        Assert.False(leaving.IsCompleted);
        Assert.Empty(ann.All<PeerLeaving>());
        server.Release();
        Assert.Null((await leaving).Error);
        Assert.Equal([ann.Id], server.Members(network.Id));
        await world.Advance(2.Seconds());
        Assert.Equal(PeerLeavingReason.Left, ann.Single<PeerLeaving>().Reason);
        world.AssertPromises();
    }

    [Fact, Provokes(NetfluxError.ServerBusy)]
    public async Task Whoever_cannot_be_forgotten_stays_a_member()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann)).Network;
        var joined = (await Join(bob, network)).Network;
        server.Fails = NetfluxError.ServerBusy;
        Leave(bob, network).FailsWith(NetfluxError.ServerBusy);
        await bob.BroadcastAsync("still here", joined);
        await world.Advance(1.Seconds());
        Assert.Equal(["still here"], ann.Received);
        server.Fails = null;
        await Leave(bob, network);
        Assert.Equal([ann.Id], server.Members(network.Id));
    }

    [Fact, Provokes(NetfluxError.ServerUnreachable)]
    public async Task Where_the_server_is_away_nobody_leaves()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var ann = PeerOf(world, server, "ann");
        var network = (await Create(ann)).Network;
        server.Stop();
        await world.Advance(1.Seconds());
        Leave(ann, network).FailsWith(NetfluxError.ServerUnreachable);
        Assert.Equal([network], await NetworksOf(ann));
    }

    [Fact]
    public async Task Where_the_server_remembers_nothing_any_more_there_is_nothing_to_take_back()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var ann = PeerOf(world, server, "ann");
        var network = (await Create(ann)).Network;
        server.LoseAll();
        await world.Advance(40.Seconds());   // the door is registered again
        Assert.Null((await Leave(ann, network)).Error);
        Assert.Empty(await NetworksOf(ann));
    }

    [Fact, Provokes(NetfluxError.NotAMember)]
    public async Task Each_of_two_leaves_at_once_is_answered()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var ann = PeerOf(world, server, "ann");
        var network = (await Create(ann)).Network;
        server.Holds = message => message is RemoveTracked;
        var (first, second) = (Leave(ann, network), Leave(ann, network));
        await world.Advance(1.Seconds());
        server.Release();
        await first;
        second.FailsWith(NetfluxError.NotAMember);
    }

    // ---- Members ----

    [Fact]
    public async Task Members_are_listed_online_or_not()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var begun = world.Now;
        var network = (await Create(ann)).Network;
        await world.Advance(5.Seconds());
        await Join(bob, network);
        await bob.GoOffline();
        await world.Advance(1.Seconds());
        var listed = await ann.Ask<TrackedMembers>(new GetTrackedMembers(network.Id));
        Assert.Equal(network.Id, listed.Network);
        Assert.Equal(new[] { (ann.Id, "ann"), (bob.Id, "bob") }.OrderBy(m => m.Item1), listed.Members.Select(m => (m.Id, m.Name)));
        var (a, b) = (listed.Members.Single(m => m.Id == ann.Id), listed.Members.Single(m => m.Id == bob.Id));
        Assert.InRange(a.Since, begun, begun + 5.Seconds());
        Assert.InRange(a.OnlineSince!.Value, begun, begun + 5.Seconds());
        Assert.InRange(b.Since, begun + 5.Seconds(), world.Now);
        Assert.Null(b.OnlineSince);
    }

    [Fact]
    public async Task Members_whose_record_does_not_hold_are_not_shown()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann)).Network;
        var other = (await Create(ann)).Network;
        await Join(bob, network);
        var ofOther = server.Stored.OfType<MemberPut>().ElementAt(1);
        Assert.Equal(ann.Id, ofOther.Member);
        server.Says = reply => reply is TrackedMembersListed listed
            ? listed with { Members = [.. listed.Members, listed.Members[0] with { Record = listed.Members[0].Record[..^1] }, listed.Members[0] with { Record = ofOther.Record }, listed.Members[0] with { Record = default }] }
            : reply;
        var listed = await bob.Ask<TrackedMembers>(new GetTrackedMembers(network.Id));
        Assert.Equal(new[] { ann.Id, bob.Id }.Order(), listed.Members.Select(m => m.Id));
        Assert.NotEqual(network.Id, other.Id);
    }

    [Fact, Provokes(NetfluxError.TrackingNotSupported)]
    public async Task Of_a_network_that_nobody_remembers_no_members_are_listed()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var ann = PeerOf(world, server, "ann");
        var network = await ann.CreateAsync(Topology.FullMesh());
        Assert.False(network.IsTracked);
        ann.Ask<TrackedMembers>(new GetTrackedMembers(network.Id)).FailsWith(NetfluxError.TrackingNotSupported);
        ann.Ask<TrackedMemberRemoved>(new RemoveTrackedMember(network.Id, ann.Id)).FailsWith(NetfluxError.TrackingNotSupported);
        var bob = world.Peer("bob"); // at a plain server
        bob.Ask<TrackedNetworks>(new GetTrackedNetworks()).FailsWith(NetfluxError.TrackingNotSupported);
    }

    [Fact]
    public async Task Members_of_a_network_that_was_left_meanwhile_are_not_listed()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var ann = PeerOf(world, server, "ann");
        var network = (await Create(ann)).Network;
        server.Holds = message => message is ListTrackedMembers;
        var listing = ann.Ask<TrackedMembers>(new GetTrackedMembers(network.Id));
        await Leave(ann, network);
        await world.Advance(2.Seconds());
        server.Release();
        listing.FailsWith(NetfluxError.NotAMember);
    }

    [Fact]
    public async Task The_creator_removes_a_member_and_others_may_not()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann)).Network;
        await Join(bob, network);
        bob.Ask<TrackedMemberRemoved>(new RemoveTrackedMember(network.Id, ann.Id)).FailsWith(NetfluxError.NotAdmitted);
        Assert.Equal(new TrackedMemberRemoved(network.Id, bob.Id), await ann.Ask<TrackedMemberRemoved>(new RemoveTrackedMember(network.Id, bob.Id)));
        Assert.Equal([ann.Id], server.Members(network.Id));
        bob.Ask<TrackedMembers>(new GetTrackedMembers(network.Id)).FailsWith(NetfluxError.NotAMember);
    }

    [Fact]
    public async Task Networks_that_anybody_may_join_are_listed()
    {
        var (world, server) = NewWorld();
        await using var _ = world;
        var (ann, bob) = (PeerOf(world, server, "ann"), PeerOf(world, server, "bob"));
        var network = (await Create(ann, "lobby")).Network;
        await ann.CreateAsync(Topology.FullMesh(), "not-remembered");
        Assert.Equal(new TrackedNetwork(network.Id, "lobby", network.Topology, 1, 1), Assert.Single((await bob.Ask<TrackedNetworks>(new GetTrackedNetworks())).Networks));
    }
}
