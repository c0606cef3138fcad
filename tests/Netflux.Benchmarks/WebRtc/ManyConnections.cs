using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Netflux.TestTools.Peers;

namespace Netflux.Benchmarks.WebRtc;

/// <summary>Many connections to one process, from several others: how long until all are open, whether all echo at once, and through how many ports of the serving process.</summary>
internal static class ManyConnections
{
    private const int Clients = 4;
    private const int EchoesEach = 10;

    /// <summary>Connections that open at the same time. More would wait for one another, and for nothing else.</summary>
    private const int AtOnce = 16;

    public static async Task<int> RunAsync(string[] options)
    {
        var count = 1000;
        if (options is not ([] or ["--connections", _]) || (options.Length == 2 && (!int.TryParse(options[1], CultureInfo.InvariantCulture, out count) || count < Clients)))
        {
            Console.Error.WriteLine("webrtc-many [--connections N]: 1,000 connections by default.");
            return 2;
        }
        await using var server = await PeerProgram.StartAsync("server", ChildProcess.Command("webrtc-peer"));
        var clients = new List<PeerProgram>();
        try
        {
            for (var i = 0; i < Clients; i++) clients.Add(await PeerProgram.StartAsync(string.Create(CultureInfo.InvariantCulture, $"client {i}"), ChildProcess.Command("webrtc-peer", "--port-each")));
            await RunAsync(server, clients, count);
        }
        finally
        {
            foreach (var client in clients) await client.DisposeAsync();
        }
        return 0;
    }

    private static async Task RunAsync(PeerProgram server, List<PeerProgram> clients, int count)
    {
        var ids = Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i % clients.Count}-{i}")).ToList();
        PeerProgram ClientOf(string id) => clients[int.Parse(id.Split('-')[0], CultureInfo.InvariantCulture)];
        var ports = new ConcurrentDictionary<string, bool>();
        foreach (var client in clients) client.SignalHappened = signal => PeerSignaling.Carry(signal, server);
        server.SignalHappened = signal =>
        {
            foreach (var port in PortsOf(signal)) ports[port] = true;
            PeerSignaling.Carry(signal, ClientOf(signal.Id!));
        };
        var memoryBefore = ProcessTree.Memory(server.ProcessId);
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (id, _) => await PeerSignaling.ConnectAsync(ClientOf(id), server, id));
        var opened = watch.Elapsed;
        foreach (var id in ids) await server.AskAsync(new { t = "mode", id, mode = "echo" }, "mode", id);
        watch.Restart();
        await Task.WhenAll(ids.Select(id => ClientOf(id).AskAsync(new { t = "ping", id, n = EchoesEach, size = 100 }, "ping", id)));
        var echoed = watch.Elapsed;
        var each = (ProcessTree.Memory(server.ProcessId) - memoryBefore) / 1024.0 / count;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count:N0} connections from {clients.Count} processes, open after {opened.TotalSeconds:N1} s; {EchoesEach} echoes of each, all at once, after {echoed.TotalSeconds:N2} s more; {ports.Count} UDP port of the serving process; {each:N0} KiB of its memory for each."));
    }
    /// <summary>Of the candidates, in the description or after it: candidate:FOUNDATION COMPONENT TRANSPORT PRIORITY ADDRESS PORT …</summary>
    private static IEnumerable<string> PortsOf(PeerEvent signal)
    {
        var text = signal.Kind == "cand" ? signal.Json.GetProperty("c").GetProperty("candidate").GetString()! : signal.Text("sdp")!;
        return text.Split('\n').Where(line => line.Contains("candidate:", StringComparison.Ordinal)).Select(line => line.Split(' ')[5]);
    }
}
