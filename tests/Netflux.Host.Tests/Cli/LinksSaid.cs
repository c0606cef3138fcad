using System.Text.Json;

namespace Netflux.Host.Cli;

/// <summary>How a chat says that it is linked to one other: the link that is up, and what was tried.</summary>
internal sealed record LinksSaid(string Peer, IReadOnlyList<JsonElement> Attempts)
{
    public IEnumerable<JsonElement> Up => Attempts.Where(attempt => attempt.Text("outcome") == "up");

    /// <summary>The pair of candidates of the newest link that is up; null where that is no data channel, or there is none.</summary>
    public SelectedPair? DataChannel => Up.LastOrDefault() is { ValueKind: JsonValueKind.Object } link && link.Text("way") is "offered" or "answered" ? SelectedPair.Of(link) : null;

    /// <summary>How it is linked to all that it sees now.</summary>
    public static async Task<IReadOnlyList<LinksSaid>> OfAsync(NetfluxProcess chat)
    {
        await chat.SayAsync("/links");
        await chat.SayAsync("/members");    // its answer comes after the last of the links
        var all = new List<LinksSaid>();
        await chat.ExpectAsync("members", passing: said =>
        {
            if (said.Text("event") == "links") all.Add(new(said.Text("peer"), [.. said.GetProperty("attempts").EnumerateArray()]));
        });
        return all;
    }

    /// <summary>
    /// Waits until every two of these are linked by a data channel, of which both sides name the same pair of addresses. It is asked for again and again, as nothing tells when a link has changed.
    /// </summary>
    /// <returns>Each pair, as the first sees it that is named.</returns>
    public static async Task<IReadOnlyDictionary<(string From, string To), SelectedPair>> ExpectDataChannelsAsync(params NetfluxProcess[] chats)
    {
        using var patience = new CancellationTokenSource(NetfluxProcess.Patience);
        while (true)
        {
            var pairs = new Dictionary<(string From, string To), SelectedPair>();
            foreach (var chat in chats)
                foreach (var links in await OfAsync(chat))
                    if (links.DataChannel is { } pair) pairs[(Talk.IdOf(chat), links.Peer)] = pair;
            if (pairs.Count == chats.Length * (chats.Length - 1) && pairs.All(pair => pair.Value.Mirrors(pairs[(pair.Key.To, pair.Key.From)]))) return pairs;
            try { await Task.Delay(100, patience.Token); }
            catch (OperationCanceledException) { throw new Xunit.Sdk.XunitException($"Not all have data channels to each other, but: {string.Join(", ", pairs)}"); }
        }
    }
}

/// <summary>The pair of candidates that carries the traffic of a data channel.</summary>
internal sealed record SelectedPair(string LocalType, string Local, string RemoteType, string Remote, string State, string Why)
{
    // The types of remote candidates differ: one whose checks came before it was told is peer-reflexive (RFC 8445 §7.3.1.3).
    public bool Mirrors(SelectedPair other) => (Local, Remote) == (other.Remote, other.Local);

    public static SelectedPair? Of(JsonElement attempt)
    {
        var pairs = attempt.GetProperty("connection").GetProperty("pairs").EnumerateArray().Where(pair => pair.GetProperty("selected").GetBoolean()).ToList();
        if (pairs is not [var pair]) return null;
        var (local, remote) = (pair.GetProperty("local"), pair.GetProperty("remote"));
        return new(local.Text("type"), local.Text("address"), remote.Text("type"), remote.Text("address"), pair.Text("state"), pair.Text("why"));
    }
}
