using System.Globalization;
using System.Text;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Simulation.Scenarios;

namespace Netflux.Simulation.Experiments;

/// <summary>docs/GOSSIP.md: every figure of it is a mean of measurements.</summary>
internal sealed class GossipReport(Measurements measurements)
{
    private readonly StringBuilder _text = new();

    public static string Write(Measurements measurements)
    {
        var report = new GossipReport(measurements);
        report._text.Append("""
            # Gossip, measured

            Written by `netflux simulate papers` and `netflux simulate scale` (with `--csv docs/gossip.csv --report docs/GOSSIP.md`); the [raw figures](gossip.csv) are beside it. The members are the production cores of HyParView and Plumtree with their default numbers; the network between them is virtual: links of 10 to 100 ms one way, drawn evenly for each link, and some milliseconds of jitter. In `scale` they have production sessions with each other, and all that is said is written and read by the production codecs. In `papers` the cores' messages travel themselves: there a connection ends with its process, as in the papers, while a session waits 13 s for its peer to come back by another link. The same seed gives the same figures, but for times and memory.

            Left out: the handshake and the sealing of records; signatures that prove something (a hash stands for each, of the same length); who is a member (the roster, and the records in contacts), as a joiner tells all others, which makes the cost of joining grow with the network.

            The papers' figures are from memory, since their text was not at hand when this was written: check them before you rely on them. [Decision 13](decisions/0013-gossip.md) says where we differ on purpose.

            """);
        foreach (var nodes in report.Sizes(PaperExperiments.OverlayName)) report.WriteOverlay(nodes);
        foreach (var nodes in report.Sizes(PaperExperiments.FailureName)) report.WriteFailures(nodes);
        if (report.Sizes(PaperExperiments.RoundsName).Count > 0) report.WriteRounds();
        if (report.Sizes(ScaleExperiment.Name).Count > 0) report.WriteScale();
        report.WriteParameters();
        return report._text.ToString();
    }

    // ---- Figures ----

    private List<int> Sizes(string experiment) => [.. measurements.All.Where(one => one.Experiment == experiment).Select(one => one.Nodes).Distinct().Order()];

    private List<double> Values(string experiment, int nodes, string parameter, string figure) =>
        [.. measurements.All.Where(one => one.Experiment == experiment && one.Nodes == nodes && one.Parameter == parameter).Select(one => one.Find(figure)).OfType<double>()];

    private double Mean(string experiment, int nodes, string parameter, string figure) => Values(experiment, nodes, parameter, figure).DefaultIfEmpty(double.NaN).Average();

    // ---- Sections ----

    private void WriteOverlay(int nodes)
    {
        double Figure(string name) => Mean(PaperExperiments.OverlayName, nodes, "", name);
        var seeds = Values(PaperExperiments.OverlayName, nodes, "", "path").Count;
        _text.Append(CultureInfo.InvariantCulture, $"""

            ## The overlay of {nodes:N0}

            {nodes:N0} members join one after the other, each through a random member; then {PaperExperiments.OverlayCycles} SHUFFLEs of each. Means of {seeds} seeds.

            | | here | HyParView, DSN 2007, table 1 |
            |---|---|---|
            | clustering coefficient | {Figure("clustering"):F5} | 0.00092 |
            | average shortest path | {Figure("path"):F2} | 6.39 |
            | mean degree | {Figure("degree"):F3} | close to 5 |
            | members connected, of all | {100 * Figure("connected"):F3} % | 100 % |
            | messages of views, each second and member | {Figure("messages"):F2} | |

            In-degree, which is the degree, as views are symmetric: {string.Join(", ", Enumerable.Range(0, PaperExperiments.DegreeMax + 1).Select(degree => string.Create(CultureInfo.InvariantCulture, $"{degree}: {100 * Figure(PaperExperiments.DegreeName(degree)):F2} %")))}. The paper has most at 5, too.

            A random graph of this size in which each has five neighbours has a clustering coefficient of {4.0 / nodes:F5} (four of the others' places over all members) and an average shortest path of about {RegularPath(nodes):F1}. Where ours is above the paper's coefficient, it is what joining leaves behind: a JOIN and the walks it starts end near the contact, and views that are full have no reason to change afterwards; a SHUFFLE mixes only passive views. Where our path is shorter than the paper's, the views are fuller.


            """);
    }

    /// <summary>Levels of a tree with five branches at the root and four at each node below.</summary>
    private static double RegularPath(int nodes)
    {
        double reached = 1, sum = 0;
        for (double level = 5, distance = 1; reached < nodes; distance++, level *= 4)
        {
            // Late levels meet each other: of what is left each place finds one by chance.
            var found = (nodes - reached) * (1 - Math.Exp(-level / (nodes - reached)));
            if (found < 0.5) break;
            (sum, reached, level) = (sum + found * distance, reached + found, found);
        }
        return sum / (nodes - 1);
    }

    private void WriteFailures(int nodes)
    {
        var seeds = measurements.All.Where(one => one.Experiment == PaperExperiments.FailureName && one.Nodes == nodes).Select(one => one.Seed).Distinct().Count();
        _text.Append(CultureInfo.InvariantCulture, $"""
            ## Failures among {nodes:N0}

            So many members fail at once; their links say so by a reset. *Right after*: 50 broadcasts of one member, one each 100 ms, from that moment on; the share of the living that each reached within 5 s, and at all. *Healed*: 20 broadcasts, a minute later. Last hop and redundancy (payloads received for each delivery, less one) are Plumtree's measures. Means of {seeds} {(seeds == 1 ? "seed" : "seeds")}.

            | failed | right after, within 5 s | right after, at all | healed | last hop before | right after | healed | redundancy before | right after | healed | connected after healing |
            |---|---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (var failed in PaperExperiments.Failed.Where(failed => Values(PaperExperiments.FailureName, nodes, Parameter(failed), "soon").Count > 0))
        {
            double Figure(string name) => Mean(PaperExperiments.FailureName, nodes, Parameter(failed), name);
            _text.Append(CultureInfo.InvariantCulture, $"| {failed} % | {100 * Figure("soon"):F3} % | {100 * Figure("at_last"):F3} % | {100 * Figure("healed"):F3} % | {Figure("hop_before"):F1} | {Figure("hop_after"):F1} | {Figure("hop_healed"):F1} | {Figure("redundancy_before"):F3} | {Figure("redundancy_after"):F3} | {Figure("redundancy_healed"):F3} | {100 * Figure("connected"):F3} % |\n");
        }
        _text.Append("""

            HyParView's paper (figure 2) reports close to 100 % up to 90 % of failures and still some 90 % at 95 %, with flooding; recovered within a few cycles. Plumtree's (figures 3 to 6) reports a last hop of 11 or so and a redundancy near 0 in a stable tree of 10,000, and less than 1 while it heals. Ours is above HyParView's right after failures, as a GRAFT repairs what flooding would have lost, and summaries what no GRAFT can. Our redundancy right after failures is that of the links that repairs make eager until a duplicate prunes them. Where some are not connected after failures of 95 %, they are members that know only one another and nobody alive: the papers' simulators have no server to ask, and neither has ours here.


            """);
    }

    private static string Parameter(int failed) => failed.ToString(CultureInfo.InvariantCulture);

    private void WriteRounds()
    {
        const int Nodes = PaperExperiments.RoundsNodes;
        _text.Append(CultureInfo.InvariantCulture, $"""
            ## {Nodes} members, beside iroh-gossip

            iroh-gossip's tests (`tests/sim.rs`) assert these for {Nodes} peers with links of 10 to 100 ms. Here, the means of {PaperExperiments.RoundsSeeds} seeds; the first rounds, in which the tree is found, count.

            | | rounds | last hop | half of iroh's | redundancy | half of iroh's | missed | to the last |
            |---|---|---|---|---|---|---|---|

            """);
        foreach (var (name, sender, hops, redundancy) in new[] { ("one sender", Sender.One, 15, 0.2), ("random senders", Sender.Random, 18, 1.0), ("all at once", Sender.All, 30, 3.0) })
        {
            double Figure(string figure) => Mean(PaperExperiments.RoundsName, Nodes, sender.ToString(), figure);
            _text.Append(CultureInfo.InvariantCulture, $"| {name} | {PaperExperiments.RoundsOf(sender)} | {Figure("hop"):F2} | {hops / 2.0:F1} | {Figure("redundancy"):F3} | {redundancy / 2:F1} | {Values(PaperExperiments.RoundsName, Nodes, sender.ToString(), "missed").Sum():F0} | {Figure("last_ms"):F0} ms |\n");
        }
        _text.Append("\n\n");
    }

    private void WriteScale()
    {
        var sizes = Sizes(ScaleExperiment.Name);
        _text.Append(CultureInfo.InvariantCulture, $"""
            ## What a member costs, from {sizes[0]:N0} to {sizes[^1]:N0}

            A crowd that doubles each seven seconds joins, each through a random member; then they rest for 75 s; then {ScaleExperiment.Broadcasts} broadcasts of random members, one each 100 ms, of {ScaleExperiment.PayloadBytes} bytes. One process, one thread, virtual time. *At rest* is what keeping the views costs, each second; *a broadcast* is what it costs each member beyond that, its names for lazy links included. A message is what a core says to another; records are what goes over links, with acknowledgements, credit and the pings of idle sessions (each 2 s), and bytes are those of records. Memory is that of the cores, the sessions and the simulated network, after a full collection, but for the payloads, which are kept once for all; *peak* is the whole process. Times are of a machine with two cores that other work shared, with `DOTNET_gcServer=1 DOTNET_GCHeapCount=2 DOTNET_gcConcurrent=0 DOTNET_GCgen0size=0x30000000 DOTNET_GCHeapHardLimit=0x3C0000000 DOTNET_TieredPGO=1` (two heaps that are collected seldom, at most 15 GiB).

            | members | missed | last hop | to the last | redundancy | at rest: messages | records | bytes | a broadcast: messages | records | bytes | memory at rest | after {ScaleExperiment.Broadcasts} | all in | of it joining | events | peak |
            |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (var nodes in sizes)
        {
            double Figure(string figure) => Mean(ScaleExperiment.Name, nodes, "", figure);
            _text.Append(CultureInfo.InvariantCulture, $"| {nodes:N0} | {Figure("missed"):F0} | {Figure("hop"):F1} | {Figure("last_ms"):F0} ms | {Figure("redundancy"):F3} | {Figure("rest_messages"):F2} | {Figure("rest_records"):F2} | {Figure("rest_bytes"):F0} | {Figure("broadcast_messages"):F2} | {Figure("broadcast_records"):F2} | {Figure("broadcast_bytes"):F0} | {Figure("rest_memory") / 1024:F1} KiB | {Figure("memory") / 1024:F1} KiB | {Figure("seconds"):F0} s | {Figure("join_seconds"):F0} s | {Figure("events") / 1e6:F1} million | {Figure("peak_memory") / (1 << 30):F2} GiB |\n");
        }
        foreach (var nodes in sizes.Where(nodes => Mean(ScaleExperiment.Name, nodes, "", "connected") < 1))
        {
            var apart = nodes * (1 - Mean(ScaleExperiment.Name, nodes, "", "connected"));
            _text.Append(CultureInfo.InvariantCulture, $"\nOf {nodes:N0} members {apart:F0} have no way to the others since they joined, and miss what those say. What members do about it is in [decision 13](decisions/0013-gossip.md), and takes a minute or more.\n");
        }
        _text.Append("\nThe memory after the broadcasts is that of the messages which can still be asked for, and of their authors; it goes when they are 45 s old.\n\n");
    }

    private void WriteParameters()
    {
        var (views, tree) = (new HyParViewOptions(), new PlumtreeOptions());
        _text.Append(CultureInfo.InvariantCulture, $"""
            ## Parameters

            | | |
            |---|---|
            | active view, passive view | {views.ActiveView}, {views.PassiveView} |
            | ARWL, PRWL | {views.ActiveWalk}, {views.PassiveWalk} |
            | SHUFFLE | {views.ShuffleActive} active, {views.ShufflePassive} passive, {views.ShuffleWalk} hops, each {views.ShuffleInterval.TotalSeconds} s |
            | links that begin eager | {tree.EagerEnough} |
            | IHAVEs gathered | {tree.LazyDelay.TotalMilliseconds} ms |
            | GRAFT after, again after, given up after | {tree.GraftAfter.TotalMilliseconds} ms, {tree.GraftAgainAfter.TotalMilliseconds} ms, {tree.RepairTimeout.TotalSeconds} s |
            | optimization threshold | {tree.OptimizationThreshold} hop |
            | one author shapes the tree for | {tree.ShaperTime.TotalSeconds} s |
            | messages can be had for | {tree.CacheTime.TotalSeconds} s |

            """);
    }
}
