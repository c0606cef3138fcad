using System.Globalization;
using Netflux.Simulation.Scenarios;

namespace Netflux.Tests.Overlays.Gossip;

/// <summary>The short scenarios of the simulator, 200 runs in all: what gossip promises holds whatever the network does.</summary>
public sealed class GossipScenarioTests
{
    private const int SeedsPerScenario = 34;

    public static TheoryData<string> Names => [.. Scenario.Files.Select(file => Path.GetFileNameWithoutExtension(file))];

    [Theory, MemberData(nameof(Names))]
    public void Every_promise_holds(string name)
    {
        var scenario = Scenario.Named(name);
        var failed = Seeds().AsParallel().Select(seed => ScenarioRun.Play(scenario, seed)).Where(result => result.Violations.Count > 0).OrderBy(result => result.Seed);
        Assert.Empty(failed.Select(result => $"SEED={result.Seed}: {string.Join("; ", result.Violations)}; {ScenarioRun.Repeat(name, result.Seed)}"));
    }

    [Theory, MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_trace(string name)
    {
        var scenario = Scenario.Named(name);
        var first = ScenarioRun.Play(scenario, 1).TraceHash;
        Assert.Equal(first, ScenarioRun.Play(scenario, 1).TraceHash);
        Assert.NotEqual(first, ScenarioRun.Play(scenario, 2).TraceHash);
    }

    [Fact]
    public void There_are_200_runs_or_more() => Assert.True(Names.Count * SeedsPerScenario >= 200);

    private static IEnumerable<ulong> Seeds() =>
        Environment.GetEnvironmentVariable("SEED") is { Length: > 0 } one ? [ulong.Parse(one, CultureInfo.InvariantCulture)] : Enumerable.Range(1, SeedsPerScenario).Select(seed => (ulong)seed);
}
