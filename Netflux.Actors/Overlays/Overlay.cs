using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays.FullMesh;

namespace Netflux.Overlays;

/// <summary>Which core a topology means.</summary>
internal static class Overlay
{
    /// <summary>False for a topology that can be named but not yet be run; the facade refuses its networks.</summary>
    public static bool IsBuilt(TopologyType type) => type == TopologyType.FullMesh;

    public static IOverlay Of(Genesis genesis, IRandomSource random) => genesis.Topology.Type switch
    {
        TopologyType.FullMesh => new FullMeshOverlay(genesis, new FullMeshOptions(), random),
        _ => throw new ArgumentOutOfRangeException(nameof(genesis), genesis.Topology.Type, "The facade asks IsBuilt before it starts a network."),
    };
}
