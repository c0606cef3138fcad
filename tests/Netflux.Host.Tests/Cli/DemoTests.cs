namespace Netflux.Host.Cli;

/// <summary><c>netflux demo</c>: three peers in one process, of which two do not listen.</summary>
[Trait("Category", "Rim")]
public sealed class DemoTests
{
    [Fact]
    public async Task It_tells_who_is_linked_by_what_and_takes_guests()
    {
        await using var demo = NetfluxProcess.Start("demo", "--port", "0", "--pace", "0.2");
        var page = (await demo.ExpectLineAsync("A signaling server listens on ")).Split(' ')[^1].TrimEnd('.');
        Assert.StartsWith("* ann and bob: a WebSocket, ", await demo.ExpectLineAsync("* ann and bob"), StringComparison.Ordinal);
        Assert.StartsWith("* ann and cy: a WebSocket, ", await demo.ExpectLineAsync("* ann and cy"), StringComparison.Ordinal);
        Assert.Matches(@"^\* bob and cy: a data channel, direct, host \S+:\d+ to host \S+:\d+, round trip [\d.]+ ms\.$", await demo.ExpectLineAsync("* bob and cy"));
        Assert.Equal($"Join them: open {page}/ in two tabs of a browser, which become two peers more, or from another terminal:", await demo.ExpectLineAsync("Join them"));
        Assert.EndsWith($" chat demo --name YOU --server {page.Replace("http", "ws", StringComparison.Ordinal)}", await demo.ExpectLineAsync("--name YOU"), StringComparison.Ordinal);
        foreach (var name in new[] { "ann: ", "bob: ", "cy: " }) Assert.StartsWith(name, await demo.ExpectLineAsync(name), StringComparison.Ordinal);

        await using var dan = NetfluxProcess.Start("chat", "demo", "--server", page, "--name", "dan", "--listen", "none", "--json");
        Assert.Equal(3, (await dan.ExpectAsync("joined")).GetProperty("members").GetArrayLength());
        await dan.ExpectAsync("message", said => said.Text("text").StartsWith("Welcome, dan!", StringComparison.Ordinal));
        foreach (var (name, link) in new[] { ("ann", "a WebSocket"), ("bob", "a data channel"), ("cy", "a data channel") })
        {
            await dan.SayAsync($"/to {name} hello");
            await dan.ExpectAsync("message", said => said.Text("text") == $"{name} heard you, and nobody else did.");
            await demo.ExpectLineAsync($"dan (to {name} alone): hello");
            // Told before: each tells what it hears in order.
            Assert.StartsWith($"{link}, ", Assert.Single(demo.Said, line => line.StartsWith($"* {name} and dan#", StringComparison.Ordinal)).Split(": ")[1], StringComparison.Ordinal);
        }
        dan.EndInput();
        await demo.ExpectLineAsync("is gone (WentOffline).");
    }
}
