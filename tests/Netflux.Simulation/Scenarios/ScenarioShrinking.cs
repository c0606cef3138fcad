using Netflux.Simulation.Network;

namespace Netflux.Simulation.Scenarios;

/// <summary>Makes a scenario that fails smaller, as long as the same checker goes on to object: fewer steps, fewer members, fewer faults, shorter.</summary>
internal static class ScenarioShrinking
{
    /// <summary>Runs at most. Each takes some 100 ms.</summary>
    private const int RunsMax = 200;

    /// <param name="play">Plays a scenario and says what was violated.</param>
    public static Scenario Shrink(Scenario scenario, Func<Scenario, IReadOnlyList<string>> play)
    {
        var checker = CheckerOf(play(scenario));
        if (checker is null) return scenario;
        var runs = 0;
        for (var isSmaller = true; isSmaller;)
        {
            isSmaller = false;
            foreach (var candidate in Candidates(scenario))
            {
                if (runs++ >= RunsMax) return scenario;
                if (CheckerOf(play(candidate)) != checker) continue;
                (scenario, isSmaller) = (candidate, true);
                break;
            }
        }
        return scenario;
    }

    private static string? CheckerOf(IReadOnlyList<string> violations) => violations.Count == 0 ? null : violations[0].Split(':')[0];

    /// <summary>What might do as well, the smallest first.</summary>
    private static IEnumerable<Scenario> Candidates(Scenario scenario)
    {
        var steps = scenario.Steps;
        for (var i = 0; i < steps.Count; i++) yield return scenario with { Steps = [.. steps.Where((_, at) => at != i)] };
        foreach (var nodes in new[] { scenario.Nodes / 2, scenario.Nodes * 3 / 4, scenario.Nodes - 1 })
        {
            if (nodes >= 2 && nodes < scenario.Nodes) yield return scenario with { Nodes = nodes };
        }
        var calm = new NetworkConditions();
        if (scenario.Network != calm)
        {
            yield return scenario with { Network = calm };
            foreach (var network in new[]
                     {
                         scenario.Network with { Loss = 0 }, scenario.Network with { Duplicate = 0 }, scenario.Network with { Reorder = 0 }, scenario.Network with { SlowShare = 0 },
                         scenario.Network with { SilenceMs = 0 }, scenario.Network with { JitterMs = 0 },
                         scenario.Network with { LinkLifeMs = 0 }, scenario.Network with { RecordBytesMax = calm.RecordBytesMax, WindowCost = 0 },
                     })
            {
                if (network != scenario.Network) yield return scenario with { Network = network };
            }
        }
        for (var i = 0; i < steps.Count; i++)
        {
            foreach (var step in new[] { steps[i] with { Count = steps[i].Count / 2 }, steps[i] with { Count = steps[i].Count - 1 }, steps[i] with { Seconds = Math.Floor(steps[i].Seconds / 2) }, steps[i] with { RestartMs = 0 } })
            {
                if (step != steps[i] && step.Count > 0) yield return scenario with { Steps = [.. steps.Select((one, at) => at == i ? step : one)] };
            }
        }
    }
}
