using System.Globalization;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Simulation.Measures;
using Netflux.Simulation.Network;
using Netflux.Simulation.Scenarios;
using Netflux.TestKit;

namespace Netflux.Simulation.Experiments;

/// <summary>The experiments of the two papers, and those that iroh-gossip asserts.</summary>
internal static class PaperExperiments
{
    public const string OverlayName = "overlay", FailureName = "failure", RoundsName = "rounds";
    public const int OverlayCycles = 50, RoundsNodes = 100, RoundsSeeds = 20, DegreeMax = 5;

    private const int FailureCycles = 10;
    private static readonly NetworkConditions s_network = new() { LatencyMsMin = 10, LatencyMsMax = 100 };
    private static readonly TimeSpan s_period = new HyParViewOptions().ShuffleInterval;

    /// <summary>Shares in percent that fail at once.</summary>
    public static IReadOnlyList<int> Failed { get; } = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95];

    /// <summary>The longest first.</summary>
    public static IEnumerable<Experiment> All(int nodes, int seeds)
    {
        foreach (var seed in Seeds(seeds)) yield return new Experiment(OverlayName, nodes, "", seed, () => Overlay(nodes, seed));
        foreach (var seed in Seeds(seeds))
        {
            foreach (var failed in Failed) yield return new Experiment(FailureName, nodes, failed.ToString(CultureInfo.InvariantCulture), seed, () => Failure(nodes, failed / 100.0, seed));
        }
        foreach (var sender in Enum.GetValues<Sender>())
        {
            foreach (var seed in Seeds(RoundsSeeds)) yield return new Experiment(RoundsName, RoundsNodes, sender.ToString(), seed, () => Rounds(sender, seed));
        }
    }

    public static int RoundsOf(Sender sender) => sender == Sender.All ? 5 : 30;

    private static IEnumerable<ulong> Seeds(int count) => Enumerable.Range(1, count).Select(seed => (ulong)seed);

    /// <summary>What the overlay looks like once it has settled (HyParView, table 1). Views are symmetric, so a degree is the in-degree, too.</summary>
    private static IReadOnlyList<(string, double)> Overlay(int nodes, ulong seed)
    {
        var world = Build(nodes, cycles: 0, seed);
        var traffic = new Traffic();
        world.Watch(traffic);
        world.Run(s_period * OverlayCycles);
        var graph = OverlayGraph.Of(world);
        return
        [
            ("clustering", graph.Clustering), ("path", graph.MeanShortestPath(SeededRandom.For(seed, "paths"), 100)), ("degree", graph.MeanDegree), ("connected", (double)graph.Largest / graph.Nodes),
            ("messages", traffic.Counts.Views / (nodes * (s_period * OverlayCycles).TotalSeconds)),
            .. Enumerable.Range(0, DegreeMax + 1).Select(degree => (DegreeName(degree), (double)graph.WithDegree(degree) / graph.Nodes)),
        ];
    }

    public static string DegreeName(int degree) => string.Create(CultureInfo.InvariantCulture, $"degree{degree}");

    /// <summary>Broadcasts of one member before, right after and a while after so many failed at once.</summary>
    private static IReadOnlyList<(string, double)> Failure(int nodes, double failed, ulong seed)
    {
        var world = Build(nodes, FailureCycles, seed);
        var meter = new BroadcastMeter(world);
        world.Watch(meter);
        var sender = world.DrawAlive()!;
        var before = Measure(world, meter, sender);

        SimulatedNode[] others = [.. world.Alive.Where(node => node != sender)];
        var count = (int)Math.Round(nodes * failed);
        for (var i = 0; i < count; i++)
        {
            var other = i + world.Random.Next(others.Length - i);
            (others[i], others[other]) = (others[other], others[i]);
            others[i].Crash();
        }
        meter.Clear();
        Broadcast(world, sender, 50, TimeSpan.FromMilliseconds(100));
        world.Run(TimeSpan.FromSeconds(60));
        var alive = world.Alive.Count();
        var after = meter.Means(alive - 1);
        var healed = Measure(world, meter, sender);
        return
        [
            ("soon", after.Soon), ("at_last", after.AtLast), ("healed", healed.AtLast), ("connected", (double)OverlayGraph.Of(world).Largest / alive),
            ("hop_before", before.LastHop), ("hop_after", after.LastHop), ("hop_healed", healed.LastHop),
            ("redundancy_before", before.Redundancy), ("redundancy_after", after.Redundancy), ("redundancy_healed", healed.Redundancy),
        ];
    }

    /// <summary>A network of 100 as iroh-gossip's tests have it: links of 10 to 100 ms. Each round waits until all is quiet.</summary>
    private static IReadOnlyList<(string, double)> Rounds(Sender from, ulong seed)
    {
        var world = Build(RoundsNodes, cycles: 5, seed);
        var meter = new BroadcastMeter(world);
        world.Watch(meter);
        var one = world.DrawAlive()!;
        for (var round = 0; round < RoundsOf(from); round++)
        {
            SimulatedNode[] senders = from switch
            {
                Sender.All => [.. world.Alive],
                Sender.One => [one],
                _ => [world.DrawAlive()!],
            };
            foreach (var sender in senders) sender.Broadcast(ScenarioRun.Payload);
            world.Run(TimeSpan.FromSeconds(5));
        }
        world.Run(TimeSpan.FromSeconds(30));
        var means = meter.Means(RoundsNodes - 1);
        return [("hop", means.LastHop), ("redundancy", means.Redundancy), ("missed", means.Missed), ("last_ms", means.LastAfterMs)];
    }

    /// <summary>All join one after the other, each through a random member; then so many SHUFFLEs of each.</summary>
    private static World Build(int nodes, int cycles, ulong seed)
    {
        var world = new World(seed, new WorldSetup(nodes, s_network, new HyParViewOptions(), new PlumtreeOptions(), Sessions: null));
        var pause = TimeSpan.FromMilliseconds(Math.Max(5, 2_000.0 / nodes));
        foreach (var node in world.Nodes)
        {
            var number = node.Number;
            world.Time.After(pause * number, () => node.Start(number == 0 ? [] : world.DrawContacts(node, 1)));
        }
        world.Run(pause * nodes + TimeSpan.FromSeconds(10) + s_period * cycles);
        return world;
    }

    private static BroadcastMeans Measure(World world, BroadcastMeter meter, SimulatedNode sender)
    {
        Broadcast(world, sender, 10, TimeSpan.FromSeconds(2));
        world.Run(TimeSpan.FromSeconds(10));
        meter.Clear();
        Broadcast(world, sender, 20, TimeSpan.FromSeconds(2));
        world.Run(TimeSpan.FromSeconds(10));
        return meter.Means(world.Alive.Count() - 1);
    }

    private static void Broadcast(World world, SimulatedNode sender, int count, TimeSpan pause)
    {
        for (var round = 0; round < count; round++)
        {
            sender.Broadcast(ScenarioRun.Payload);
            world.Run(pause);
        }
    }
}
