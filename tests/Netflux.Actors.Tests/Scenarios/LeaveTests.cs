using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

public class LeaveTests
{
    [Theory, Seeds(10)]
    public async Task Whoever_leaves_is_seen_leaving_and_hears_NetworkLeft_last(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob", "cy");
        var left = await peers[1].LeaveAsync();
        Assert.Equal((network.Id, null), (left.Network, left.Error));
        await world.Advance(1.Seconds());
        Assert.Equal(PeerLeavingReason.Left, peers[0].Single<PeerLeaving>().Reason);
        Assert.Equal(PeerLeavingReason.Left, peers[2].Single<PeerLeaving>().Reason);
        Assert.IsType<NetworkLeft>(peers[1].Events[^1]);
        world.AssertPromises();
    }

    [Theory, Seeds(10)]
    public async Task Whoever_left_can_join_again(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob");
        await peers[1].LeaveAsync();
        await world.Advance(1.Seconds());
        await peers[1].JoinAsync(network.Address);
        await peers[1].BroadcastAsync("again");
        await world.Advance(1.Seconds());
        Assert.Equal(["again"], peers[0].Received);
        world.AssertPromises();
    }

    [Theory, Seeds(10)]
    public async Task What_was_sent_before_leaving_arrives(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await world.Meshed("ann", "bob");
        world.Link(peers[0], peers[1]).Latency(50, 150);
        await peers[1].BroadcastAsync("last words");
        await peers[1].LeaveAsync();
        await world.Advance(3.Seconds());
        Assert.Equal(["last words"], peers[0].Received);
        Assert.Equal(PeerLeavingReason.Left, peers[0].Single<PeerLeaving>().Reason);
        world.AssertPromises();
    }

    [Fact, Provokes(NetfluxError.NotAMember)]
    public async Task Leaving_a_network_that_one_is_not_in_is_refused()
    {
        await using var world = new NetfluxWorld(1);
        var network = await world.Peer("ann").CreateAsync(Topology.FullMesh());
        var bob = world.Peer("bob");
        bob.LeaveAsync(network).FailsWith(NetfluxError.NotAMember);
        bob.Ask<MemberList>(new GetMembers { Network = network.Id }).FailsWith(NetfluxError.NotAMember);
    }

    [Theory, Seeds(10), Provokes(NetfluxError.Stopping)]
    public async Task Going_offline_is_not_leaving(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob", "cy");
        var gone = peers[1].GoOffline();
        peers[1].Ask<PeerIdentified>(new GetPeerId()).FailsWith(NetfluxError.Stopping);
        await gone;
        await world.Advance(1.Seconds());
        Assert.Equal(PeerLeavingReason.WentOffline, peers[0].Single<PeerLeaving>().Reason);
        Assert.Equal(NetfluxError.Stopping, peers[1].Single<NetworkLeft>().Error);
        peers[1].Restart();
        await peers[1].JoinAsync(network.Address);
        world.AssertPromises();
    }
}
