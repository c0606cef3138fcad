using Akka.Actor;
using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

/// <summary>Who has links with whom, as a member learns it.</summary>
public class GraphTests
{
    private static async Task<(Network Network, TestPeer[] Peers)> Together(NetfluxWorld world, Topology topology, int count)
    {
        var (network, peers) = await world.Together(topology, [.. Enumerable.Range(1, count).Select(number => $"p{number:D2}")]);
        await world.Advance(20.Seconds());
        return (network, peers);
    }

    private static IEnumerable<(string, string)> Broadcasting(NetworkGraph graph) =>
        graph.Members.SelectMany(member => member.Links!.Where(link => link.CarriesBroadcasts).Select(link => (member.Peer.Name, graph.Members.Single(other => other.Peer.Id == link.To).Peer.Name)));

    /// <summary>Each link is told by both ends, and all members are connected.</summary>
    private static void AssertWhole(NetworkGraph graph, TestPeer[] peers)
    {
        Assert.Equal(peers.Select(peer => peer.Id).Order(), graph.Members.Select(member => member.Peer.Id));
        Assert.All(graph.Members, member => Assert.Equal(peers.Single(peer => peer.Id == member.Peer.Id).Name, member.Peer.Name));
        var links = graph.Members.SelectMany(member => member.Links!.Select(link => (One: member.Peer.Id, Other: link.To))).ToHashSet();
        Assert.All(links, link => Assert.Contains((link.Other, link.One), links));
    }

    [Theory, Seeds(1)]
    public async Task In_a_full_mesh_all_have_links_with_all(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await Together(world, Topology.FullMesh(), 6);
        var graph = await peers[3].Ask<NetworkGraph>(new GetNetworkGraph { Network = network.Id });
        AssertWhole(graph, peers);
        Assert.Equal(30, Broadcasting(graph).Count());
    }

    [Theory, Seeds(1)]
    public async Task In_a_star_broadcasts_go_through_the_hub_and_the_successor_has_idle_links(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Together(world, Topology.Star(), 9);
        var graph = await peers[5].AskOf<NetworkGraph>(peers[5].Networks[0].Ref, new GetNetworkGraph());
        AssertWhole(graph, peers);
        Assert.Equal(peers[1..].SelectMany(peer => new[] { ("p01", peer.Name), (peer.Name, "p01") }).Order(), Broadcasting(graph).Order());
        Assert.True(graph.Members.Sum(member => member.Links!.Count) > 16);
    }

    [Theory, Seeds(1)]
    public async Task In_gossip_links_are_few_and_broadcasts_reach_all_along_some(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Together(world, Topology.Gossip(), 14);
        for (var n = 0; n < 5; n++)
        {
            await peers[n].BroadcastAsync($"{n}");
            await world.Advance(1.Seconds());
        }
        var graph = await peers[11].AskOf<NetworkGraph>(peers[11].Networks[0].Ref, new GetNetworkGraph());
        AssertWhole(graph, peers);
        Assert.All(graph.Members, member => Assert.InRange(member.Links!.Count, 1, 10));
        var along = Broadcasting(graph).ToLookup(link => link.Item1, link => link.Item2);
        HashSet<string> reached = ["p12"];
        for (var before = 0; before < reached.Count;)
        {
            before = reached.Count;
            foreach (var name in reached.ToList()) reached.UnionWith(along[name]);
        }
        Assert.Equal(14, reached.Count);
        Assert.True(along.Sum(group => group.Count()) < graph.Members.Sum(member => member.Links!.Count));
    }

    [Theory, Seeds(3)]
    public async Task A_member_that_hangs_is_told_as_one_that_did_not_answer_and_leaving_meanwhile_is_told_too(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Together(world, Topology.FullMesh(), 4);
        peers[2].Crash();
        var began = world.Elapsed;
        var graph = await peers[0].AskOf<NetworkGraph>(peers[0].Networks[0].Ref, new GetNetworkGraph());
        Assert.Equal(["p03"], graph.Members.Where(member => member.Links is null).Select(member => member.Peer.Name));
        Assert.InRange(world.Elapsed - began, 5.9.Seconds(), 6.1.Seconds());

        var asked = peers[0].AskOf<NetworkGraph>(peers[0].Networks[0].Ref, new GetNetworkGraph());
        await peers[0].LeaveAsync();
        var failure = await Assert.ThrowsAsync<NetfluxException>(async () => await asked);
        Assert.Equal(NetfluxError.NotAMember, failure.Error);
    }
}
