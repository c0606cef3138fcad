using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Netflux.Host.Server;

/// <summary>A reverse proxy of this process: speaks TLS to clients, and plain HTTP to the host behind it, to which it says where each connection came from.</summary>
internal sealed class TlsProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly HostCertificate _certificate;
    private IPEndPoint? _target;

    public TlsProxy(HostCertificate certificate)
    {
        _certificate = certificate;
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url => $"wss://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The host to which connections go from now on.</summary>
    public void PassTo(Uri host) => _target = new(IPAddress.Loopback, host.Port);

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = PassAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException or SocketException) { }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var _ = client;
        using var host = new TcpClient();
        try
        {
            await using var tls = new SslStream(client.GetStream());
            var shown = SslStreamCertificateContext.Create(_certificate.Own, _certificate.Signers, offline: true);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = shown }, _stopping.Token);
            await host.ConnectAsync(_target!, _stopping.Token);
            var inside = host.GetStream();
            // A client that upgrades sends nothing after its request before it is answered.
            var head = await ReadHeadAsync(tls);
            await inside.WriteAsync(Encoding.ASCII.GetBytes($"{head[..^2]}X-Forwarded-For: {((IPEndPoint)client.Client.RemoteEndPoint!).Address}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: {new Uri(Url).Authority}\r\n\r\n"), _stopping.Token);
            await Task.WhenAny(tls.CopyToAsync(inside, _stopping.Token), inside.CopyToAsync(tls, _stopping.Token));
        }
        catch (Exception ended) when (ended is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException) { }
    }

    private async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, _stopping.Token);
            head.Append((char)one[0]);
        }
        return head.ToString();
    }
}
