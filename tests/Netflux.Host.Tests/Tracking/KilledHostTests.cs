using System.Collections.Concurrent;
using System.Globalization;
using Netflux.Client;
using Netflux.Host.Cli;
using Netflux.Host.Faults;
using Netflux.Hosting;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Host.Tracking;

/// <summary>A host that is killed while it writes: whatever it acknowledged is there when it runs again.</summary>
[Trait("Category", "Rim")]
public sealed class KilledHostTests : IDisposable
{
    private const int Clients = 4;

    /// <summary>The host is killed when so many networks are created at most; the other clients are in the midst of something then.</summary>
    private const int AcknowledgedMax = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-killed").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task Ten_times() => What_was_acknowledged_is_there(10);

    [Fact]
    [Trait("Category", "Soak")]
    public Task A_hundred_times() => What_was_acknowledged_is_there(100);

    private async Task What_was_acknowledged_is_there(int rounds)
    {
        var random = new Random(1);
        var port = FaultRig.FreePort();
        var server = new Uri($"ws://127.0.0.1:{port}");
        var created = new ConcurrentDictionary<NetworkId, bool>();    // true once it was left again
        for (var round = 0; round < rounds; round++)
        {
            await using var host = NetfluxProcess.Start("host", "--urls", $"http://127.0.0.1:{port}", "--data", _folder, "--json");
            await host.ExpectAsync("listening");
            await CheckAsync(server, created);
            using var stop = new CancellationTokenSource();
            var moment = new Moment(random.Next(1, AcknowledgedMax));
            var writing = Enumerable.Range(0, Clients).Select(client => WriteAsync(server, $"{round}-{client}", created, moment, stop.Token)).ToArray();
            await moment.Came.WaitAsync(NetfluxProcess.Patience);
            host.Kill();
            await host.ExitAsync();
            await stop.CancelAsync();
            await Task.WhenAll(writing);
        }
        await using var last = NetfluxProcess.Start("host", "--urls", $"http://127.0.0.1:{port}", "--data", _folder, "--json");
        await last.ExpectAsync("listening");
        await CheckAsync(server, created);
        Assert.True(created.Count >= rounds, $"Only {created.Count} networks were created in {rounds} rounds.");
    }

    /// <summary>Creates networks and leaves each second one, as fast as the host answers, until it does not.</summary>
    private static async Task WriteAsync(Uri server, string name, ConcurrentDictionary<NetworkId, bool> created, Moment moment, CancellationToken stop)
    {
        await using var peer = await StartAsync(server);
        try
        {
            for (var number = 0; ; number++)
            {
                var network = await peer.Client.CreateAsync(Topology.FullMesh(), string.Create(CultureInfo.InvariantCulture, $"n-{name}-{number}"), track: true, cancellation: stop);
                created[network.Id] = false;
                moment.Acknowledge();
                if (number % 2 == 0) continue;
                // From here on it may be left or not.
                created.TryRemove(network.Id, out _);
                await network.LeaveAsync(stop);
                created[network.Id] = true;
            }
        }
        catch (Exception failure) when (failure is NetfluxException or OperationCanceledException) { }
    }

    private static async Task CheckAsync(Uri server, ConcurrentDictionary<NetworkId, bool> created)
    {
        await using var peer = await StartAsync(server);
        var found = (await peer.Client.GetTrackedNetworksAsync()).ToDictionary(network => network.Id, network => network.Members);
        foreach (var (network, isLeft) in created) Assert.Equal((network, isLeft ? 0 : 1), (network, found.GetValueOrDefault(network, -1)));
    }

    private static Task<RunningPeer> StartAsync(Uri server) => RunningPeer.StartAsync(new NetfluxOptions { Server = server, DisplayName = "writer" }, verbose: false, CancellationToken.None);

    /// <summary>Comes with so many acknowledgements.</summary>
    private sealed class Moment(int of)
    {
        private readonly TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = of;

        public Task Came => _came.Task;

        public void Acknowledge()
        {
            if (Interlocked.Decrement(ref _left) == 0) _came.SetResult();
        }
    }
}
