using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Netflux.Host.Cli;

/// <summary>What cannot work is one sentence, a code and exit 1; the codes tell it from a time-out.</summary>
[Trait("Category", "Rim")]
public class FailureTests
{
    [Theory]
    [InlineData("chat lobby --server")]
    [InlineData("join lobby --server")]
    [InlineData("create lobby --server")]
    [InlineData("send lobby hello --server")]
    [InlineData("meet door --server")]
    public async Task No_server_there(string command)
    {
        var port = FreePort();
        var failure = await FailsAsync([.. command.Split(' '), $"ws://127.0.0.1:{port}"]);
        Assert.Equal("serverUnreachable", failure.Code);
        Assert.Contains($"127.0.0.1:{port}", failure.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_such_host()
    {
        var failure = await FailsAsync("chat", "lobby", "--server", "ws://no-such-host.invalid:8400");
        Assert.Equal("serverUnreachable", failure.Code);
        Assert.Contains("no-such-host.invalid", failure.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n")]
    public async Task A_server_of_another_kind(string answer)
    {
        using var other = new OtherServer(answer);
        Assert.Equal("notASignalingServer", (await FailsAsync("chat", "lobby", "--server", other.Url)).Code);
    }

    [Fact]
    public async Task A_server_that_takes_the_connection_and_says_nothing()
    {
        using var silent = new OtherServer(null);
        Assert.Equal("serverUnreachable", (await FailsAsync("chat", "lobby", "--server", silent.Url)).Code);
    }

    [Fact]
    public async Task A_network_that_is_not_there_and_one_by_invitation()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        Assert.Equal("networkNotFound", (await FailsAsync("join", "lobby", "--server", server)).Code);
        await using var ann = NetfluxProcess.Start("create", "club", "--topology", """{"type":"full-mesh","join":"invite"}""", "--server", server, "--name", "ann", "--json");
        await ann.ExpectAsync("joined");
        Assert.Equal("notAdmitted", (await FailsAsync("join", "club", "--server", server)).Code);
        Assert.Equal("notAdmitted", (await FailsAsync("chat", "club", "--server", server)).Code);
    }

    [Theory]
    [InlineData("""{"type":"full-mash"}""", "$.type")]
    [InlineData("""{"type":"full-mesh","maxMember":3}""", "maxMembers")]
    [InlineData("""{"type":"full-mesh""", "expected JSON")]
    public async Task A_bad_topology(string topology, string named)
    {
        var failure = await FailsAsync("create", "lobby", "--topology", topology);
        Assert.Equal("invalidTopology", failure.Code);
        Assert.Contains(named, failure.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_of_ones_own_that_is_taken()
    {
        using var taken = new OtherServer(null);
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        var failure = await FailsAsync("chat", "lobby", "--server", server, "--listen", taken.Url);
        Assert.Equal("invalidOptions", failure.Code);
        Assert.Contains(taken.Url["ws://".Length..], failure.Text, StringComparison.Ordinal);
    }

    private static async Task<(string Code, string Text)> FailsAsync(params string[] arguments)
    {
        var run = await NetfluxProcess.RunAsync([.. arguments, "--json"]);
        Assert.Equal(1, run.ExitCode);
        var error = JsonDocument.Parse(Assert.Single(run.Output.Split('\n'), line => !line.Contains("\"waiting\"", StringComparison.Ordinal))).RootElement;
        var sentence = Assert.Single(run.Errors.TrimEnd().Split('\n'));
        Assert.Equal(("error", sentence), (error.Text("event"), error.Text("text")));
        return (error.Text("code"), sentence);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Listens, and says always the same, or nothing.</summary>
    private sealed class OtherServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly List<TcpClient> _clients = [];

        public OtherServer(string? answer)
        {
            _listener.Start();
            _ = ServeAsync(answer);
        }

        public string Url => $"ws://{_listener.LocalEndpoint}";

        public void Dispose()
        {
            _listener.Dispose();
            lock (_clients) _clients.ForEach(client => client.Dispose());
        }

        private async Task ServeAsync(string? answer)
        {
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptTcpClientAsync();
                    lock (_clients) _clients.Add(client);
                    if (answer is not null) await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
                }
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException or IOException) { }
        }
    }
}
