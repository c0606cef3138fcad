using System.Text.Json;
using Netflux.Host.Cli;
using Netflux.Host.Faults;

namespace Netflux.Host.Tracking;

/// <summary>Asking to be let in, and deciding, as those do who run the command.</summary>
[Trait("Category", "Rim")]
public sealed class ApprovalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-approval").FullName;
    private readonly int _port = FaultRig.FreePort();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Who_asks_waits_over_a_restart_of_the_host_until_a_member_lets_it_in()
    {
        await using var host = await HostAsync();
        Assert.Equal(0, (await RunAsync("create", "ann", "--topology", """{"type":"full-mesh","join":"invite"}""")).ExitCode);
        await using var bob = Start("bob", "--ask", "I am Bob.");
        var id = (await bob.ExpectAsync("approvalAwaited")).Text("peer");
        host.Kill();
        await host.ExitAsync();
        await using var again = await HostAsync();

        var listed = JsonDocument.Parse((await RunAsync("requests", "ann")).Output).RootElement;
        Assert.Equal(("request", id, "bob", "I am Bob."), (listed.Text("event"), listed.Text("peer"), listed.Text("name"), listed.Text("text")));
        var decided = JsonDocument.Parse((await RunAsync("requests", "ann", "--accept", "bob")).Output).RootElement;
        Assert.Equal(("approvalDecided", id, true), (decided.Text("event"), decided.Text("peer"), decided.GetProperty("accepted").GetBoolean()));
        Assert.Equal("ann", Assert.Single((await bob.ExpectAsync("joined")).GetProperty("remembered").EnumerateArray()).Text("name"));
    }

    [Fact]
    public async Task A_member_that_is_there_hears_who_asks_and_decides_by_a_line()
    {
        await using var host = await HostAsync();
        Assert.Equal(0, (await RunAsync("create", "ann", "--topology", """{"type":"full-mesh","join":"invite"}""")).ExitCode);
        await using var ann = Start("ann");
        await ann.ExpectAsync("joined");
        await using var eve = Start("eve", "--ask");
        Assert.Equal(("eve", ""), (await ann.ExpectAsync("approvalAsked")) is var asked ? (asked.Text("name"), asked.Text("text")) : default);
        await ann.SayAsync("/decline eve not this time");
        await ann.ExpectAsync("approvalDecided");
        Assert.Equal(("approvalDeclined", "A member declined the wish to join: not this time"), (await eve.ExpectAsync("error")) is var error ? (error.Text("code"), error.Text("text")) : default);
        Assert.Equal(1, await eve.ExitAsync());

        await using var bob = Start("bob", "--ask", "I am Bob.");
        var id = (await ann.ExpectAsync("approvalAsked")).Text("peer");
        await ann.SayAsync("/requests");
        Assert.Equal(id, (await ann.ExpectAsync("request")).Text("peer"));
        await ann.SayAsync($"/accept {id}");
        await bob.ExpectAsync("joined");
        await ann.ExpectAsync("peerJoining", e => e.Text("peer") == id);
        await bob.SayAsync("hello");
        Assert.Equal("hello", (await Talk.HeardAsync(ann)).Text);
        await ann.SayAsync("/accept nobody");
        Assert.Equal("unknownPeer", (await ann.ExpectAsync("error")).Text("code"));
        await bob.SayAsync("/requests");
        Assert.Equal("notAdmitted", (await bob.ExpectAsync("error")).Text("code"));
    }

    [Fact]
    public async Task What_does_not_go_together_is_one_plain_sentence()
    {
        foreach (var (arguments, text) in new (string[], string)[]
        {
            (["requests", "club", "--accept", "a", "--decline", "b"], "--accept and --decline do not go together; decide on one peer at a time."),
            (["requests", "club", "--why", "no"], "--why is told to who is not let in; say with --decline who that is."),
            (["requests", "club", "--may-invite"], "--may-invite is a right of who is let in; say with --accept who that is."),
        })
        {
            var wrong = await NetfluxProcess.RunAsync(arguments);
            Assert.Equal((2, text), (wrong.ExitCode, wrong.Errors.Trim()));
        }
    }

    private async Task<NetfluxProcess> HostAsync()
    {
        var host = NetfluxProcess.Start("host", "--urls", $"http://127.0.0.1:{_port}", "--data", Path.Combine(_folder, "store"), "--json");
        await host.ExpectAsync("listening");
        return host;
    }

    private string[] As(string name) => ["--tracker", $"ws://127.0.0.1:{_port}", "--name", name, "--identity", Path.Combine(_folder, name + ".pem"), "--json"];

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string command, string name, params string[] more) => NetfluxProcess.RunAsync([command, "club", .. As(name), .. more]);

    private NetfluxProcess Start(string name, params string[] more) => NetfluxProcess.Start(["join", "club", .. As(name), .. more]);
}
