using System.Text.Json;
using Netflux.TestTools;

namespace Netflux.Host.Cli;

/// <summary><c>netflux doctor</c>: what it finds out about this machine, and about the links to the members of a network.</summary>
[Trait("Category", "Rim")]
public class DoctorTests
{
    [Fact]
    public async Task Without_a_network_it_examines_this_machine()
    {
        var run = await NetfluxProcess.RunAsync(["doctor", "--json"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var said = Events(run.Output);
        Assert.Equal(["buffers", "offload", "addresses", "udp", "iceServers", "loopback"], said.Where(e => e.Text("event") == "finding").Select(e => e.Text("name")));
        Assert.Equal(("warning", "good", "good"), (Verdict(said, "iceServers"), Verdict(said, "udp"), Verdict(said, "loopback")));
        Assert.Equal(("done", 0), (said[^1].Text("event"), said[^1].GetProperty("bad").GetInt32()));
    }

    [RequiresFact(Tool.Turnserver)]
    public async Task Servers_are_asked_and_one_that_refuses_does_not_work()
    {
        await using var turn = await Turnserver.StartAsync();
        var stun = $"stun:{turn.Address}";
        (string, string)[] password = [("NETFLUX_ICE_PASSWORD", Turnserver.Password)], wrong = [("NETFLUX_ICE_PASSWORD", "wrong")];
        await using var good = NetfluxProcess.Start(password, "doctor", "--ice-server", turn.Url("udp"), "--ice-server", turn.Url("tcp"), "--ice-server", stun, "--ice-user", Turnserver.User, "--json");
        foreach (var url in new[] { turn.Url("udp"), turn.Url("tcp") })
            Assert.StartsWith($"{url} relays for us at {turn.Address.Address}:", (await good.ExpectAsync("finding", e => e.Text("name") == "turn" && e.Text("verdict") == "good")).Text("text"), StringComparison.Ordinal);
        Assert.Matches($"^{System.Text.RegularExpressions.Regex.Escape($"{stun} sees us at {turn.Address.Address}:")}[0-9]+, where no NAT is in between ", (await good.ExpectAsync("finding", e => e.Text("name") == "stun")).Text("text"));
        Assert.Equal(0, await good.ExitAsync());

        await using var bad = NetfluxProcess.Start(wrong, "doctor", "--ice-server", turn.Url("udp"), "--ice-user", Turnserver.User, "--json");
        var refused = await bad.ExpectAsync("finding", e => e.Text("name") == "turn");
        Assert.Equal("bad", refused.Text("verdict"));
        Assert.Contains("gave no address. Allocate was refused: 401 ", refused.Text("text"), StringComparison.Ordinal);
        Assert.Contains("are user and password right?", refused.Text("text"), StringComparison.Ordinal);
        Assert.Equal(1, (await bad.ExpectAsync("done")).GetProperty("bad").GetInt32());
        Assert.Equal(1, await bad.ExitAsync());
    }

    [RequiresFact(Tool.Turnserver)]
    public async Task With_a_network_it_tells_the_pairs_that_were_tried_and_why_this_one()
    {
        await using var turn = await Turnserver.StartAsync();
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0, "--listen", "none");
        var run = await NetfluxProcess.RunAsync(["doctor", "lobby", "--server", server, "--name", "doc", "--relay-only", "--ice-server", turn.Url("udp"), "--ice-user", Turnserver.User, "--ice-password", Turnserver.Password]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var lines = run.Output.Split('\n');
        var link = Array.FindIndex(lines, line => line.StartsWith($"  ann#{Talk.IdOf(ann)[..4]}: a data channel, through a TURN server, relay {turn.Address.Address}:", StringComparison.Ordinal));
        Assert.True(link > 0, run.Output);
        Assert.Equal($"Links to the members of {server}/net/lobby", lines[link - 1]);
        // One attempt, or two: where both sides looked for a link, their offers may have crossed.
        var (pairs, ours, theirs) = (Lines("      > "), Lines("      ours   "), Lines("      theirs "));
        Assert.InRange(pairs.Count, 1, 2);
        Assert.All(pairs, pair => Assert.Matches(@"^      > relay \S+ to (host|prflx) \S+: succeeded, [0-9.]+ ms, \S+ answers\. Selected: .+\.$", pair));
        Assert.All(ours, candidates => Assert.Matches(@"^      ours   relay \S+$", candidates));
        Assert.Contains(theirs, candidates => candidates.StartsWith("      theirs host ", StringComparison.Ordinal));
        Assert.Equal("All is well.", lines[^1]);
        Assert.Equal("left", (await ann.ExpectAsync("peerLeaving")).Text("reason"));

        List<string> Lines(string beginning) => [.. lines[link..].Where(line => line.StartsWith(beginning, StringComparison.Ordinal))];
    }

    [Fact]
    public async Task Who_listens_is_linked_by_a_WebSocket_and_an_empty_network_is_no_fault()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        var nowhere = await NetfluxProcess.RunAsync(["doctor", "lobby", "--server", server, "--json"]);
        Assert.Equal((1, "networkNotFound"), (nowhere.ExitCode, Events(nowhere.Output)[^1].Text("code")));
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        var run = await NetfluxProcess.RunAsync(["doctor", "lobby", "--server", server, "--listen", "none"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(": a WebSocket, to ws://127.0.0.1:", run.Output, StringComparison.Ordinal);
        Assert.Contains("    dialled ws://127.0.0.1:", run.Output, StringComparison.Ordinal);
    }

    private static List<JsonElement> Events(string output) => [.. output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];

    private static string Verdict(IEnumerable<JsonElement> said, string name) => said.Single(e => e.Text("event") == "finding" && e.Text("name") == name).Text("verdict");
}
