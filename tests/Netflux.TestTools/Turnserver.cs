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

    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-turn-").FullName;
    private readonly IReadOnlyList<IPAddress> _refuses;
    private Process? _process;

    private Turnserver(IPEndPoint address, IReadOnlyList<IPAddress> refuses) => (Address, _refuses) = (address, refuses);

    public IPEndPoint Address { get; }

    /// <summary>turn:HOST:PORT?transport=udp or tcp.</summary>
    public string Url(string transport) => string.Create(CultureInfo.InvariantCulture, $"turn:{Address.Address}:{Address.Port}?transport={transport}");

    /// <summary>Starts it; a port that somebody else took in between is tried again with another.</summary>
    /// <param name="at">Its own address, also of what it relays; null: one that peers have, too.</param>
    /// <param name="refuses">Addresses to which it relays nothing.</param>
    public static async Task<Turnserver> StartAsync(IPAddress? at = null, params IReadOnlyList<IPAddress> refuses)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new Turnserver(new(at ?? OwnAddress(), FreePort()), refuses);
            server.Start();
            if (await server.IsUpAsync()) return server;
            await server.DisposeAsync();
            if (attempt == 3) throw new InvalidOperationException("turnserver did not come up.");
        }
    }

    /// <summary>It dies without a word: what it relayed is lost, and what is sent to it goes nowhere.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>After it was killed: it is back where it was, and knows nothing of before.</summary>
    public async Task RestartAsync()
    {
        Start();
        if (!await IsUpAsync()) throw new InvalidOperationException("turnserver did not come up again.");
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private void Start()
    {
        var start = new ProcessStartInfo(Installed.PathOf(Tool.Turnserver),
        [
            "-n", "--listening-ip", $"{Address.Address}", "--listening-port", Address.Port.ToString(CultureInfo.InvariantCulture), "--relay-ip", $"{Address.Address}",
            "--lt-cred-mech", "--user", $"{User}:{Password}", "--realm", "netflux", "--allow-loopback-peers", "--no-multicast-peers", "--no-tls", "--no-dtls", "--no-cli",
            "--log-file", Path.Combine(_folder, "log"), "--simple-log", "--pidfile", Path.Combine(_folder, "pid"), "--userdb", Path.Combine(_folder, "users"),
            .. _refuses.SelectMany(refused => new[] { "--denied-peer-ip", $"{refused}" }),
        ]) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>It is ready for TCP and UDP, in whichever order: each is asked.</summary>
    private async Task<bool> IsUpAsync()
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(20) && _process is { HasExited: false }; await Task.Delay(50))
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
