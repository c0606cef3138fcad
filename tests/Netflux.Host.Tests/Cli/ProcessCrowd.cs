using System.Globalization;
using System.Text.Json;

namespace Netflux.Host.Cli;

/// <summary>A server, and many chats that are processes of their own, in one network; for tests of what they go through together.</summary>
internal sealed class ProcessCrowd : IAsyncDisposable
{
    /// <summary>Idle threads of the pool wait without spinning: thirty processes share the machine's few processors.</summary>
    private static readonly (string, string)[] s_modest = [("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "0")];

    private readonly NetfluxProcess _host;
    private readonly string _topology;
    private readonly List<NetfluxProcess> _all = [];

    private ProcessCrowd(NetfluxProcess host, string server, string topology) => (_host, Server, _topology) = (host, server, topology);

    public const string Network = "crowd";

    public string Server { get; }

    /// <summary>Those that run, in the order of their coming.</summary>
    public List<NetfluxProcess> Living { get; } = [];

    /// <summary>Each takes some three seconds of a processor to start, and has a fiftieth afterwards; <c>NETFLUX_CROWD</c> asks for more than show the same in a minute.</summary>
    public static int CountOr(int usual) => int.TryParse(Environment.GetEnvironmentVariable("NETFLUX_CROWD"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : usual;

    public static async Task<ProcessCrowd> StartAsync(string topology)
    {
        var (host, server) = await Talk.HostAsync();
        return new(host, server, topology);
    }

    /// <summary>One more. On a machine that so many processes keep busy a join may miss its deadline, which says: try again.</summary>
    public async Task<NetfluxProcess> JoinAsync(string name, params string[] more)
    {
        for (var attempt = 1; ; attempt++)
        {
            var process = NetfluxProcess.Start(s_modest, ["chat", Network, "--topology", _topology, "--server", Server, "--name", name, "--json", .. more]);
            _all.Add(process);
            try
            {
                await process.ExpectAsync("joined");
                Living.Add(process);
                return process;
            }
            catch (Xunit.Sdk.XunitException) when (attempt < 3 && process.Said.Any(line => line.Contains("timedOut", StringComparison.Ordinal)))
            {
                await process.DisposeAsync();
            }
        }
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public void Kill(NetfluxProcess process)
    {
        Living.Remove(process);
        process.Kill();
    }

    public async Task SaysToAllAsync(NetfluxProcess speaker, string text)
    {
        await speaker.SayAsync(text);
        await Task.WhenAll(Living.Where(other => other != speaker).Select(other => other.ExpectAsync("message", e => e.Text("text") == text)));
    }

    /// <summary>Each says a line, and each hears it of each.</summary>
    public async Task AllHearAllAsync()
    {
        foreach (var speaker in Living) await speaker.SayAsync($"from {Talk.IdOf(speaker)}");
        await Task.WhenAll(Living.Select(async listener =>
        {
            foreach (var speaker in Living.Where(speaker => speaker != listener)) await listener.ExpectSaidAsync("message", e => e.Text("text") == $"from {Talk.IdOf(speaker)}");
        }));
    }

    /// <summary>The links of each that answers, the one that joins to look among them, and whether broadcasts go there.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<(string To, bool Broadcasts)>>> LinksAsync()
    {
        var look = await LookAsync();
        for (var attempt = 1; attempt < 3 && look.Output.Contains("timedOut", StringComparison.Ordinal); attempt++) look = await LookAsync();     // as in joining
        Assert.True(look.ExitCode == 0, $"{look.Output}{look.Errors}");
        return JsonDocument.Parse(look.Output).RootElement.GetProperty("members").EnumerateArray().Where(member => member.GetProperty("links").ValueKind == JsonValueKind.Array).ToDictionary(member => member.Text("peer"), member =>
            (IReadOnlyList<(string, bool)>)[.. member.GetProperty("links").EnumerateArray().Select(link => (link.Text("to"), link.GetProperty("broadcasts").GetBoolean()))]);
    }

    private Task<(int ExitCode, string Output, string Errors)> LookAsync() => NetfluxProcess.RunAsync(["graph", Network, "--server", Server, "--name", "who looks", "--json"]);

    /// <summary>The texts that it heard of another, in order.</summary>
    public static IReadOnlyList<string> HeardOf(NetfluxProcess listener, string speaker) =>
        [.. listener.Said.Where(line => line.Contains(speaker, StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line).RootElement).Where(e => e.Text("event") == "message" && e.Text("from") == speaker).Select(e => e.Text("text"))];

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _all) await process.DisposeAsync();
        await _host.DisposeAsync();
    }
}

/// <summary>So many processes leave the processors to nobody else: they run when all other tests have.</summary>
[CollectionDefinition(nameof(Crowd), DisableParallelization = true)]
public sealed class Crowd;
