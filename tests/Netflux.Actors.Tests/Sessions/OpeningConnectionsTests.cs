using System.Globalization;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Sessions;
using Netflux.TestKit;
using Netflux.Tests.Overlays;

namespace Netflux.Tests.Sessions;

/// <summary>Two searches that introduce themselves to each other, in virtual time: an introduction takes 20 ms, a description is there at once.</summary>
public sealed class OpeningConnectionsTests
{
    private static readonly IntroducerId Door = new("door"), Members = new("members");
    private static readonly LinkSearchOptions Options = new() { RetrySpread = 0 };
    private static readonly Instant Start = new(TimeSpan.FromDays(1).Ticks);
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(20);

    private readonly List<string> _log = [];
    private readonly PriorityQueue<(Side To, LinkSearchFact Fact), (long, int)> _mail = new();
    private readonly Side _small, _large;
    private Instant _now = Start;
    private int _posted;

    public OpeningConnectionsTests()
    {
        var (one, other) = (OverlayPeople.Keys(1).Id, OverlayPeople.Keys(2).Id);
        var (small, large) = one < other ? (one, other) : (other, one);
        (_small, _large) = (new Side("small", small, large), new Side("large", large, small));
        (_small.Other, _large.Other) = (_large, _small);
    }

    private sealed class Side(string name, PeerId self, PeerId remote)
    {
        private LinkSearch? _core;

        public string Name => name;
        public Side Other { get; set; } = null!;
        public bool Connects { get; set; } = true;
        public Uri? ListensAt { get; set; }
        /// <summary>Whether its addresses may be dialled by the other.</summary>
        public bool Dialable { get; set; } = true;
        public bool AcceptsDials { get; set; } = true;
        public bool OpensChannels { get; set; } = true;
        public bool IntroducesBy { get; set; } = true;
        public IReadOnlyList<string> CandidatesAtOnce { get; set; } = [""];
        public OfferId Offered { get; set; }
        public LinkSearch Core => _core ??= new LinkSearch(self, remote, Connects, Options, new SeededRandom(self < remote ? 1u : 2u));
    }

    private void Say(Side side, params LinkSearchFact[] facts)
    {
        foreach (var fact in facts)
        {
            side.Core.Handle(fact, _now);
            Take(side);
        }
    }

    private void Begin(Side side, params IntroducerId[] introducers)
    {
        Say(side, new OwnAddressesChanged(side.ListensAt is not null), new IntroducersChanged(introducers.Length == 0 ? [Door] : introducers), new SearchStarted());
    }

    private void Ready(Side side) => Say(side, new OwnAddressesChanged(side.ListensAt is not null), new IntroducersChanged([Door]));

    private void Post(Side to, LinkSearchFact fact, TimeSpan delay) => _mail.Enqueue((to, fact), ((_now + delay).Ticks, _posted++));

    private void Take(Side side)
    {
        while (side.Core.TryTake(out var instruction))
        {
            switch (instruction)
            {
                case Introduce introduce:
                    Log(side, $"introduces{(introduce.AnswerWanted ? " answer-wanted" : "")}{(introduce.PleaseDial ? " please-dial" : "")}{Describe(introduce.Signal)} by {introduce.Through}");
                    if (!side.IntroducesBy) break;
                    var addresses = side.ListensAt is { } at && side.Dialable ? new List<Uri> { at } : [];
                    Post(side.Other, new IntroductionReceived(introduce.Through, introduce.AnswerWanted, introduce.PleaseDial, addresses, introduce.Signal), OneWay);
                    break;
                case Dial dial:
                    Log(side, "dials");
                    if (side.Other.AcceptsDials) Linked(OneWay);
                    else Post(side, new DialFailed(dial.Address), OneWay);
                    break;
                case OfferConnection offer:
                    side.Offered = offer.Connection;
                    Describe(side, offer.Connection, "offer");
                    break;
                case AnswerConnection answer:
                    Log(side, $"answers {answer.Offer.Split('\n')[0]}");
                    Describe(side, answer.Connection, "answer");
                    break;
                case TakeAnswer take:
                    Log(side, "takes the answer");
                    if (side.OpensChannels && side.Other.OpensChannels)
                    {
                        Post(side, new ConnectionUp(take.Connection), OneWay);
                        Post(side.Other, new ConnectionUp(take.Connection), OneWay);
                        Linked(OneWay * 2);
                    }
                    else Post(side, new ConnectionFailed(take.Connection), TimeSpan.FromSeconds(1));
                    break;
                case TakeCandidates candidates: Log(side, $"takes {candidates.Lines.Count} candidates{(candidates.Last ? ", the last" : "")}"); break;
                case AbandonConnection abandon: Log(side, $"abandons: {abandon.Why}"); break;
                case OpenRelay: Log(side, "opens a relay"); break;
                case SearchFailed: Log(side, "fails"); break;
            }
        }
    }

    private void Describe(Side side, OfferId connection, string what)
    {
        Post(side, new DescriptionMade(connection, what + "\n"), TimeSpan.Zero);
        foreach (var line in side.CandidatesAtOnce) Post(side, new CandidateFound(connection, line), TimeSpan.Zero);
    }

    private static string Describe(ConnectionSignal? signal) => signal switch
    {
        ConnectionSignal.Offer => " offer",
        ConnectionSignal.Answer => " answer",
        ConnectionSignal.Candidates candidates => $" {candidates.Lines.Count} candidates{(candidates.Last ? ", the last" : "")}",
        _ => "",
    };

    private void Linked(TimeSpan delay)
    {
        foreach (var side in new[] { _small, _large })
        {
            Post(side, new ReachChanged(LinkReach.Direct), delay);
            Post(side, new SearchStopped(), delay);
        }
    }

    private void Log(Side side, string what) => _log.Add(string.Create(CultureInfo.InvariantCulture, $"{(_now - Start).TotalMilliseconds} {side.Name} {what}"));

    private void Run(double seconds)
    {
        var end = _now + TimeSpan.FromSeconds(seconds);
        for (var steps = 0; ; steps++)
        {
            Assert.True(steps < 2000, "time does not move:\n" + string.Join('\n', _log.TakeLast(20)));
            var next = Instant.Earlier(_small.Core.NextDeadline, _large.Core.NextDeadline);
            if (_mail.TryPeek(out var letter, out var due) && (next is null || due.Item1 <= next.Value.Ticks))
            {
                if (due.Item1 > end.Ticks) break;
                if (due.Item1 > _now.Ticks) _now = new Instant(due.Item1);
                _mail.Dequeue();
                Say(letter.To, letter.Fact);
                continue;
            }
            if (next is not { } at || at > end) break;
            if (at > _now) _now = at;
            foreach (var side in new[] { _small, _large })
                if (side.Core.NextDeadline <= _now)
                {
                    side.Core.HandleDeadline(_now);
                    Take(side);
                }
        }
        _now = end;
    }

    // small → offer → large → answer → small
    [Fact]
    public void Two_that_do_not_listen_agree_on_a_data_channel()
    {
        Ready(_large);
        Begin(_small);
        Run(10);
        Assert.Equal(
        [
            "0 small introduces answer-wanted offer by door",
            "20 large answers offer",
            "20 large introduces answer by door",
            "40 small takes the answer",
        ], _log);
        Assert.Null(_large.Core.NextDeadline);
    }

    [Fact]
    public void A_way_that_is_answered_last_carries_what_follows()
    {
        Ready(_large);
        _small.CandidatesAtOnce = ["candidate:1"];
        Begin(_small, Door, Members);
        Run(0.2);
        Assert.Contains("50 small introduces answer-wanted offer by door", _log);
    }

    [Fact]
    public void Candidates_of_the_first_moment_travel_inside_and_later_ones_together()
    {
        Ready(_large);
        _small.CandidatesAtOnce = ["candidate:1", "candidate:2"];
        _small.OpensChannels = false;
        Begin(_small);
        Run(0.1);
        Assert.Equal("50 small introduces answer-wanted offer by door", _log[0]);
        var id = _small.Offered;
        Say(_small, new CandidateFound(id, "candidate:3"));
        Run(0.05);
        Say(_small, new CandidateFound(id, "candidate:4"));
        Run(0.2);
        Assert.Contains("200 small introduces 2 candidates by door", _log);
        Assert.Contains("220 large takes 2 candidates", _log);
        Say(_small, new CandidateFound(id, ""));
        Assert.Equal("350 small introduces 0 candidates, the last by door", _log[^1]);
    }

    [Fact]
    public void Of_two_offers_that_cross_the_smaller_ids_lives()
    {
        Begin(_small);
        Begin(_large);
        Run(10);
        Assert.Equal(
        [
            "0 small introduces answer-wanted offer by door",
            "0 large introduces answer-wanted offer by door",
            "20 large abandons: the peer's offer takes its place",
            "20 large answers offer",
            "20 large introduces answer by door",
            "40 small takes the answer",
        ], _log);
    }

    // The smaller's is lost on its way: the larger's, sent again, is answered.
    [Fact]
    public void An_offer_that_is_lost_does_not_make_deaf()
    {
        _small.IntroducesBy = false;
        Begin(_small);
        Begin(_large);
        Run(1.5);
        Assert.DoesNotContain(_log, line => line.Contains("small answers", StringComparison.Ordinal));
        _small.IntroducesBy = true;
        Run(4);
        Assert.Contains(_log, line => line.EndsWith("takes the answer", StringComparison.Ordinal));
    }

    // large listens: small dials it, and the offer comes to nothing.
    [Fact]
    public void Who_listens_answers_with_addresses_and_is_dialled()
    {
        _large.ListensAt = new Uri("ws://127.0.0.1:1/netflux/link");
        Ready(_large);
        Begin(_small);
        Run(10);
        Assert.Equal(
        [
            "0 small introduces answer-wanted offer by door",
            "20 large introduces please-dial by door",
            "40 small dials",
            "60 small abandons: no link is looked for any more",
        ], _log);
    }

    [Fact]
    public void Who_cannot_dial_the_addresses_of_the_answer_urges_the_other_to_answer_the_offer()
    {
        (_large.ListensAt, _large.AcceptsDials) = (new Uri("ws://127.0.0.1:1/netflux/link"), false);
        Ready(_large);
        Begin(_small);
        Run(0.5);
        Assert.Equal(
        [
            "0 small introduces answer-wanted offer by door",
            "20 large introduces please-dial by door",
            "40 small dials",
            "60 small introduces answer-wanted please-dial offer by door",
            "80 large answers offer",
            "80 large introduces answer by door",
            "100 small takes the answer",
        ], _log);
    }

    [Fact]
    public void So_does_who_may_not_dial_any_of_them()
    {
        (_large.ListensAt, _large.Dialable) = (new Uri("ws://127.0.0.1:1/netflux/link"), false);
        Ready(_large);
        Begin(_small);
        Run(0.5);
        Assert.Contains("40 small introduces answer-wanted please-dial offer by door", _log);
        Assert.Equal("80 small takes the answer", _log[^1]);
    }

    // small listens and large does not: large dials, and answers the offer only when that came to nothing.
    [Fact]
    public void An_offer_waits_while_the_offerer_is_dialled()
    {
        _small.ListensAt = new Uri("ws://127.0.0.1:1/netflux/link");
        Ready(_large);
        Begin(_small);
        Run(10);
        Assert.Equal(["0 small introduces answer-wanted offer by door", "20 large dials"], _log.Take(2));
        Assert.DoesNotContain(_log, line => line.Contains("answers", StringComparison.Ordinal));
    }

    [Fact]
    public void An_offer_that_waited_is_answered_when_the_dial_fails()
    {
        (_small.ListensAt, _small.AcceptsDials) = (new Uri("ws://127.0.0.1:1/netflux/link"), false);
        Ready(_large);
        Begin(_small);
        Run(0.5);
        Assert.Equal(["20 large dials", "40 large answers offer", "40 large introduces answer by door", "60 small takes the answer"], _log.Skip(1));
    }

    [Fact]
    public void Who_has_no_data_channels_answers_as_ever()
    {
        _large.Connects = false;
        Ready(_large);
        Begin(_small);
        Say(_small, new CarriersChanged([new RelayWay(OverlayPeople.GenesisFor(50).Network, OverlayPeople.Keys(3).Id)]));
        Run(0.5);
        Assert.Equal(["20 large introduces by door", "40 small opens a relay"], _log.Skip(1).Take(2));
    }

    [Fact]
    public void A_connection_that_fails_leads_to_relays_and_is_tried_again()
    {
        _large.OpensChannels = false;
        Ready(_large);
        Begin(_small);
        Say(_small, new CarriersChanged([new RelayWay(OverlayPeople.GenesisFor(50).Network, OverlayPeople.Keys(3).Id)]));
        Run(8);
        Assert.Contains("1040 small opens a relay", _log);
        Assert.InRange(_log.Count(line => line.Contains("answer-wanted offer", StringComparison.Ordinal)), 2, 4);
    }

    [Fact]
    public void An_offer_that_comes_twice_is_answered_once_and_the_answer_repeated()
    {
        Ready(_large);
        var offer = new IntroductionReceived(Door, true, false, [], new ConnectionSignal.Offer(new OfferId(7), "offer"));
        Say(_large, offer);
        Run(0.1);
        Say(_large, offer with { Through = Members });
        Run(0.1);
        Assert.Single(_log, line => line.Contains("large answers", StringComparison.Ordinal));
        Assert.Equal(["0 large introduces answer by door", "100 large introduces answer by members"], _log.Where(line => line.Contains("introduces", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_newer_offer_takes_the_place_of_an_older_one()
    {
        Ready(_large);
        Say(_large, new IntroductionReceived(Door, true, false, [], new ConnectionSignal.Offer(new OfferId(7), "first")));
        Say(_large, new IntroductionReceived(Door, true, false, [], new ConnectionSignal.Offer(new OfferId(8), "second")));
        Assert.Equal(["0 large answers first", "0 large abandons: a newer offer takes its place", "0 large answers second"], _log);
    }

    [Fact]
    public void What_is_said_of_other_connections_is_ignored()
    {
        Ready(_large);
        Say(_large, new IntroductionReceived(Door, false, false, [], new ConnectionSignal.Candidates(new OfferId(9), ["candidate:1"], false)));
        Say(_large, new IntroductionReceived(Door, false, false, [], new ConnectionSignal.Answer(new OfferId(9), "answer")));
        Say(_large, new DescriptionMade(new OfferId(9), "late"), new CandidateFound(new OfferId(9), "candidate:1"), new ConnectionFailed(new OfferId(9)), new ConnectionUp(new OfferId(9)));
        Run(30);
        Assert.Empty(_log);
    }

    [Fact]
    public void A_flood_of_offers_and_candidates_is_heeded_at_a_limited_rate()
    {
        Ready(_large);
        for (ulong i = 0; i < 200; i++) Say(_large, new IntroductionReceived(Door, true, false, [], new ConnectionSignal.Offer(new OfferId(i + 1), "offer")));
        Assert.Equal(Options.IntroductionsBurst, _log.Count(line => line.Contains("answers", StringComparison.Ordinal)));
        for (var i = 0; i < 200; i++) Say(_large, new IntroductionReceived(Door, false, false, [], new ConnectionSignal.Candidates(new OfferId((ulong)Options.IntroductionsBurst), ["candidate:1"], false)));
        Assert.Equal(Options.CandidatesBurst, _log.Count(line => line.Contains("takes 1", StringComparison.Ordinal)));
        Run(60);
        Assert.Null(_large.Core.NextDeadline);       // what nobody goes on with is given up
    }

    [Fact]
    public void An_offer_that_cannot_be_made_leaves_a_plain_introduction()
    {
        Ready(_large);
        _small.CandidatesAtOnce = [];
        Say(_small, new IntroducersChanged([Door]), new SearchStarted());
        _mail.Clear();        // the description never comes
        Run(2.1);
        Assert.Equal(["2000 small abandons: no offer was made in time", "2000 small introduces answer-wanted by door"], _log.Take(2));
    }

    [Fact]
    public void A_relayed_link_is_upgraded_by_an_offer()
    {
        Ready(_large);
        Say(_small, new IntroducersChanged([Door]), new SearchStarted());
        _mail.Clear();
        Say(_small, new ReachChanged(LinkReach.Relayed), new SearchStopped());
        _log.Clear();
        Run(20);
        Assert.Contains(_log, line => line.Contains("answer-wanted", StringComparison.Ordinal));
        Assert.Contains(_log, line => line.EndsWith("takes the answer", StringComparison.Ordinal));
        Assert.Null(_small.Core.NextDeadline);
    }

    [Fact]
    public void A_stopped_search_gives_its_offer_up_and_leaves_the_peers_alone()
    {
        Ready(_large);
        _large.IntroducesBy = false;
        Begin(_small);
        Run(0.1);
        Say(_small, new SearchStopped());
        Assert.Equal("100 small abandons: no link is looked for any more", _log[^1]);
        Say(_large, new SearchStarted(), new SearchStopped());
        Assert.Single(_log, line => line.Contains("large abandons", StringComparison.Ordinal));    // its own offer
    }
}
