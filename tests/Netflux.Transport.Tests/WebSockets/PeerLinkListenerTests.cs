using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Netflux.Hosting;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>At the rim: where links are taken, and what answers those who want something else.</summary>
[Trait("Rim", "sockets")]
public sealed class PeerLinkListenerTests
{
    [Fact]
    public async Task It_tells_where_it_is_and_what_it_is_called()
    {
        await using var rig = new LinkRig(options: new() { Authorities = ["peer.example"], AdvertiseUrls = [] });
        var address = await rig.AddressAsync();
        Assert.Equal($"ws://127.0.0.1:{address.Port}/netflux/link", address.ToString());
        Assert.Equal([$"127.0.0.1:{address.Port}", $"localhost:{address.Port}", "peer.example"], rig.On!.OwnAuthorities);
    }

    [Fact]
    public async Task Others_than_peers_get_an_answer()
    {
        await using var rig = new LinkRig();
        var address = await rig.AddressAsync();
        using var http = new HttpClient { BaseAddress = new($"http://{address.Authority}"), Timeout = LinkRig.Patience };
        using var link = await http.GetAsync(new Uri("/netflux/link", UriKind.Relative));
        Assert.Equal(HttpStatusCode.UpgradeRequired, link.StatusCode);
        Assert.Equal("websocket", link.Headers.Upgrade.ToString());
        Assert.EndsWith("WebSocket only.\n", await link.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var root = await http.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, root.StatusCode);
        Assert.Contains("/netflux/link", await root.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n")]
    [InlineData("GET /netflux/link HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 7\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /netflux/link HTTP/1.1\r\nHost: x\r\n")]
    [InlineData("")]
    public async Task Garbage_and_those_who_never_finish_asking_are_cut_off(string bytes)
    {
        await using var rig = new LinkRig(options: new() { RequestTimeout = TimeSpan.FromMilliseconds(500) });
        var address = await rig.AddressAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port);
        await client.Client.SendAsync(System.Text.Encoding.Latin1.GetBytes(bytes));
        await DrainAsync(client).WaitAsync(LinkRig.Patience);
        await rig.PairAsync(); // The listener is as well as before.
    }

    [Fact]
    public async Task So_many_links_from_one_address_and_room_again_when_one_ends()
    {
        await using var rig = new LinkRig(options: new() { LinksPerAddressMax = 2 });
        var (first, firstInbox, firstAccepted, _) = await rig.OwnedPairAsync();
        await rig.PairAsync();
        var failed = await rig.FailToDialAsync(await rig.AddressAsync());
        Assert.Equal(DialFailure.Refused, failed.Failure);
        Assert.Contains("429", failed.Why, StringComparison.Ordinal);
        first.Close(CloseCode.Done, "");
        await firstInbox.ClosedAsync();
        await firstAccepted.Completion.WaitAsync(LinkRig.Patience);
        // The slot is free a moment after the link's last word: dial until it is.
        var asker = rig.NewInbox();
        object answer;
        do
        {
            rig.Dialer.Dial(await rig.AddressAsync(), this, asker.Ref);
            answer = await asker.NextAsync();
        }
        while (answer is LinkDialFailed { Failure: DialFailure.Refused });
        Assert.IsType<LinkDialled>(answer);
    }

    [Theory]
    [InlineData("https://127.0.0.1:0", "TLS")]
    [InlineData("http://peer.example:0", "not an IP address")]
    [InlineData("http://203.0.113.99:0", "no such address")]
    public async Task What_cannot_be_listened_on_is_said_in_a_sentence(string url, string words) =>
        Assert.Contains(words, await FailAsync(new(url)), StringComparison.Ordinal);

    [Fact]
    public async Task A_taken_port_is_said_in_a_sentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = new Uri($"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}");
        Assert.Equal($"Cannot listen on {url}: the port is in use by another process; choose another, or 0 for any.", await FailAsync(url));
    }

    [Fact]
    public async Task After_stop_nobody_is_taken()
    {
        await using var rig = new LinkRig();
        var address = await rig.AddressAsync();
        rig.Listener.Stop();
        await rig.Listener.Stopped.WaitAsync(LinkRig.Patience);
        Assert.Equal(DialFailure.Unreachable, (await rig.FailToDialAsync(address)).Failure);
    }

    [Fact]
    public async Task An_application_maps_the_endpoint()
    {
        await using var rig = new LinkRig(); // Lends its dialler.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        await using var app = builder.Build();
        var options = new WebSocketLinkOptions();
        var rule = new DialRule(options);
        var listener = new PeerLinkListener(options, rule: rule);
        app.MapLinks(() => listener);
        var facade = rig.NewInbox();
        listener.Start(facade.Ref);
        await app.StartAsync();
        var address = Assert.Single((await facade.ExpectAsync<ListeningOn>()).Advertised);
        Assert.Equal("/netflux/link", address.AbsolutePath);
        Assert.True(rule.MayDial(address), "what listens on loopback dials there");
        var asker = rig.NewInbox();
        rig.Dialer.Dial(address, this, asker.Ref);
        var dialled = (await asker.ExpectAsync<LinkDialled>()).Link;
        var accepted = (await facade.ExpectAsync<LinkAccepted>()).Link;
        var inbox = rig.NewInbox();
        accepted.Start(inbox.Ref, 1);
        LinkRig.Send(dialled, [7]);
        dialled.Start(rig.NewInbox().Ref, 1);
        Assert.Equal([7], await inbox.ReceiveAsync());
        accepted.Close(CloseCode.Stopping, "");
        await inbox.ClosedAsync();
        await app.StopAsync();
    }

    [Fact]
    public void A_wildcard_is_advertised_as_the_addresses_of_the_machine()
    {
        IPAddress[] machine = [IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Parse("192.0.2.5"), IPAddress.Parse("2001:db8::5"), IPAddress.Parse("fe80::5")];
        var four = ListenAddresses.Of([new("http://0.0.0.0:5080")], new(), machine, "box");
        Assert.Equal(["ws://192.0.2.5:5080/netflux/link"], four.Advertised.Select(a => a.ToString()));
        Assert.Equal(["192.0.2.5:5080", "127.0.0.1:5080", "localhost:5080", "box:5080"], four.OwnAuthorities);
        var both = ListenAddresses.Of([new("http://[::]:80")], new() { AdvertiseUrls = [new("https://peer.example")] }, machine, "box");
        Assert.Equal(["wss://peer.example/netflux/link"], both.Advertised.Select(a => a.ToString()));
        Assert.Equal(["peer.example", "127.0.0.1", "[::1]", "192.0.2.5", "[2001:db8::5]", "localhost", "box"], both.OwnAuthorities);
        var alone = ListenAddresses.Of([new("http://0.0.0.0:1")], new(), [IPAddress.Loopback], "box");
        Assert.Equal(["ws://127.0.0.1:1/netflux/link"], alone.Advertised.Select(a => a.ToString()));
    }

    private static async Task<string> FailAsync(Uri url)
    {
        await using var rig = new LinkRig();
        var facade = rig.NewInbox();
        var listener = new PeerLinkListener(new() { ListenUrls = [url] });
        listener.Start(facade.Ref);
        var why = (await facade.ExpectAsync<ListeningFailed>()).Why;
        await listener.Stopped.WaitAsync(LinkRig.Patience);
        return why;
    }

    private static async Task DrainAsync(TcpClient client)
    {
        var buffer = new byte[1024];
        try
        {
            while (await client.GetStream().ReadAsync(buffer) > 0) { }
        }
        catch (IOException)
        {
            // Reset: cut off as well.
        }
    }
}
