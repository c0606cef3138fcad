using Netflux.Simulation.Mutations;
using Netflux.Simulation.Scenarios;

namespace Netflux.Tests.Overlays.Gossip;

/// <summary>The checkers can fail: each planted bug is found, by the checker that it is for.</summary>
public sealed class PlantedMutationTests
{
    private const ulong SeedsMax = 10;

    public static TheoryData<string> Names => [.. PlantedMutation.All.Select(mutation => mutation.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Is_found(string name)
    {
        var mutation = PlantedMutation.All.Single(mutation => mutation.Name == name);
        var scenario = Scenario.Named(mutation.Scenario);
        HashSet<string> found = [];
        for (ulong seed = 1; seed <= SeedsMax && !found.Contains(mutation.Checker); seed++)
            found.UnionWith(ScenarioRun.Play(scenario, seed, mutation.Plant()).Violations.Select(violation => violation[..violation.IndexOf(':', StringComparison.Ordinal)]));
        Assert.Contains(mutation.Checker, found);
    }

    [Fact]
    public void There_are_ten_or_more() => Assert.True(PlantedMutation.All.Count >= 10);
}
