using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Netflux.Benchmarks.WebRtc;

/// <summary>What was measured, as a table of medians and as files with every run.</summary>
internal sealed class ComparisonReport(IReadOnlyList<(string Name, List<PairFigures> Runs)> pairs, int runs, int seconds)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    public string Table()
    {
        var table = new StringBuilder();
        table.AppendLine(Line($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} processors; two processes on one machine, medians of {runs} runs of {seconds} s. A+B: A offers and sends, B answers and receives."));
        table.AppendLine();
        table.AppendLine("| stack | 64 KiB, MB/s | lowest to highest | CPU s/GB | 100 B, messages/s | round trip p50, µs | open, ms: median | maximum of 20 | KiB per idle pair |");
        table.AppendLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var (name, all) in pairs)
        {
            if (all.Count == 0)
            {
                table.AppendLine(Line($"| {name} | failed | | | | | | | |"));
                continue;
            }
            double Of(Func<PairFigures, double> figure) => Median(all.Select(figure));
            table.AppendLine(Line(
                $"| {name} | {Of(run => run.MegabytesPerSecond):N1} | {all.Min(run => run.MegabytesPerSecond):N1} to {all.Max(run => run.MegabytesPerSecond):N1} | {Of(run => run.ProcessorSecondsPerGigabyte):N1} | {Of(run => run.SmallMessagesPerSecond):N0} | {Of(run => run.RoundTrip):N0} | {Of(run => run.OpenMedian):N1} | {Of(run => run.OpenMax):N1} | {Of(run => run.IdleKibibytes):N0} |"));
        }
        return table.ToString();
    }

    /// <summary>webrtc.md, webrtc.csv and webrtc.json; the last two have every run.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "webrtc.md"), Table());
        var csv = new StringBuilder("stack,run,megabytes_per_second,processor_seconds_per_gigabyte,small_messages_per_second,round_trip_us,open_median_ms,open_max_ms,idle_kib\n");
        foreach (var (name, all) in pairs)
        {
            for (var i = 0; i < all.Count; i++)
                csv.Append(Line($"{name},{i + 1},{all[i].MegabytesPerSecond:F2},{all[i].ProcessorSecondsPerGigabyte:F2},{all[i].SmallMessagesPerSecond:F0},{all[i].RoundTrip:F1},{all[i].OpenMedian:F2},{all[i].OpenMax:F2},{all[i].IdleKibibytes:F0}\n"));
        }
        File.WriteAllText(Path.Combine(folder, "webrtc.csv"), csv.ToString());
        File.WriteAllText(Path.Combine(folder, "webrtc.json"), JsonSerializer.Serialize(pairs.ToDictionary(pair => pair.Name, pair => pair.Runs), s_json));
    }

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
