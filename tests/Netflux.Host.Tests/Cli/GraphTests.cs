using System.Text.Json;
using System.Xml.Linq;

namespace Netflux.Host.Cli;

/// <summary><c>netflux graph NETWORK</c>: processes that talk, drawn by one that joins to look.</summary>
[Trait("Category", "Rim")]
public sealed class GraphTests : IDisposable
{
    private static readonly string[] s_names = ["<b>\"ob\" & co", "ann", "cy", "dan", "eve"];

    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("netflux-graph");

    public void Dispose() => _files.Delete(recursive: true);

    private string FileOf(string name) => Path.Combine(_files.FullName, name);

    /// <summary>For whoever wants to look at the pictures.</summary>
    private void Keep(string name)
    {
        if (Environment.GetEnvironmentVariable("NETFLUX_PICTURES") is { } folder) File.Copy(FileOf(name), Path.Combine(folder, name), overwrite: true);
    }

    [Theory, InlineData("full-mesh", 10, 4), InlineData("star", 4, 4), InlineData("gossip", 4, 3)]
    public async Task A_network_of_processes_is_drawn_whole_whatever_its_topology(string type, int linksMin, int treeMin)
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        string[] more = ["--topology", $$"""{"type":"{{type}}"}"""];
        await using var ann = await Talk.JoinAsync(server, "ann", 0, more);
        await using var bob = await Talk.JoinAsync(server, "<b>\"ob\" & co", 1, more);
        await using var cy = await Talk.JoinAsync(server, "cy", 2, more);
        await using var dan = await Talk.JoinAsync(server, "dan", 3, more);
        await ann.ExpectAsync("peerJoining", e => e.Text("name") == "dan");

        var run = await NetfluxProcess.RunAsync(["graph", "lobby", "--server", server, "--name", "eve", "--svg", FileOf($"{type}.svg"), "--dot", FileOf($"{type}.dot"), "--json"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Keep($"{type}.svg");
        var members = JsonDocument.Parse(run.Output).RootElement.GetProperty("members").EnumerateArray().ToList();
        Assert.Equal(s_names, members.Select(member => member.Text("name")).Order(StringComparer.Ordinal));
        Assert.Equal(new[] { ann, bob, cy, dan }.Select(Talk.IdOf).Order(StringComparer.Ordinal), members.Where(member => member.Text("name") != "eve").Select(member => member.Text("peer")).Order(StringComparer.Ordinal));
        Assert.All(members, member => Assert.NotEqual(JsonValueKind.Null, member.GetProperty("links").ValueKind));

        var svg = XDocument.Load(FileOf($"{type}.svg"));
        XElement[] Named(string name) => [.. svg.Descendants().Where(element => element.Name.LocalName == name)];
        Assert.Equal(5, Named("circle").Length);
        Assert.InRange(Named("line").Length, linksMin, 10);
        // In gossip one who has just come may have only links along which names go.
        Assert.InRange(Named("line").Count(line => line.Attribute("stroke")!.Value == "#c33"), treeMin, 4);
        Assert.Contains(Named("text"), text => text.Value == "<b>\"ob\" & co");
        Assert.Contains(Named("text"), text => text.Value == "eve (who looks)");
        Assert.Equal(Named("line").Length, (await File.ReadAllTextAsync(FileOf($"{type}.dot"))).Split(" -- ").Length - 1);
        await ann.ExpectAsync("peerLeaving", e => e.Text("name") == "eve" && e.Text("reason") == "left");
    }

    [Fact]
    public async Task Who_does_not_answer_is_drawn_dashed_and_it_is_said()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var bob = await Talk.JoinAsync(server, "bob", 1);
        await bob.SignalAsync("STOP");
        var run = await NetfluxProcess.RunAsync(["graph", "lobby", "--server", server, "--name", "eve", "--svg", FileOf("hangs.svg")]);
        await bob.SignalAsync("CONT");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Keep("hangs.svg");
        Assert.Contains("1 did not answer (dashed)", run.Output, StringComparison.Ordinal);
        Assert.Single(XDocument.Load(FileOf("hangs.svg")).Descendants(), element => element.Attribute("stroke-dasharray") is not null);
    }

    [Theory]
    [InlineData("graph")]
    [InlineData("graph lobby --scenario calm")]
    [InlineData("graph --scenario nonsense")]
    [InlineData("graph --scenario calm --nodes 1")]
    public async Task Wrong_use_is_told_in_a_sentence(string arguments)
    {
        var run = await NetfluxProcess.RunAsync(arguments.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Single(run.Errors.TrimEnd().Split('\n'));
    }
}
