using System.Globalization;
using System.Text.Json;

namespace Netflux.Host.Cli;

/// <summary>What happens to those who talk when a process stands still, or the server dies.</summary>
[Trait("Category", "Rim")]
public class OutageTests
{
    private const int Lines = 20;

    [Fact]
    public async Task A_process_that_stands_still_for_6_seconds_is_suspected_recovers_and_loses_nothing()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var bob = await Talk.JoinAsync(server, "bob", 1);
        await using var cy = await Talk.JoinAsync(server, "cy", 2);
        await ann.ExpectAsync("peerJoining", e => e.Text("name") == "cy");
        await bob.ExpectAsync("peerJoining", e => e.Text("name") == "cy");

        await bob.SignalAsync("STOP");
        await bob.SayAsync("said while asleep");
        for (var n = 0; n < Lines; n++)
        {
            await ann.SayAsync($"ann {n}");
            await cy.SayAsync($"cy {n}");
        }
        await Task.Delay(TimeSpan.FromSeconds(6));   // the time is what is tested: above the 5 s of suspicion, below the 14 s of leaving
        await bob.SignalAsync("CONT");
        foreach (var other in new[] { ann, cy })
        {
            await other.ExpectAsync("peerRecovered", e => e.Text("name") == "bob");
            Assert.Equal(["peerSuspected", "peerRecovered"], Talk.LifeOf(other, Talk.IdOf(bob)).Where(happening => happening != "peerJoining"));
        }

        await ann.SayAsync("last of ann");
        await cy.SayAsync("last of cy");
        await HeardAllAsync(bob, "ann");
        await HeardAllAsync(cy, "ann");
        await HeardAllAsync(bob, "cy");
        await HeardAllAsync(ann, "cy");
        await ann.ExpectSaidAsync("message", e => e.Text("text") == "said while asleep");
        await cy.ExpectSaidAsync("message", e => e.Text("text") == "said while asleep");
        Assert.All(new[] { ann, bob, cy }, process => Assert.DoesNotContain(process.Said, line => line.Contains("\"peerLeaving\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_server_carries_no_line_and_when_it_is_killed_they_talk_on_and_a_newcomer_joins_after_its_restart()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var bob = await Talk.JoinAsync(server, "bob", 1);
        await using var cy = await Talk.JoinAsync(server, "cy", 2);
        await ann.ExpectAsync("peerJoining", e => e.Text("name") == "cy");

        // 200 lines of 1,000 characters to two others are 400 kB. What three leases of 10 s take meanwhile is some hundred bytes.
        var before = await TrafficAsync(server);
        await ChatAsync(ann, bob, cy, "with the server", 200);
        var during = await TrafficAsync(server) - before;
        Assert.InRange(during, 0, 4_000);

        host.Kill();
        await host.ExitAsync();
        await ChatAsync(bob, ann, cy, "without the server", 20);

        var (restarted, same) = await Talk.HostAsync(server.Replace("ws://", "http://", StringComparison.Ordinal));
        await using var __ = restarted;
        Assert.Equal(server, same);
        // The members come back by themselves; a newcomer that is earlier would be the first at a server that knows nothing yet.
        await CountAsync(server, "connections", 3);
        await CountAsync(server, "doors", 1);
        await using var dan = await Talk.JoinAsync(server, "dan", 3);
        await ChatAsync(dan, ann, cy, "hello from dan", 1);
        Assert.All(new[] { ann, bob, cy }, process => Assert.DoesNotContain(process.Said, line => line.Contains("\"peerLeaving\"", StringComparison.Ordinal)));
    }

    private static async Task ChatAsync(NetfluxProcess speaker, NetfluxProcess one, NetfluxProcess other, string text, int lines)
    {
        var long_ = text + new string('.', 1_000 - text.Length);
        for (var n = 0; n < lines; n++) await speaker.SayAsync(string.Create(CultureInfo.InvariantCulture, $"{long_} {n}"));
        foreach (var listener in new[] { one, other })
            for (var n = 0; n < lines; n++)
                Assert.Equal(("broadcast", $"{long_} {n}"), await Talk.HeardAsync(listener));
    }

    private static async Task HeardAllAsync(NetfluxProcess listener, string name)
    {
        await listener.ExpectSaidAsync("message", e => e.Text("text") == $"last of {name}");
        Assert.Equal([.. Enumerable.Range(0, Lines).Select(n => $"{name} {n}"), $"last of {name}"], HeardFrom(listener, name));
    }

    private static IEnumerable<string> HeardFrom(NetfluxProcess process, string name) =>
        process.Said.Select(line => JsonDocument.Parse(line).RootElement).Where(e => e.Text("event") == "message" && e.Text("name") == name).Select(e => e.Text("text"));

    private static async Task<long> TrafficAsync(string server)
    {
        var stats = await StatsAsync(server);
        return stats.GetProperty("bytes_in").GetInt64() + stats.GetProperty("bytes_out").GetInt64();
    }

    /// <summary>Looks until the server counts so many: it tells nobody when it does.</summary>
    private static async Task CountAsync(string server, string what, int atLeast)
    {
        using var patience = new CancellationTokenSource(NetfluxProcess.Patience);
        while ((await StatsAsync(server)).GetProperty(what).GetInt32() < atLeast) await Task.Delay(100, patience.Token);
    }

    private static async Task<JsonElement> StatsAsync(string server)
    {
        using var http = new HttpClient();
        return JsonDocument.Parse(await http.GetStringAsync(new Uri(server.Replace("ws://", "http://", StringComparison.Ordinal) + "/netflux/stats"))).RootElement;
    }
}
