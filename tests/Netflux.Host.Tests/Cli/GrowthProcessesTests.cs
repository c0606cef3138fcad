using System.Diagnostics;
using Xunit.Abstractions;

namespace Netflux.Host.Cli;

/// <summary>A full mesh of real processes that becomes a gossip network while they speak, and whose proposer is killed.</summary>
[Trait("Category", "Rim"), Collection(nameof(Crowd))]
public sealed class GrowthProcessesTests(ITestOutputHelper output)
{
    private static readonly int s_count = ProcessCrowd.CountOr(8);

    [Fact]
    public async Task A_mesh_grows_while_all_speak_and_its_proposer_is_killed_and_nothing_is_lost()
    {
        await using var crowd = await ProcessCrowd.StartAsync($$"""{"type":"full-mesh","grow":"gossip","growAt":{{s_count}}}""");
        while (crowd.Living.Count < s_count - 1) await crowd.JoinAsync($"p{crowd.Living.Count}");
        var there = crowd.Living.ToList();
        var said = there.ToDictionary(process => process, _ => new List<string>());
        using var stop = new CancellationTokenSource(NetfluxProcess.Patience);
        var speaking = Task.WhenAll(there.Select(process => SpeakAsync(process, said[process], crowd, stop.Token)));

        var clock = Stopwatch.StartNew();
        await crowd.JoinAsync("the one that makes it enough");
        var proposer = there[0];     // it began first
        crowd.Kill(proposer);
        while (await AreAllPairsLinkedAsync(crowd)) stop.Token.ThrowIfCancellationRequested();
        output.WriteLine($"{crowd.Living.Count} are a gossip network {clock.Elapsed} after there were {s_count}, while each spoke {said[there[1]].Count} times");
        await stop.CancelAsync();
        await speaking;
        await crowd.AllHearAllAsync();

        var rest = there.Where(process => process != proposer).ToList();
        foreach (var listener in rest)
            foreach (var speaker in rest.Where(speaker => speaker != listener)) Assert.Equal([.. said[speaker], $"from {Talk.IdOf(speaker)}"], ProcessCrowd.HeardOf(listener, Talk.IdOf(speaker)));
        foreach (var process in crowd.Living) Assert.DoesNotContain(process.Said, line => line.Contains("messagesMissed", StringComparison.Ordinal));
    }

    /// <summary>Among those that live.</summary>
    private static async Task<bool> AreAllPairsLinkedAsync(ProcessCrowd crowd)
    {
        var living = crowd.Living.Select(Talk.IdOf).ToHashSet();
        while (true)
        {
            var answers = (await crowd.LinksAsync()).Where(member => living.Contains(member.Key)).ToList();
            if (answers.Count == living.Count) return answers.Sum(member => member.Value.Count(link => living.Contains(link.To))) == living.Count * (living.Count - 1);
        }
    }

    private static async Task SpeakAsync(NetfluxProcess process, List<string> said, ProcessCrowd crowd, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && crowd.Living.Contains(process))
        {
            var text = $"{Talk.IdOf(process)[..6]} says {said.Count}";
            try
            {
                await process.SayAsync(text);
            }
            catch (Exception) when (!crowd.Living.Contains(process))
            {
                return;
            }
            said.Add(text);
            await Task.Delay(100, CancellationToken.None);
        }
    }
}
