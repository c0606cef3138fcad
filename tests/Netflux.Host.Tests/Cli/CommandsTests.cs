using System.Text.Json;

namespace Netflux.Host.Cli;

/// <summary>The commands beside <c>chat</c>: what each does for others, and what it says of it.</summary>
[Trait("Category", "Rim")]
public class CommandsTests
{
    [Fact]
    public async Task Send_reaches_all_or_one_says_to_whom_and_leaves()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        await using var bob = await Talk.JoinAsync(server, "bob", 1);

        var all = await NetfluxProcess.RunAsync(["send", "lobby", "to you all", "--server", server, "--name", "post", "--json"]);
        Assert.Equal((0, ""), (all.ExitCode, all.Errors));
        var sent = JsonDocument.Parse(all.Output).RootElement;
        Assert.Equal(("sent", 10), (sent.Text("event"), sent.GetProperty("bytes").GetInt32()));
        Assert.Equal(new[] { Talk.IdOf(ann), Talk.IdOf(bob) }.Order(StringComparer.Ordinal), sent.GetProperty("to").EnumerateArray().Select(id => id.GetString()!).Order(StringComparer.Ordinal));
        foreach (var other in new[] { ann, bob })
        {
            Assert.Equal(("broadcast", "to you all"), await Talk.HeardAsync(other));
            Assert.Equal("left", (await other.ExpectAsync("peerLeaving")).Text("reason"));
        }

        var one = await NetfluxProcess.RunAsync(["send", $"{server}/net/lobby", "-", "--to", "bob", "--name", "post"], "from a pipe");
        Assert.Equal((0, ""), (one.ExitCode, one.Errors));
        Assert.StartsWith("Delivered to bob#", Assert.Single(one.Output.Split('\n')), StringComparison.Ordinal);
        Assert.Equal(("direct", "from a pipe"), await Talk.HeardAsync(bob));
        await ann.ExpectAsync("peerLeaving");
        Assert.Single(ann.Said, line => line.Contains("\"message\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Send_to_nobody_or_into_no_network_fails_in_one_sentence()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        var nowhere = await NetfluxProcess.RunAsync(["send", "lobby", "hello", "--server", server]);
        Assert.Equal((1, ""), (nowhere.ExitCode, nowhere.Output));
        Assert.Contains("lobby", Assert.Single(nowhere.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        await using var ann = await Talk.JoinAsync(server, "ann", 0);
        var nobody = await NetfluxProcess.RunAsync(["send", "lobby", "hello", "--server", server, "--to", "zoe", "--json"]);
        Assert.Equal((1, $"Nobody here is called 'zoe'; there are ann#{Talk.IdOf(ann)[..4]}."), (nobody.ExitCode, nobody.Errors.TrimEnd()));
        var error = JsonDocument.Parse(nobody.Output).RootElement;
        Assert.Equal(("error", "unknownPeer", nobody.Errors.TrimEnd()), (error.Text("event"), error.Text("code"), error.Text("text")));
    }

    [Fact]
    public async Task Create_prints_an_address_by_which_others_join_and_watch()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = NetfluxProcess.Start("create", "club", "--topology", """{"type":"full-mesh","maxMembers":3}""", "--server", server, "--name", "ann");
        var line = await ann.ExpectLineAsync("Others join at ");
        var address = line[(line.IndexOf("Others join at ", StringComparison.Ordinal) + 15)..].TrimEnd('.');
        Assert.Equal($"{server}/net/club", address);

        await using var bob = NetfluxProcess.Start("join", address, "--name", "bob", "--json");
        var joined = await bob.ExpectAsync("joined");
        Assert.Equal("ann", Assert.Single(joined.GetProperty("members").EnumerateArray()).Text("name"));
        Assert.Equal(address, joined.Text("address"));
        await ann.ExpectLineAsync("bob joined.");
        await using var cy = NetfluxProcess.Start("chat", $"{server}/net/{joined.Text("network")}", "--name", "cy", "--json");
        Assert.Equal(2, (await cy.ExpectAsync("joined")).GetProperty("members").GetArrayLength());
        await cy.SayAsync("hello by id");
        Assert.Equal(("broadcast", "hello by id"), await Talk.HeardAsync(bob));
        await ann.ExpectLineAsync("cy: hello by id");

        var taken = await NetfluxProcess.RunAsync(["create", "club", "--server", server, "--json"]);
        Assert.Equal((1, "nameTaken"), (taken.ExitCode, JsonDocument.Parse(taken.Output).RootElement.Text("code")));
        await bob.SignalAsync("INT");
        Assert.Equal((0, ""), (await bob.ExitAsync(), await bob.ErrorsAsync()));
        Assert.Equal("wentOffline", (await cy.ExpectAsync("peerLeaving")).Text("reason"));
    }

    [Fact]
    public async Task Create_without_a_name_is_joined_by_its_id()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = NetfluxProcess.Start("create", "--server", server, "--name", "ann", "--json");
        var created = await ann.ExpectAsync("joined");
        Assert.Equal($"{server}/net/{created.Text("network")}", created.Text("address"));
        await using var bob = NetfluxProcess.Start("join", created.Text("network"), "--server", server, "--name", "bob", "--json");
        Assert.Equal(created.Text("network"), (await bob.ExpectAsync("joined")).Text("network"));
        Assert.Equal("bob", (await ann.ExpectAsync("peerJoining")).Text("name"));
    }

    [Fact]
    public async Task Two_who_name_the_same_meeting_point_talk_and_see_each_other_go()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = NetfluxProcess.Start("meet", $"{server}/meet/blue-door", "--name", "ann", "--json");
        Assert.Equal($"{server}/meet/blue-door", (await ann.ExpectAsync("waiting")).Text("meeting"));
        await using var bob = NetfluxProcess.Start("meet", "blue-door", "--server", server, "--name", "bob", "--json");
        Assert.Equal(("bob", "ann"), ((await ann.ExpectAsync("connected")).Text("name"), (await bob.ExpectAsync("connected")).Text("name")));
        await ann.SayAsync("good evening");
        Assert.Equal(("direct", "good evening"), await Talk.HeardAsync(bob));
        await bob.SayAsync("to you too");
        Assert.Equal(("direct", "to you too"), await Talk.HeardAsync(ann));
        await bob.SayAsync("bye");
        await bob.SayAsync("/quit");
        Assert.Equal(("direct", "bye"), await Talk.HeardAsync(ann));
        Assert.Equal("disconnected", (await ann.ExpectAsync("disconnected")).Text("reason"));
        Assert.Equal((0, 0), (await ann.ExitAsync(), await bob.ExitAsync()));
        Assert.Equal(("", ""), (await ann.ErrorsAsync(), await bob.ErrorsAsync()));
    }

    [Fact]
    public async Task Two_who_meet_and_say_one_line_each_from_a_pipe_both_hear_it_or_their_end()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = NetfluxProcess.Start("meet", $"{server}/meet/red-door", "--name", "ann");
        await ann.ExpectLineAsync("Waiting at");
        await using var bob = NetfluxProcess.Start("meet", $"{server}/meet/red-door", "--name", "bob");
        await bob.SayAsync("one line");
        bob.EndInput();
        await ann.ExpectLineAsync(": one line");
        await ann.ExpectLineAsync("is not connected any more");
        Assert.Equal((0, 0), (await ann.ExitAsync(), await bob.ExitAsync()));
    }
}
