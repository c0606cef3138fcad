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
    /// <summary>False for a topology that can be named but not yet be run; the facade refuses its networks.</summary>
    public static bool IsBuilt(TopologyType type) => type is TopologyType.FullMesh or TopologyType.Gossip;

    /// <param name="run">Names what this member broadcasts in a topology whose members pass broadcasts on.</param>
    public static IOverlay Of(Genesis genesis, IPeerKeys keys, Incarnation run, DateTimeOffset wallClock, IRandomSource random) => genesis.Topology.Type switch
    {
        TopologyType.FullMesh => new FullMeshOverlay(genesis, new FullMeshOptions(), random),
        TopologyType.Gossip => new GossipOverlay(genesis, GossipOptions.For(genesis.Topology), keys, run, wallClock, random),
        TopologyType.Star => new StarOverlay(genesis, new StarOptions(), keys, random),
        _ => throw new ArgumentOutOfRangeException(nameof(genesis), genesis.Topology.Type, "The facade asks IsBuilt before it starts a network."),
    };

    public static IMessageRoute RouteOf(Genesis genesis, IOverlay overlay, IPeerKeys keys, IMessageRoutePort port) =>
        overlay is GossipOverlay gossip ? new GossipRoute(port, gossip, keys, genesis.Network, GossipRouteOptions.Default) : new DirectRoute(port);

    /// <summary>In a gossip network nobody waits for the slow, so nobody is dropped for slowness.</summary>
    public static Topology LimitsOf(Topology topology) => topology.Type == TopologyType.Gossip ? topology with { SlowMember = SlowMemberPolicy.Wait } : topology;
}
