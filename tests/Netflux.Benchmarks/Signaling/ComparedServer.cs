using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Netflux.TestTools;

namespace Netflux.Benchmarks.Signaling;

/// <summary>A server that is measured: how it is started, and how its clients speak.</summary>
internal sealed record ComparedServer(string Name, Func<int, IReadOnlyList<string>> Command, Func<IPEndPoint, RelayPeer> NewPeer, bool IsOurProgram)
{
    public static readonly IReadOnlyList<ComparedServer> All =
    [
        OfNet("kestrel", _ => new BarePeer()),
        OfNet("netflux", at => new NetfluxPeer(at.ToString())),
        OfNet("signalr", _ => new SignalRPeer()),
        new("sigver", port => ["node", Module("sigver/dist/server.js"), "-h", "127.0.0.1", "-p", Text(port)], _ => new SigverPeer(), IsOurProgram: false),
        new("peerserver", port => ["node", Module("peer/dist/bin/peerjs.js"), "--host", "127.0.0.1", "--port", Text(port), "--concurrent_limit", "100000", "--alive_timeout", "600000"], _ => new PeerServerPeer(), IsOurProgram: false),
    ];

    public string? WhyMissing => IsOurProgram || Command(0).Skip(1).Take(1).All(File.Exists) ? null : "Its package is not there: dotnet cake --target=Peers installs it.";

    private static ComparedServer OfNet(string name, Func<IPEndPoint, RelayPeer> peer) => new(name, _ => ChildProcess.Command("relay-server", name), peer, IsOurProgram: true);

    private static string Module(string path) => Path.Combine(Installed.Peers, "node_modules", path);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Its process, on a processor of its own.</summary>
internal sealed class RunningServer : IDisposable
{
    private readonly Process _process;
    private readonly bool _collects;

    private RunningServer(Process process, IPEndPoint endPoint, bool collects) => (_process, EndPoint, _collects) = (process, endPoint, collects);

    public IPEndPoint EndPoint { get; }

    /// <summary>User and system time so far (proc(5), fields 14 and 15 of stat, in hundredths of a second).</summary>
    public double ProcessorSeconds
    {
        get
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / 100;
        }
    }

    public static async Task<RunningServer> StartAsync(ComparedServer server, int processor)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("taskset", ["-c", processor.ToString(CultureInfo.InvariantCulture), .. server.Command(port)]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{server.Name} ended before it was up.");
        if (server.IsOurProgram) port = int.Parse(line, CultureInfo.InvariantCulture);
        else _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        return new RunningServer(process, new IPEndPoint(IPAddress.Loopback, port), server.IsOurProgram);
    }

    /// <summary>What of it is in memory, once .NET's servers have let go what they do not need.</summary>
    public async Task<double> ResidentBytesAsync()
    {
        if (_collects)
        {
            await _process.StandardInput.WriteLineAsync();
            await _process.StandardOutput.ReadLineAsync();
        }
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/status")).Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
