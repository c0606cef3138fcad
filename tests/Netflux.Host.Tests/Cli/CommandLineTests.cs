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

    [Theory]
    [InlineData("chta lobby", "There is no command 'chta', but there is chat; see: netflux --help")]
    [InlineData("chat lobby --nmae x", "netflux chat has no option --nmae, but there is --name; see: netflux chat --help")]
    [InlineData("demo --for x", "Cannot parse argument 'x' for option '--for': a number is expected; see: netflux demo --help")]
    [InlineData("chat lobby two", "'two' is one word too many for netflux chat; put text with blanks in quotes; see: netflux chat --help")]
    [InlineData("chat a/b", "'a/b' cannot name a network; expected are 1 to 64 letters a–z, digits, '-', '_' or '.', beginning with a letter or digit, or a whole address ws://host:port/net/NAME.")]
    [InlineData("chat lobby --server ws://127.0.0.1:1/net/lobby", "--server is 'ws://127.0.0.1:1/net/lobby'; expected is the server alone, ws://127.0.0.1:1. A whole address goes in the place of the network.")]
    [InlineData("chat lobby --name ", "--name is empty; give the name that others are to see.")]
    [InlineData("chat lobby --advertise ws://x/y", "--advertise is 'ws://x/y'; expected is ws://host[:port] or wss://host[:port], without a path.")]
    public void A_slip_is_told_with_what_would_be_right(string arguments, string sentence)
    {
        var parsed = NetfluxCommand.Create().Parse(arguments.Split(' '));
        var said = parsed.Errors.Count > 0 ? WrongWords.Explain(parsed)
            : Assert.Throws<WrongUseException>(() => { _ = PeerOptions.AddressOf(parsed, parsed.GetValue<string>("network")!); _ = PeerOptions.Read(parsed); }).Message;
        Assert.Equal(sentence, said);
    }

    [Fact]
    public async Task Programs_that_share_a_file_for_their_output_do_not_write_over_each_other()
    {
        if (OperatingSystem.IsWindows()) return;
        var file = Path.GetTempFileName();
        using var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"(dotnet '{Path.Combine(AppContext.BaseDirectory, "netflux.dll")}' chat lobby --server ws://127.0.0.1:{FreePort()} --json 2>/dev/null; echo after) > '{file}'"]);
        await shell.WaitForExitAsync();
        var lines = await File.ReadAllLinesAsync(file);
        File.Delete(file);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("{\"event\":\"error\"", lines[0], StringComparison.Ordinal);
        Assert.Equal("after", lines[1]);
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
        var run = await NetfluxProcess.RunAsync(["host", "--no-tracking", "--urls", url]);
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
