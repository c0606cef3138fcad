using System.Runtime.Versioning;
using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Host.Cli;

/// <summary>One identity file, several processes: after one another, and at once.</summary>
[Trait("Category", "Rim")]
[UnsupportedOSPlatform("windows")]
public sealed class IdentityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-identity").FullName;

    private string File => Path.Combine(_folder, "bob.pem");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Killed_and_started_again_at_once_it_is_the_same_peer_and_was_restarted()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var first = await Talk.JoinAsync(server, "bob", 1, "--identity", File);
        var id = Talk.IdOf(first);
        await ann.ExpectAsync("peerJoining", e => e.Text("peer") == id);
        first.Kill();
        await first.ExitAsync();
        await using var second = await ComesBackAsync("once");
        second.Kill();
        await second.ExitAsync();
        await using var third = await ComesBackAsync("twice");
        Assert.Equal(["peerJoining", "restarted", "peerJoining", "restarted", "peerJoining"], Talk.LifeOf(ann, id).Where(happening => happening is not ("peerSuspected" or "peerRecovered")));

        async Task<NetfluxProcess> ComesBackAsync(string times)
        {
            var again = await Talk.JoinAsync(server, "bob", 1, "--identity", File);
            Assert.Equal(id, Talk.IdOf(again));
            await ann.ExpectAsync("peerJoining", e => e.Text("peer") == id);
            await ann.SayAsync($"welcome back {times}");
            Assert.Equal(("broadcast", $"welcome back {times}"), await Talk.HeardAsync(again));
            await again.SayAsync($"here again {times}");
            Assert.Equal(("broadcast", $"here again {times}"), await Talk.HeardAsync(ann));
            return again;
        }
    }

    [Fact]
    public async Task Killed_and_given_up_it_comes_back_as_the_same_peer()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var first = await Talk.JoinAsync(server, "bob", 1, "--identity", File);
        var id = Talk.IdOf(first);
        first.Kill();
        await ann.ExpectAsync("peerLeaving", e => e.Text("peer") == id);
        await using var again = await Talk.JoinAsync(server, "bob", 1, "--identity", File);
        Assert.Equal(id, Talk.IdOf(again));
        await again.SayAsync("here again");
        Assert.Equal(("broadcast", "here again"), await Talk.HeardAsync(ann));
        Assert.Equal(["peerJoining", "peerSuspected", "connectionLost", "peerJoining"], Talk.LifeOf(ann, id));
    }

    [Fact, Provokes(NetfluxError.IdentityInUse)]
    public async Task A_second_process_with_the_same_file_is_refused_and_the_first_goes_on()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var first = await Talk.JoinAsync(server, "bob", 1, "--identity", File);
        var second = await NetfluxProcess.RunAsync(["chat", "lobby", "--server", server, "--name", "bob", "--identity", File]);
        Assert.Equal((1, ""), (second.ExitCode, second.Output));
        Assert.Equal($"The identity {File} is used by another running process: end that one, or use another identity file.", second.Errors.TrimEnd());
        await first.SayAsync("still me");
        Assert.Equal(("broadcast", "still me"), await Talk.HeardAsync(ann));
    }

    [Fact, Provokes(NetfluxError.IdentityInvalid)]
    public async Task A_file_that_is_no_identity_is_refused_and_left_as_it_was()
    {
        await System.IO.File.WriteAllTextAsync(File, "my shopping list\n");
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await RefusedAsync("is not a Netflux identity");
        Assert.Equal("my shopping list\n", await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task A_file_that_others_can_read_is_refused_with_the_cure_and_left_as_it_was()
    {
        await NetfluxProcess.RunAsync(["chat", "lobby", "--server", "ws://127.0.0.1:1", "--identity", File]);   // makes it, and then finds no server
        var text = await System.IO.File.ReadAllTextAsync(File);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await RefusedAsync($"chmod 600 {File}");
        Assert.Equal(text, await System.IO.File.ReadAllTextAsync(File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead, System.IO.File.GetUnixFileMode(File));
    }

    private async Task RefusedAsync(string because)
    {
        var run = await NetfluxProcess.RunAsync(["chat", "lobby", "--server", "ws://127.0.0.1:1", "--identity", File]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains(because, Assert.Single(run.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
