using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Simulation;
using Netflux.Simulation.Measures;
using Netflux.Simulation.Network;

namespace Netflux.Tests.Overlays.Gossip;

/// <summary>Views of three leave closed circles more often than those of five: with these seeds four members have all their links with one another.</summary>
public sealed class ClosedCircleTests
{
    [Theory, InlineData(77), InlineData(104)]
    public void A_circle_that_joining_left_is_opened_without_a_server(int seed)
    {
        var world = new World((ulong)seed, new WorldSetup(1_000, new NetworkConditions(), new HyParViewOptions { ActiveView = 3 }, new PlumtreeOptions(), Sessions: null));
        foreach (var node in world.Nodes)
        {
            var number = node.Number;
            world.Time.After(TimeSpan.FromSeconds(10) * Math.Log(1 + number / 100.0), () => node.Start(number == 0 ? [] : world.DrawContacts(node, 1)));
        }
        world.Run(TimeSpan.FromSeconds(30));
        Assert.InRange(OverlayGraph.Of(world).Largest, 990, 999);
        world.Run(TimeSpan.FromMinutes(3));
        Assert.Equal(1_000, OverlayGraph.Of(world).Largest);
    }
}
