using System.Globalization;
using Netflux.Host.Cli;
using Netflux.Host.Faults;
using Netflux.Io;
using Netflux.TestTools;

namespace Netflux.Host.Tracking;

/// <summary>Three hosts, each a process, with one database between them.</summary>
internal sealed class ClusterRig : IAsyncDisposable
{
    public const int Nodes = 3;

    private readonly int[] _ports = Ports(), _clusterPorts = Ports();
    private readonly NetfluxProcess?[] _hosts = new NetfluxProcess?[Nodes];
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-nodes").FullName;

    private ClusterRig(PostgresServer database)
    {
        Database = database;
        using (IdentityFile.OpenOrCreate(KeyOf(0), DateTimeOffset.UtcNow)) { }
        for (var node = 1; node < Nodes; node++) File.Copy(KeyOf(0), KeyOf(node));
    }

    public PostgresServer Database { get; }

    public NetfluxProcess this[int node] => _hosts[node] ?? throw new InvalidOperationException($"Node {node} does not run.");

    public static async Task<ClusterRig> StartAsync()
    {
        var rig = new ClusterRig(await PostgresServer.StartAsync());
        // At once, as after a power failure: they take turns in making the tables, and agree on who begins.
        for (var node = 0; node < Nodes; node++) rig.Begin(node);
        for (var node = 0; node < Nodes; node++) await rig.ListensAsync(node);
        return rig;
    }

    public string Url(int node) => string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{_ports[node]}");

    /// <summary>Where it listens for the other nodes.</summary>
    public string Address(int node) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_clusterPorts[node]}");

    /// <param name="identity">The file of another key than that of the others.</param>
    public void Begin(int node, string? identity = null) => _hosts[node] = NetfluxProcess.Start(
    [
        "host", "--urls", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[node]}"), "--public-url", Url(node), "--postgres", Database.Connection,
        "--cluster", Address(node), .. Enumerable.Range(0, Nodes).SelectMany(other => new[] { "--seed", Address(other) }), "--identity", identity ?? KeyOf(node), "--json",
    ]);

    public async Task ListensAsync(int node) => await this[node].ExpectAsync("listening");

    /// <summary>It dies at once.</summary>
    public async Task KillAsync(int node)
    {
        var host = this[node];
        _hosts[node] = null;
        host.Kill();
        await host.ExitAsync();
        await host.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            if (host is not null) await host.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string KeyOf(int node) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"server-{node}.pem"));

    private static int[] Ports() => [.. Enumerable.Range(0, Nodes).Select(_ => FaultRig.FreePort())];
}
