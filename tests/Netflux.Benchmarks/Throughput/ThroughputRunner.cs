using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Netflux.Benchmarks.Throughput;

/// <summary>Sends one way for a few seconds through every stack in turn, several times over, and prints the medians as a table.</summary>
internal static class ThroughputRunner
{
    private static readonly int[] s_sizes = [100, 1 << 10, 64 << 10];

    public static async Task<int> RunAsync(string[] options)
    {
        if (!TryRead(options, out var runs, out var seconds))
        {
            Console.Error.WriteLine("throughput [--runs N] [--seconds N]: whole numbers above 0; 3 runs of 3 seconds by default.");
            return 2;
        }
        var rates = new Dictionary<(string Stack, int Size), List<double>>();
        foreach (var size in s_sizes)
        {
            // Stacks alternate within a run, so that what else the machine does meets all of them alike.
            for (var run = 0; run < runs; run++)
            {
                foreach (var stack in Stacks.All.Keys)
                {
                    var rate = await MeasureAsync(stack, size, TimeSpan.FromSeconds(seconds));
                    if (!rates.TryGetValue((stack, size), out var all)) rates.Add((stack, size), all = []);
                    all.Add(rate);
                    await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{stack}, {size} bytes, run {run + 1}: {rate:N0} messages/s"));
                }
            }
        }
        Print(rates, runs, seconds);
        return 0;
    }

    public static async Task<int> ReceiveAsync(string stack)
    {
        await using var peer = Stacks.All[stack]();
        await ChildProcess.UpAsync(await peer.ListenAsync());
        return 0;
    }

    private static async Task<double> MeasureAsync(string stack, int size, TimeSpan time)
    {
        using var receiver = await ChildProcess.StartAsync("receive", stack);
        await using var sender = Stacks.All[stack]();
        await sender.ConnectAsync(receiver.FirstLine);
        var payload = new byte[size];
        new Random(1).NextBytes(payload);
        await SendForAsync(sender, payload, time / 2); // warm: tiered compilation is done in about a second
        var watch = Stopwatch.StartNew();
        var messages = await SendForAsync(sender, payload, time);
        return messages / watch.Elapsed.TotalSeconds;
    }

    private static async Task<long> SendForAsync(IThroughputPeer sender, byte[] payload, TimeSpan time)
    {
        var messages = 0L;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < time; messages += 16)
        {
            for (var i = 0; i < 16; i++) await sender.SendAsync(payload);
        }
        await sender.DrainAsync();
        return messages;
    }

    private static void Print(Dictionary<(string Stack, int Size), List<double>> rates, int runs, int seconds)
    {
        var first = Stacks.All.Keys.First();
        var lines = new List<FormattableString>
        {
            $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} processors; two processes over 127.0.0.1, 1 MiB in flight, median of {runs} runs of {seconds} s.",
            $"",
            $"| bytes | stack | messages/s | MB/s | lowest to highest | beside {first} |",
            $"|---:|---|---:|---:|---:|---:|",
        };
        foreach (var size in s_sizes)
        {
            foreach (var stack in Stacks.All.Keys)
            {
                var all = rates[(stack, size)];
                var (rate, reference) = (Median(all), Median(rates[(first, size)]));
                lines.Add($"| {size} | {stack} | {rate:N0} | {rate * size / 1e6:N1} | {all.Min():N0} to {all.Max():N0} | {rate / reference:N2} |");
            }
        }
        foreach (var line in lines) Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static bool TryRead(string[] options, out int runs, out int seconds)
    {
        (runs, seconds) = (3, 3);
        for (var i = 0; i < options.Length; i += 2)
        {
            if (i + 1 == options.Length || !int.TryParse(options[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value == 0) return false;
            switch (options[i])
            {
                case "--runs": runs = value; break;
                case "--seconds": seconds = value; break;
                default: return false;
            }
        }
        return true;
    }
}
