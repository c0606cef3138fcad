using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Netflux.TestTools;

/// <summary>coturn on a free port of this machine, over UDP and TCP, with one user. It ends with this.</summary>
public sealed class Turnserver : IAsyncDisposable
{
    public const string User = "netflux", Password = "secret";

    // RFC 8489 §5: type, no attributes, magic cookie, transaction.
    private static readonly byte[] s_bindingRequest = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, .. "netflux-test"u8];

    private readonly Process _process;
    private readonly string _folder;

    private Turnserver(Process process, string folder, IPEndPoint address) => (_process, _folder, Address) = (process, folder, address);

    public IPEndPoint Address { get; }

    /// <summary>turn:HOST:PORT?transport=udp or tcp.</summary>
    public string Url(string transport) => string.Create(CultureInfo.InvariantCulture, $"turn:{Address.Address}:{Address.Port}?transport={transport}");

    /// <summary>Starts it; a port that somebody else took in between is tried again with another.</summary>
    public static async Task<Turnserver> StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = Start(new(OwnAddress(), FreePort()));
            if (await server.IsUpAsync()) return server;
            await server.DisposeAsync();
            if (attempt == 3) throw new InvalidOperationException("turnserver did not come up.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Turnserver Start(IPEndPoint address)
    {
        var folder = Directory.CreateTempSubdirectory("netflux-turn-").FullName;
        var start = new ProcessStartInfo(Installed.PathOf(Tool.Turnserver),
        [
            "-n", "--listening-ip", $"{address.Address}", "--listening-port", address.Port.ToString(CultureInfo.InvariantCulture), "--relay-ip", $"{address.Address}",
            "--lt-cred-mech", "--user", $"{User}:{Password}", "--realm", "netflux", "--allow-loopback-peers", "--no-multicast-peers", "--no-tls", "--no-dtls", "--no-cli",
            "--log-file", Path.Combine(folder, "log"), "--simple-log", "--pidfile", Path.Combine(folder, "pid"), "--userdb", Path.Combine(folder, "users"),
        ]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new(process, folder, address);
    }

    /// <summary>It is ready for TCP and UDP, in whichever order: each is asked.</summary>
    private async Task<bool> IsUpAsync()
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(20) && !_process.HasExited; await Task.Delay(50))
        {
            using var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp);
            using var udp = new Socket(Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                await tcp.ConnectAsync(Address, patience.Token);
                await udp.ConnectAsync(Address, patience.Token);
                await udp.SendAsync(s_bindingRequest, patience.Token);
                if (await udp.ReceiveAsync(new byte[1500], patience.Token) > 0) return true;
            }
            catch (SocketException) { /* not yet */ }
            catch (OperationCanceledException) { /* lost */ }
        }
        return false;
    }

    /// <summary>An address that peers on this machine have for a candidate, too; loopback where there is none.</summary>
    private static IPAddress OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(face => face.OperationalStatus == OperationalStatus.Up && face.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(face => face.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork, IPAddress.Loopback);

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
