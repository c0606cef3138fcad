using System.Globalization;
using System.Text.Json;
using Netflux.Host.Cli;
using Netflux.TestTools;

namespace Netflux.Host.Tracking;

/// <summary>Networks that a host remembers, as those see it who run the command.</summary>
[Trait("Category", "Rim")]
public sealed class TrackedNetworkTests : IDisposable
{
    /// <summary>Debian has it in /usr/lib/ARCHITECTURE/faketime.</summary>
    private static readonly Lazy<string> s_faketime = new(() => Directory.GetFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, IgnoreInaccessible = true }).First());

    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-tracking").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [RequiresFact(Tool.Faketime)]
    public async Task Created_and_left_alone_a_network_is_joined_a_day_later_from_a_store_that_was_moved_and_its_creator_comes_back()
    {
        var (host, server) = await HostAsync("first");
        var created = await NetfluxProcess.RunAsync(["create", "lobby", "--topology", """{"type":"gossip"}""", "--tracker", server, "--name", "ann", "--identity", PathOf("ann.pem"), "--json"]);
        Assert.Equal(0, created.ExitCode);
        var ann = JsonDocument.Parse(created.Output).RootElement.Text("peer");
        await host.SignalAsync("INT");
        Assert.Equal(0, await host.ExitAsync());
        await host.DisposeAsync();
        Directory.Move(PathOf("first"), PathOf("second"));

        (host, server) = await HostAsync("second", days: 1);
        await using var _ = host;
        var listed = await NetfluxProcess.RunAsync(["networks", "--tracker", server, "--json"]);
        var network = JsonDocument.Parse(listed.Output).RootElement;
        Assert.Equal(("lobby", 1, 0), (network.Text("name"), network.GetProperty("members").GetInt32(), network.GetProperty("online").GetInt32()));

        await using var bob = Join(server, "bob");
        var joined = await bob.ExpectAsync("joined");
        Assert.Equal("gossip", joined.GetProperty("topology").Text("type"));
        Assert.Equal(0, joined.GetProperty("members").GetArrayLength());
        var remembered = Assert.Single(joined.GetProperty("remembered").EnumerateArray());
        Assert.Equal((ann, "ann", false), (remembered.Text("peer"), remembered.Text("name"), remembered.TryGetProperty("onlineSince", out var _)));
        Assert.InRange(DateTimeOffset.UtcNow - Time(remembered, "lastSeen"), TimeSpan.Zero, TimeSpan.FromMinutes(10)); // by its clock a day ago

        await using var back = Join(server, "ann");
        joined = await back.ExpectAsync("joined");
        Assert.Equal(ann, joined.Text("peer"));
        Assert.Equal("bob", Assert.Single(joined.GetProperty("members").EnumerateArray()).Text("name"));
        var other = Assert.Single(joined.GetProperty("remembered").EnumerateArray());
        Assert.InRange(Time(other, "onlineSince") - DateTimeOffset.UtcNow, TimeSpan.FromHours(23), TimeSpan.FromDays(1));
        await bob.ExpectAsync("peerJoining", e => e.Text("peer") == ann);
        await bob.SayAsync("hello");
        await back.SayAsync("hello, too");
        Assert.Equal("hello", (await Talk.HeardAsync(back)).Text);
        Assert.Equal("hello, too", (await Talk.HeardAsync(bob)).Text);
    }

    [Fact]
    public async Task Who_leaves_is_no_member_any_more_and_who_goes_offline_is()
    {
        var (host, server) = await HostAsync("store");
        await using var _ = host;
        Assert.Equal(0, (await NetfluxProcess.RunAsync(["create", "lobby", "--tracker", server, "--name", "ann", "--identity", PathOf("ann.pem")])).ExitCode);
        await using (var bob = Join(server, "bob"))
        {
            await bob.ExpectAsync("joined");
            await bob.SayAsync("/quit");
            Assert.Equal(0, await bob.ExitAsync());
        }
        await using var eve = Join(server, "eve");
        Assert.Equal("ann", Assert.Single((await eve.ExpectAsync("joined")).GetProperty("remembered").EnumerateArray()).Text("name"));
        Assert.Equal("nameTaken", Error(await NetfluxProcess.RunAsync(["create", "lobby", "--tracker", server, "--json"])));
    }

    [Fact]
    public async Task A_plain_server_says_that_it_does_not_track()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        Assert.Equal("trackingNotSupported", Error(await NetfluxProcess.RunAsync(["create", "lobby", "--tracker", server, "--json"])));
        Assert.Equal("trackingNotSupported", Error(await NetfluxProcess.RunAsync(["networks", "--tracker", server, "--json"])));
    }

    [Fact]
    public async Task A_store_that_cannot_be_used_is_one_plain_sentence()
    {
        var (host, _) = await HostAsync("store");
        await using (host)
        {
            var second = await NetfluxProcess.RunAsync(["host", "--urls", "http://127.0.0.1:0", "--data", PathOf("store")]);
            Assert.Equal(1, second.ExitCode);
            Assert.Contains("Another process keeps networks in", second.Errors, StringComparison.Ordinal);
        }
        Directory.CreateDirectory(PathOf("other"));
        await File.WriteAllTextAsync(PathOf("other/tracking.db"), new string('x', 8192));
        var wrong = await NetfluxProcess.RunAsync(["host", "--urls", "http://127.0.0.1:0", "--data", PathOf("other")]);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("is no file of SQLite", wrong.Errors, StringComparison.Ordinal);
        await File.WriteAllTextAsync(PathOf("file"), "");
        var none = await NetfluxProcess.RunAsync(["host", "--urls", "http://127.0.0.1:0", "--data", PathOf("file")]);
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("Networks cannot be kept in", none.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_key_is_made_at_the_first_start_and_kept()
    {
        foreach (var (file, more) in new (string, string[])[] { ("store/server.pem", []), ("own.pem", ["--identity", PathOf("own.pem")]) })
        {
            byte[]? key = null;
            for (var start = 0; start < 2; start++)
            {
                var (host, _) = await HostAsync("store", more: more);
                await host.SignalAsync("INT");
                Assert.Equal(0, await host.ExitAsync());
                await host.DisposeAsync();
                var now = await File.ReadAllBytesAsync(PathOf(file));
                Assert.Equal(key ??= now, now);
            }
        }
        await File.WriteAllTextAsync(PathOf("own.pem"), "no key");
        var damaged = await NetfluxProcess.RunAsync(["host", "--urls", "http://127.0.0.1:0", "--data", PathOf("store"), "--identity", PathOf("own.pem")]);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains("is not a Netflux identity", damaged.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_that_was_made_while_the_host_runs_is_a_store_and_a_host_says_how_it_is()
    {
        var (host, server) = await HostAsync("store", more: "--metrics");
        await using (host)
        {
            Assert.Equal(0, (await NetfluxProcess.RunAsync(["create", "lobby", "--tracker", server])).ExitCode);
            using var http = new HttpClient { BaseAddress = new(server.Replace("ws:", "http:", StringComparison.Ordinal)) };
            Assert.Equal("Healthy", await http.GetStringAsync("/health/live"));
            Assert.Equal("Healthy", await http.GetStringAsync("/health/ready"));
            Assert.Contains("netflux_signaling_connections", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
            Directory.CreateDirectory(PathOf("copy"));
            Assert.Equal(0, (await NetfluxProcess.RunAsync(["backup", PathOf("copy/tracking.db"), "--data", PathOf("store")])).ExitCode);
            var again = await NetfluxProcess.RunAsync(["backup", PathOf("copy/tracking.db"), "--data", PathOf("store")]);
            Assert.Equal(1, again.ExitCode);
            Assert.Contains("is there already", again.Errors, StringComparison.Ordinal);
        }
        var (restored, there) = await HostAsync("copy");
        await using var _ = restored;
        Assert.Contains("lobby", (await NetfluxProcess.RunAsync(["networks", "--tracker", there])).Output, StringComparison.Ordinal);
    }

    private async Task<(NetfluxProcess Host, string Server)> HostAsync(string folder, int days = 0, params string[] more)
    {
        // The time that people know is another; the one that only counts is not.
        (string, string)[] environment = days == 0 ? [] : [("LD_PRELOAD", s_faketime.Value), ("FAKETIME", string.Create(CultureInfo.InvariantCulture, $"+{days}d")), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
        var host = NetfluxProcess.Start(environment, ["host", "--urls", "http://127.0.0.1:0", "--data", PathOf(folder), "--json", .. more]);
        return (host, (await host.ExpectAsync("listening")).Text("url"));
    }

    private NetfluxProcess Join(string server, string name) => NetfluxProcess.Start("join", "lobby", "--tracker", server, "--name", name, "--identity", PathOf(name + ".pem"), "--json");

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static DateTimeOffset Time(JsonElement json, string property) => json.GetProperty(property).GetDateTimeOffset();

    private static string Error((int ExitCode, string Output, string Errors) run) => JsonDocument.Parse(run.Output).RootElement.Text("code");
}
