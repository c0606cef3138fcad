namespace Netflux.Benchmarks.WebRtc;

/// <summary>One run of one pair.</summary>
/// <param name="ProcessorSecondsPerGigabyte">Of both programs and what they started, with large messages.</param>
/// <param name="RoundTrip">Microseconds, the median.</param>
/// <param name="OpenMedian">Milliseconds from creating the offer to the open channel, of the connections after the first.</param>
/// <param name="IdleKibibytes">What a further idle connection adds to the memory of both programs together.</param>
internal sealed record PairFigures(
    double MegabytesPerSecond, double ProcessorSecondsPerGigabyte, double SmallMessagesPerSecond, double RoundTrip, double OpenMedian, double OpenMax, double IdleKibibytes);

/// <summary>Measures two programs that speak the lines of peers/README.md. They are started anew where what went before would be in the way.</summary>
internal static class PairMeasurement
{
    private const int SmallMessage = 100;
    private const int Opens = 20;
    private const int RoundTrips = 2000;
    private const int IdleBefore = 20; // what the first ones cost once is not theirs: compiled code, pools, a heap that settles
    private const int IdleConnections = 40;

    public static async Task<PairFigures> RunAsync(ComparedPair pair, TimeSpan time)
    {
        var (roundTrip, opens, large) = await RunLargeAsync(pair, time);
        var small = await RunSmallAsync(pair, time);
        var idle = await RunIdleAsync(pair);
        return new(large.Bytes / 1e6 / large.Seconds, large.Processor.TotalSeconds / (large.Bytes / 1e9), small.Messages / small.Seconds, roundTrip, opens[opens.Count / 2], opens[^1], idle / 1024);
    }

    private static async Task<(double RoundTrip, List<double> Opens, Flow Large)> RunLargeAsync(ComparedPair pair, TimeSpan time)
    {
        await using var programs = await ProgramPair.StartAsync(pair);
        await programs.ConnectAsync("first"); // warms both up
        var roundTrip = await MeasureRoundTripAsync(programs, "first");
        await programs.RestAsync();
        var opens = new List<double>();
        for (var i = 0; i < Opens; i++)
        {
            var id = FormattableString.Invariant($"open-{i}");
            opens.Add(await programs.ConnectAsync(id));
            await programs.CloseAsync(id);
        }
        opens.Sort();
        return (roundTrip, opens, await MeasureFlowAsync(programs, "first", pair.LargeMessage, time));
    }

    private static async Task<Flow> RunSmallAsync(ComparedPair pair, TimeSpan time)
    {
        await using var programs = await ProgramPair.StartAsync(pair);
        await programs.ConnectAsync("first");
        return await MeasureFlowAsync(programs, "first", SmallMessage, time);
    }

    private static async Task<double> RunIdleAsync(ComparedPair pair)
    {
        await using var programs = await ProgramPair.StartAsync(pair);
        for (var i = 0; i < IdleBefore; i++) await programs.ConnectAsync(FormattableString.Invariant($"before-{i}"));
        await programs.RestAsync();
        var before = await programs.SettledMemoryAsync();
        for (var i = 0; i < IdleConnections; i++) await programs.ConnectAsync(FormattableString.Invariant($"idle-{i}"));
        return (await programs.SettledMemoryAsync() - before) / (double)IdleConnections;
    }

    private static async Task<double> MeasureRoundTripAsync(ProgramPair programs, string id)
    {
        await programs.Receiver.AskAsync(new { t = "mode", id, mode = "echo" }, "mode", id);
        await programs.Sender.AskAsync(new { t = "ping", id, n = RoundTrips / 4, size = SmallMessage }, "ping", id);
        var measured = await programs.Sender.AskAsync(new { t = "ping", id, n = RoundTrips, size = SmallMessage }, "ping", id);
        await programs.Receiver.AskAsync(new { t = "mode", id, mode = "sink" }, "mode", id);
        return measured.Number("p50");
    }

    /// <summary>Sends for a while, and measures after a third of it: then windows have grown and what is compiled while it runs is compiled.</summary>
    private static async Task<Flow> MeasureFlowAsync(ProgramPair programs, string id, int size, TimeSpan time)
    {
        programs.Sender.Tell(new { t = "send", id, size });
        await Task.Delay(time / 2);
        var processorBefore = programs.ProcessorTime();
        var before = await programs.Receiver.AskAsync(new { t = "stat", id }, "stat", id);
        await Task.Delay(time);
        var after = await programs.Receiver.AskAsync(new { t = "stat", id }, "stat", id);
        var processor = programs.ProcessorTime() - processorBefore;
        programs.Sender.Tell(new { t = "stop", id });
        return new(after.Number("bytes") - before.Number("bytes"), after.Number("msgs") - before.Number("msgs"), after.Number("t") - before.Number("t"), processor);
    }

    private sealed record Flow(double Bytes, double Messages, double Seconds, TimeSpan Processor);
}
