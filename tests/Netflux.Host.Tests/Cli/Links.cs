using System.Text.Json;

namespace Netflux.Host.Cli;

/// <summary>How a chat says that it is linked to one other: the link that is up, and what was tried.</summary>
internal sealed record Links(string Peer, IReadOnlyList<JsonElement> Attempts)
{
    public IEnumerable<JsonElement> Up => Attempts.Where(attempt => attempt.Text("outcome") == "up");

    /// <summary>The pair of candidates of the data channel that is the only link; null where there is another link, another kind, or none.</summary>
    public SelectedPair? DataChannel => Up.ToList() is [var link] && link.Text("way") is "offered" or "answered" ? SelectedPair.Of(link) : null;

    /// <summary>How it is linked to all that it sees now.</summary>
    public static async Task<IReadOnlyList<Links>> OfAsync(NetfluxProcess chat)
    {
        await chat.SayAsync("/links");
        await chat.SayAsync("/members");    // its answer comes after the last of the links
        var all = new List<Links>();
        await chat.ExpectAsync("members", passing: said =>
        {
            if (said.Text("event") == "links") all.Add(new(said.Text("peer"), [.. said.GetProperty("attempts").EnumerateArray()]));
        });
        return all;
    }

    /// <summary>Asks until the answer is as expected: reports are asked for, nothing tells when one has changed.</summary>
    public static async Task<IReadOnlyList<Links>> UntilAsync(NetfluxProcess chat, Func<IReadOnlyList<Links>, bool> expected)
    {
        using var patience = new CancellationTokenSource(NetfluxProcess.Patience);
        while (true)
        {
            var links = await OfAsync(chat);
            if (expected(links)) return links;
            try { await Task.Delay(100, patience.Token); }
            catch (OperationCanceledException) { throw new Xunit.Sdk.XunitException($"The links were not as expected, but:\n{string.Join('\n', chat.Said.Where(line => line.Contains("\"links\"", StringComparison.Ordinal)).TakeLast(links.Count))}"); }
        }
    }

    /// <summary>Waits until every two of these are linked by one data channel, and both sides name the same pair of addresses.</summary>
    /// <param name="type">Of both candidates, in the words of RFC 8839 §5.1.</param>
    /// <param name="chats">All that are there.</param>
    public static async Task ExpectDataChannelsAsync(string type, params NetfluxProcess[] chats)
    {
        var seen = new Dictionary<(string From, string To), SelectedPair>();
        foreach (var chat in chats)
            foreach (var links in await UntilAsync(chat, all => all.Count == chats.Length - 1 && all.All(links => links.DataChannel is not null)))
                seen[(Talk.IdOf(chat), links.Peer)] = links.DataChannel!;
        Assert.Equal(chats.Length * (chats.Length - 1), seen.Count);
        Assert.All(seen, pair =>
        {
            Assert.Equal((type, type), (pair.Value.LocalType, pair.Value.RemoteType));
            var there = seen[(pair.Key.To, pair.Key.From)];
            Assert.Equal((there.Remote, there.Local), (pair.Value.Local, pair.Value.Remote));
        });
    }
}

/// <summary>The pair of candidates that carries the traffic of a data channel.</summary>
internal sealed record SelectedPair(string LocalType, string Local, string RemoteType, string Remote, string State, string Why)
{
    public static SelectedPair? Of(JsonElement attempt)
    {
        var pairs = attempt.GetProperty("connection").GetProperty("pairs").EnumerateArray().Where(pair => pair.GetProperty("selected").GetBoolean()).ToList();
        if (pairs is not [var pair]) return null;
        var (local, remote) = (pair.GetProperty("local"), pair.GetProperty("remote"));
        return new(local.Text("type"), local.Text("address"), remote.Text("type"), remote.Text("address"), pair.Text("state"), pair.Text("why"));
    }
}
