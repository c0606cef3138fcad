using System.Diagnostics;
using System.Globalization;
using Netflux.Simulation.Scenarios;

// simulation run <scenario.json|name> [--seed 1] [--seeds 20] [--csv results.csv]
return args switch
{
    ["run", var scenario, .. var rest] => Run(scenario, rest),
    ["list"] => List(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        run <name or file.json> [--seed 1] [--seeds 1] [--csv file]   plays a scenario with a seed, or so many from it on
        list                                                           names the scenarios
        """);
    return 2;
}

static int List()
{
    foreach (var file in Scenario.Files) Console.WriteLine(Path.GetFileNameWithoutExtension(file));
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
    for (var seed = first; seed < first + seeds; seed++)
    {
        var watch = Stopwatch.StartNew();
        var result = ScenarioRun.Play(scenario, seed);
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
