namespace Netflux.Host.Cli;

/// <summary>A star of processes whose topology fixes the hub: what chats say while it is away.</summary>
[Trait("Category", "Rim")]
public sealed class FixedHubTests : IDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("netflux-hub");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public async Task It_is_said_that_the_hub_is_waited_for_and_back_and_why_nobody_can_join()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        string[] identity = ["--identity", Path.Combine(_files.FullName, "hub.pem")];
        string id;
        await using (var once = NetfluxProcess.Start(["create", "--server", server, "--name", "hub", "--json", .. identity]))
        {
            await once.ExpectAsync("joined");
            id = Talk.IdOf(once);
            await once.SignalAsync("INT");
            Assert.Equal(0, await once.ExitAsync());
        }
        await using var ann = await Talk.JoinAsync(server, "ann", 0, "--topology", $$"""{"type":"star","hub":"{{id}}"}""");
        Assert.Equal(id, (await ann.ExpectAsync("hubAwaited")).Text("peer"));

        await using var late = NetfluxProcess.Start("chat", "lobby", "--server", server, "--name", "late", "--json");
        var error = await late.ExpectAsync("error");
        Assert.Equal("hubUnreachable", error.Text("code"));
        Assert.Contains(id, error.Text("text"), StringComparison.Ordinal);
        Assert.Equal(1, await late.ExitAsync());

        await using var hub = NetfluxProcess.Start(["chat", "lobby", "--server", server, "--name", "hub", "--json", .. identity]);
        await hub.ExpectAsync("joined");
        var returned = await ann.ExpectAsync("hubReturned");
        Assert.Equal((id, "hub"), (returned.Text("peer"), returned.Text("name")));
        await ann.SayAsync("hello hub");
        await hub.ExpectAsync("message", e => e.Text("text") == "hello hub");
    }
}
