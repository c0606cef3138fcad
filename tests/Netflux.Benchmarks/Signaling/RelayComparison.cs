using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Netflux.Benchmarks.Signaling;

/// <summary>Our signaling server beside others: each alone on one processor, its clients on the other.</summary>
internal static class RelayComparison
{
    private const string Usage = "relay [--runs N] [--seconds N] [--servers NAME,…] [--out FOLDER]: 3 runs, 5 seconds for each rate, all servers, artifacts/relay. relay-hold NAME COUNT: so many connections at once.";

    public static async Task<int> RunAsync(string[] options)
    {
        var (runs, seconds, folder, names) = (3, 5, Path.Combine("artifacts", "relay"), ComparedServer.All.Select(server => server.Name).ToArray());
        for (var i = 0; i < options.Length; i += 2)
        {
            var isKnown = i + 1 < options.Length && options[i] switch
            {
                "--runs" => int.TryParse(options[i + 1], CultureInfo.InvariantCulture, out runs) && runs > 0,
                "--seconds" => int.TryParse(options[i + 1], CultureInfo.InvariantCulture, out seconds) && seconds > 0,
                "--servers" => (names = options[i + 1].Split(',')).All(name => ComparedServer.All.Any(server => server.Name == name)),
                "--out" => (folder = options[i + 1]).Length > 0,
                _ => false,
            };
            if (isKnown) continue;
            Console.Error.WriteLine(Usage);
            Console.Error.WriteLine($"Servers: {string.Join(", ", ComparedServer.All.Select(server => server.Name))}.");
            return 2;
        }
        var figures = new Dictionary<string, List<RelayFigures>>();
        // Servers alternate within a run, so that what else the machine does meets all of them alike.
        for (var run = 0; run < runs; run++)
        {
            foreach (var server in ComparedServer.All.Where(server => names.Contains(server.Name)))
            {
                if (server.WhyMissing is { } why)
                {
                    if (run == 0) await Console.Error.WriteLineAsync($"{server.Name} is left out. {why}");
                    continue;
                }
                var measured = await MeasureAsync(server.Name, seconds);
                if (!figures.TryGetValue(server.Name, out var all)) figures.Add(server.Name, all = []);
                all.Add(measured);
                await Console.Error.WriteLineAsync($"Run {run + 1}: {server.Name} {measured}");
            }
        }
        Console.WriteLine(Table(figures, runs, seconds));
        Save(folder, figures, runs, seconds);
        return 0;
    }

    private static async Task<RelayFigures> MeasureAsync(string name, int seconds)
    {
        var processor = RelayLoad.LoadProcessor.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("taskset", ["-c", processor, .. ChildProcess.Command("relay-load", name, seconds.ToString(CultureInfo.InvariantCulture))]) { RedirectStandardOutput = true };
        using var load = Process.Start(start)!;
        var line = await load.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The load on {name} ended early.");
        await load.WaitForExitAsync();
        return JsonSerializer.Deserialize<RelayFigures>(line)!;
    }

    private static string Table(Dictionary<string, List<RelayFigures>> figures, int runs, int seconds)
    {
        var table = new StringBuilder();
        table.AppendLine(Line($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSArchitecture}; the server on one processor, its clients on the other, {RelayPeer.PayloadLength} bytes each message; medians of {runs} runs of {seconds} s."));
        table.AppendLine();
        table.AppendLine("| server | KiB per idle connection at 10,000 | accepts/s | registrations/s | messages/s, 500 pairs × 1 in flight | lowest to highest | CPU s per 100,000 | messages/s, 50 pairs × 16 | CPU s per 100,000 | p99 at 10,000/s, ms |");
        table.AppendLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var (name, all) in figures)
        {
            double Of(Func<RelayFigures, double> figure) => all.Select(figure).Order().ElementAt(all.Count / 2);
            table.AppendLine(Line($"| {name} | {Of(f => f.IdleKibibytes):N1} | {Of(f => f.AcceptsPerSecond):N0} | {Of(f => f.RegistrationsPerSecond):N0} | {Of(f => f.MessagesPerSecond):N0} | {all.Min(f => f.MessagesPerSecond):N0} to {all.Max(f => f.MessagesPerSecond):N0} | {Of(f => f.CpuSecondsPer100000):N2} | {Of(f => f.DeepMessagesPerSecond):N0} | {Of(f => f.DeepCpuSecondsPer100000):N2} | {Of(f => f.P99):N2} |"));
        }
        return table.ToString();
    }

    /// <summary>relay.md, and relay.csv with every run.</summary>
    private static void Save(string folder, Dictionary<string, List<RelayFigures>> figures, int runs, int seconds)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "relay.md"), Table(figures, runs, seconds));
        var csv = new StringBuilder("server,run,idle_kib,accepts_per_second,registrations_per_second,messages_per_second,cpu_s_per_100000,deep_messages_per_second,deep_cpu_s_per_100000,p99_ms\n");
        foreach (var (name, all) in figures)
            for (var i = 0; i < all.Count; i++)
                csv.Append(Line($"{name},{i + 1},{all[i].IdleKibibytes:F2},{all[i].AcceptsPerSecond:F0},{all[i].RegistrationsPerSecond:F0},{all[i].MessagesPerSecond:F0},{all[i].CpuSecondsPer100000:F3},{all[i].DeepMessagesPerSecond:F0},{all[i].DeepCpuSecondsPer100000:F3},{all[i].P99:F3}\n"));
        File.WriteAllText(Path.Combine(folder, "relay.csv"), csv.ToString());
    }

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);
}
