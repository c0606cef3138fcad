using System.Diagnostics;
using Xunit.Abstractions;

namespace Netflux.Host.Cli;

/// <summary>A star of real processes over real links on one machine, whose hub is killed.</summary>
[Trait("Category", "Rim"), Collection(nameof(Crowd))]
public sealed class StarProcessesTests(ITestOutputHelper output) : IDisposable
{
    private static readonly int s_count = ProcessCrowd.CountOr(8);

    /// <summary>The promise of the topology, for up to 50 members.</summary>
    private static readonly TimeSpan s_wholeAgain = TimeSpan.FromSeconds(15);

    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("netflux-star");
    private readonly Dictionary<NetfluxProcess, List<string>> _acknowledged = [];     // written down here, outside the processes
    private readonly Dictionary<NetfluxProcess, HashSet<string>> _members = [];       // as each said last

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public async Task When_the_hub_is_killed_the_others_are_whole_again_nothing_acknowledged_is_lost_or_doubled_and_it_comes_back_to_one_network()
    {
        await using var crowd = await ProcessCrowd.StartAsync("""{"type":"star"}""");
        var identity = Path.Combine(_files.FullName, "hub.pem");
        var hub = await crowd.JoinAsync("hub", "--identity", identity);
        while (crowd.Living.Count < s_count) await crowd.JoinAsync($"p{crowd.Living.Count}");
        var others = crowd.Living.Where(process => process != hub).ToList();
        foreach (var process in crowd.Living) _acknowledged[process] = [];
        await UntilAsync(crowd, () => crowd.Living.All(process => SeesExactly(process, crowd.Living)));
        Assert.Equal(hub, await HubAsync(crowd));

        // It dies while all speak.
        var (clock, speaking) = (Stopwatch.StartNew(), EachSaysALineAsync(crowd));
        crowd.Kill(hub);
        clock.Restart();
        await speaking;
        var before = others.ToDictionary(process => process, process => _acknowledged[process].Count);
        await UntilAsync(crowd, () => others.All(process => SeesExactly(process, others) && others.All(other => other == process || Heard(process, other).Count > before[other])));
        output.WriteLine($"{others.Count} are whole again after {clock.Elapsed}");
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, s_wholeAgain);
        var second = await HubAsync(crowd);

        clock.Restart();
        var back = await crowd.JoinAsync("hub", "--identity", identity);
        _acknowledged[back] = [];
        Assert.Equal(Talk.IdOf(hub), Talk.IdOf(back));
        await UntilAsync(crowd, () => crowd.Living.All(process => SeesExactly(process, crowd.Living)));
        output.WriteLine($"with the first hub again, {crowd.Living.Count} are together after {clock.Elapsed}");
        Assert.Equal(second, await HubAsync(crowd));
        await crowd.AllHearAllAsync();

        foreach (var process in others)
        {
            foreach (var other in others.Where(other => other != process)) Assert.Equal([.. _acknowledged[other], $"from {Talk.IdOf(other)}"], Heard(process, other));
            Assert.Equal([.. _acknowledged[back], $"from {Talk.IdOf(back)}"], Heard(process, back).SkipWhile(text => !_acknowledged[back].Contains(text)));
        }
        output.WriteLine($"{others.Sum(process => _acknowledged[process].Count)} lines of those who lived on were acknowledged, and each of the {others.Count} has those of the others once and in order");
    }

    // ---- Speaking ----

    /// <summary>Each says a line, and has it acknowledged: a chat reads on when its process has accepted the line, so the answer to the next one tells.</summary>
    private Task EachSaysALineAsync(ProcessCrowd crowd) => Task.WhenAll(crowd.Living.ToList().Select(async process =>
    {
        var text = $"{Talk.IdOf(process)[..6]} says {_acknowledged[process].Count}, run {process.Id}";
        try
        {
            await process.SayAsync(text);
            await process.SayAsync("/members");
            var said = await process.ExpectAsync("members");
            _members[process] = [.. said.GetProperty("members").EnumerateArray().Select(member => member.Text("peer"))];
            _acknowledged[process].Add(text);
        }
        catch (Exception) when (!crowd.Living.Contains(process)) { }     // killed meanwhile, and with it what it had not acknowledged
    }));

    /// <summary>Speaks on, and looks after each line whether it is so.</summary>
    private async Task UntilAsync(ProcessCrowd crowd, Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(NetfluxProcess.Patience);
        do
        {
            await EachSaysALineAsync(crowd);
            await Task.Delay(100, patience.Token);
        }
        while (!isSo());
    }

    private bool SeesExactly(NetfluxProcess process, IEnumerable<NetfluxProcess> all) =>
        _members.TryGetValue(process, out var members) && members.SetEquals(all.Where(other => other != process).Select(Talk.IdOf));

    private static IReadOnlyList<string> Heard(NetfluxProcess listener, NetfluxProcess speaker) => ProcessCrowd.HeardOf(listener, Talk.IdOf(speaker));

    /// <summary>The one through whom the broadcasts of all go, as one who joins to look is told.</summary>
    private static async Task<NetfluxProcess> HubAsync(ProcessCrowd crowd)
    {
        var ways = (await crowd.LinksAsync())
            .Where(member => crowd.Living.Any(process => Talk.IdOf(process) == member.Key))      // one that died is linked until its links are given up
            .ToDictionary(member => member.Key, member => member.Value.Where(link => link.Broadcasts).Select(link => link.To).ToList());
        var hub = Assert.Single(ways, way => way.Value.Count > 1).Key;
        Assert.All(ways.Where(way => way.Key != hub), way => Assert.Equal(hub, Assert.Single(way.Value)));
        return crowd.Living.Single(process => Talk.IdOf(process) == hub);
    }
}
