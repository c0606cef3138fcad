using Akka.Actor;
using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

public class FaultTests
{
    [Theory, Seeds(10)]
    public async Task A_dead_peer_is_suspected_by_5_s_and_gone_by_15(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await world.Meshed("ann", "bob");
        peers[1].Crash();
        var died = world.Elapsed;
        await world.Until(() => peers[0].All<PeerSuspected>().Count == 1, 5.1.Seconds());
        await world.Until(() => peers[0].All<PeerLeaving>().Count == 1, 15.Seconds() - (world.Elapsed - died));
        Assert.Equal(PeerLeavingReason.ConnectionLost, peers[0].Single<PeerLeaving>().Reason);
    }

    [Theory, Seeds(10)]
    public async Task A_peer_that_comes_back_at_once_is_told_as_restarted(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob");
        peers[1].Crash(reset: true);
        await world.Advance(0.5.Seconds());
        peers[1].Restart();
        await peers[1].JoinAsync(network.Address);
        await peers[1].BroadcastAsync("back");
        await world.Advance(2.Seconds());
        Assert.Equal(PeerLeavingReason.Restarted, peers[0].Single<PeerLeaving>().Reason);
        Assert.Equal(2, peers[0].All<PeerJoining>().Count);
        Assert.Equal(["back"], peers[0].Received);
        world.AssertPromises();
    }

    [Theory, Seeds(10)]
    public async Task Six_seconds_of_silence_lose_nothing(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await world.Meshed("ann", "bob");
        var sent = peers[0].BroadcastNumbered(50);
        world.Link(peers[0], peers[1]).BlackHole();
        await world.Advance(6.Seconds());
        world.Link(peers[0], peers[1]).Heal();
        await world.Until(() => peers[1].Received.Count == 50, 10.Seconds());
        Assert.Equal(sent, peers[1].Received);
        Assert.Empty(peers[0].All<PeerLeaving>());
        world.AssertPromises();
    }

    [Theory, Seeds(20)]
    public async Task Links_that_break_at_every_twentieth_message_lose_and_double_nothing(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await world.Meshed("ann", "bob", "cy");
        foreach (var (left, right) in new[] { (0, 1), (0, 2), (1, 2) }) world.Link(peers[left], peers[right]).Latency(1, 30).Breaks(0.05);
        var sent = new List<string>();
        for (var n = 0; n < 100; n++)
        {
            sent.AddRange(peers[0].BroadcastNumbered(10));
            await world.Advance(0.1.Seconds());
        }
        foreach (var (left, right) in new[] { (0, 1), (0, 2), (1, 2) }) world.Link(peers[left], peers[right]).Clear();
        world.AssertPromises();
        Assert.Equal(sent, peers[1].Received);
        Assert.Equal(sent, peers[2].Received);
    }

    [Theory, Seeds(10)]
    public async Task A_pair_that_cannot_link_talks_through_a_third(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob, cy) = (world.Peer("ann"), world.Peer("bob"), world.Peer("cy"));
        world.Link(bob, cy).CannotLink();
        var network = await ann.CreateAsync(Topology.FullMesh());
        await bob.JoinAsync(network.Address);
        await cy.JoinAsync(network.Address);
        await world.Advance(20.Seconds());
        await cy.SendAsync(bob, "through ann");
        await world.Advance(2.Seconds());
        Assert.Equal(["through ann"], bob.Received);
        Assert.Empty(ann.Received);
        Assert.Equal(0, world.Link(bob, cy).BytesPassed);
    }

    [Theory, Seeds(5)]
    public async Task Two_that_do_not_listen_talk_through_a_third(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob, cy) = (world.Peer("ann"), world.Peer("bob", new() { Listens = false }), world.Peer("cy", new() { Listens = false }));
        var network = await ann.CreateAsync(Topology.FullMesh());
        await world.All(bob.JoinAsync(network.Address), cy.JoinAsync(network.Address));
        await world.Advance(20.Seconds());
        world.AssertPromises();
        await cy.SendAsync(bob, "through ann");
        await world.Advance(2.Seconds());
        Assert.Equal(["through ann"], bob.Received);
    }

    [Theory, Seeds(10)]
    public async Task A_partition_parts_and_healing_joins(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await world.Meshed("ann", "bob", "cy", "dan");
        foreach (var left in peers[..2]) foreach (var right in peers[2..]) world.Link(left, right).BlackHole();
        await world.Advance(20.Seconds());
        Assert.Equal(2, peers[0].All<PeerLeaving>().Count);
        foreach (var left in peers[..2]) foreach (var right in peers[2..]) world.Link(left, right).Heal();
        world.AssertPromises();
    }

    [Theory, Seeds(10)]
    public async Task A_direction_that_is_deaf_heals(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await world.Meshed("ann", "bob", "cy");
        world.Link(peers[0], peers[1]).BlackHole(from: peers[0]);
        await world.Advance(20.Seconds());
        world.Link(peers[0], peers[1]).Heal();
        world.AssertPromises();
    }

    [Theory, Seeds(5)]
    public async Task Members_talk_while_the_server_is_down_and_register_again_when_it_is_back(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob");
        world.Server.Crash();
        var before = world.Link(peers[0], world.Server).BytesPassed;
        await peers[0].BroadcastAsync("still here");
        await world.Advance(20.Seconds());
        Assert.Equal(["still here"], peers[1].Received);
        Assert.Equal(before, world.Link(peers[0], world.Server).BytesPassed);
        world.Server.Start();
        await world.Advance(20.Seconds());
        await world.Peer("cy").JoinAsync(network.Address);
        world.AssertPromises();
    }

    [Theory, Seeds(5), Provokes(NetfluxError.Replaced)]
    public async Task A_second_run_of_an_identity_replaces_the_first(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob");
        var twin = world.Twin(peers[1], "twin");
        await world.Advance(1.Seconds());
        await twin.JoinAsync(network.Address);
        await world.Advance(5.Seconds());
        Assert.Equal(NetfluxError.Replaced, peers[1].Single<NetworkLeft>().Error);
        peers[1].Ask<PeerIdentified>(new GetPeerId()).FailsWith(NetfluxError.Replaced);
        await twin.BroadcastAsync("it is me");
        await world.Advance(1.Seconds());
        Assert.Equal(["it is me"], peers[0].Received);
    }

    [Theory, Seeds(5), Provokes(NetfluxError.Faulted)]
    public async Task A_network_actor_that_fails_is_told_as_faulted_and_the_process_lives(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob");
        peers[1].Networks[0].Ref.Tell(Kill.Instance);
        await world.Advance(1.Seconds());
        Assert.Equal(NetfluxError.Faulted, peers[1].Single<NetworkLeft>().Error);
        Assert.Equal(PeerLeavingReason.Faulted, peers[0].Single<PeerLeaving>().Reason);
        await peers[1].JoinAsync(network.Address);
        await peers[1].BroadcastAsync("again");
        await world.Advance(1.Seconds());
        Assert.Equal(["again"], peers[0].Received);
    }
}
