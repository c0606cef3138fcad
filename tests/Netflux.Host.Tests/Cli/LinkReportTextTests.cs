using System.Text;
using System.Text.Json;
using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>What a person reads, and a program, of how two peers are linked: which ways and pairs were tried, and why this one.</summary>
public class LinkReportTextTests
{
    private static readonly DateTimeOffset s_began = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly LinkCandidate s_ours = new("host", "10.0.0.1:5000"), s_seen = new("srflx", "198.51.100.1:6000"), s_relay = new("relay", "203.0.113.3:7000"), s_theirs = new("host", "a1b2.local:5001");
    private static readonly LinkCandidatePair s_failed = new(s_ours, s_theirs, "failed", false, null, "No answer came.");
    private static readonly LinkCandidatePair s_waiting = new(s_seen, s_theirs, "waiting", false, null, "");
    private static readonly Peer s_bob = new(PeerId.Parse("kghwzzzhnpiakcqdjppq2ppngnaj72j7"), "bob", ActorRefs.Nobody);

    public static TheoryData<string, LinkAttempt[]> Summaries => new()
    {
        { "no link", [] },
        { "no link", [Attempt(LinkWay.Dialled, LinkOutcome.Failed), Attempt(LinkWay.Offered, LinkOutcome.UnderWay)] },
        { "a WebSocket, to ws://10.0.0.9/", [Attempt(LinkWay.Dialled, LinkOutcome.Up, "ws://10.0.0.9/")] },
        { "a WebSocket, from 10.0.0.9", [Attempt(LinkWay.Accepted, LinkOutcome.Up, "10.0.0.9")] },
        { "relayed, by way of ann", [Attempt(LinkWay.Relayed, LinkOutcome.Up, "by way of ann")] },
        { "a data channel", [Attempt(LinkWay.Answered, LinkOutcome.Up, pairs: [s_waiting])] },
        { "a data channel, direct, srflx 198.51.100.1:6000 to host a1b2.local:5001", [Attempt(LinkWay.Answered, LinkOutcome.Up, pairs: [s_waiting with { IsSelected = true }])] },
        { "a data channel, through a TURN server, relay 203.0.113.3:7000 to host a1b2.local:5001, round trip 12.3 ms", [Attempt(LinkWay.Offered, LinkOutcome.Up, pairs: [s_failed, Selected(s_relay, s_theirs)])] },
        { "a data channel, through a TURN server, host 10.0.0.1:5000 to relay 203.0.113.3:7000, round trip 12.3 ms", [Attempt(LinkWay.Relayed, LinkOutcome.Up), Attempt(LinkWay.Offered, LinkOutcome.Up, pairs: [Selected(s_ours, s_relay)])] },
    };

    [Theory, MemberData(nameof(Summaries))]
    public void The_link_in_a_line(string expected, LinkAttempt[] attempts) => Assert.Equal(expected, LinkReportText.Summary(new LinkReport(s_bob.Id, attempts)));

    [Fact]
    public void A_person_reads_what_was_tried_and_why_this_pair()
    {
        var said = Said(json: false,
            Attempt(LinkWay.Dialled, LinkOutcome.Failed, "ws://10.0.0.9/", "nothing listens there"),
            Attempt(LinkWay.Relayed, LinkOutcome.Abandoned, "by way of ann", "another link came first"),
            Attempt(LinkWay.Offered, LinkOutcome.Up, "data channel 7f", pairs: [s_failed, s_waiting, Selected(s_relay, s_theirs)]),
            Attempt(LinkWay.Accepted, LinkOutcome.UnderWay, "10.0.0.9"));
        Assert.Equal($"""
              {s_bob}: a data channel, through a TURN server, relay 203.0.113.3:7000 to host a1b2.local:5001, round trip 12.3 ms
                dialled ws://10.0.0.9/: failed after 250 ms, nothing listens there
                relayed by way of ann: given up after 250 ms, another link came first
                offered data channel 7f: up after 250 ms
                  ours   host 10.0.0.1:5000, srflx 198.51.100.1:6000, relay 203.0.113.3:7000
                  theirs host a1b2.local:5001
                    host 10.0.0.1:5000 to host a1b2.local:5001: failed, No answer came.
                    srflx 198.51.100.1:6000 to host a1b2.local:5001: waiting
                  > relay 203.0.113.3:7000 to host a1b2.local:5001: succeeded, 12.3 ms, It answers. Selected: nominated by this side.
                dialled by the peer, from 10.0.0.9: under way

            """.ReplaceLineEndings("\n"), said);
    }

    [Fact]
    public void A_program_reads_the_same_as_one_object()
    {
        var json = JsonDocument.Parse(Said(json: true, Attempt(LinkWay.Offered, LinkOutcome.Closed, "data channel 7f", "Lost: it is gone", [s_failed, Selected(s_relay, s_theirs)]))).RootElement;
        Assert.Equal(("links", s_bob.Id.ToString(), "bob"), (json.Text("event"), json.Text("peer"), json.Text("name")));
        var attempt = json.GetProperty("attempts").EnumerateArray().Single();
        Assert.Equal(("offered", "data channel 7f", "closed", "Lost: it is gone", 250), (attempt.Text("way"), attempt.Text("target"), attempt.Text("outcome"), attempt.Text("why"), attempt.GetProperty("tookMs").GetDouble()));
        Assert.Equal(s_began, attempt.GetProperty("beganAt").GetDateTimeOffset());
        var trial = attempt.GetProperty("connection");
        Assert.Equal(("Connected", "ice", "dtls", "sctp"), (trial.Text("state"), trial.Text("ice"), trial.Text("dtls"), trial.Text("sctp")));
        Assert.Equal(["host 10.0.0.1:5000", "srflx 198.51.100.1:6000", "relay 203.0.113.3:7000"], trial.GetProperty("local").EnumerateArray().Select(Candidate));
        Assert.Equal(["host a1b2.local:5001"], trial.GetProperty("remote").EnumerateArray().Select(Candidate));
        var pairs = trial.GetProperty("pairs").EnumerateArray().ToList();
        Assert.Equal(["failed", "succeeded"], pairs.ConvertAll(pair => pair.Text("state")));
        Assert.Equal([false, true], pairs.ConvertAll(pair => pair.GetProperty("selected").GetBoolean()));
        Assert.Equal(["No answer came.", "It answers. Selected: nominated by this side."], pairs.ConvertAll(pair => pair.Text("why")));
        Assert.False(pairs[0].TryGetProperty("roundTripMs", out _));
        Assert.Equal((12.346, "relay 203.0.113.3:7000"), (pairs[1].GetProperty("roundTripMs").GetDouble(), Candidate(pairs[1].GetProperty("local"))));
    }

    [Fact]
    public void Of_a_data_channel_that_never_began_there_are_no_candidates() =>
        Assert.EndsWith("      ours   none\n      theirs none\n", Said(json: false, Attempt(LinkWay.Answered, LinkOutcome.Failed) with { Connection = new("none", "", "", "", [], [], []) }), StringComparison.Ordinal);

    private static LinkCandidatePair Selected(LinkCandidate local, LinkCandidate remote) =>
        new(local, remote, "succeeded", true, TimeSpan.FromMilliseconds(12.3456), "It answers. Selected: nominated by this side.");

    private static LinkAttempt Attempt(LinkWay way, LinkOutcome outcome, string target = "somewhere", string why = "", LinkCandidatePair[]? pairs = null) => new(
        way, target, s_began, outcome == LinkOutcome.UnderWay ? null : TimeSpan.FromMilliseconds(250), outcome, why, pairs is null ? null : new("Connected", "ice", "dtls", "sctp", [s_ours, s_seen, s_relay], [s_theirs], pairs));

    private static string Candidate(JsonElement candidate) => $"{candidate.Text("type")} {candidate.Text("address")}";

    private static string Said(bool json, params LinkAttempt[] attempts)
    {
        using var output = new MemoryStream();
        using (var terminal = new Terminal(output, TextWriter.Null, Stream.Null, json)) LinkReportText.Tell(terminal, s_bob, new LinkReport(s_bob.Id, attempts));
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
