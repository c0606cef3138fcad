using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Netflux.Host.Cli;
using Netflux.Host.Server;
using Netflux.TestTools;

namespace Netflux.Host.Browser;

/// <summary>The demonstration page as a person uses it, in Chromium, with .NET peers and servers as processes of their own.</summary>
[Trait("Category", "Rim")]
public sealed class DemonstrationTests
{
    private const int LongLine = 3_000;
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [RequiresFact(Tool.Chromium, Tool.ChromeDriver)]
    public async Task Two_tabs_and_a_dotnet_peer_talk_over_data_channels_and_go_on_without_the_server()
    {
        await using var host = await HostAsync();
        using var browser = new Chromium();
        var ada = browser.Open(host.Url).Join("Ada");
        // It does not listen, so that it is linked as tabs are.
        await using var bob = NetfluxProcess.Start("chat", "demo", "--server", host.Server, "--name", "bob", "--listen", "none", "--json");
        await bob.ExpectAsync("joined");
        var ben = browser.Open(host.Url).Join("Ben");
        ada.Until("Ada has data channels with both", tab => tab.IsLinkedByDataChannelsWith("Ben", "bob"));
        ben.Until("Ben has data channels with both", tab => tab.IsLinkedByDataChannelsWith("Ada", "bob"));

        await EachIsHeardByBothAsync(ada, ben, bob, name => $"Hello from {name}");
        ada.Until("the page shows how it is linked", tab => tab.Text(".people").Split("data channel").Length == 3);
        ada.Screenshot("chat");
        Assert.Equal(["/netflux/signal"], ada.OpenWebSockets);
        await AssertSamePairsAsync(ada, ben, bob);

        host.Process.Kill();
        foreach (var tab in new[] { ada, ben }) tab.Until("the page says that the server is gone", tab => tab.Text("#server").Contains("gone", StringComparison.Ordinal));
        await EachIsHeardByBothAsync(ada, ben, bob, name => $"{name} is still here");
        ada.Screenshot("without-the-server");
        var before = new[] { ada.Links(), ben.Links() };
        // Longer than all pings of the patience together: what carried it can be told by its bytes.
        await EachIsHeardByBothAsync(ada, ben, bob, name => $"{name} has a lot to say: {new string('.', LongLine)}");
        var after = new[] { ada.Links(), ben.Links() };
        foreach (var (from, to) in before.Zip(after).SelectMany(tab => tab.First.Values.Select(link => (link.DataChannel!, tab.Second[link.Name].DataChannel!))))
        {
            Assert.Equal((from.Local, from.Remote), (to.Local, to.Remote));
            Assert.InRange(to.BytesSent - from.BytesSent, LongLine, long.MaxValue);
            Assert.InRange(to.BytesReceived - from.BytesReceived, LongLine, long.MaxValue);
        }
        foreach (var tab in new[] { ada, ben }) Assert.Empty(tab.OpenWebSockets);
        Keep("data-channels.json", JsonSerializer.Serialize(new { Ada = after[0], Ben = after[1], Bob = (await LinksSaid.OfAsync(bob)).Select(links => new { links.Peer, links.DataChannel }) }, s_readable));
    }

    [RequiresFact(Tool.Chromium, Tool.ChromeDriver)]
    public async Task A_tab_joins_the_peers_of_the_demonstration()
    {
        await using var demo = NetfluxProcess.Start("demo", "--port", "0");
        var url = (await demo.ExpectLineAsync("A signaling server listens on ")).Split(' ')[^1].TrimEnd('.');
        await demo.ExpectLineAsync("Join them"); // the three have found each other
        using var browser = new Chromium();
        var ada = browser.Open(url).Join("Ada");
        ada.Hears("Welcome, Ada!");
        ada.Until("Ada sees the three", tab => tab.Members == 3);
        // ann listens, and the others do not.
        ada.Until("Ada has links of both kinds", tab => tab.Links().OrderBy(link => link.Key).Select(link => link.Value.Kind).SequenceEqual(["webSocket", "dataChannel", "dataChannel"]));
        ada.Choose(".composer select", "cy");
        ada.Say("hello");
        await demo.ExpectLineAsync("Ada (to cy alone): hello");
        ada.Hears("cy heard you, and nobody else did.");
        ada.Until("the page shows how it is linked", tab => tab.Text(".people").Split("data channel").Length == 3);
        ada.Screenshot("demonstration");
        Keep("demonstration.txt", string.Join('\n', demo.Said));
    }

    [RequiresFact(Tool.Chromium, Tool.ChromeDriver)]
    public async Task A_reload_is_the_same_peer_and_a_duplicated_tab_another()
    {
        await using var host = await HostAsync();
        using var browser = new Chromium();
        var ada = browser.Open(host.Url).Join("Ada");
        var ben = browser.Open(host.Url).Join("Ben");
        var id = ada.Id;
        Assert.NotEqual(id, ben.Id);

        ada.Reload();
        ada.Until("Ada is back", tab => tab.IsShown("#chat") && tab.Members == 1);
        Assert.Equal(id, ada.Id);
        ben.Hears("Ada went offline");
        ben.Until("Ben sees Ada again", tab => tab.Members == 1);

        ada.Run("sessionStorage.setItem('copied', 'with the tab')");
        var twin = browser.Duplicate(ada);
        twin.Until("the duplicate has joined", tab => tab.IsShown("#chat") && tab.Members == 2);
        Assert.Equal("with the tab", twin.Run("return sessionStorage.getItem('copied')"));
        var twinId = twin.Id;
        Assert.DoesNotContain(twinId, new[] { id, ben.Id });
        ben.Until("Ben sees both", tab => tab.Members == 2);
        Assert.Contains("Ada#", ben.Text(".people"), StringComparison.Ordinal);

        twin.Reload();
        twin.Until("the duplicate is back", tab => tab.IsShown("#chat") && tab.Members == 2);
        Assert.Equal((id, twinId), (ada.Id, twin.Id));
    }

    [RequiresFact(Tool.Chromium, Tool.ChromeDriver)]
    public async Task A_tab_whose_renderer_is_killed_is_gone_within_15_seconds_and_a_reload_is_the_same_peer()
    {
        await using var host = await HostAsync();
        using var browser = new Chromium();
        var ada = browser.Open(host.Url).Join("Ada");
        await using var bob = NetfluxProcess.Start("chat", "demo", "--server", host.Server, "--name", "bob", "--listen", "none", "--json");
        await bob.ExpectAsync("joined");
        var ben = browser.Open(host.Url).Join("Ben");
        ada.Until("Ada has data channels with both", tab => tab.IsLinkedByDataChannelsWith("Ben", "bob"));
        ben.Until("Ben has data channels with both", tab => tab.IsLinkedByDataChannelsWith("Ada", "bob"));
        var id = ada.Id;

        ada.Kill();
        var since = Stopwatch.StartNew();
        var goneAtBob = GoneAsync();
        ben.Until("Ada is gone", tab => tab.Members == 1);
        Assert.InRange(since.Elapsed.TotalSeconds, 0, 15);
        Assert.InRange(await goneAtBob, 0, 15);
        Assert.Contains("Ada is gone: the connection was lost", ben.Log, StringComparison.Ordinal);

        ada = await browser.ReviveAsync(ada);
        ada.Until("Ada is back", tab => tab.IsShown("#chat") && tab.Members == 2);
        Assert.Equal(id, ada.Id);
        await bob.ExpectAsync("peerJoining", who => who.Text("peer") == id);
        ada.Say("I am back");
        ben.Hears("I am back");
        Assert.Equal(("broadcast", "I am back"), await Talk.HeardAsync(bob));

        async Task<double> GoneAsync()
        {
            Assert.Equal("connectionLost", (await bob.ExpectAsync("peerLeaving", who => who.Text("peer") == id)).Text("reason"));
            return since.Elapsed.TotalSeconds;
        }
    }

    [RequiresFact(Tool.Chromium, Tool.ChromeDriver)]
    public async Task A_private_room_is_entered_by_a_join_request()
    {
        await using var host = await HostAsync();
        using var browser = new Chromium();
        var ada = browser.Open(host.Url).Join("Ada");
        var ben = browser.Open(host.Url).Join("Ben");
        ada.Until("Ada sees Ben", tab => tab.Members == 1);
        ada.Click(".private");
        ada.Until("Ada is in a room of hers", tab => tab.IsShown("#rooms button + button"));
        ada.Click("#rooms button");
        ada.Click(".invite");
        ben.Until("Ben is asked", tab => tab.Text("#invitations").Contains("Ada asks you to join", StringComparison.Ordinal));
        ben.Screenshot("join-request");
        ben.Click("#invitations button");
        ben.Until("Ben is in it", tab => tab.IsShown("#rooms button + button[aria-current=true]") && tab.Members == 1);
        ben.Say("in here");
        ada.Hears("Ben accepted");
        ada.Click("#rooms button + button");
        ada.Hears("in here");
    }

    [RequiresFact(Tool.Chromium, Tool.ChromeDriver)]
    public async Task A_page_that_meets_a_dotnet_peer_waits_for_its_room()
    {
        await using var host = await HostAsync();
        using var browser = new Chromium();
        var ada = browser.Open(host.Url);
        await using var bob = NetfluxProcess.Start("meet", $"{host.Server}/meet/blue-door", "--name", "bob", "--listen", "none", "--json");
        await bob.ExpectAsync("waiting");
        ada.Run("""
            globalThis.met = { heard: [], accepted: 0, ended: '' };
            import('/netflux.js').then(async ({ NetfluxClient }) => {
              met.peer = await (await NetfluxClient.start({ name: 'Ada' })).connect('blue-door');
              met.peer.onMessage(({ text }) => met.heard.push(text));
              met.peer.addEventListener('peerDisconnected', ({ detail }) => { met.ended = detail.reason; });
            });
            """);
        await bob.ExpectAsync("connected");
        ada.Until("Ada has met bob", tab => tab.Run("return met.peer?.name") is "bob");
        await bob.SayAsync("hello Ada");
        ada.Until("Ada hears bob", tab => tab.Run("return met.heard.join()") is "hello Ada");

        // A process that stands still consumes nothing: what it has room for goes, 256 KiB, and the rest waits.
        await bob.SignalAsync("STOP");
        ada.Run("for (let n = 0; n < 20; n++) met.peer.send(`${n} ${'.'.repeat(16 * 1024)}`).then(() => met.accepted++)");
        ada.Until("bob's room is full", tab => tab.Run("return met.accepted") is 15L);
        await bob.SignalAsync("CONT");
        for (var n = 0; n < 20; n++) Assert.StartsWith($"{n} ", (await Talk.HeardAsync(bob)).Text, StringComparison.Ordinal);
        ada.Until("all is accepted", tab => tab.Run("return met.accepted") is 20L);

        await bob.SayAsync("/quit");
        ada.Until("Ada sees that bob has gone", tab => tab.Run("return met.ended") is "disconnected");
        ada.Run("met.peer.send('anybody there?').catch(error => { met.ended = error.code; })");
        ada.Until("who sends then is told so", tab => tab.Run("return met.ended") is "unknownPeer");
    }

    [RequiresFact(Tool.Chromium, Tool.ChromeDriver)]
    public async Task By_plain_http_from_elsewhere_the_page_says_what_to_do_and_by_https_it_works()
    {
        // For the browser a name is elsewhere, wherever it leads: it trusts plain http from loopback alone.
        using var browser = new Chromium("--host-resolver-rules=MAP netflux.test 127.0.0.1");
        await using (var plain = await HostAsync())
        {
            var tab = browser.Open(FromElsewhere(plain));
            tab.Until("the page says that it needs https", page => page.IsShown("#insecure"));
            Assert.Contains("browsers give cryptography only to pages that come by https", tab.Text("#insecure"), StringComparison.Ordinal);
            Assert.Contains("netflux host --https", tab.Text("#insecure"), StringComparison.Ordinal);
            Assert.Contains($"http://localhost:{new Uri(plain.Url).Port}", tab.Text("#insecure"), StringComparison.Ordinal);
            Assert.False(tab.IsShown("#welcome"));
            tab.Screenshot("insecure");
            tab.Run("import('/netflux.js').then(({ NetfluxClient }) => NetfluxClient.start({ name: 'Ada' })).catch(error => { globalThis.refused = `${error.code}: ${error.message}`; })");
            tab.Until("the peer says so, too", page => page.Run("return globalThis.refused") is string refused && refused.StartsWith("invalidOptions: This page is served over plain http", StringComparison.Ordinal));
        }

        await using (var made = await HostAsync("--https", "--urls", "127.0.0.1:0"))
        {
            Assert.Equal(95, (await made.Process.ExpectAsync("certificate")).Text("sha256").Length);
            var called = browser.Open(FromElsewhere(made));
            called.Until("the page asks for a name", tab => tab.IsShown("#welcome"));
            called.Click("#join button");
            called.Until("the page says that the server does not know this name of it", tab => tab.Text("#failure").Contains($"--public-url {FromElsewhere(made)},", StringComparison.Ordinal));
            called.Screenshot("name-not-known");
            var ada = browser.Open(made.Url).Join("Ada");
            ada.Say("on a phone");
            ada.Resize(390, 780);
            ada.Screenshot("phone");
            Assert.Contains("on a phone", ada.Log, StringComparison.Ordinal);
        }

        using var certificates = new TestCertificates();
        await using var host = await HostAsync("--certificate", certificates.ChainAndKey, "--urls", "127.0.0.1:0");
        await using var bob = NetfluxProcess.Start([("SSL_CERT_FILE", certificates.Root)], "chat", "demo", "--server", host.Server, "--name", "bob", "--json");
        await bob.ExpectAsync("joined");
        var ben = browser.Open(host.Url).Join("Ben");
        ben.Until("Ben sees bob", tab => tab.Members == 1);
        ben.Say("Hello from Ben");
        Assert.Equal(("broadcast", "Hello from Ben"), await Talk.HeardAsync(bob));
        await bob.SayAsync("Hello from bob");
        ben.Hears("Hello from bob");

        static string FromElsewhere(RunningHost host) => host.Url.Replace("127.0.0.1", "netflux.test", StringComparison.Ordinal);
    }

    /// <summary>A line from each of the three reaches both others.</summary>
    private static async Task EachIsHeardByBothAsync(Tab ada, Tab ben, NetfluxProcess bob, Func<string, string> line)
    {
        ada.Paste(line("Ada"));
        ben.Hears(line("Ada"));
        Assert.Equal(("broadcast", line("Ada")), await Talk.HeardAsync(bob));
        ben.Paste(line("Ben"));
        ada.Hears(line("Ben"));
        Assert.Equal(("broadcast", line("Ben")), await Talk.HeardAsync(bob));
        await bob.SayAsync(line("bob"));
        ada.Hears(line("bob"));
        ben.Hears(line("bob"));
    }

    /// <summary>Whoever is asked, at either end, names the same pair of addresses.</summary>
    private static async Task AssertSamePairsAsync(Tab ada, Tab ben, NetfluxProcess bob)
    {
        var (ofAda, ofBen) = (ada.Links(), ben.Links());
        Assert.Equal(Pair(ofAda["Ben"]), Mirrored(Pair(ofBen["Ada"])));
        var ofBob = (await LinksSaid.OfAsync(bob)).ToDictionary(links => links.Peer);
        foreach (var (tab, links) in new[] { (ada, ofAda), (ben, ofBen) })
        {
            var selected = ofBob[tab.Id].DataChannel!;
            Assert.Equal(Pair(links["bob"]), Mirrored((selected.Local, selected.Remote)));
            // The first conversation is the one that goes on: a page that forgot whom it was about to know would begin another.
            Assert.DoesNotContain(ofBob[tab.Id].Attempts, attempt => attempt.Text("why").Contains("begins anew", StringComparison.Ordinal));
        }

        // A candidate may be host at the one end and peer-reflexive at the other; the addresses are the same.
        static (string Local, string Remote) Pair(TabLink link) => (link.DataChannel!.Local.Split(' ')[^1], link.DataChannel.Remote.Split(' ')[^1]);

        static (string, string) Mirrored((string Local, string Remote) pair) => (pair.Remote, pair.Local);
    }

    [RequiresFact(Tool.Chromium, Tool.ChromeDriver)]
    public async Task A_page_of_a_host_that_asks_for_access_asks_for_the_token()
    {
        const string Token = "3q2-7_abcdefghijklmnop0123456789";
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"all:{Token}");
        await using var host = await HostAsync("--urls", "http://127.0.0.1:0", "--token-file", file);
        File.Delete(file); // it was read at the start
        using var browser = new Chromium();
        var ada = browser.Open(host.Url);
        ada.Until("the page asks for a name", tab => tab.IsShown("#welcome"));
        Assert.False(ada.IsShown("#token"));
        ada.Click("#join button");
        ada.Until("the page asks for the token", tab => tab.IsShown("#token") && tab.Text("#failure").Contains("asks for an access token", StringComparison.Ordinal));
        ada.Screenshot("access");
        ada.Run("document.querySelector('#token').value = arguments[0]", Token[1..]);
        ada.Click("#join button");
        ada.Until("the page says that it is another", tab => tab.Text("#failure").Contains("does not take this access token", StringComparison.Ordinal));
        ada.Run("document.querySelector('#token').value = arguments[0]", Token);
        ada.Join("Ada");
        await using var bob = NetfluxProcess.Start([("NETFLUX_TOKEN", Token)], "chat", "demo", "--server", host.Server, "--name", "bob", "--json");
        await bob.ExpectAsync("joined", joined => joined.GetProperty("members").GetArrayLength() == 1);
    }

    private static async Task<RunningHost> HostAsync(params string[] arguments)
    {
        var process = NetfluxProcess.Start(["host", "--no-tracking", "--json", .. arguments.Length > 0 ? arguments : ["--urls", "http://127.0.0.1:0"]]);
        var server = (await process.ExpectAsync("listening")).Text("url");
        return new(process, server, server.Replace("ws", "http", StringComparison.Ordinal));
    }

    private static void Keep(string name, string text) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(Installed.Repository, "artifacts", "screenshots")).FullName, name), text);

    private sealed record RunningHost(NetfluxProcess Process, string Server, string Url) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}
