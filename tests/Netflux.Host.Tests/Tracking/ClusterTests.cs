using System.Text.Json;
using Netflux.Host.Cli;
using Netflux.TestTools;

namespace Netflux.Host.Tracking;

/// <summary>A tracking server of several nodes, as those see it who run the command.</summary>
[Trait("Category", "Rim")]
public sealed class ClusterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-cluster").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [RequiresFact(Tool.Postgres)]
    public async Task Clients_of_different_nodes_meet_and_go_on_when_a_node_is_killed_stops_or_stands_still()
    {
        await using var rig = await ClusterRig.StartAsync();
        Assert.Equal(0, (await NetfluxProcess.RunAsync(["create", "lobby", "--tracker", rig.Url(2), "--name", "ann", "--identity", PathOf("ann")])).ExitCode);
        await using var ann = Join(rig, 0, "ann");
        await ann.ExpectAsync("joined");
        await using var bob = Join(rig, 1, "bob");
        Assert.Equal("ann", Assert.Single((await bob.ExpectAsync("joined")).GetProperty("members").EnumerateArray()).Text("name"));
        await TalkAsync(ann, bob, "before");

        // Killed: its clients go to the others, and its networks are served there.
        await rig.KillAsync(0);
        await LeftAsync(rig, 0, seenFrom: 2);
        await using var carol = Join(rig, 2, "carol");
        Assert.Equal(["ann", "bob"], (await carol.ExpectAsync("joined")).GetProperty("members").EnumerateArray().Select(member => member.Text("name")).Order(StringComparer.Ordinal));
        await TalkAsync(carol, ann, "after one was killed");
        rig.Begin(0);
        await rig.ListensAsync(0);

        // Stopped: it sends its clients to the others, and hands its networks over.
        await rig[1].SignalAsync("TERM");
        Assert.Equal(0, await rig[1].ExitAsync());
        var dave = await NetfluxProcess.RunAsync(["networks", "--tracker", rig.Url(2), "--json"]);
        Assert.Equal(("lobby", 3), JsonDocument.Parse(dave.Output).RootElement is var network ? (network.Text("name"), network.GetProperty("members").GetInt32()) : default);
        rig.Begin(1);
        await rig.ListensAsync(1);

        // Standing still for longer than the others wait: it is taken out, and says so when it goes on.
        await rig[2].SignalAsync("STOP");
        await LeftAsync(rig, 2, seenFrom: 0);
        await using var eve = Join(rig, 0, "eve");
        Assert.Equal(3, (await eve.ExpectAsync("joined")).GetProperty("members").GetArrayLength());
        await TalkAsync(eve, carol, "while one stands still");
        await rig[2].SignalAsync("CONT");
        Assert.Equal(1, await rig[2].ExitAsync());
        Assert.Contains("have taken it out of the cluster", string.Concat(rig[2].Said) + await rig[2].ErrorsAsync(), StringComparison.Ordinal);

        // Whichever node served it, members were shown what fits together; one that would show something else is not let in.
        foreach (var member in new[] { ann, bob, carol, eve }) Assert.DoesNotContain(member.Said, line => line.Contains("trackerEquivocated", StringComparison.Ordinal));
        rig.Begin(2, identity: PathOf("another"));
        Assert.Equal(1, await rig[2].ExitAsync());
        Assert.Contains("has another key than this one", string.Concat(rig[2].Said) + await rig[2].ErrorsAsync(), StringComparison.Ordinal);
    }

    [RequiresFact(Tool.Postgres)]
    public async Task What_a_cluster_needs_is_said_in_one_sentence()
    {
        (string[] More, string Expected)[] wrong =
        [
            (["--cluster", "127.0.0.1:1", "--seed", "127.0.0.1:1", "--public-url", "ws://127.0.0.1:2"], "name it with --postgres"),
            (["--cluster", "127.0.0.1:1", "--postgres", "Host=/nowhere;Database=x"], "name them with --seed"),
            (["--cluster", "127.0.0.1:1", "--postgres", "Host=/nowhere;Database=x", "--seed", "127.0.0.1:1"], "say with --public-url"),
            (["--seed", "127.0.0.1:1"], "say with --cluster"),
            (["--cluster", "127.0.0.1:1", "--postgres", "Host=/nowhere;Database=x", "--seed", "127.0.0.1:1", "--public-url", "ws://127.0.0.1:2"], "name its file with --identity"),
            (["--cluster", "nonsense", "--identity", PathOf("server"), "--postgres", "Host=/nowhere;Database=x", "--seed", "127.0.0.1:1", "--public-url", "ws://127.0.0.1:2"], "expected is HOST:PORT"),
            (["--cluster", "127.0.0.1:1", "--identity", PathOf("server"), "--postgres", "Host=/nowhere;Database=x", "--seed", "nowhere.invalid:1", "--public-url", "ws://127.0.0.1:2"], "cannot be resolved"),
            (["--no-tracking", "--postgres", "Host=/nowhere;Database=x"], "leave out --postgres"),
            (["--no-tracking", "--identity", PathOf("server")], "leave out --postgres, --cluster and --identity"),
        ];
        foreach (var (more, expected) in wrong)
        {
            var run = await NetfluxProcess.RunAsync(["host", "--urls", "http://127.0.0.1:0", .. more]);
            Assert.NotEqual(0, run.ExitCode);
            Assert.Contains(expected, run.Errors, StringComparison.Ordinal);
        }
    }

    /// <summary>The others have taken the node out: from now on its networks are theirs.</summary>
    private static Task<JsonElement> LeftAsync(ClusterRig rig, int node, int seenFrom) => rig[seenFrom].ExpectAsync("node", e => e.Text("node") == rig.Address(node) && e.Text("what") == "left");

    private static async Task TalkAsync(NetfluxProcess one, NetfluxProcess other, string text)
    {
        await one.SayAsync(text);
        Assert.Equal(text, (await Talk.HeardAsync(other)).Text);
        await other.SayAsync($"{text}, too");
        Assert.Equal($"{text}, too", (await Talk.HeardAsync(one)).Text);
    }

    private NetfluxProcess Join(ClusterRig rig, int node, string name) => NetfluxProcess.Start("join", "lobby", "--tracker", rig.Url(node), "--name", name, "--identity", PathOf(name), "--json");

    private string PathOf(string name) => Path.Combine(_folder, name + ".pem");
}
