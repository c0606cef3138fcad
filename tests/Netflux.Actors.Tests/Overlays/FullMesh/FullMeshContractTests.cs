using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.FullMesh;

namespace Netflux.Tests.Overlays.FullMesh;

public sealed class FullMeshContractTests : OverlayContract
{
    private protected override Topology TopologyFor(int places) => Topology.FullMesh(places);

    private protected override IOverlay Create(Genesis genesis, IRandomSource random, IPeerKeys keys) => new FullMeshOverlay(genesis, new FullMeshOptions(), random);

    private protected override void AssertPaths(OverlayWorld world)
    {
        foreach (var node in world.Alive)
        {
            Assert.Equal(node.Overlay.Members.Select(member => member.Id), node.Overlay.BroadcastTargets);
            Assert.All(node.Overlay.Members, member => Assert.Equal(member.Id, node.Overlay.NextHop(member.Id)));
        }
    }

    [Fact]
    public void A_pair_without_a_path_goes_through_another_and_heals() => ForSeeds(50, seed =>
    {
        var world = Network(seed, 4);
        world.Cut(1, 2);
        world.Run(TimeSpan.FromSeconds(30));
        AssertViewsAgree(world);
        Assert.Empty(world.Nodes[1].Log.OfType<AnnounceLeaving>());
        Assert.Equal(world.Nodes[1].Overlay.Carriers(world.Nodes[2].Id), world.Nodes[2].Overlay.Carriers(world.Nodes[1].Id));
        Assert.Equal(2, world.Nodes[1].Overlay.Carriers(world.Nodes[2].Id).Count);
        world.Heal();
        world.Run(Agreement);
        AssertViewsAgree(world);
    });

    [Fact]
    public void The_smallest_id_takes_the_last_place() => ForSeeds(50, seed =>
    {
        var (world, newcomers) = SeveralForTheLastPlaces(seed);
        Assert.Contains(newcomers.MinBy(node => node.Id)!, world.Alive);
    });
}
