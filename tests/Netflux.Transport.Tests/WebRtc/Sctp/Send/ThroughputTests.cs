using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>How much gets through a path with a queue of 1 MiB, by round trip and loss. docs/BENCHMARKS.md shows the table that the long test writes.</summary>
public sealed class ThroughputTests(ITestOutputHelper output)
{
    /// <summary>Of the table: 1 Gbit/s.</summary>
    private const double PathBytesPerSecond = 125_000_000;

    private static readonly SctpOptions s_reno = SctpOptions.Default with { CreateCongestionControl = static parameters => new RenoCongestionControl(parameters) };

    /// <summary>pion's and SIPSorcery's fixed windows, in kind.</summary>
    private static readonly SctpOptions s_small = s_reno with { ReceiveBufferBytes = 128 * 1024, ReceivedMessageBytesMax = 64 * 1024 };

    [Theory]
    [InlineData(0, 0, 0.9)]
    [InlineData(20, 0, 0.9)]
    [InlineData(20, 1, 0.8)]
    [InlineData(20, 5, 0.6)]
    [InlineData(100, 0, 0.6)]
    [InlineData(100, 1, 0.5)]
    [InlineData(100, 5, 0.4)]
    public void Loss_and_distance_do_not_kill_it(int roundTrip, int lossPercent, double shareMin) =>
        Assert.InRange(Measure(SctpOptions.Default, 12_500_000, roundTrip, lossPercent, TimeSpan.FromSeconds(4), 1) / 12_500_000, shareMin, 1);

    [Fact, Trait("Category", "Soak")]
    public void Table()
    {
        var table = new StringBuilder("| round trip, ms | loss | MB/s | RFC 9260's window control | and a window of 128 KiB |\n|---:|---:|---:|---:|---:|\n");
        foreach (var roundTrip in new[] { 0, 20, 100 })
        {
            foreach (var loss in new[] { 0, 1, 5 })
            {
                string Run(SctpOptions options) => (Measure(options, PathBytesPerSecond, roundTrip, loss, TimeSpan.FromSeconds(6), 1) / 1e6).ToString("F1", CultureInfo.InvariantCulture);
                table.Append(CultureInfo.InvariantCulture, $"| {roundTrip} | {loss} % | {Run(SctpOptions.Default)} | {Run(s_reno)} | {Run(s_small)} |\n");
            }
        }
        output.WriteLine(table.ToString());
    }

    /// <summary>Bytes of messages in a second of virtual time, from the opening on.</summary>
    private static double Measure(SctpOptions options, double bytesPerSecond, int roundTripMs, int lossPercent, TimeSpan time, int seed)
    {
        var path = new PathOptions { Latency = TimeSpan.FromMilliseconds(roundTripMs / 2.0), Loss = lossPercent / 100.0, BytesPerSecond = bytesPerSecond, QueueBytes = 1024 * 1024 };
        var world = new SctpWorld(seed, path, options, options);
        world.Connect();
        var message = new byte[64 * 1024];
        var received = 0L;
        world.Z.Receive = taken => received += taken.Length;
        world.A.BeforeFlush = () =>
        {
            while (world.A.Association.BufferedBytes(new(0)) < 4 * 1024 * 1024 && world.A.Send(0, message))
            {
            }
        };
        world.RunFor(time);
        return received / time.TotalSeconds;
    }
}
