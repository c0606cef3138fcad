using System.Globalization;
using Netflux.TestKit;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>Association against association on a bad path: everything arrives once and in order, or is given up as asked.</summary>
public sealed class ConversationTests
{
    [Fact]
    public void Some_hundred_seeds() => Run(0, 250, messages: 300);

    /// <summary>A fast path turns slow after much has gone over it.</summary>
    [Fact]
    public void A_seed_that_once_stood_still() => Run(1105, 1, messages: 600);

    /// <summary>A chunk of data that comes twice, the second time after the end, aborts nothing.</summary>
    [Fact]
    public void A_seed_that_was_once_aborted_at_its_end() => Run(5659, 1, messages: 600);

    /// <summary>The answers to a shutdown get lost again and again; it is repeated no less often than RTO.Max.</summary>
    [Fact]
    public void A_seed_whose_shutdown_once_took_minutes() => Run(149, 1, messages: 300);

    [Fact, Trait("Category", "Soak")]
    public void Thousands_of_seeds() => Run(1_000, 5_000, messages: 600);

    private static void Run(int first, int count, int messages)
    {
        if (Environment.GetEnvironmentVariable("SEED") is { } seed) (first, count) = (int.Parse(seed, CultureInfo.InvariantCulture), 1);
        for (var i = first; i < first + count; i++)
        {
            var faults = Converse(i, messages);
            Assert.True(faults.Count == 0, $"SEED={i}: {string.Join("; ", faults.Take(5))}");
        }
    }

    /// <summary>One conversation in both directions; returns what went wrong.</summary>
    internal static List<string> Converse(int seed, int messages, Action<SctpWorld>? prepare = null)
    {
        var random = SeededRandom.For((ulong)seed, "scenario");
        var path = new PathOptions
        {
            Latency = TimeSpan.FromMilliseconds(random.Next(4) == 0 ? 0 : random.Next(60)),
            Loss = random.Next(3) == 0 ? 0 : random.NextDouble() * 0.15,
            Duplication = random.Next(2) == 0 ? 0 : random.NextDouble() * 0.1,
            Jitter = TimeSpan.FromMilliseconds(random.Next(2) == 0 ? 0 : random.Next(40)),
            BytesPerSecond = random.Next(3) == 0 ? 200_000 + random.Next(5_000_000) : 0,
        };
        var interleaving = random.Next(2) == 0;
        // Buffers that are nearly too small, so that windows shut.
        var options = SctpOptions.Default with
        {
            Interleaving = interleaving,
            ZeroChecksum = random.Next(2) == 0,
            ReceiveBufferBytes = random.Next(2) == 0 ? 100_000 + random.Next(200_000) : 5 * 1024 * 1024,
            ReceivedMessageBytesMax = 100_000,
        };
        var world = new SctpWorld(seed, path, options, options);
        prepare?.Invoke(world);
        var ways = new[]
        {
            new Conversation(world, world.A, world.Z, "to z", messages, 1 + random.Next(20), 60_000),
            new Conversation(world, world.Z, world.A, "to a", messages / 2, 1 + random.Next(20), 20_000),
        };
        world.A.Association.Connect(world.Now);
        if (random.Next(2) == 0) world.Z.Association.Connect(world.Now);
        var faults = new List<string>();
        try
        {
            world.RunUntil(() => ways.All(way => way.IsDone), TimeSpan.FromMinutes(10));
            // What is left settles: nothing more may happen, and both ends hold nothing.
            world.A.Association.Shutdown(world.Now);
            world.RunUntil(() => world.A.Closed is not null && world.Z.Closed is not null, TimeSpan.FromMinutes(2));
            if (world.A.Closed!.Reason != SctpCloseReason.Shutdown || world.Z.Closed!.Reason != SctpCloseReason.Shutdown) faults.Add($"closed by {world.A.Closed} and {world.Z.Closed}");
        }
        catch (InvalidOperationException late)
        {
            faults.Add(late.Message);
        }
        foreach (var (way, from) in ways.Zip([world.A, world.Z]))
        {
            faults.AddRange(way.Faults);
            if (way.ArrivedInAll + from.Association.Statistics.MessagesAbandoned < way.SentInAll) faults.Add($"of {way.SentInAll} messages {way.ArrivedInAll} arrived and {from.Association.Statistics.MessagesAbandoned} were given up");
        }
        return faults;
    }
}
