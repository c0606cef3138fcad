using System.Globalization;

namespace Netflux.Benchmarks.WebRtc;

/// <summary>Ours beside other WebRTC stacks: two processes on this machine, a reliable and ordered channel, medians of several runs.</summary>
internal static class WebRtcComparison
{
    private const string Usage =
        "webrtc [--runs N] [--seconds N] [--stacks NAME,SENDER+RECEIVER,…] [--out FOLDER]: 3 runs, 4 seconds for each flow, all stacks, artifacts/webrtc.";

    public static async Task<int> RunAsync(string[] options)
    {
        if (!TryRead(options, out var runs, out var seconds, out var pairs, out var folder))
        {
            Console.Error.WriteLine(Usage);
            Console.Error.WriteLine($"Stacks: {string.Join(", ", ComparedStack.All.Select(stack => stack.Name))}.");
            return 2;
        }
        foreach (var pair in pairs.Where(pair => pair.WhyMissing is not null)) Console.Error.WriteLine($"{pair.Name} is left out. {pair.WhyMissing}");
        pairs.RemoveAll(pair => pair.WhyMissing is not null);

        var figures = pairs.ToDictionary(pair => pair, _ => new List<PairFigures>());
        // Stacks alternate within a run, so that what else the machine does meets all of them alike.
        for (var run = 0; run < runs; run++)
        {
            foreach (var pair in pairs)
            {
                try
                {
                    var measured = await PairMeasurement.RunAsync(pair, TimeSpan.FromSeconds(seconds));
                    figures[pair].Add(measured);
                    await Console.Error.WriteLineAsync($"Run {run + 1}: {pair.Name} {measured}");
                }
                catch (Exception failure)
                {
                    await Console.Error.WriteLineAsync($"Run {run + 1}: {pair.Name} failed. {failure.Message}");
                }
            }
        }
        var report = new ComparisonReport(pairs.Select(pair => (pair.Name, figures[pair])).ToList(), runs, seconds);
        Console.WriteLine(report.Table());
        report.Save(folder);
        return figures.Values.All(all => all.Count == runs) ? 0 : 1;
    }

    private static bool TryRead(string[] options, out int runs, out int seconds, out List<ComparedPair> pairs, out string folder)
    {
        (runs, seconds, folder) = (3, 4, Path.Combine("artifacts", "webrtc"));
        var names = ComparedPair.Default;
        pairs = [];
        for (var i = 0; i < options.Length; i += 2)
        {
            if (i + 1 == options.Length) return false;
            var value = options[i + 1];
            switch (options[i])
            {
                case "--runs" when int.TryParse(value, CultureInfo.InvariantCulture, out runs) && runs > 0: break;
                case "--seconds" when int.TryParse(value, CultureInfo.InvariantCulture, out seconds) && seconds > 0: break;
                case "--stacks": names = value.Split(','); break;
                case "--out": folder = value; break;
                default: return false;
            }
        }
        foreach (var name in names)
        {
            if (ComparedPair.TryParse(name) is not { } pair) return false;
            pairs.Add(pair);
        }
        return true;
    }
}
