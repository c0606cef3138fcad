using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays.FullMesh;

namespace Netflux.Overlays;

/// <summary>Which core a topology means.</summary>
internal static class Overlay
{
    public static IOverlay Of(Genesis genesis, IRandomSource random) => genesis.Topology.Type switch
    {
        TopologyType.FullMesh => new FullMeshOverlay(genesis, new FullMeshOptions(), random),
        _ => throw new ArgumentOutOfRangeException(nameof(genesis), genesis.Topology.Type, "A topology is parsed before its network is made."),
    };
}
