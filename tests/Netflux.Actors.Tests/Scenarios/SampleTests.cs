using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

public class SampleTests
{
    [Theory, Seeds(50)]
    public async Task A_broadcast_survives_a_cut_and_a_crash_is_told(int seed)
    {
        await using var world = new NetfluxWorld(seed);               // virtual clock, in-memory server and links
        var (ann, bob, cy) = (world.Peer("ann"), world.Peer("bob"), world.Peer("cy"));
        var network = await ann.CreateAsync(Topology.FullMesh());
        await world.All(bob.JoinAsync(network.Address), cy.JoinAsync(network.Address));
        world.Link(ann, bob).Latency(20, 200).Loss(0.2).Duplicate(0.05);
        var sent = ann.BroadcastNumbered(1_000);
        world.Link(ann, bob).Cut(midFrame: true);
        await world.Until(() => bob.Received.Count == 1_000 && cy.Received.Count == 1_000, within: TimeSpan.FromSeconds(60));
        Assert.Equal(sent, bob.Received);
        cy.Crash();
        await world.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(PeerLeavingReason.ConnectionLost, bob.Single<PeerLeaving>().Reason);
        world.AssertPromises();                                       // the checkers of DESIGN §7
    }

    [Theory, Seeds(5)]
    public async Task The_same_seed_gives_the_same_run_byte_for_byte(int seed)
    {
        async Task<string> Trace()
        {
            await using var world = new NetfluxWorld(seed);
            var (network, peers) = await world.Meshed("ann", "bob", "cy");
            world.Link(peers[0], peers[1]).Latency(5, 90).Loss(0.1).Breaks(0.02);
            peers[0].BroadcastNumbered(200);
            peers[1].BroadcastNumbered(200);
            await world.Advance(20.Seconds());
            peers[2].Restart();
            await peers[2].JoinAsync(network.Address);
            await peers[1].LeaveAsync();
            await world.Advance(20.Seconds());
            return world.Trace;
        }
        var first = await Trace();
        Assert.Contains("Broadcast from ann", first, StringComparison.Ordinal);
        Assert.Equal(first, await Trace());
    }
}
