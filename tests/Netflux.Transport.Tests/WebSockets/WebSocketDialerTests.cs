using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>At the rim: every kind of failed dial says which it is, in one sentence that names the address.</summary>
[Trait("Rim", "sockets")]
public sealed class WebSocketDialerTests
{
    private static readonly WebSocketLinkOptions s_quick = new() { DialTimeout = TimeSpan.FromMilliseconds(300) };

    [Fact]
    public async Task Nothing_listens()
    {
        await using var rig = new LinkRig();
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await ExpectAsync(rig, Link(port), DialFailure.Unreachable, "nothing listens there");
    }

    [Fact]
    public async Task The_name_does_not_resolve()
    {
        await using var rig = new LinkRig();
        using var dialer = new WebSocketDialer(rig.Options, resolve: (_, _) => throw new SocketException((int)SocketError.HostNotFound));
        await ExpectAsync(rig, new("ws://peer.example/netflux/link"), DialFailure.Unreachable, "the name peer.example does not resolve", dialer);
    }

    [Fact]
    public async Task A_name_that_leads_to_a_private_address_is_refused_when_it_is_connected_to()
    {
        await using var rig = new LinkRig();
        var port = (await rig.AddressAsync()).Port;
        var options = new WebSocketLinkOptions();
        using var dialer = new WebSocketDialer(options, rule: new(options, ownAddresses: () => []), resolve: (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("10.1.2.3")]));
        var address = new Uri($"ws://peer.example:{port}/netflux/link");
        Assert.True(dialer.MayDial(address));
        await ExpectAsync(rig, address, DialFailure.Refused, "private", dialer);
        // The same name as the user's own server is dialled.
        var asker = rig.NewInbox();
        dialer.Servers.Dial(address, this, asker.Ref);
        (await asker.ExpectAsync<LinkDialled>()).Link.Close(CloseCode.Done, "", abrupt: true);
        (await rig.AcceptAsync()).Close(CloseCode.Done, "", abrupt: true);
    }

    [Fact]
    public async Task The_next_address_of_a_name_is_tried()
    {
        await using var rig = new LinkRig();
        var port = (await rig.AddressAsync()).Port;
        using var dialer = new WebSocketDialer(new() { DialLoopback = true }, resolve: (_, _) => Task.FromResult<IPAddress[]>([IPAddress.IPv6Loopback, IPAddress.Loopback]));
        var asker = rig.NewInbox();
        dialer.Dial(new($"ws://peer.example:{port}/netflux/link"), this, asker.Ref);
        var link = (await asker.ExpectAsync<LinkDialled>()).Link;
        Assert.Equal($"peer.example:{port}", link.Authority);
        Assert.Equal("127.0.0.1", link.RemoteAddress);
        var accepted = await rig.AcceptAsync();
        Assert.Equal(link.Authority, accepted.Authority);
        link.Close(CloseCode.Done, "", abrupt: true);
        accepted.Close(CloseCode.Done, "", abrupt: true);
    }

    [Fact]
    public async Task No_answer_in_time()
    {
        await using var rig = new LinkRig(dialing: s_quick);
        using var server = new RawServer(_ => Task.Delay(Timeout.Infinite));
        await ExpectAsync(rig, Link(server.Port), DialFailure.TimedOut, "did not answer within 0.3 s");
    }

    [Fact]
    public async Task Something_other_than_http_answers()
    {
        await using var rig = new LinkRig();
        using var server = new RawServer(stream => stream.WriteAsync("SSH-2.0-OpenSSH_9.9\r\n\r\n"u8.ToArray()).AsTask());
        await ExpectAsync(rig, Link(server.Port), DialFailure.NotWebSocket, "not with HTTP");
    }

    [Fact]
    public async Task The_connection_ends_without_an_answer()
    {
        await using var rig = new LinkRig();
        using var server = new RawServer(_ => Task.CompletedTask);
        await ExpectAsync(rig, Link(server.Port), DialFailure.Unreachable, null);
    }

    [Theory]
    [InlineData("200 OK", "NotWebSocket")]
    [InlineData("302 Found\r\nLocation: ws://127.0.0.1:1/", "NotWebSocket")]
    [InlineData("401 Unauthorized", "AccessDenied")]
    [InlineData("403 Forbidden", "AccessDenied")]
    [InlineData("404 Not Found", "NotWebSocket")]
    [InlineData("429 Too Many Requests", "Refused")]
    [InlineData("503 Service Unavailable", "Refused")]
    [InlineData("101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA", "NotWebSocket")]
    public async Task Another_status_than_101_or_a_false_accept(string status, string failure)
    {
        await using var rig = new LinkRig();
        using var server = new RawServer(stream => stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")).AsTask());
        await ExpectAsync(rig, Link(server.Port), Enum.Parse<DialFailure>(failure), null);
    }

    [Fact]
    public async Task Tls_where_there_is_none_and_a_certificate_that_nobody_trusts()
    {
        await using var rig = new LinkRig();
        var plain = await rig.AddressAsync();
        await ExpectAsync(rig, new($"wss://127.0.0.1:{plain.Port}/netflux/link"), DialFailure.Unreachable, "TLS");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var server = new RawServer(async stream =>
        {
            await using var tls = new SslStream(stream);
            try { await tls.AuthenticateAsServerAsync(certificate); }
            catch (Exception e) when (e is AuthenticationException or IOException) { } // The dialler hangs up: that is the point.
        });
        await ExpectAsync(rig, new($"wss://127.0.0.1:{server.Port}/netflux/link"), DialFailure.Unreachable, "TLS");
    }

    [Fact]
    public async Task Only_so_many_dials_at_once()
    {
        await using var rig = new LinkRig(dialing: s_quick with { DialsMax = 1, DialsWaitingMax = 2 });
        using var server = new RawServer(_ => Task.Delay(Timeout.Infinite));
        var asker = rig.NewInbox();
        for (var i = 0; i < 20; i++) rig.Dialer.Dial(Link(server.Port), i, asker.Ref);
        var failures = new List<DialFailure>();
        for (var i = 0; i < 20; i++) failures.Add((await asker.ExpectAsync<LinkDialFailed>()).Failure);
        Assert.InRange(failures.Count(f => f == DialFailure.TimedOut), 2, 4);
        Assert.Equal(20, failures.Count(f => f is DialFailure.TimedOut or DialFailure.Refused));
    }

    [Fact]
    public async Task An_address_off_the_rule_is_not_dialled()
    {
        await using var rig = new LinkRig();
        var port = (await rig.AddressAsync()).Port;
        await ExpectAsync(rig, new($"ws://127.0.0.1:{port}/admin"), DialFailure.Refused, "/netflux/link");
    }

    private static Uri Link(int port) => new($"ws://127.0.0.1:{port}/netflux/link");

    private static async Task ExpectAsync(LinkRig rig, Uri address, DialFailure failure, string? words, WebSocketDialer? dialer = null)
    {
        var asker = rig.NewInbox();
        var token = new object();
        (dialer ?? rig.Dialer).Dial(address, token, asker.Ref);
        var failed = await asker.ExpectAsync<LinkDialFailed>();
        Assert.Equal((failure, address), (failed.Failure, failed.Address));
        Assert.Same(token, failed.Token);
        Assert.StartsWith(address.ToString(), failed.Why, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failed.Why);
        if (words is not null) Assert.Contains(words, failed.Why, StringComparison.Ordinal);
    }
}

/// <summary>A TCP server that is not what the dialler hopes for: it reads the request's first bytes, does what it is told, and hangs up.</summary>
internal sealed class RawServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<NetworkStream, Task> _answer;
    private readonly List<TcpClient> _clients = []; // Held: nothing else keeps a connection that waits for ever from being collected and closed.

    public RawServer(Func<NetworkStream, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _clients.Add(client);
                _ = AnswerAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed: the test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            await client.Client.ReceiveAsync(new byte[1], SocketFlags.Peek);
            await _answer(client.GetStream());
            // What was asked is read to its end before the socket closes, else the close is a reset that may overtake the answer.
            client.Client.Shutdown(SocketShutdown.Send);
            while (await client.Client.ReceiveAsync(new byte[4096]) > 0) { }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The dialler hung up.
        }
    }
}
