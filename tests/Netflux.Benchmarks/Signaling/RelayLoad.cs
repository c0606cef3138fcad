using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Netflux.Benchmarks.Signaling;

/// <summary>What was measured of one server in one run. Memory in KiB, latency in milliseconds.</summary>
internal sealed record RelayFigures(double IdleKibibytes, double AcceptsPerSecond, double RegistrationsPerSecond, double MessagesPerSecond, double CpuSecondsPer100000, double DeepMessagesPerSecond, double DeepCpuSecondsPer100000, double P99);

/// <summary>The load on one server: this process and the server have a processor each.</summary>
internal static class RelayLoad
{
    public const int ServerProcessor = 0, LoadProcessor = 1;
    private const int Idle = 10_000, AtOnce = 64, PacedPerSecond = 10_000;
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(3);
    private static int s_group;

    /// <summary>Measures, and writes the figures as one line of JSON.</summary>
    public static async Task<int> RunAsync(string name, TimeSpan each)
    {
        var compared = ComparedServer.All.Single(server => server.Name == name);
        using var server = await RunningServer.StartAsync(compared, ServerProcessor);
        // What is compiled first is not measured.
        await CloseAsync(server, await OpenAsync(compared, server, 500));
        using (var pairs = new Pairs(await OpenAsync(compared, server, 1_000))) await pairs.PlayAsync(1, each);

        var before = await server.ResidentBytesAsync();
        var (peers, accepts, registrations) = await MeasureOpeningAsync(compared, server, Idle);
        await Task.Delay(s_settle);
        var idle = (await server.ResidentBytesAsync() - before) / Idle;
        await CloseAsync(server, peers);

        var (one, deep) = (default(Rate), default(Rate));
        double p99;
        using (var pairs = new Pairs(await OpenAsync(compared, server, 1_000)))
        {
            await pairs.PlayAsync(1, each / 2);
            one = await MeasureAsync(pairs, server, 1, each);
            p99 = await pairs.PaceAsync(PacedPerSecond, each);
        }
        using (var pairs = new Pairs(await OpenAsync(compared, server, 100)))
        {
            await pairs.PlayAsync(16, each / 2);
            deep = await MeasureAsync(pairs, server, 16, each);
        }
        Console.WriteLine(JsonSerializer.Serialize(new RelayFigures(idle / 1024, accepts, registrations, one.PerSecond, one.CpuPer100000, deep.PerSecond, deep.CpuPer100000, p99)));
        return 0;
    }

    /// <summary>Opens so many connections, registered and each at its door, and holds them.</summary>
    public static async Task<int> HoldAsync(string name, int count)
    {
        var compared = ComparedServer.All.Single(server => server.Name == name);
        using var server = await RunningServer.StartAsync(compared, ServerProcessor);
        var before = await server.ResidentBytesAsync();
        var watch = Stopwatch.StartNew();
        using var pairs = new Pairs(await OpenAsync(compared, server, count));
        var opened = watch.Elapsed;
        await Task.Delay(s_settle);
        var each = (await server.ResidentBytesAsync() - before) / count / 1024;
        var rate = await MeasureAsync(pairs, server, 1, TimeSpan.FromSeconds(10));
        Console.WriteLine(FormattableString.Invariant($"{name} holds {count:N0} connections: opened in {opened.TotalSeconds:0.0} s, {each:0.0} KiB each; {rate.PerSecond:N0} messages/s while each pair has one under way."));
        return 0;
    }

    private readonly record struct Rate(double PerSecond, double CpuPer100000);

    private static async Task<Rate> MeasureAsync(Pairs pairs, RunningServer server, int inFlight, TimeSpan time)
    {
        var cpu = server.ProcessorSeconds;
        var watch = Stopwatch.StartNew();
        var messages = await pairs.PlayAsync(inFlight, time);
        return new(messages / watch.Elapsed.TotalSeconds, (server.ProcessorSeconds - cpu) / messages * 100_000);
    }

    private static async Task<List<RelayPeer>> OpenAsync(ComparedServer compared, RunningServer server, int count) => (await MeasureOpeningAsync(compared, server, count)).Peers;

    private static async Task<(List<RelayPeer> Peers, double Accepts, double Registrations)> MeasureOpeningAsync(ComparedServer compared, RunningServer server, int count)
    {
        var peers = new List<RelayPeer>(count);
        for (var i = 0; i < count; i++) peers.Add(compared.NewPeer(server.EndPoint));
        for (var i = 0; i < count; i += 2) RelayPeer.Pair(peers[i], peers[i + 1], s_group++);
        var accepts = await EachAsync(peers, (peer, i) => peer.ConnectAsync(SourceOf(i), server.EndPoint));
        var registrations = await EachAsync(peers, (peer, _) => peer.RegisterAsync());
        await EachAsync([.. peers.Where(peer => peer.Place.First)], (peer, _) => peer.JoinAsync());
        await EachAsync([.. peers.Where(peer => !peer.Place.First)], (peer, _) => peer.JoinAsync());
        return (peers, accepts, registrations);
    }

    /// <summary>An address has some 28,000 ports for its connections to one server.</summary>
    private static IPAddress SourceOf(int connection) => connection < 20_000 ? IPAddress.Any : new IPAddress([127, 0, 0, (byte)(1 + connection / 20_000)]);

    /// <summary>So many a second.</summary>
    private static async Task<double> EachAsync(List<RelayPeer> peers, Func<RelayPeer, int, Task> act)
    {
        var watch = Stopwatch.StartNew();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < peers.Count;) await act(peers[i], i);
        }));
        return peers.Count / watch.Elapsed.TotalSeconds;
    }

    private static async Task CloseAsync(RunningServer server, List<RelayPeer> peers)
    {
        foreach (var peer in peers) peer.Dispose();
        // Until the server has done with it: at rest it takes less than a twentieth of its processor.
        for (var cpu = double.MinValue; server.ProcessorSeconds is var now && now - cpu > 0.025; cpu = now) await Task.Delay(500);
    }

    /// <summary>Peers in pairs, and what goes between them.</summary>
    private sealed class Pairs(List<RelayPeer> peers) : IDisposable
    {
        private volatile bool _isPlaying;
        private long _messages;

        /// <summary>So many messages of each pair go to and fro. Returns how many came in that time.</summary>
        public async Task<long> PlayAsync(int inFlight, TimeSpan time)
        {
            foreach (var peer in peers) peer.Received = Return;
            _isPlaying = true;
            var payload = new byte[RelayPeer.PayloadLength];
            payload.AsSpan().Fill(1);
            foreach (var peer in peers.Where(peer => peer.Place.First))
                for (var i = 0; i < inFlight; i++) peer.Send(payload);
            var before = Interlocked.Read(ref _messages);
            await Task.Delay(time);
            var messages = Interlocked.Read(ref _messages) - before;
            _isPlaying = false;
            await QuietAsync();
            return messages;
        }

        /// <summary>So many a second, evenly over the pairs. Returns the 99th percentile of the time from one peer to the other, in milliseconds.</summary>
        public async Task<double> PaceAsync(int perSecond, TimeSpan time)
        {
            var times = new List<long>(perSecond * (int)time.TotalSeconds * 2);
            foreach (var peer in peers)
            {
                peer.Received = (_, payload) =>
                {
                    var took = Stopwatch.GetTimestamp() - BinaryPrimitives.ReadInt64LittleEndian(payload);
                    lock (times) times.Add(took);
                };
            }
            await Task.Factory.StartNew(() => Pace(perSecond, time), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await QuietAsync();
            times.Sort();
            return times[times.Count * 99 / 100] * 1_000.0 / Stopwatch.Frequency;
        }

        public void Dispose()
        {
            foreach (var peer in peers) peer.Dispose();
        }

        private void Pace(int perSecond, TimeSpan time)
        {
            Span<byte> payload = stackalloc byte[RelayPeer.PayloadLength];
            payload.Fill(1);
            var watch = Stopwatch.StartNew();
            for (long sent = 0; watch.Elapsed < time;)
            {
                for (var due = (long)(watch.Elapsed.TotalSeconds * perSecond); sent < due; sent++)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(payload, Stopwatch.GetTimestamp());
                    peers[(int)(sent % peers.Count)].Send(payload);
                }
                Thread.Sleep(1);
            }
        }

        private void Return(RelayPeer receiver, ReadOnlySpan<byte> payload)
        {
            Interlocked.Increment(ref _messages);
            if (_isPlaying) receiver.Send(payload);
        }

        /// <summary>Nothing is under way any more.</summary>
        private async Task QuietAsync()
        {
            for (var seen = -1L; Interlocked.Read(ref _messages) is var now && now != seen; seen = now) await Task.Delay(300);
        }
    }
}
