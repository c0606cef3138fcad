using System.Diagnostics;

namespace Netflux.Host.Cli;

/// <summary>Separate processes that meet through a real server and talk over real sockets.</summary>
[Trait("Category", "Rim")]
public class ChatTests
{
    [Fact]
    public async Task Three_processes_see_each_other_talk_and_leave_also_without_the_server()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var bob = await Talk.JoinAsync(server, "bob", 1);
        await using var cy = await Talk.JoinAsync(server, "cy", 2);
        await ann.ExpectAsync("peerJoining", e => e.GetProperty("name").GetString() == "cy");
        await bob.ExpectAsync("peerJoining", e => e.GetProperty("name").GetString() == "cy");

        await ann.SayAsync("hello all");
        foreach (var other in new[] { bob, cy })
        {
            var heard = await other.ExpectAsync("message");
            Assert.Equal(("ann", "broadcast", "hello all"), (heard.GetProperty("name").GetString(), heard.GetProperty("kind").GetString(), heard.GetProperty("text").GetString()));
        }
        await bob.SayAsync("/to cy for you alone");
        await bob.SayAsync("for all");
        Assert.Equal(("direct", "for you alone"), await Talk.HeardAsync(cy));
        Assert.Equal(("broadcast", "for all"), await Talk.HeardAsync(cy));
        Assert.Equal(("broadcast", "for all"), await Talk.HeardAsync(ann));

        host.Kill();
        await host.ExitAsync();
        await cy.SayAsync("the server is gone");
        Assert.Equal(("broadcast", "the server is gone"), await Talk.HeardAsync(ann));
        Assert.Equal(("broadcast", "the server is gone"), await Talk.HeardAsync(bob));

        await bob.SayAsync("/quit");
        Assert.Equal("left", (await ann.ExpectAsync("peerLeaving")).GetProperty("reason").GetString());
        await bob.ExpectAsync("left");
        Assert.Equal(0, await bob.ExitAsync());
        cy.EndInput();
        Assert.Equal("wentOffline", (await ann.ExpectAsync("peerLeaving")).GetProperty("reason").GetString());
        Assert.Equal(0, await cy.ExitAsync());
        var clock = Stopwatch.StartNew();
        await ann.SignalAsync("INT");
        Assert.Equal(0, await ann.ExitAsync());
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_killed_process_is_suspected_and_gone_with_a_reason_and_a_doubled_name_is_told_apart()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var one = await Talk.JoinAsync(server, "bob", 1);
        await using var two = await Talk.JoinAsync(server, "bob", 2);
        await ann.ExpectAsync("peerJoining");
        await ann.ExpectAsync("peerJoining");
        await ann.SayAsync("/to bob which?");
        var error = await ann.ExpectAsync("error");
        Assert.Equal("doubledName", error.GetProperty("code").GetString());
        Assert.Equal(2, error.GetProperty("text").GetString()!.Split("bob#").Length - 1);
        two.Kill();
        Assert.Equal("bob", (await ann.ExpectAsync("peerSuspected")).GetProperty("name").GetString());
        Assert.Equal("connectionLost", (await ann.ExpectAsync("peerLeaving")).GetProperty("reason").GetString());
    }
}
