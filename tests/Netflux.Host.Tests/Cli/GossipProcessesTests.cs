using System.Diagnostics;
using Xunit.Abstractions;

namespace Netflux.Host.Cli;

/// <summary>A gossip network of real processes over real links on one machine.</summary>
[Trait("Category", "Rim"), Collection(nameof(Crowd))]
public sealed class GossipProcessesTests(ITestOutputHelper output)
{
    private static readonly int s_count = ProcessCrowd.CountOr(12);

    [Fact]
    public async Task A_broadcast_reaches_all_processes_and_all_that_are_left_when_a_third_is_killed()
    {
        await using var crowd = await ProcessCrowd.StartAsync("""{"type":"gossip"}""");
        var clock = Stopwatch.StartNew();
        while (crowd.Living.Count < s_count) await crowd.JoinAsync($"p{crowd.Living.Count}");
        output.WriteLine($"{s_count} joined after {clock.Elapsed}");
        await crowd.SaysToAllAsync(crowd.Living[0], "hello all of you");

        // Every third, the creator among them.
        var killed = crowd.Living.Where((_, number) => number % 3 == 0).ToList();
        foreach (var process in killed) crowd.Kill(process);
        clock.Restart();
        await crowd.SaysToAllAsync(crowd.Living[0], "who is left?");
        output.WriteLine($"the first broadcast after the kill reached the {crowd.Living.Count} that are left after {clock.Elapsed}");
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));

        await crowd.AllHearAllAsync();
        await Task.WhenAll(crowd.Living.Select(async process =>
        {
            foreach (var dead in killed) await process.ExpectSaidAsync("peerLeaving", e => e.Text("peer") == Talk.IdOf(dead) && e.Text("reason") == "connectionLost");
        }));
        output.WriteLine($"each knows who is left after {clock.Elapsed}");
        foreach (var process in crowd.Living) Assert.DoesNotContain(process.Said, line => line.Contains("messagesMissed", StringComparison.Ordinal));
    }
}
