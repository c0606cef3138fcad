using Netflux.TestTools;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Interop;

/// <summary>The ways that messages take: hidden addresses, relays, and other ways while messages flow.</summary>
[Collection(InteropTests.Name), Trait("Category", "Rim")]
public sealed class WayTests(ForeignPrograms programs)
{
    [Theory]
    [Against("chromium-mdns")]
    public async Task A_browser_that_hides_its_addresses_is_reached(string stack, bool weOffer)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id) { Echoes = true };
        await own.ConnectAsync(weOffer);
        // Its checks may come before its candidates.
        await own.HiddenCandidateAsync();
        Assert.Contains(own.Connection.Report().Remote, candidate => candidate.Address.Contains(".local", StringComparison.Ordinal));
        await program.AskAsync(new { t = "ping", id, n = 5, size = 1000 }, "ping", id);
    }

    [Theory]
    [Against("chromium"), Against("firefox"), Against("pion")]
    public async Task Messages_go_on_over_an_ICE_restart(string stack, bool weRestart)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id);
        var channel = await own.ConnectAsync(weOffer: true);
        await program.AskAsync(new { t = "mode", id, mode = "echo" }, "mode", id);
        var descriptions = own.Descriptions;
        if (weRestart) own.Connection.RestartIce();
        else program.Tell(new { t = "restart", id });
        for (var i = 0; i < 100; i++)
        {
            byte[] message = [(byte)i];
            await own.SendAsync(channel, message);
            Assert.Equal(message, (await own.ReceiveAsync(channel)).Bytes);
            await Task.Delay(10);
        }
        Assert.Equal(descriptions + 1, own.Descriptions);
        Assert.Equal(PeerConnectionState.Connected, own.Connection.State);
    }

    [RequiresTheory(Tool.Turnserver)]
    [Against("libdatachannel"), Against("pion"), Against("chromium"), Against("firefox")]
    public Task A_relay_over_UDP_carries_everything(string stack, bool weOffer) => RelayedAsync(stack, weOffer, "udp", theyToo: false);

    [RequiresTheory(Tool.Turnserver)]
    [Against("libdatachannel"), Against("pion"), Against("chromium"), Against("firefox")]
    public Task A_relay_over_TCP_carries_everything(string stack, bool weOffer) => RelayedAsync(stack, weOffer, "tcp", theyToo: false);

    [RequiresTheory(Tool.Turnserver)]
    [Against("libdatachannel"), Against("pion")]
    public Task Both_sides_relayed_meet(string stack, bool weOffer) => RelayedAsync(stack, weOffer, "udp", theyToo: true);

    private async Task RelayedAsync(string stack, bool weOffer, string transport, bool theyToo)
    {
        await using var server = await Turnserver.StartAsync();
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        var theirs = theyToo
            ? new { iceServers = new[] { new { urls = server.Url("udp"), username = Turnserver.User, credential = Turnserver.Password } }, iceTransportPolicy = "relay" }
            : null;
        var options = new RtcConnectionOptions { RelayOnly = true, IceServers = [new(server.Url(transport), Turnserver.User, Turnserver.Password)] };
        using var own = new OwnPeer(program, id, options, theirs);
        var channel = await own.ConnectAsync(weOffer);
        await program.AskAsync(new { t = "mode", id, mode = "echo" }, "mode", id);
        foreach (var size in new[] { 1, 1200, 65_535 })
        {
            var message = new byte[size];
            new Random(size).NextBytes(message);
            await own.SendAsync(channel, message);
            Assert.Equal(message, (await own.ReceiveAsync(channel)).Bytes);
        }
        var report = own.Connection.Report();
        Assert.Equal("relay", report.Selected!.Local.Type);
        Assert.All(report.Local, candidate => Assert.Equal("relay", candidate.Type));
    }
}
