using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Star;

namespace Netflux.Tests.Overlays.Star;

public class StarContractTests : OverlayContract
{
    private protected virtual StarOptions Options => new();

    private protected override Topology TopologyFor(int places) => Topology.Star(null, places);

    private protected override IOverlay Create(Genesis genesis, IRandomSource random, IPeerKeys keys) => new StarOverlay(genesis, Options, keys, random);

    private protected override void AssertPaths(OverlayWorld world) => StarWays.AssertWhole(world);
}
