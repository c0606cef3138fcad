using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

/// <summary>A full mesh becomes a gossip network while its members send.</summary>
public class GrowthTests
{
    private const int GrowAt = 8;

    private static string[] Names(int count) => [.. Enumerable.Range(1, count).Select(number => $"p{number:D2}")];

    /// <summary>All broadcast, and each sends to another, for so long.</summary>
    private static Task Talk(NetfluxWorld world, TimeSpan span, params TestPeer[] peers) => Talk(world, span, 0.1.Seconds(), peers);

    private static async Task Talk(NetfluxWorld world, TimeSpan span, TimeSpan pause, TestPeer[] peers)
    {
        for (var until = world.Elapsed + span; world.Elapsed < until; await world.Advance(Min(pause, until - world.Elapsed)))
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
        await world.Advance(40.Seconds());
        var links = 0;
        foreach (var peer in peers)
        {
            peer.Single<NetworkGrown>();
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
        await Talk(world, 2.Seconds(), peers);
        world.AssertPromises();
        await AssertGrown(world, peers);
    }

    /// <summary>From before the member comes with whom there are enough, until all have moved.</summary>
    private static readonly int[] s_steps = [0, 10, 25, 40, 50, 75, 100, 150, 200, 300, 500, 1_000];

    public static TheoryData<int> Steps => [.. s_steps.Where((_, place) => place % (s_steps.Length / SeedsAttribute.PlayedOf(s_steps.Length)) == 0)];

    [Theory, MemberData(nameof(Steps))]
    public async Task The_proposer_may_crash_at_any_step(int milliseconds)
    {
        await using var world = new NetfluxWorld(milliseconds + 1);
        var (network, peers) = await world.Together(Topology.Growing(GrowAt), Names(GrowAt - 1));
        var joiner = world.Peer("joiner");
        var join = joiner.JoinAsync(network.Address);
        await Talk(world, TimeSpan.FromMilliseconds(milliseconds), peers);
        var proposer = peers.MinBy(peer => peer.Id)!;   // all began at the same time
        proposer.Crash(reset: milliseconds % 20 == 0);
        await join;
        TestPeer[] rest = [.. peers.Where(peer => peer != proposer), joiner];
        await Talk(world, 2.Seconds(), rest);
        await Talk(world, 18.Seconds(), 1.Seconds(), rest);
        world.AssertPromises();
        // Where nobody had heard of the next epoch yet, it begins when there are enough again.
        var late = world.Peer("late");
        await late.JoinAsync(network.Address);
        await Talk(world, 2.Seconds(), [.. rest, late]);
        world.AssertPromises();
        await AssertGrown(world, [.. rest, late]);
    }

    [Theory, Seeds(3)]
    public async Task Halves_of_which_one_has_grown_come_together(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Together(Topology.Growing(GrowAt), Names(GrowAt - 1));
        var (left, right) = (peers[..4], peers[4..]);
        foreach (var one in left) foreach (var other in right) world.Link(one, other).BlackHole();
        await world.Advance(20.Seconds());
        for (var n = 0; n < 4; n++)
        {
            var joiner = world.Peer($"new{n}");
            foreach (var other in right) world.Link(joiner, other).BlackHole();
            await joiner.JoinAsync(network.Address);
            left = [.. left, joiner];
        }
        await Talk(world, 5.Seconds(), left);
        foreach (var one in left) foreach (var other in right) world.Link(one, other).Heal();
        await world.Advance(60.Seconds());
        await Talk(world, 2.Seconds(), [.. left, .. right]);
        world.AssertPromises();
        await AssertGrown(world, [.. left, .. right]);
    }

    [Theory, Seeds(3)]
    public async Task A_slow_member_holds_growth_up_for_a_while_only(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Together(Topology.Growing(GrowAt), Names(GrowAt - 1));
        peers[2].Pause();
        await peers[0].BroadcastAsync("not taken in");
        var joiner = world.Peer("joiner");
        await joiner.JoinAsync(network.Address);
        peers = [.. peers, joiner];
        await world.Advance(15.Seconds());
        peers[2].Resume();
        await Talk(world, 3.Seconds(), peers);
        Assert.Equal(peers[2].Id, peers[0].Single<MessagesUndelivered>().Peer);
        await AssertGrown(world, peers);
        Assert.All(peers[1..^1], peer => Assert.Contains("not taken in", peer.Received));
    }
}
