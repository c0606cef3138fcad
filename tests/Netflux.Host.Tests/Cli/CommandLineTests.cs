using System.Net;
using System.Net.Sockets;

namespace Netflux.Host.Cli;

/// <summary>The command as a process: exit codes, and one sentence on standard error.</summary>
[Trait("Category", "Rim")]
public class CommandLineTests
{
    [Theory, InlineData("--help"), InlineData("chat --help"), InlineData("host --help"), InlineData("demo --help")]
    public async Task Help_is_given_on_standard_output(string arguments)
    {
        var run = await NetfluxProcess.RunAsync(arguments.Split(' '));
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("chat")]
    [InlineData("chat lobby --nonsense")]
    [InlineData("chat lobby --server ftp://host")]
    [InlineData("chat ws://127.0.0.1:1/nothing")]
    [InlineData("host --urls gopher://here")]
    [InlineData("meet ws://127.0.0.1:1/")]
    public async Task Wrong_use_is_exit_code_2_and_one_sentence(string arguments)
    {
        var run = await NetfluxProcess.RunAsync(arguments.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Single(run.Errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_exit_code_1_and_one_sentence_within_5_seconds()
    {
        var run = await NetfluxProcess.RunAsync(["chat", "lobby", "--server", $"ws://127.0.0.1:{FreePort()}"]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Single(run.Errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_exit_code_1_and_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://{taken.LocalEndpoint}";
        var run = await NetfluxProcess.RunAsync(["host", "--urls", url]);
        Assert.Equal((1, $"Cannot listen on {url}: the port is in use by another process; choose another with --urls."), (run.ExitCode, run.Errors.TrimEnd()));
    }

    [Fact]
    public async Task A_bad_topology_is_exit_code_1_and_one_sentence()
    {
        var run = await NetfluxProcess.RunAsync(["create", "lobby", "--topology", """{"type":"full-mash"}"""]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("full-mesh", Assert.Single(run.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
