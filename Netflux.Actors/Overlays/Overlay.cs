using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Overlays.FullMesh;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Growth;
using Netflux.Overlays.Star;

namespace Netflux.Overlays;

/// <summary>Which core a topology means.</summary>
internal static class Overlay
{
    /// <param name="run">Names what this member broadcasts in a topology whose members pass broadcasts on.</param>
    public static IOverlay Of(Genesis genesis, IPeerKeys keys, Incarnation run, DateTimeOffset wallClock, IRandomSource random) => genesis.Topology.Type switch
    {
        TopologyType.FullMesh when genesis.Topology.Grow is not null => new GrowingOverlay(genesis, GrowthOptions.Default, random, wallClock, at => NewGossip(genesis, keys, run, at, random)),
        TopologyType.FullMesh => new FullMeshOverlay(genesis, new FullMeshOptions(), random),
        TopologyType.Gossip => NewGossip(genesis, keys, run, wallClock, random),
        TopologyType.Star => new StarOverlay(genesis, new StarOptions(), keys, random),
        _ => throw new ArgumentOutOfRangeException(nameof(genesis), genesis.Topology.Type, "A topology is parsed before its network is made."),
    };

    private static GossipOverlay NewGossip(Genesis genesis, IPeerKeys keys, Incarnation run, DateTimeOffset wallClock, IRandomSource random) =>
        new(genesis, GossipOptions.For(genesis.Topology), keys, run, wallClock, random);

    public static IMessageRoute RouteOf(Genesis genesis, IOverlay overlay, IPeerKeys keys, Incarnation run, IGrowingRoutePort port) => overlay switch
    {
        GrowingOverlay growing => new GrowingRoute(port, inner => NewRoute(inner, growing.Gossip!, genesis, keys)),
        GossipOverlay gossip => NewRoute(port, gossip, genesis, keys),
        StarOverlay star => new StarRoute(port, star, keys, genesis, run, StarRouteOptions.Default),
        _ => new DirectRoute(port),
    };

    private static GossipRoute NewRoute(IMessageRoutePort port, GossipOverlay gossip, Genesis genesis, IPeerKeys keys) => new(port, gossip, keys, genesis.Network, GossipRouteOptions.Default);

    /// <summary>In a gossip network nobody waits for the slow, so nobody is dropped for slowness; in a star the hub judges who is slow.</summary>
    public static Topology LimitsOf(Topology topology) => topology.Type == TopologyType.FullMesh ? topology : topology with { SlowMember = SlowMemberPolicy.Wait };
}
