using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Netflux.Host.Cli;

/// <summary>A gossip network of real processes over real links on one machine.</summary>
[Trait("Category", "Rim"), Collection(nameof(Crowd))]
public sealed class GossipProcessesTests(ITestOutputHelper output)
{
    /// <summary>Each takes some three seconds of a processor to start, and has a fiftieth afterwards; <c>NETFLUX_CROWD</c> asks for more than show the same in a minute.</summary>
    private static readonly int s_count = int.TryParse(Environment.GetEnvironmentVariable("NETFLUX_CROWD"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 12;

    /// <summary>Idle threads of the pool wait without spinning: thirty processes share the machine's few processors.</summary>
    private static readonly (string, string)[] s_modest = [("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "0")];

    [Fact]
    public async Task A_broadcast_reaches_all_processes_and_all_that_are_left_when_a_third_is_killed()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        var processes = new List<NetfluxProcess>();
        try
        {
            var clock = Stopwatch.StartNew();
            while (processes.Count < s_count) processes.Add(await JoinAsync(server, $"p{processes.Count}"));
            output.WriteLine($"{s_count} joined after {clock.Elapsed}");
            await SaysToAllAsync(processes[0], "hello all of you", processes);

            // Every third, the creator among them.
            var killed = processes.Where((_, number) => number % 3 == 0).ToList();
            foreach (var process in killed) process.Kill();
            clock.Restart();
            var left = processes.Except(killed).ToList();
            await SaysToAllAsync(left[0], "who is left?", left);
            output.WriteLine($"the first broadcast after the kill reached the {left.Count} that are left after {clock.Elapsed}");
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));

            foreach (var speaker in left) await speaker.SayAsync($"from {Talk.IdOf(speaker)}");
            await Task.WhenAll(left.Select(listener => HearsEachAsync(listener, left)));
            await Task.WhenAll(left.Select(async process =>
            {
                foreach (var dead in killed) await process.ExpectSaidAsync("peerLeaving", e => e.Text("peer") == Talk.IdOf(dead) && e.Text("reason") == "connectionLost");
            }));
            output.WriteLine($"each knows who is left after {clock.Elapsed}");
            foreach (var process in left) Assert.DoesNotContain(process.Said, line => line.Contains("messagesMissed", StringComparison.Ordinal));
        }
        finally
        {
            foreach (var process in processes) await process.DisposeAsync();
        }
    }

    /// <summary>On a machine that so many processes keep busy a join may miss its deadline, which says: try again.</summary>
    private static async Task<NetfluxProcess> JoinAsync(string server, string name)
    {
        for (var attempt = 1; ; attempt++)
        {
            var process = NetfluxProcess.Start(s_modest, "chat", "crowd", "--topology", """{"type":"gossip"}""", "--server", server, "--name", name, "--json");
            try
            {
                await process.ExpectAsync("joined");
                return process;
            }
            catch (Xunit.Sdk.XunitException) when (attempt < 3 && process.Said.Any(line => line.Contains("timedOut", StringComparison.Ordinal)))
            {
                await process.DisposeAsync();
            }
        }
    }

    private static async Task SaysToAllAsync(NetfluxProcess speaker, string text, IEnumerable<NetfluxProcess> all)
    {
        await speaker.SayAsync(text);
        await Task.WhenAll(all.Where(other => other != speaker).Select(other => other.ExpectAsync("message", e => e.Text("text") == text)));
    }

    private static async Task HearsEachAsync(NetfluxProcess listener, IEnumerable<NetfluxProcess> speakers)
    {
        foreach (var speaker in speakers.Where(speaker => speaker != listener))
            await listener.ExpectSaidAsync("message", e => e.Text("text") == $"from {Talk.IdOf(speaker)}");
    }
}

/// <summary>So many processes leave the processors to nobody else: they run when all other tests have.</summary>
[CollectionDefinition(nameof(Crowd), DisableParallelization = true)]
public sealed class Crowd;
