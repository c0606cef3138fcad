using System.Diagnostics;
using Netflux.Core;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Sessions;
using Netflux.Simulation.Measures;
using Netflux.Simulation.Network;
using Netflux.Wire;

namespace Netflux.Simulation.Experiments;

/// <summary>One network after the other, ever larger: whether what a member costs grows with it.</summary>
internal static class ScaleExperiment
{
    public const string Name = "scale";
    public const int Broadcasts = 100;

    /// <summary>A short message, with the signature over it and its header.</summary>
    public const int PayloadBytes = 256;

    /// <summary>With the rest after it long enough for a circle of members that know only one another to notice it (see <see cref="ClosedCircle"/>), and to be done with it.</summary>
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(65);
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>After the last broadcast: for those that come late, and for what gaps need to be noticed.</summary>
    private static readonly TimeSpan s_last = TimeSpan.FromSeconds(5);

    /// <summary>A crowd that doubles each seven seconds: a hundredth of those that are there joins each 100 ms.</summary>
    private static TimeSpan JoinAfter(int number) => TimeSpan.FromSeconds(10) * Math.Log(1 + number / 100.0);

    /// <summary>1,000 members, and ten times as many up to this number.</summary>
    public static IEnumerable<Experiment> All(int nodesMax)
    {
        for (var nodes = 1_000; nodes <= nodesMax; nodes *= 10)
        {
            var size = nodes;
            yield return new Experiment(Name, size, "", 1, () => Play(size, 1));
        }
    }

    /// <summary>Rest is a network that only keeps its views; a broadcast's share is what came to be beyond that.</summary>
    private static IReadOnlyList<(string, double)> Play(int nodes, ulong seed)
    {
        var watch = Stopwatch.StartNew();
        var collected = GC.GetTotalPauseDuration();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var world = new World(seed, new WorldSetup(nodes, new NetworkConditions { LatencyMsMin = 10, LatencyMsMax = 100 }, new HyParViewOptions(), new PlumtreeOptions(), SessionOptions.Default));
        foreach (var node in world.Nodes)
        {
            var number = node.Number;
            world.Time.After(JoinAfter(number), () => node.Start(number == 0 ? [] : world.DrawContacts(node, 1)));
        }
        world.Run(JoinAfter(nodes) + s_settle);
        var joined = watch.Elapsed;

        var (count, meter) = (new ByteCount(), new BroadcastMeter(world));
        world.Watch(count);
        world.Watch(meter);
        world.Run(s_rest);
        double Rate(double sum) => sum / nodes / s_rest.TotalSeconds;
        var (messages, records, bytes) = (Rate(count.Messages), Rate(count.Records), Rate(count.Bytes));
        var atRest = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)nodes;

        var (messagesBefore, recordsBefore, bytesBefore, began) = (count.Messages, count.Records, count.Bytes, world.Now);
        var payload = new byte[PayloadBytes - GossipHeader.Size - BroadcastBatch.Overhead - BroadcastBatch.MessageOverhead];
        for (var round = 0; round < Broadcasts; round++)
        {
            world.DrawAlive()!.Broadcast(payload);
            world.Run(s_pause);
        }
        world.Run(s_last);
        var seconds = (world.Now - began).TotalSeconds;
        var after = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)nodes;
        var means = meter.Means(nodes - 1);
        var joinedNodes = world.Nodes.Count(node => node.JoinedAt is not null);
        return
        [
            ("events", world.Time.Events), ("join_seconds", joined.TotalSeconds), ("seconds", watch.Elapsed.TotalSeconds), ("gc_seconds", (GC.GetTotalPauseDuration() - collected).TotalSeconds), ("joined", joinedNodes), ("connected", (double)OverlayGraph.Of(world).Largest / nodes),
            ("missed", means.Missed), ("hop", means.LastHop), ("redundancy", means.Redundancy), ("last_ms", means.LastAfterMs),
            ("rest_messages", messages), ("rest_records", records), ("rest_bytes", bytes),
            ("broadcast_messages", ((count.Messages - messagesBefore) / (double)nodes - messages * seconds) / Broadcasts),
            ("broadcast_records", ((count.Records - recordsBefore) / (double)nodes - records * seconds) / Broadcasts),
            ("broadcast_bytes", ((count.Bytes - bytesBefore) / (double)nodes - bytes * seconds) / Broadcasts),
            ("rest_memory", atRest), ("memory", after), ("peak_memory", Process.GetCurrentProcess().PeakWorkingSet64),
        ];
    }
}
