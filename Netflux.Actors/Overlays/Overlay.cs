using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Overlays.FullMesh;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Star;

namespace Netflux.Overlays;

/// <summary>Which core a topology means.</summary>
internal static class Overlay
{
    /// <param name="run">Names what this member broadcasts in a topology whose members pass broadcasts on.</param>
    public static IOverlay Of(Genesis genesis, IPeerKeys keys, Incarnation run, DateTimeOffset wallClock, IRandomSource random) => genesis.Topology.Type switch
    {
        TopologyType.FullMesh => new FullMeshOverlay(genesis, new FullMeshOptions(), random),
        TopologyType.Gossip => new GossipOverlay(genesis, GossipOptions.For(genesis.Topology), keys, run, wallClock, random),
        TopologyType.Star => new StarOverlay(genesis, new StarOptions(), keys, random),
        _ => throw new ArgumentOutOfRangeException(nameof(genesis), genesis.Topology.Type, "A topology is parsed before its network is made."),
    };

    public static IMessageRoute RouteOf(Genesis genesis, IOverlay overlay, IPeerKeys keys, Incarnation run, IMessageRoutePort port) => overlay switch
    {
        GossipOverlay gossip => new GossipRoute(port, gossip, keys, genesis.Network, GossipRouteOptions.Default),
        StarOverlay star => new StarRoute(port, star, keys, genesis, run, StarRouteOptions.Default),
        _ => new DirectRoute(port),
    };

    /// <summary>In a gossip network nobody waits for the slow, so nobody is dropped for slowness; in a star the hub judges who is slow.</summary>
    public static Topology LimitsOf(Topology topology) => topology.Type == TopologyType.FullMesh ? topology : topology with { SlowMember = SlowMemberPolicy.Wait };
}
