using System.CommandLine;
using System.Globalization;
using Netflux.Simulation.Experiments;
using Netflux.Simulation.Measures;
using Netflux.Simulation.Pictures;
using Netflux.Simulation.Scenarios;

namespace Netflux.Host.Cli;

/// <summary><c>netflux simulate SCENARIO</c></summary>
internal static class SimulateCommand
{
    private const string Papers = "papers", Scale = "scale";

    private static readonly Argument<string> s_what = new("scenario")
    {
        Description = $"A file, or one of {string.Join(", ", Scenario.Names)}. {Papers} repeats the experiments of the gossip papers, {Scale} measures what a member costs in ever larger networks.",
    };

    private static readonly Option<ulong> s_seed = new("--seed") { Description = "The seed of the first run; the same seed gives the same run.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> s_seeds = new("--seeds") { Description = "How many runs, each with the next seed.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> s_nodes = new("--nodes") { Description = $"How many members, where it is not what the scenario says; the most of {Scale}.", HelpName = "N" };
    private static readonly Option<FileInfo?> s_csv = new("--csv") { Description = $"A file for the raw results. What {Papers} and {Scale} find in it is not measured again.", HelpName = "FILE" };
    private static readonly Option<FileInfo?> s_html = new("--html") { Description = "A file for a page with curves.", HelpName = "FILE" };
    private static readonly Option<FileInfo?> s_report = new("--report") { Description = $"A file for the tables of {Papers} and {Scale}.", HelpName = "FILE" };

    public static Command Create() => new Command("simulate", "Play a network in virtual time from one seed: the production cores of gossip, many of them, or whole peers where the scenario names a topology. Fails where a promise is broken.")
    {
        s_what, s_seed, s_seeds, s_nodes, s_csv, s_html, s_report, PeerOptions.Json,
    }.Does(RunAsync);

    private static Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var what = parsed.GetValue(s_what)!;
        if (parsed.GetValue(s_seeds) < 1) throw new WrongUseException("--seeds is how many runs there are; expected is 1 or more.");
        if (parsed.GetValue(s_nodes) < 2) throw new WrongUseException("--nodes is how many members there are; expected is 2 or more.");
        if (what is Papers or Scale) return Task.Run(() => Measure(parsed, what, terminal, stop), stop);
        if (parsed.GetValue(s_report) is not null) throw new WrongUseException($"--report belongs to {Papers} and {Scale}; expected is --csv or --html.");
        return Task.Run(() => Play(parsed, what, terminal, stop), stop);
    }

    /// <summary>By its file, or by its name.</summary>
    public static Scenario Find(string what)
    {
        try
        {
            return File.Exists(what) ? Scenario.Read(what) : Scenario.Named(what);
        }
        catch (InvalidDataException wrong)
        {
            throw new WrongUseException(wrong.Message);
        }
    }

    // ---- Scenarios ----

    private static int Play(ParseResult parsed, string what, Terminal terminal, CancellationToken stop)
    {
        var scenario = Find(what);
        if (parsed.GetValue(s_nodes) is { } nodes) scenario = scenario with { Nodes = nodes };
        if (scenario.Topology is not null && parsed.GetValue(s_html) is not null) throw new WrongUseException("--html draws the curves of gossip's cores; a scenario with a topology plays whole peers, and has no curves.");
        var (first, count, done) = (parsed.GetValue(s_seed), parsed.GetValue(s_seeds), 0);
        var gate = new Lock();
        var runs = Enumerable.Range(0, count).AsParallel().AsOrdered().WithCancellation(stop).Select(run =>
        {
            BroadcastSeries? series = null;
            var result = ScenarioRun.Play(scenario, first + (ulong)run, mutation: null, world => series = new BroadcastSeries(world));
            lock (gate) terminal.ShowProgress(++done, count);
            return (Result: result, Points: series?.Points ?? []);
        }).ToList();
        if (parsed.GetValue(s_csv) is { } csv) File.WriteAllLines(csv.FullName, runs.Select(run => run.Result.ToCsv()).Prepend(ScenarioResult.CsvHeader));
        if (parsed.GetValue(s_html) is { } html) File.WriteAllText(html.FullName, CurvePage.Of(scenario.Name, [.. runs.Select(run => (run.Result.Seed, run.Points))]));
        List<string[]> table = [["seed", "", "broadcasts", "delivered", "missed", "payloads", "names", "asked for", "hops", "events", "trace"]];
        foreach (var (result, _) in runs) TellRun(terminal, result, table);
        foreach (var line in TextTable.Lines(table)) terminal.Say(line);
        return runs.FirstOrDefault(run => run.Result.Violations.Count > 0).Result is { } failed ? TellFailure(terminal, scenario, what, failed) : NetfluxCommand.Done;
    }

    private static void TellRun(Terminal terminal, ScenarioResult result, List<string[]> table)
    {
        var traffic = result.Traffic;
        long[] figures = [traffic.Broadcasts, traffic.Delivered, traffic.Missed, traffic.Gossips, traffic.IHaves, traffic.Grafts, traffic.RoundMax, result.Events];
        table.Add([result.Seed.ToString(CultureInfo.InvariantCulture), result.Violations.Count == 0 ? "holds" : "FAILS", .. figures.Select(figure => figure.ToString(CultureInfo.InvariantCulture)), result.TraceHash]);
        terminal.Tell("run", null, json =>
        {
            json.WriteString("scenario", result.Scenario);
            json.WriteNumber("seed", result.Seed);
            json.WriteStartArray("violations");
            foreach (var violation in result.Violations) json.WriteStringValue(violation);
            json.WriteEndArray();
            json.WriteNumber("delivered", traffic.Delivered);
            json.WriteNumber("missed", traffic.Missed);
            json.WriteNumber("events", result.Events);
            json.WriteString("trace", result.TraceHash);
        });
    }

    private static int TellFailure(Terminal terminal, Scenario scenario, string what, ScenarioResult failed)
    {
        foreach (var violation in failed.Violations) terminal.Say($"seed {failed.Seed}: {violation}");
        terminal.Say($"Again: {ScenarioRun.Repeat(what, failed.Seed)}");
        var small = ScenarioShrinking.Shrink(scenario, candidate => ScenarioRun.Play(candidate, failed.Seed).Violations);
        terminal.Say($"The same is violated, with the same seed, by:");
        foreach (var line in small.Write().Split('\n')) terminal.Say(line);
        terminal.Fail("violated", string.Create(CultureInfo.InvariantCulture, $"Seed {failed.Seed} of {scenario.Name} breaks a promise: {failed.Violations[0]}."));
        return NetfluxCommand.Failed;
    }

    // ---- Experiments ----

    private static int Measure(ParseResult parsed, string what, Terminal terminal, CancellationToken stop)
    {
        var measurements = new Measurements(parsed.GetValue(s_csv)?.FullName);
        var experiments = what == Papers ? PaperExperiments.All(parsed.GetValue(s_nodes) ?? 10_000, parsed.GetValue(s_seeds)) : ScaleExperiment.All(parsed.GetValue(s_nodes) ?? 100_000);
        // What measures memory has the process to itself.
        ExperimentRuns.Measure(experiments, measurements, what == Papers ? Environment.ProcessorCount : 1, (measurement, done, of) =>
        {
            terminal.Tell("measured", $"{measurement.Experiment} {measurement.Nodes} {measurement.Parameter} seed {measurement.Seed}: {string.Join(", ", measurement.Figures.Select(figure => string.Create(CultureInfo.InvariantCulture, $"{figure.Name} {figure.Value:0.####}")))}", json =>
            {
                json.WriteString("experiment", measurement.Experiment);
                json.WriteNumber("nodes", measurement.Nodes);
                json.WriteString("parameter", measurement.Parameter);
                json.WriteNumber("seed", measurement.Seed);
                foreach (var (name, value) in measurement.Figures) json.WriteNumber(name, value);
            });
            terminal.ShowProgress(done, of);
        }, stop);
        if (parsed.GetValue(s_report) is { } report) File.WriteAllText(report.FullName, GossipReport.Write(measurements));
        if (parsed.GetValue(s_html) is { } html) File.WriteAllText(html.FullName, CurvePage.Of(measurements));
        return NetfluxCommand.Done;
    }
}
