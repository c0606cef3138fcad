using System.Globalization;
using Netflux.Simulation.Scenarios;
using Netflux.Tests;

namespace Netflux.Scenarios;

/// <summary>The scenarios of the simulator that play whole peers, of each topology: some seconds a run, so few of them. <c>netflux simulate star --seeds 1000</c> plays more.</summary>
public sealed class PeersScenarioTests
{
    public static TheoryData<string> Names => [.. Scenario.Names.Where(name => Scenario.Named(name).Topology is not null)];

    [Theory, MemberData(nameof(Names))]
    public void Every_promise_holds(string name)
    {
        var scenario = Scenario.Named(name);
        foreach (var seed in Seeds())
        {
            var result = ScenarioRun.Play(scenario, seed);
            Assert.True(result.Violations.Count == 0, $"SEED={seed}: {string.Join("; ", result.Violations)}\n{ScenarioRun.Repeat(name, seed)}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_trace(string name)
    {
        var scenario = Scenario.Named(name) with { Nodes = 4, Steps = [.. Scenario.Named(name).Steps.Take(2).Select(step => step with { Count = 4 })], QuietSeconds = 5 };
        Assert.Equal(ScenarioRun.Play(scenario, 1).TraceHash, ScenarioRun.Play(scenario, 1).TraceHash);
        Assert.NotEqual(ScenarioRun.Play(scenario, 1).TraceHash, ScenarioRun.Play(scenario, 2).TraceHash);
    }

    private static IEnumerable<ulong> Seeds() =>
        Environment.GetEnvironmentVariable("SEED") is { Length: > 0 } one ? [ulong.Parse(one, CultureInfo.InvariantCulture)] : Enumerable.Range(1, SeedsAttribute.PlayedOf(5)).Select(seed => (ulong)seed);
}
