using Netflux.Identity;
using Netflux.Overlays.Star;

namespace Netflux.Tests.Overlays.Star;

/// <summary>What holds of a star that is whole.</summary>
internal static class StarWays
{
    public static StarOverlay Star(this Node node) => (StarOverlay)node.Overlay;

    public static Node HubOf(OverlayWorld world) => world.Alive.Single(node => node.Star().Rules);

    /// <summary>One hub, which all follow in the same epoch; messages go through it.</summary>
    public static void AssertWhole(OverlayWorld world)
    {
        if (!world.Alive.Any()) return;
        var hub = HubOf(world);
        var ids = world.Alive.Select(node => node.Id).Where(id => id != hub.Id).Order().ToList();
        Assert.Equal(ids, hub.Overlay.BroadcastTargets);
        Assert.All(ids, id => Assert.Equal(id, hub.Overlay.NextHop(id)));
        foreach (var node in world.Alive.Where(node => node != hub))
        {
            Assert.Equal(((PeerId?)hub.Id, hub.Star().Epoch), (node.Star().Hub, node.Star().Epoch));
            Assert.Equal([hub.Id], node.Overlay.BroadcastTargets);
            Assert.All(node.Overlay.Members, member => Assert.Equal(hub.Id, node.Overlay.NextHop(member.Id)));
        }
    }
}
