using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

/// <summary>A full mesh becomes a gossip network while its members send.</summary>
public class GrowthTests
{
    private const int GrowAt = 8;

    private static string[] Names(int count) => [.. Enumerable.Range(1, count).Select(number => $"p{number:D2}")];

    /// <summary>All broadcast, and each sends to another, for so long.</summary>
    private static async Task Talk(NetfluxWorld world, TimeSpan span, params TestPeer[] peers)
    {
        for (var until = world.Elapsed + span; world.Elapsed < until; await world.Advance(Min(0.1.Seconds(), until - world.Elapsed)))
        {
            foreach (var (number, peer) in peers.Where(peer => peer.IsRunning).Index())
            {
                peer.BroadcastNumbered(1);
                if (peers[(number + 3) % peers.Length] is { IsRunning: true } to && to != peer) peer.SendNumbered(to, 1);
            }
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static async Task<int> LinksOf(TestPeer peer) => (await peer.Ask<PeerList>(new GetPeers())).Peers.Count;

    private static async Task AssertGrown(NetfluxWorld world, params TestPeer[] peers)
    {
        await world.Advance(60.Seconds());
        var links = 0;
        foreach (var peer in peers)
        {
            Assert.Equal(peers.Length - 1, (await peer.AskOf<MemberList>(peer.Networks[0].Ref, new GetMembers())).Members.Count);
            links += await LinksOf(peer);
        }
        Assert.InRange(links, 2 * (peers.Length - 1), peers.Length * (peers.Length - 1) - 2);   // not all pairs
    }

    [Theory, Seeds(3)]
    public async Task It_grows_while_all_send(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Together(Topology.Growing(GrowAt), Names(GrowAt - 1));
        await Talk(world, 2.Seconds(), peers);
        foreach (var peer in peers) Assert.Equal(GrowAt - 2, await LinksOf(peer));
        foreach (var name in Names(14)[(GrowAt - 1)..])
        {
            var joiner = world.Peer(name);
            await joiner.JoinAsync(network.Address);
            peers = [.. peers, joiner];
            await Talk(world, 1.Seconds(), peers);
        }
        await Talk(world, 5.Seconds(), peers);
        world.AssertPromises();
        await AssertGrown(world, peers);
    }

    /// <summary>From before the member comes with whom there are enough, until all have moved.</summary>
    public static TheoryData<int> Steps => [0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1_200, 1_600];

    [Theory, MemberData(nameof(Steps))]
    public async Task The_proposer_may_crash_at_any_step(int milliseconds)
    {
        await using var world = new NetfluxWorld(milliseconds + 1);
        var (network, peers) = await world.Together(Topology.Growing(GrowAt), Names(GrowAt - 1));
        var joiner = world.Peer("joiner");
        var join = joiner.JoinAsync(network.Address);
        await Talk(world, TimeSpan.FromMilliseconds(milliseconds), peers);
        peers[0].Crash(reset: milliseconds % 10 == 0);
        await join;
        TestPeer[] rest = [.. peers[1..], joiner];
        await Talk(world, 25.Seconds(), rest);
        world.AssertPromises();
        // Where nobody had heard of the next epoch yet, it begins when there are enough again.
        var late = world.Peer("late");
        await late.JoinAsync(network.Address);
        await Talk(world, 5.Seconds(), [.. rest, late]);
        world.AssertPromises();
        await AssertGrown(world, [.. rest, late]);
    }
}
