using System.Globalization;
using Netflux.Simulation.Scenarios;

namespace Netflux.Tests.Overlays.Gossip;

/// <summary>The short scenarios of the simulator, 200 runs in all, or as many as NETFLUX_RUNS says: what gossip promises holds whatever the network does.</summary>
public sealed class GossipScenarioTests
{
    /// <summary>CI plays more than a developer waits for.</summary>
    private static readonly int s_runs = Environment.GetEnvironmentVariable("NETFLUX_RUNS") is { Length: > 0 } runs ? int.Parse(runs, CultureInfo.InvariantCulture) : 200;

    private static int SeedsPerScenario => (s_runs + Names.Count - 1) / Names.Count;

    public static TheoryData<string> Names => [.. Scenario.Names.Where(name => Scenario.Named(name).Topology is null)];

    [Theory, MemberData(nameof(Names))]
    public void Every_promise_holds(string name)
    {
        var scenario = Scenario.Named(name);
        var failed = Seeds().AsParallel().Select(seed => ScenarioRun.Play(scenario, seed)).Where(result => result.Violations.Count > 0).MinBy(result => result.Seed);
        Assert.True(failed is null, failed is null ? "" : Explain(scenario, failed));
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

    /// <summary>What is violated, how to see it again, and the smallest scenario that shows it.</summary>
    private static string Explain(Scenario scenario, ScenarioResult failed) =>
        $"SEED={failed.Seed}: {string.Join("; ", failed.Violations)}\n{ScenarioRun.Repeat(scenario.Name, failed.Seed)}\n{ScenarioShrinking.Shrink(scenario, candidate => ScenarioRun.Play(candidate, failed.Seed).Violations).Write()}";

    private static IEnumerable<ulong> Seeds() =>
        Environment.GetEnvironmentVariable("SEED") is { Length: > 0 } one ? [ulong.Parse(one, CultureInfo.InvariantCulture)] : Enumerable.Range(1, SeedsPerScenario).Select(seed => (ulong)seed);
}
