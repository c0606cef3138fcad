using System.Text.Json;

namespace Netflux.Host.Cli;

/// <summary>What tests of several processes say again and again: a host, those who chat there, and what they heard.</summary>
internal static class Talk
{
    public static async Task<(NetfluxProcess Host, string Server)> HostAsync(string url = "http://127.0.0.1:0")
    {
        var host = NetfluxProcess.Start("host", "--no-tracking", "--urls", url, "--json");
        return (host, (await host.ExpectAsync("listening")).Text("url"));
    }

    /// <summary>Starts a chat that joins the lobby and finds so many others there.</summary>
    public static Task<NetfluxProcess> JoinAsync(string server, string name, int members, params string[] more) => JoinAsync([], server, name, members, more);

    public static async Task<NetfluxProcess> JoinAsync(IEnumerable<(string Name, string Value)> environment, string server, string name, int members, params string[] more)
    {
        var process = NetfluxProcess.Start(environment, ["chat", "lobby", "--server", server, "--name", name, "--json", .. more]);
        var joined = await process.ExpectAsync("joined");
        Assert.Equal((name, members), (joined.Text("name"), joined.GetProperty("members").GetArrayLength()));
        return process;
    }

    /// <summary>The next message that came: its kind and text.</summary>
    public static async Task<(string Kind, string Text)> HeardAsync(NetfluxProcess process)
    {
        var heard = await process.ExpectAsync("message");
        return (heard.Text("kind"), heard.Text("text"));
    }

    /// <summary>Each says a line to all and one to each other alone, and each hears them all, in the order in which they were said.</summary>
    public static async Task AllHearAllAsync(string text, params NetfluxProcess[] chats)
    {
        foreach (var speaker in chats)
        {
            var others = chats.Where(other => other != speaker).ToList();
            await speaker.SayAsync($"{text}, to all");
            foreach (var other in others) await speaker.SayAsync($"/to {IdOf(other)} {text}, to you");
            foreach (var other in others)
            {
                Assert.Equal(("broadcast", $"{text}, to all"), await HeardAsync(other));
                Assert.Equal(("direct", $"{text}, to you"), await HeardAsync(other));
            }
        }
    }

    /// <summary>The own id of a process that has joined.</summary>
    public static string IdOf(NetfluxProcess process) => process.Said.Select(line => JsonDocument.Parse(line).RootElement).First(e => e.Text("event") == "joined").Text("peer");

    /// <summary>What the process was told of this peer's coming and going, in order; of a leave, its reason.</summary>
    public static IReadOnlyList<string> LifeOf(NetfluxProcess process, string peer) =>
    [
        .. process.Said.Select(line => JsonDocument.Parse(line).RootElement)
            .Where(e => e.Text("event").StartsWith("peer", StringComparison.Ordinal) && e.Text("peer") == peer)
            .Select(e => e.Text("event") == "peerLeaving" ? e.Text("reason") : e.Text("event")),
    ];

    public static string Text(this JsonElement json, string property) => json.GetProperty(property).GetString()!;
}

/// <summary>Numbered lines of one chat to all: none is to be lost, doubled or moved.</summary>
internal sealed class Numbered(string prefix)
{
    private int _said;

    public async Task SayAsync(NetfluxProcess chat, int lines)
    {
        for (var end = _said + lines; _said < end; _said++) await chat.SayAsync($"{prefix} {_said}");
    }

    /// <summary>The next messages that came are just these.</summary>
    public async Task HeardAsync(NetfluxProcess listener)
    {
        for (var n = 0; n < _said; n++) Assert.Equal(("broadcast", $"{prefix} {n}"), await Talk.HeardAsync(listener));
    }
}
