using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Transport.Signaling;

namespace Netflux.Scenarios;

public class CreateAndJoinTests
{
    [Fact]
    public async Task A_creator_is_the_first_member_and_the_door_is_at_the_server()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann");
        var network = await ann.CreateAsync(Topology.FullMesh(), "Lobby");
        Assert.Equal("ws://server.memory/net/lobby", network.Address!.ToString());
        Assert.Equal("lobby", network.Name);
        Assert.Empty((await ann.AskOf<MemberList>(network.Ref, new GetMembers())).Members);
        Assert.Equal(network, Assert.Single((await ann.Ask<NetworkList>(new GetNetworks())).Networks));
        world.AssertPromises();
    }

    [Theory, Seeds(10)]
    public async Task Whoever_joins_hears_who_is_there_and_the_others_hear_of_it(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob"));
        var network = await ann.CreateAsync(Topology.FullMesh());
        await bob.JoinAsync(network.Address);
        await world.Advance(1.Seconds());
        Assert.Equal(ann.Id, Assert.Single(bob.Single<NetworkJoined>().Members).Id);
        Assert.Empty(bob.All<PeerJoining>());
        Assert.Equal((bob.Id, "bob"), (ann.Single<PeerJoining>().Peer.Id, ann.Single<PeerJoining>().Peer.Name));
        world.AssertPromises();
    }

    [Theory, Seeds(5)]
    public async Task Twelve_who_join_at_the_same_time_all_see_each_other(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var ann = world.Peer("ann");
        var network = await ann.CreateAsync(Topology.FullMesh());
        await world.All([.. Enumerable.Range(0, 12).Select(n => world.Peer($"p{n}").JoinAsync(network.Address))]);
        world.AssertPromises();
    }

    [Theory, Seeds(10)]
    public async Task Of_two_who_join_or_create_at_once_one_creates(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob"));
        NetworkAddress address = "ws://server.memory/net/lobby";
        var networks = await world.All(ann.JoinAsync(address, Topology.FullMesh()), bob.JoinAsync(address, Topology.FullMesh()));
        Assert.Equal(networks[0].Id, networks[1].Id);
        await world.Advance(2.Seconds());
        world.AssertPromises();
        Assert.Equal(bob.Id, Assert.Single((await ann.AskOf<MemberList>(networks[0].Ref, new GetMembers())).Members).Id);
    }

    [Fact, Provokes(NetfluxError.InvalidTopology)]
    public async Task A_bad_topology_is_explained()
    {
        await using var world = new NetfluxWorld(1);
        var failure = world.Peer("ann").Ask<NetworkCreated>(new CreateNetwork("""{"type":"full-mush"}""")).FailsWith(NetfluxError.InvalidTopology);
        Assert.Contains("full-mesh", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.CanRetry);
    }

    [Fact, Provokes(NetfluxError.InvalidAddress)]
    public async Task A_name_without_a_server_is_refused()
    {
        await using var world = new NetfluxWorld(1);
        world.Peer("ann", new() { HasServer = false }).CreateAsync(Topology.FullMesh(), "lobby").FailsWith(NetfluxError.InvalidAddress);
    }

    [Fact, Provokes(NetfluxError.AlreadyMember)]
    public async Task Joining_twice_is_refused()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann");
        var network = await ann.CreateAsync(Topology.FullMesh());
        var failure = ann.JoinAsync(network.Address).FailsWith(NetfluxError.AlreadyMember);
        Assert.Equal(network.Id, failure.Network);
    }

    [Fact, Provokes(NetfluxError.NetworkNotFound)]
    public async Task A_name_that_nobody_registered_is_not_found()
    {
        await using var world = new NetfluxWorld(1);
        Assert.True(world.Peer("ann").JoinAsync($"{world.Server.Url}net/nowhere").FailsWith(NetfluxError.NetworkNotFound).CanRetry);
    }

    [Fact, Provokes(NetfluxError.NameTaken)]
    public async Task A_name_is_given_once()
    {
        await using var world = new NetfluxWorld(1);
        await world.Peer("ann").CreateAsync(Topology.FullMesh(), "lobby");
        world.Peer("bob").CreateAsync(Topology.FullMesh(), "lobby").FailsWith(NetfluxError.NameTaken);
    }

    [Theory, Seeds(5), Provokes(NetfluxError.NetworkFull)]
    public async Task A_full_network_takes_nobody(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob, cy) = (world.Peer("ann"), world.Peer("bob"), world.Peer("cy"));
        var network = await ann.CreateAsync(Topology.FullMesh(maxMembers: 2));
        await bob.JoinAsync(network.Address);
        await world.Advance(4.Seconds());      // members for 3 s are elders, and elders stay
        cy.JoinAsync(network.Address).FailsWith(NetfluxError.NetworkFull);
        world.AssertPromises();
    }

    [Fact, Provokes(NetfluxError.NotAdmitted)]
    public async Task A_network_by_invitation_refuses_strangers()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann");
        var network = (await ann.Ask<NetworkCreated>(new CreateNetwork("""{"type":"full-mesh","join":"invite"}"""))).Network;
        world.Peer("bob").JoinAsync(network.Address).FailsWith(NetfluxError.NotAdmitted);
    }

    [Fact, Provokes(NetfluxError.ServerUnreachable)]
    public async Task A_server_that_is_down_is_told_within_five_seconds()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann");
        world.Server.Stop();
        var began = world.Elapsed;
        Assert.True(ann.CreateAsync(Topology.FullMesh()).FailsWith(NetfluxError.ServerUnreachable).CanRetry);
        Assert.True(world.Elapsed - began <= 5.Seconds(), $"after {world.Elapsed - began}");
    }

    [Fact, Provokes(NetfluxError.NotASignalingServer)]
    public async Task A_web_site_is_no_signaling_server()
    {
        await using var world = new NetfluxWorld(1);
        world.Peer("ann", new() { Server = world.AddWebSite("shop") }).CreateAsync(Topology.FullMesh()).FailsWith(NetfluxError.NotASignalingServer);
    }

    [Fact, Provokes(NetfluxError.TrackingNotSupported)]
    public async Task A_plain_server_does_not_track()
    {
        await using var world = new NetfluxWorld(1);
        var network = await world.Peer("ann").CreateAsync(Topology.FullMesh());
        world.Peer("bob").Ask<NetworkJoined>(new JoinNetwork(network.Address!) { Track = true }).FailsWith(NetfluxError.TrackingNotSupported);
    }

    [Fact, Provokes(NetfluxError.ServerBusy)]
    public async Task A_server_that_is_full_says_so()
    {
        await using var world = new NetfluxWorld(1);
        var small = world.AddServer("small", new SignalingServerOptions { DoorsMax = 1 });
        await world.Peer("ann", new() { Server = small.Url }).CreateAsync(Topology.FullMesh());
        Assert.True(world.Peer("bob", new() { Server = small.Url }).CreateAsync(Topology.FullMesh()).FailsWith(NetfluxError.ServerBusy).CanRetry);
    }

    [Theory, Seeds(3), Provokes(NetfluxError.PeerUnreachable)]
    public async Task Members_that_cannot_be_reached_are_told(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob", new() { RequestTimeout = 60.Seconds() }));
        var network = await ann.CreateAsync(Topology.FullMesh());
        world.Link(ann, bob).CannotLink();
        bob.JoinAsync(network.Address).FailsWith(NetfluxError.PeerUnreachable);
    }

    [Fact, Provokes(NetfluxError.TooMany)]
    public async Task A_process_is_in_so_many_networks_at_once()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann", new() { Facade = options => options with { NetworksMax = 1 } });
        await ann.CreateAsync(Topology.FullMesh());
        ann.CreateAsync(Topology.FullMesh()).FailsWith(NetfluxError.TooMany);
    }

    [Fact, Provokes(NetfluxError.VersionNotSupported)]
    public async Task A_server_of_another_version_is_told()
    {
        await using var world = new NetfluxWorld(1);
        var future = FutureServer.Start(world);
        world.Peer("ann", new() { Server = future }).CreateAsync(Topology.FullMesh()).FailsWith(NetfluxError.VersionNotSupported);
    }
}
