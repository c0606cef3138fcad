using System.Text.Json;

namespace Netflux.Host.Cli;

/// <summary><c>netflux simulate</c> and <c>netflux graph</c>: tables, raw results, pages and pictures, and what is said of a run that fails.</summary>
[Trait("Category", "Rim")]
public sealed class SimulateTests : IDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("netflux-simulate");

    public void Dispose() => _files.Delete(recursive: true);

    private string FileOf(string name) => Path.Combine(_files.FullName, name);

    [Fact]
    public async Task The_same_seeds_give_the_same_table_and_the_files_that_are_asked_for()
    {
        var run = await NetfluxProcess.RunAsync(["simulate", "calm", "--seeds", "2", "--csv", FileOf("calm.csv"), "--html", FileOf("calm.html")]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.All(lines[1..], line => Assert.Contains("holds", line, StringComparison.Ordinal));
        Assert.Equal(3, (await File.ReadAllLinesAsync(FileOf("calm.csv"))).Length);
        var page = await File.ReadAllTextAsync(FileOf("calm.html"));
        Assert.Contains("<polyline", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Equal(run.Output, (await NetfluxProcess.RunAsync(["simulate", "calm", "--seeds", "2"])).Output);
    }

    [Fact]
    public async Task A_scenario_of_a_file_that_fails_is_told_with_its_seed_the_command_and_a_smaller_scenario()
    {
        // Half the members are cut off for longer than messages are kept, and yet nothing may be missed.
        var file = FileOf("cut.json");
        await File.WriteAllTextAsync(file, """{"name":"cut","nodes":12,"quietSeconds":90,"steps":[{"do":"broadcast","count":200,"everyMs":400},{"do":"partition","afterSeconds":5,"seconds":60}]}""");
        var run = await NetfluxProcess.RunAsync(["simulate", file, "--seed", "3"]);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("Seed 3 of cut breaks a promise: NoLossChecker:", Assert.Single(run.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Contains($"Again: netflux simulate {file} --seed 3\n", run.Output, StringComparison.Ordinal);
        var small = JsonDocument.Parse(run.Output[run.Output.IndexOf("\n{", StringComparison.Ordinal)..]).RootElement;
        Assert.InRange(small.GetProperty("nodes").GetInt32(), 2, 11);
        await File.WriteAllTextAsync(file, small.GetRawText());
        Assert.Equal(1, (await NetfluxProcess.RunAsync(["simulate", file, "--seed", "3"])).ExitCode);
    }

    [Fact]
    public async Task With_json_each_run_is_an_event()
    {
        var run = await NetfluxProcess.RunAsync(["simulate", "calm", "--nodes", "5", "--json"]);
        var said = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((0, "run", 1, 0), (run.ExitCode, said.Text("event"), said.GetProperty("seed").GetInt32(), said.GetProperty("violations").GetArrayLength()));
    }

    [Theory]
    [InlineData("simulate nonsense", "There is no scenario 'nonsense'; there are calm, churn, crashes, datagrams, full-mesh, gossip, links, one-way, partition, star.")]
    [InlineData("simulate calm --report x.md", "--report belongs to papers and scale; expected is --csv or --html.")]
    [InlineData("simulate calm --nodes 1", "--nodes is how many members there are; expected is 2 or more.")]
    public async Task Wrong_use_is_told(string arguments, string sentence)
    {
        var run = await NetfluxProcess.RunAsync(arguments.Split(' '));
        Assert.Equal((2, sentence), (run.ExitCode, run.Errors.TrimEnd()));
    }

    [Fact]
    public async Task The_graph_has_every_member_its_links_and_a_tree()
    {
        var run = await NetfluxProcess.RunAsync(["graph", "--scenario", "calm", "--nodes", "12", "--seed", "4", "--svg", FileOf("overlay.svg"), "--dot", FileOf("overlay.dot")]);
        Assert.Equal((0, "", ""), (run.ExitCode, run.Errors, run.Output));
        var dot = await File.ReadAllTextAsync(FileOf("overlay.dot"));
        Assert.Equal(11, dot.Split("color=red, penwidth").Length - 1);
        var svg = System.Xml.Linq.XDocument.Load(FileOf("overlay.svg"));
        Assert.Equal(12, svg.Descendants().Count(element => element.Name.LocalName == "circle"));
        Assert.Equal(dot.Split(" -- ").Length - 1, svg.Descendants().Count(element => element.Name.LocalName == "line"));
        Assert.Equal(dot.TrimEnd(), (await NetfluxProcess.RunAsync(["graph", "--scenario", "calm", "--nodes", "12", "--seed", "4"])).Output.TrimEnd());
    }
}
