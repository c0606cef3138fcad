using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Simulation.Network;
using Netflux.Simulation.Scenarios;
using Netflux.TestKit;

namespace Netflux.Simulation.Measures;

/// <summary>What the overlay looked like once it had settled (HyParView, table 1).</summary>
/// <param name="Degrees">How many members have 0, 1, 2 … neighbours. Views are symmetric, so this is the in-degree, too.</param>
internal sealed record OverlayFigures(double Clustering, double ShortestPath, double Degree, IReadOnlyList<int> Degrees, int Largest, int Nodes, double MessagesPerNodeSecond);

/// <summary>Broadcasts before, right after and a while after so many failed at once.</summary>
internal sealed record FailureFigures(double Failed, BroadcastMeans Before, BroadcastMeans RightAfter, BroadcastMeans Healed, int Largest, int Alive);

/// <summary>The experiments of the two papers, and those that iroh-gossip asserts.</summary>
internal static class PaperRuns
{
    private static readonly NetworkConditions s_network = new() { LatencyMsMin = 10, LatencyMsMax = 100 };
    private static readonly TimeSpan s_period = new HyParViewOptions().ShuffleInterval;

    public static OverlayFigures Overlay(int nodes, int cycles, ulong seed)
    {
        var world = Build(nodes, cycles: 0, seed);
        var traffic = new Traffic();
        world.Watch(traffic);
        world.Run(s_period * cycles);
        var graph = OverlayGraph.Of(world);
        return new OverlayFigures(graph.Clustering, graph.MeanShortestPath(SeededRandom.For(seed, "paths"), 100), graph.MeanDegree,
            [.. Enumerable.Range(0, world.Setup.Views.ActiveView + 1).Select(graph.WithDegree)], graph.Largest, graph.Nodes, traffic.Counts.Views / (nodes * (s_period * cycles).TotalSeconds));
    }

    public static FailureFigures Failure(int nodes, int cycles, double failed, ulong seed)
    {
        var world = Build(nodes, cycles, seed);
        var meter = new BroadcastMeter(world);
        world.Watch(meter);
        var sender = world.DrawAlive()!;
        var before = Measure(world, meter, sender, settle: 10);

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
        var healed = Measure(world, meter, sender, settle: 10);
        return new FailureFigures(failed, before, after, healed, OverlayGraph.Of(world).Largest, alive);
    }

    /// <summary>A network of 100 as iroh-gossip's tests have it: links of 10 to 100 ms. Each round waits until all is quiet.</summary>
    public static BroadcastMeans Rounds(int nodes, Sender from, int rounds, ulong seed)
    {
        var world = Build(nodes, cycles: 5, seed);
        var meter = new BroadcastMeter(world);
        world.Watch(meter);
        var one = world.DrawAlive()!;
        for (var round = 0; round < rounds; round++)
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
        return meter.Means(nodes - 1);
    }

    /// <summary>All join one after the other, each through a random member; then so many SHUFFLEs of each.</summary>
    private static World Build(int nodes, int cycles, ulong seed)
    {
        var world = new World(seed, new WorldSetup(nodes, s_network, new HyParViewOptions(), new PlumtreeOptions()));
        var pause = TimeSpan.FromMilliseconds(Math.Max(5, 2_000.0 / nodes));
        foreach (var node in world.Nodes)
        {
            var number = node.Number;
            world.Time.After(pause * number, () => node.Start(number == 0 ? [] : world.DrawContacts(node, 1)));
        }
        world.Run(pause * nodes + TimeSpan.FromSeconds(10) + s_period * cycles);
        return world;
    }

    private static BroadcastMeans Measure(World world, BroadcastMeter meter, SimulatedNode sender, int settle)
    {
        Broadcast(world, sender, settle, TimeSpan.FromSeconds(2));
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
