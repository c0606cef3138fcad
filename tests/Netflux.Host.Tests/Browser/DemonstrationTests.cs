using System.Diagnostics;
using Netflux.Host.Cli;
using Netflux.TestTools;

namespace Netflux.Host.Browser;

/// <summary>The demonstration page as a person uses it, in Chromium, with .NET peers and servers as processes of their own.</summary>
[Trait("Category", "Rim")]
public sealed class DemonstrationTests
{
    [RequiresFact(Tool.Chromium, Tool.ChromeDriver)]
    public async Task Two_tabs_and_a_dotnet_peer_are_one_network_that_goes_on_without_the_server()
    {
        await using var host = await HostAsync();
        using var browser = new Chromium();
        var ada = browser.Open(host.Url).Join("Ada");
        await using var bob = NetfluxProcess.Start("chat", "demo", "--server", host.Server, "--name", "bob", "--json");
        await bob.ExpectAsync("joined");
        var ben = browser.Open(host.Url).Join("Ben");
        ada.Until("Ada sees two others", tab => tab.Members == 2);
        ben.Until("Ben sees two others", tab => tab.Members == 2);

        ada.Say("hello from Ada");
        ben.Hears("hello from Ada");
        Assert.Equal(("broadcast", "hello from Ada"), await Talk.HeardAsync(bob));
        ben.Say("hello from Ben");
        ada.Hears("hello from Ben");
        Assert.Equal(("broadcast", "hello from Ben"), await Talk.HeardAsync(bob));
        await bob.SayAsync("hello from bob");
        ada.Hears("hello from bob");
        ben.Hears("hello from bob");

        var link = ada.Links().GetProperty("Ben");
        Assert.Equal("dataChannel", link.Text("kind"));
        Assert.Contains("udp", link.GetProperty("pair").Text("local"), StringComparison.Ordinal);
        Keep("links.json", ada.Links().ToString());
        ada.Until("the page shows the link", tab => tab.Text(".people").Contains("data channel", StringComparison.Ordinal));
        ada.Screenshot("chat");

        host.Process.Kill();
        ada.Until("the page says that the server is gone", tab => tab.Text("#server").Contains("gone", StringComparison.Ordinal));
        ada.Say("still here");
        ben.Hears("still here");
        Assert.Equal(("broadcast", "still here"), await Talk.HeardAsync(bob));
        await bob.SayAsync("so am I");
        ben.Hears("so am I");
        ada.Screenshot("without-the-server");
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

        var twin = browser.Duplicate(ada);
        twin.Until("the duplicate has joined", tab => tab.IsShown("#chat") && tab.Members == 2);
        Assert.NotEqual(id, twin.Id);
        ben.Until("Ben sees both", tab => tab.Members == 2);
        Assert.Contains("Ada#", ben.Text(".people"), StringComparison.Ordinal);
    }

    [RequiresFact(Tool.Chromium, Tool.ChromeDriver)]
    public async Task A_tab_whose_renderer_is_killed_is_gone_within_15_seconds()
    {
        await using var host = await HostAsync();
        using var browser = new Chromium();
        var ada = browser.Open(host.Url).Join("Ada");
        var ben = browser.Open(host.Url).Join("Ben");
        ben.Until("Ben sees Ada", tab => tab.Members == 1);
        ada.Kill();
        var since = Stopwatch.StartNew();
        ben.Until("Ada is gone", tab => tab.Members == 0);
        Assert.InRange(since.Elapsed.TotalSeconds, 0, 15);
        Assert.Contains("Ada is gone: the connection was lost", ben.Log, StringComparison.Ordinal);
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
    public async Task By_plain_http_from_another_address_the_page_says_what_to_do_and_by_https_it_works()
    {
        var address = Transport.WebSockets.DialRule.MachineAddresses().FirstOrDefault(own => own.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && !System.Net.IPAddress.IsLoopback(own));
        if (address is null) return; // a machine without a network has no other address
        using var browser = new Chromium();
        await using (var plain = await HostAsync("--urls", $"http://{address}:0"))
        {
            var tab = browser.Open(plain.Url);
            tab.Until("the page says that it needs https", page => page.IsShown("#insecure"));
            Assert.Contains("netflux host --https", tab.Text("#insecure"), StringComparison.Ordinal);
            Assert.False(tab.IsShown("#welcome"));
        }
        await using var secure = await HostAsync("--urls", $"https://{address}:0");
        Assert.Equal(95, (await secure.Process.ExpectAsync("certificate")).Text("sha256").Length);
        var ada = browser.Open(secure.Url).Join("Ada");
        ada.Resize(390, 780);
        ada.Say("on a phone");
        ada.Screenshot("phone");
        Assert.Contains("on a phone", ada.Log, StringComparison.Ordinal);
    }

    private static async Task<RunningHost> HostAsync(params string[] arguments)
    {
        var process = NetfluxProcess.Start(["host", "--json", .. arguments.Length > 0 ? arguments : ["--urls", "http://127.0.0.1:0"]]);
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
