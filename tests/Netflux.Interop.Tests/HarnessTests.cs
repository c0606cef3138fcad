using Netflux.TestTools;
using Netflux.TestTools.Peers;

namespace Netflux.Interop;

/// <summary>The peer programs among themselves: what fails here says nothing about Netflux.</summary>
[Collection(InteropTests.Name), Trait("Category", "Rim")]
public sealed class HarnessTests(ForeignPrograms programs)
{
    public static TheoryData<string, string> Pairs => new()
    {
        { "chromium", "libdatachannel" },
        { "firefox", "chromium" },
        { "pion", "chromium" },
        { "libdatachannel", "werift" },
    };

    [RequiresTheory(Tool.LibDataChannel, Tool.Pion, Tool.Werift, Tool.ChromiumPeer, Tool.FirefoxPeer), MemberData(nameof(Pairs))]
    public async Task Two_programs_meet_and_their_messages_are_right(string offerer, string answerer)
    {
        var (one, other) = (await programs.GetAsync(offerer), await programs.GetAsync(answerer));
        var id = programs.NewId();
        PeerSignaling.Join(one, other);
        Assert.True(await PeerSignaling.ConnectAsync(one, other, id) > 0);
        await other.AskAsync(new { t = "mode", id, mode = "echo" }, "mode", id);
        Assert.Equal(5, (await one.AskAsync(new { t = "ping", id, n = 5, size = 3000 }, "ping", id)).Number("n"));
        Assert.Equal(5, (await one.AskAsync(new { t = "ping", id, n = 5, size = 3000, text = true }, "ping", id)).Number("n"));
        var closed = other.WaitAsync("closed", id);
        await one.AskAsync(new { t = "close", id }, "closed", id);
        await closed;
    }

    // libdatachannel speaks TURN over UDP only.
    [RequiresTheory(Tool.Turnserver, Tool.LibDataChannel, Tool.Pion, Tool.ChromiumPeer), InlineData("libdatachannel", "udp"), InlineData("pion", "tcp")]
    public async Task The_TURN_server_relays(string stack, string transport)
    {
        await using var server = await Turnserver.StartAsync();
        var (program, other) = (await programs.GetAsync(stack), await programs.GetAsync("chromium"));
        var id = programs.NewId();
        PeerSignaling.Join(program, other);
        var candidates = new List<string>();
        var carry = program.SignalHappened!;
        program.SignalHappened = signal =>
        {
            if (signal.Kind == "cand" && signal.Id == id) candidates.Add(signal.Json.GetProperty("c").GetProperty("candidate").GetString()!);
            carry(signal);
        };
        var config = new { iceServers = new[] { new { urls = server.Url(transport), username = Turnserver.User, credential = Turnserver.Password } }, iceTransportPolicy = "relay" };
        var opened = other.WaitAsync("opened", id);
        await program.AskAsync(new { t = "connect", id, config }, "open", id);
        await opened;
        Assert.NotEmpty(candidates);
        Assert.All(candidates, candidate => Assert.Contains(" typ relay ", candidate, StringComparison.Ordinal));
        await program.AskAsync(new { t = "close", id }, "closed", id);
    }
}
