using Netflux.Core;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Sessions;
using Netflux.Simulation.Checkers;
using Netflux.Simulation.Measures;
using Netflux.Simulation.Mutations;

namespace Netflux.Simulation.Scenarios;

/// <summary>What a run came to. Violations are sentences; the same seed gives the same hash.</summary>
internal sealed record ScenarioResult(string Scenario, ulong Seed, IReadOnlyList<string> Violations, string TraceHash, TrafficCounts Traffic, long Events)
{
    public static string CsvHeader => $"scenario,seed,violations,events,{TrafficCounts.CsvHeader},hash";

    public string ToCsv() => FormattableString.Invariant($"{Scenario},{Seed},{Violations.Count},{Events},{Traffic.ToCsv()},{TraceHash}");
}

/// <summary>Plays a scenario with a seed, and holds it against every checker.</summary>
internal static class ScenarioRun
{
    private const int CalmBroadcasts = 10;

    public static ScenarioResult Play(Scenario scenario, ulong seed, Mutation? mutation = null, params IReadOnlyList<Func<World, IWatcher>> also)
    {
        if (scenario.Topology is not null) return PeersRun.Play(scenario, seed);
        var world = new World(seed, new WorldSetup(scenario.Nodes, scenario.Network, new HyParViewOptions(), new PlumtreeOptions(), scenario.Network.Datagrams ? null : SessionOptions.Default), mutation);
        var trace = new TraceHash(world);
        var traffic = new Traffic();
        var calm = new SettledTreeChecker(scenario.Network);
        Checker[] checkers = [new OrderChecker(), new NoDoubleChecker(), new NoLossChecker(scenario), new BoundsChecker(world), new JoinChecker(), new SymmetryChecker(), new ConnectedChecker(), new BuffersChecker(), calm, new SessionFramesChecker(world), new SessionRulesChecker(), new SessionBuffersChecker(world)];
        world.Watch(trace);
        world.Watch(traffic);
        foreach (var watcher in also) world.Watch(watcher(world));
        foreach (var checker in checkers) world.Watch(checker);

        StartAll(world, scenario);
        PlaySteps(world, scenario);
        world.Run(TimeSpan.FromSeconds(scenario.QuietSeconds));
        PlayCalm(world, calm);
        foreach (var checker in checkers) checker.Finish(world);
        return new ScenarioResult(scenario.Name, seed, [.. checkers.SelectMany(checker => checker.Violations.Select(text => $"{checker.GetType().Name}: {text}"))], trace.ToString(), traffic.Counts, world.Time.Events);
    }

    /// <summary>The command that does it again.</summary>
    public static string Repeat(string scenario, ulong seed) => FormattableString.Invariant($"netflux simulate {scenario} --seed {seed}");

    private static void StartAll(World world, Scenario scenario)
    {
        foreach (var node in world.Nodes)
        {
            var at = node.Number;
            world.Time.After(TimeSpan.FromMilliseconds(at * scenario.JoinEveryMs), () => node.Start(at == 0 ? [] : world.DrawContacts(node)));
        }
        world.Run(TimeSpan.FromMilliseconds(world.Nodes.Count * scenario.JoinEveryMs) + TimeSpan.FromSeconds(scenario.SettleSeconds));
    }

    private static void PlaySteps(World world, Scenario scenario)
    {
        var begin = world.Now;
        var end = begin;
        foreach (var step in scenario.Steps)
        {
            begin += TimeSpan.FromSeconds(step.AfterSeconds);
            world.Time.At(begin, () => StepActions.Begin(world, step));
            if (begin + step.Lasts > end) end = begin + step.Lasts;
        }
        world.Run(end - world.Now);
    }

    private static void PlayCalm(World world, SettledTreeChecker calm)
    {
        if (world.DrawAlive() is not { } sender) return;
        for (var round = 0; round < CalmBroadcasts; round++)
        {
            if (round == CalmBroadcasts / 2) calm.Begin();
            sender.Broadcast(Payload);
            world.Run(TimeSpan.FromSeconds(2));
        }
        world.Run(TimeSpan.FromSeconds(15));
    }

    internal static readonly byte[] Payload = "a broadcast"u8.ToArray();
}
