using System.Globalization;
using System.Text.Json;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>How a <see cref="LinkReport"/> is shown: what the link goes through first, then what was tried.</summary>
internal static class LinkReportText
{
    public static void Tell(Terminal terminal, Peer peer, LinkReport report)
    {
        terminal.Say($"  {peer}: {Summary(report)}");
        foreach (var attempt in report.Attempts) Say(terminal, attempt);
        terminal.Tell("links", null, json =>
        {
            json.WriteString("peer", peer.Id.ToString());
            json.WriteString("name", peer.Name);
            json.WriteStartArray("attempts");
            foreach (var attempt in report.Attempts) Write(json, attempt);
            json.WriteEndArray();
        });
    }

    public static string Summary(LinkReport report) => report.Up.ToList() switch
    {
        [] => "no link",
        [.., { Way: LinkWay.Relayed } relayed] => $"relayed, {relayed.Target}",
        [.., { Connection: { Selected: { } pair } }] => $"a data channel, {Through(pair)}",
        [.., { Connection: not null }] => "a data channel",
        [.., { Way: LinkWay.Accepted } accepted] => $"a WebSocket, from {accepted.Target}",
        [.., var dialled] => $"a WebSocket, to {dialled.Target}",
    };

    private static string Through(LinkCandidatePair pair) =>
        $"{(pair.Local.Type == "relay" || pair.Remote.Type == "relay" ? "through a TURN server" : "direct")}, {Shown(pair)}{(pair.RoundTrip is { } trip ? string.Create(CultureInfo.InvariantCulture, $", round trip {trip.TotalMilliseconds:0.#} ms") : "")}";

    private static void Say(Terminal terminal, LinkAttempt attempt)
    {
        var took = attempt.Took is { } time ? string.Create(CultureInfo.InvariantCulture, $" after {time.TotalMilliseconds:0} ms") : "";
        terminal.Say($"    {Verb(attempt.Way)} {attempt.Target}: {Words(attempt.Outcome)}{took}{(attempt.Why.Length > 0 ? $", {attempt.Why}" : "")}");
        if (attempt.Connection is not { } trial) return;
        terminal.Say($"      ours   {List(trial.Local)}");
        terminal.Say($"      theirs {List(trial.Remote)}");
        foreach (var pair in trial.Pairs)
            terminal.Say($"      {(pair.IsSelected ? '>' : ' ')} {Shown(pair)}: {pair.State}{(pair.RoundTrip is { } trip ? string.Create(CultureInfo.InvariantCulture, $", {trip.TotalMilliseconds:0.#} ms") : "")}{(pair.Why.Length > 0 ? $", {pair.Why}" : "")}");
    }

    private static string List(IReadOnlyList<LinkCandidate> candidates) => candidates.Count == 0 ? "none" : string.Join(", ", candidates.Select(Shown));

    private static string Shown(LinkCandidatePair pair) => $"{Shown(pair.Local)} to {Shown(pair.Remote)}";

    private static string Shown(LinkCandidate candidate) => $"{candidate.Type} {candidate.Address}";

    private static string Verb(LinkWay way) => way switch
    {
        LinkWay.Dialled => "dialled",
        LinkWay.Accepted => "dialled by the peer, from",
        LinkWay.Offered => "offered",
        LinkWay.Answered => "answered",
        _ => "relayed",
    };

    private static string Words(LinkOutcome outcome) => outcome switch
    {
        LinkOutcome.UnderWay => "under way",
        LinkOutcome.Up => "up",
        LinkOutcome.Closed => "closed",
        LinkOutcome.Failed => "failed",
        _ => "given up",
    };

    private static void Write(Utf8JsonWriter json, LinkAttempt attempt)
    {
        json.WriteStartObject();
        json.WriteString("way", Terminal.CodeOf(attempt.Way));
        json.WriteString("target", attempt.Target);
        json.WriteString("beganAt", attempt.BeganAt);
        if (attempt.Took is { } took) json.WriteNumber("tookMs", Math.Round(took.TotalMilliseconds, 3));
        json.WriteString("outcome", Terminal.CodeOf(attempt.Outcome));
        json.WriteString("why", attempt.Why);
        if (attempt.Connection is { } trial)
        {
            json.WriteStartObject("connection");
            json.WriteString("state", trial.State);
            json.WriteString("ice", trial.Ice);
            json.WriteString("dtls", trial.Dtls);
            json.WriteString("sctp", trial.Sctp);
            Write(json, "local", trial.Local);
            Write(json, "remote", trial.Remote);
            json.WriteStartArray("pairs");
            foreach (var pair in trial.Pairs)
            {
                json.WriteStartObject();
                Write(json, "local", pair.Local);
                Write(json, "remote", pair.Remote);
                json.WriteString("state", pair.State);
                json.WriteBoolean("selected", pair.IsSelected);
                if (pair.RoundTrip is { } trip) json.WriteNumber("roundTripMs", Math.Round(trip.TotalMilliseconds, 3));
                json.WriteString("why", pair.Why);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<LinkCandidate> candidates)
    {
        json.WriteStartArray(name);
        foreach (var candidate in candidates)
        {
            json.WriteStartObject();
            WriteFields(json, candidate);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, LinkCandidate candidate)
    {
        json.WriteStartObject(name);
        WriteFields(json, candidate);
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, LinkCandidate candidate)
    {
        json.WriteString("type", candidate.Type);
        json.WriteString("address", candidate.Address);
    }
}
