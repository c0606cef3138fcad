using Netflux.Core;
using Netflux.Identity;
using Netflux.Overlays;
using Netflux.Overlays.FullMesh;

namespace Netflux.Tests.Overlays.FullMesh;

public sealed class FullMeshContractTests : OverlayContract
{
    private protected override IOverlay Create(Genesis genesis, IRandomSource random) => new FullMeshOverlay(genesis, new FullMeshOptions(), random);
}
