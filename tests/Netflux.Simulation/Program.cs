using System.Diagnostics;
using System.Globalization;
using Netflux.Simulation.Measures;
using Netflux.Simulation.Scenarios;

return args switch
{
    ["run", var scenario, .. var rest] => Run(scenario, rest),
    ["list"] => List(),
    ["tables", .. var rest] => Tables(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        run <name or file.json> [--seed 1] [--seeds 1] [--csv file] [--watch 3,7]
                plays a scenario with a seed, or so many from it on; --watch tells what passes between two members
        list    names the scenarios
        tables [--nodes 10000] [--seeds 3] [--out docs/GOSSIP.md]
                repeats the papers' experiments and writes down what came of it
        """);
    return 2;
}

static int List()
{
    foreach (var file in Scenario.Files) Console.WriteLine(Path.GetFileNameWithoutExtension(file));
    return 0;
}

static int Tables(string[] rest)
{
    var watch = Stopwatch.StartNew();
    var text = PaperReport.Write(int.Parse(Option(rest, "--nodes") ?? "10000", CultureInfo.InvariantCulture), int.Parse(Option(rest, "--seeds") ?? "3", CultureInfo.InvariantCulture),
        done => Console.WriteLine(FormattableString.Invariant($"{watch.Elapsed.TotalSeconds:F0} s: {done}")));
    File.WriteAllText(Option(rest, "--out") ?? "docs/GOSSIP.md", text);
    return 0;
}

static int Run(string name, string[] rest)
{
    var scenario = File.Exists(name) ? Scenario.Read(name) : Scenario.Named(name);
    var first = ulong.Parse(Option(rest, "--seed") ?? "1", CultureInfo.InvariantCulture);
    var seeds = ulong.Parse(Option(rest, "--seeds") ?? "1", CultureInfo.InvariantCulture);
    using var csv = Option(rest, "--csv") is { } file ? new StreamWriter(file) : null;
    csv?.WriteLine(ScenarioResult.CsvHeader);
    var failed = 0;
    var pair = Option(rest, "--watch")?.Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
    for (var seed = first; seed < first + seeds; seed++)
    {
        var watch = Stopwatch.StartNew();
        var result = ScenarioRun.Play(scenario, seed, also: pair is [var one, var other] ? world => new PairLog(world, one, other, Console.Out) : null);
        csv?.WriteLine(result.ToCsv());
        Console.WriteLine(FormattableString.Invariant($"{scenario.Name} seed {seed}: {(result.Violations.Count == 0 ? "holds" : "FAILS")}, trace {result.TraceHash}, {result.Events} events in {watch.ElapsedMilliseconds} ms; {result.Traffic}"));
        if (result.Violations.Count == 0) continue;
        failed++;
        foreach (var violation in result.Violations) Console.WriteLine($"  {violation}");
        Console.WriteLine($"  again: {ScenarioRun.Repeat(name, seed)}");
    }
    return failed == 0 ? 0 : 1;
}

static string? Option(string[] options, string name)
{
    var at = Array.IndexOf(options, name);
    return at >= 0 && at + 1 < options.Length ? options[at + 1] : null;
}
