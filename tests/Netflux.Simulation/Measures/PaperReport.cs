using System.Globalization;
using System.Text;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Simulation.Scenarios;

namespace Netflux.Simulation.Measures;

/// <summary>Runs the experiments and writes docs/GOSSIP.md, every figure of it.</summary>
internal static class PaperReport
{
    private static readonly double[] s_failed = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

    public static string Write(int nodes, int seeds, Action<string> tell)
    {
        ulong[] all = [.. Enumerable.Range(1, seeds).Select(seed => (ulong)seed)];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Gossip, measured

            Written by `dotnet run -c Release --project tests/Netflux.Simulation -- tables --nodes {nodes} --seeds {seeds}`, every figure of it. The members are the production cores of HyParView and Plumtree with their default numbers; the network between them is virtual: links of 10 to 100 ms one way, drawn evenly for each link, and some milliseconds of jitter. Sessions, codecs and signatures are left out. Means over the seeds 1 to {seeds}.

            The papers' figures are from memory, since their text was not at hand when this was written: check them before you rely on them. [Decision 13](decisions/0013-gossip.md) says where we differ on purpose.

            ## The overlay

            {nodes} members join one after the other, each through a random member; then 50 SHUFFLEs of each.

            | | here | HyParView, DSN 2007, table 1 |
            |---|---|---|

            """);
        var overlays = all.AsParallel().AsOrdered().Select(seed => PaperRuns.Overlay(nodes, 50, seed)).ToList();
        tell("overlay");
        Row(text, "clustering coefficient", overlays.Average(overlay => overlay.Clustering), "F5", "0.0009");
        Row(text, "average shortest path", overlays.Average(overlay => overlay.ShortestPath), "F2", "6.4");
        Row(text, "mean degree", overlays.Average(overlay => overlay.Degree), "F2", "close to 5");
        Row(text, "members connected, of all", overlays.Average(overlay => (double)overlay.Largest / overlay.Nodes), "P3", "100 %");
        Row(text, "messages of views, each second and member", overlays.Average(overlay => overlay.MessagesPerNodeSecond), "F2", "");
        text.Append("\nIn-degree, which is the degree, as views are symmetric: ").AppendJoin(", ", Enumerable.Range(0, overlays[0].Degrees.Count).Select(degree => string.Create(CultureInfo.InvariantCulture, $"{degree}: {overlays.Average(overlay => 100.0 * overlay.Degrees[degree] / overlay.Nodes):F2} %"))).Append(".\n\n");

        text.Append("""
            ## Failures

            So many members fail at once; their links say so by a reset. *Right after*: 50 broadcasts of one member, one each 100 ms, from that moment on; the share of the living that each reached within 5 s, and at all. *Healed*: 20 broadcasts, a minute later. Last hop and redundancy (payloads received for each delivery, less one) are Plumtree's measures. HyParView's paper reports close to 100 % up to 90 % of failures, and still some 90 % at 95 %, with flooding; Plumtree's paper reports a redundancy near 0 in a stable tree.

            | failed | right after, within 5 s | right after, at all | healed | last hop before | healed | redundancy before | right after | healed | connected after healing |
            |---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (var failed in s_failed)
        {
            var figures = all.AsParallel().AsOrdered().Select(seed => PaperRuns.Failure(nodes, 10, failed, seed)).ToList();
            tell(string.Create(CultureInfo.InvariantCulture, $"{failed:P0} failed"));
            double Mean(Func<FailureFigures, double> of) => figures.Average(of);
            text.Append(CultureInfo.InvariantCulture, $"| {100 * failed:F0} % | {100 * Mean(f => f.RightAfter.Soon):F2} % | {100 * Mean(f => f.RightAfter.AtLast):F2} % | {100 * Mean(f => f.Healed.AtLast):F2} % | {Mean(f => f.Before.LastHop):F1} | {Mean(f => f.Healed.LastHop):F1} | {Mean(f => f.Before.Redundancy):F3} | {Mean(f => f.RightAfter.Redundancy):F3} | {Mean(f => f.Healed.Redundancy):F3} | {100 * Mean(f => (double)f.Largest / f.Alive):F2} % |\n");
        }
        WriteRounds(text);
        WriteParameters(text);
        return text.ToString();
    }

    private static void WriteRounds(StringBuilder text)
    {
        text.Append("""

            ## 100 members, beside iroh-gossip

            iroh-gossip's tests (`tests/sim.rs`) assert these for 100 peers with links of 10 to 100 ms. Here, the means over 20 seeds; the first rounds, in which the tree is found, count.

            | | rounds | last hop | iroh asserts | redundancy | iroh asserts | missed |
            |---|---|---|---|---|---|---|

            """);
        foreach (var (name, from, rounds, hops, redundancy) in new[] { ("one sender", Sender.One, 30, 15, 0.2), ("random senders", Sender.Random, 30, 18, 1.0), ("all at once", Sender.All, 5, 30, 3.0) })
        {
            var means = Enumerable.Range(1, 20).AsParallel().AsOrdered().Select(seed => PaperRuns.Rounds(100, from, rounds, (ulong)seed)).ToList();
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {rounds} | {means.Average(mean => mean.LastHop):F2} | < {hops} | {means.Average(mean => mean.Redundancy):F3} | < {redundancy:F1} | {means.Sum(mean => mean.Missed)} |\n");
        }
    }

    private static void WriteParameters(StringBuilder text)
    {
        var (views, tree) = (new HyParViewOptions(), new PlumtreeOptions());
        text.Append(CultureInfo.InvariantCulture, $"""

            ## Parameters

            | | |
            |---|---|
            | active view, passive view | {views.ActiveView}, {views.PassiveView} |
            | ARWL, PRWL | {views.ActiveWalk}, {views.PassiveWalk} |
            | SHUFFLE | {views.ShuffleActive} active, {views.ShufflePassive} passive, {views.ShuffleWalk} hops, each {views.ShuffleInterval.TotalSeconds} s |
            | IHAVEs gathered | {tree.LazyDelay.TotalMilliseconds} ms |
            | GRAFT after, again after | {tree.GraftAfter.TotalMilliseconds} ms, {tree.GraftAgainAfter.TotalMilliseconds} ms |
            | optimization threshold | {tree.OptimizationThreshold} hops |

            """);
    }

    private static void Row(StringBuilder text, string name, double figure, string format, string theirs) => text.Append(CultureInfo.InvariantCulture, $"| {name} | {figure.ToString(format, CultureInfo.InvariantCulture)} | {theirs} |\n");
}
