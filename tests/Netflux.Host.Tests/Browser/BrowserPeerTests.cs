using System.Diagnostics;
using Netflux.TestTools;

namespace Netflux.Host.Browser;

/// <summary>The browser peer's own tests, which run in node: its cores with a clock that stands until it is told to go, and the vectors that .NET peers read too.</summary>
public class BrowserPeerTests
{
    [RequiresFact(Tool.Node)]
    public async Task Its_tests_pass()
    {
        var folder = Path.Combine(Installed.Repository, "tests", "Netflux.Host.Tests", "Browser", "js");
        var start = new ProcessStartInfo(Installed.PathOf(Tool.Node), ["--test", "--test-reporter=tap"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start)!;
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await output + await errors);
        // One that finds no tests passes, too.
        Assert.Matches("(?m)^# pass [1-9][0-9]", await output);
    }
}
