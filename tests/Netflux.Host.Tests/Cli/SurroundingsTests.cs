namespace Netflux.Host.Cli;

/// <summary>Language, time zone and kind of address of a machine change nothing.</summary>
[Trait("Category", "Rim")]
public class SurroundingsTests
{
    // Turkish has another capital of i, another decimal sign, another order; the zone is a day ahead of others.
    private static readonly (string, string)[] s_turkish = [("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8"), ("TZ", "Europe/Istanbul")];
    private static readonly (string, string)[] s_kiritimati = [("TZ", "Pacific/Kiritimati")];

    [Fact]
    public async Task Peers_of_other_languages_and_time_zones_talk_as_others_do()
    {
        await using var host = NetfluxProcess.Start(s_turkish, "host", "--no-tracking", "--urls", "http://127.0.0.1:0", "--json");
        var server = (await host.ExpectAsync("listening")).Text("url");
        await using var ann = await Talk.JoinAsync(s_turkish, server, "ann INCI", 0);
        await using var bob = await Talk.JoinAsync(s_kiritimati, server, "bob", 1);
        await using var cy = NetfluxProcess.Start(s_turkish, "chat", "LOBBY", "--server", server.Replace("ws", "WS", StringComparison.Ordinal), "--name", "cy", "--json");
        Assert.Equal(2, (await cy.ExpectAsync("joined")).GetProperty("members").GetArrayLength());
        await bob.SayAsync("İyi akşamlar, ıIiİ");
        Assert.Equal(("broadcast", "İyi akşamlar, ıIiİ"), await Talk.HeardAsync(ann));
        await bob.SayAsync("/to ann INCI for you");
        Assert.Equal(("direct", "for you"), await Talk.HeardAsync(ann));
        await cy.SayAsync("/quit");
        Assert.Equal("left", (await ann.ExpectAsync("peerLeaving")).Text("reason"));
        Assert.Equal(0, await cy.ExitAsync());
    }

    [Fact]
    public async Task They_talk_over_the_loopback_of_IPv6()
    {
        var (host, server) = await Talk.HostAsync("http://[::1]:0");
        await using var _ = host;
        Assert.StartsWith("ws://[::1]:", server, StringComparison.Ordinal);
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var bob = await Talk.JoinAsync(server, "bob", 1);
        await ann.SayAsync("over six");
        Assert.Equal(("broadcast", "over six"), await Talk.HeardAsync(bob));
        await bob.SayAsync("/to ann and back");
        Assert.Equal(("direct", "and back"), await Talk.HeardAsync(ann));
    }
}
