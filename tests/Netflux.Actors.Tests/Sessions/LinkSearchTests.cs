using Netflux.Core;
using Netflux.Identity;
using Netflux.Sessions;
using Netflux.TestKit;
using Netflux.Tests.Overlays;

namespace Netflux.Tests.Sessions;

public sealed class LinkSearchTests
{
    private static readonly PeerId Small = OverlayPeople.Keys(1).Id < OverlayPeople.Keys(2).Id ? OverlayPeople.Keys(1).Id : OverlayPeople.Keys(2).Id;
    private static readonly PeerId Large = Small == OverlayPeople.Keys(1).Id ? OverlayPeople.Keys(2).Id : OverlayPeople.Keys(1).Id;
    private static readonly Uri One = new("ws://127.0.0.1:1/netflux/link"), Two = new("ws://127.0.0.1:2/netflux/link");
    private static readonly IntroducerId Door = new("door");
    private static readonly RelayWay Way = new(OverlayPeople.GenesisFor(50).Network, OverlayPeople.Keys(3).Id);
    private static readonly LinkSearchOptions Options = new() { RetrySpread = 0 };
    private static readonly Instant Start = new(TimeSpan.FromDays(1).Ticks);
    private readonly List<(double At, LinkSearchInstruction Said)> _said = [];
    private Instant _now = Start;

    private static LinkSearch Core(PeerId self, bool connects = false) => new(self, self == Small ? Large : Small, connects, Options, new SeededRandom(1));

    private void Say(LinkSearch core, LinkSearchFact fact)
    {
        core.Handle(fact, _now);
        Take(core);
    }

    private void Take(LinkSearch core)
    {
        while (core.TryTake(out var instruction)) _said.Add(((_now - Start).TotalSeconds, instruction));
    }

    private void Run(LinkSearch core, double seconds)
    {
        var end = _now + TimeSpan.FromSeconds(seconds);
        for (var steps = 0; core.NextDeadline is { } next && next <= end; steps++)
        {
            Assert.True(steps < 1000, "the deadline does not move");
            if (next > _now) _now = next;
            core.HandleDeadline(_now);
            Take(core);
        }
        _now = end;
    }

    [Fact]
    public void Addresses_are_dialled_a_stagger_apart()
    {
        var core = Core(Small);
        Say(core, new AddressesLearned([One, Two]));
        Assert.Empty(_said);
        Say(core, new SearchStarted());
        Run(core, 0.9);
        Assert.Equal([(0, new Dial(One)), (0.25, new Dial(Two))], _said);
    }

    [Fact]
    public void A_failed_dial_lets_the_next_begin_at_once()
    {
        var core = Core(Small);
        Say(core, new AddressesLearned([One, Two]));
        Say(core, new SearchStarted());
        Run(core, 0.1);
        Say(core, new DialFailed(One));
        Assert.Equal([(0, new Dial(One)), (0.1, new Dial(Two))], _said);
    }

    [Fact]
    public void Where_both_listen_the_larger_id_waits_a_moment()
    {
        var core = Core(Large);
        Say(core, new OwnAddressesChanged(true));
        Say(core, new AddressesLearned([One]));
        Say(core, new SearchStarted());
        Run(core, 0.9);
        Assert.Equal([(0.25, new Dial(One))], _said);
    }

    // Nothing works: dials, then introductions, then relays, and all of it told within about 5 s.
    [Fact]
    public void The_ways_follow_each_other_and_a_round_fails_in_time()
    {
        var core = Core(Small);
        Say(core, new AddressesLearned([One]));
        Say(core, new IntroducersChanged([Door]));
        Say(core, new CarriersChanged([Way]));
        Say(core, new SearchStarted());
        Run(core, 5.1);
        Assert.Equal((0, new Dial(One)), _said[0]);
        Assert.Equal((1, new Introduce(Door, true, false)), _said[1]);
        Assert.Equal((3, new OpenRelay(Way)), _said.First(said => said.Said is OpenRelay));
        Assert.Equal(5, Assert.Single(_said, said => said.Said is SearchFailed).At);
    }

    [Fact]
    public void What_fails_at_once_leads_on_at_once()
    {
        var core = Core(Small);
        Say(core, new AddressesLearned([One]));
        Say(core, new IntroducersChanged([Door]));
        Say(core, new CarriersChanged([Way]));
        Say(core, new SearchStarted());
        Say(core, new DialFailed(One));
        Say(core, new IntroductionUndelivered(Door));
        Say(core, new RelayFailed(Way));
        Assert.Equal([(0, new Dial(One)), (0, new Introduce(Door, true, false)), (0, new OpenRelay(Way))], _said.Take(3));
        Assert.IsType<SearchFailed>(_said[3].Said);
    }

    [Fact]
    public void Without_any_way_the_search_fails_at_once_and_goes_on()
    {
        var core = Core(Small);
        Say(core, new SearchStarted());
        Assert.IsType<SearchFailed>(Assert.Single(_said).Said);
        Run(core, 3);
        Say(core, new AddressesLearned([One]));
        Assert.Equal((3, new Dial(One)), _said[^1]);
    }

    [Fact]
    public void A_peer_that_returns_is_found_within_the_resume_window()
    {
        for (var returns = 0.0; returns < 20; returns += 0.37)
        {
            _said.Clear();
            _now = Start;
            var core = Core(Small);
            Say(core, new AddressesLearned([One]));
            Say(core, new SearchStarted());
            var seen = 0;
            double? found = null;
            while (found is null)
            {
                for (; seen < _said.Count; seen++)
                    if (_said[seen].Said is Dial && _said[seen].At >= returns) found = _said[seen].At;
                    else if (_said[seen].Said is Dial) Say(core, new DialFailed(One)); // refused: nobody there
                if (found is null) Run(core, 0.05);
            }
            Assert.InRange(found.Value - returns, 0, 5.1);
        }
    }

    [Fact]
    public void A_link_that_is_lost_at_once_is_looked_for_at_once()
    {
        var core = Core(Small);
        Say(core, new AddressesLearned([One]));
        Say(core, new SearchStarted());
        Run(core, 0.3);
        Say(core, new SearchStopped());
        Run(core, 0.1);
        Say(core, new SearchStarted());
        Run(core, 0.1);
        Assert.Equal([(0, new Dial(One)), (0.4, new Dial(One))], _said);
    }

    [Fact]
    public void A_swallowed_dial_is_repeated()
    {
        var core = Core(Small);
        Say(core, new AddressesLearned([One]));
        Say(core, new SearchStarted());
        Run(core, 8);
        Assert.Equal([0, 2.5, 5, 7.5], _said.Where(said => said.Said is Dial).Select(said => said.At));
    }

    // A asks; B listens and answers; A dials.
    [Fact]
    public void The_asker_dials_who_listens()
    {
        var asked = Core(Large);
        Say(asked, new OwnAddressesChanged(true));
        Say(asked, new IntroductionReceived(Door, AnswerWanted: true, PleaseDial: false, [One]));
        Assert.Equal([(0, new Introduce(Door, false, true))], _said);
        _said.Clear();
        var asker = Core(Small);
        Say(asker, new IntroducersChanged([Door]));
        Say(asker, new SearchStarted());
        Say(asker, new IntroductionReceived(Door, AnswerWanted: false, PleaseDial: true, [Two]));
        Assert.Equal([(0, new Introduce(Door, true, false)), (0, new Dial(Two))], _said);
    }

    [Fact]
    public void Who_does_not_listen_dials_the_asker()
    {
        var core = Core(Large);
        Say(core, new IntroductionReceived(Door, AnswerWanted: true, PleaseDial: false, [One]));
        Assert.Equal([(0, new Introduce(Door, false, false)), (0, new Dial(One))], _said);
        Run(core, 60);
        Assert.Equal(2, _said.Count); // no search: dialled once
        Assert.Null(core.NextDeadline);
    }

    [Fact]
    public void Who_cannot_reach_the_other_asks_to_be_dialled()
    {
        var core = Core(Small);
        Say(core, new OwnAddressesChanged(true));
        Say(core, new AddressesLearned([One]));
        Say(core, new IntroducersChanged([Door]));
        Say(core, new SearchStarted());
        Say(core, new DialFailed(One));
        Assert.Equal((0, new Introduce(Door, true, true)), _said[^1]);
        _said.Clear();
        var other = Core(Large);
        Say(other, new OwnAddressesChanged(true));
        Say(other, new IntroductionReceived(Door, true, PleaseDial: true, [Two]));
        Assert.Equal([(0, new Introduce(Door, false, false)), (0, new Dial(Two))], _said);
    }

    [Fact]
    public void An_answer_without_an_address_leads_to_relays()
    {
        var core = Core(Small);
        Say(core, new IntroducersChanged([Door]));
        Say(core, new CarriersChanged([Way]));
        Say(core, new SearchStarted());
        Say(core, new IntroductionReceived(Door, false, false, []));
        Assert.Equal((0, new OpenRelay(Way)), _said[^1]);
    }

    [Fact]
    public void Introductions_are_answered_at_a_limited_rate()
    {
        var core = Core(Small);
        for (var i = 0; i < 100; i++) Say(core, new IntroductionReceived(Door, true, true, [new Uri($"ws://127.0.0.1:{i + 1}/netflux/link")]));
        Assert.Equal(Options.IntroductionsBurst, _said.Count(said => said.Said is Introduce));
        Run(core, 60);
        Assert.InRange(_said.Count(said => said.Said is Dial), 1, Options.IntroductionsBurst);
    }

    [Fact]
    public void A_relayed_link_is_upgraded_with_back_off()
    {
        var core = Core(Small);
        Say(core, new AddressesLearned([One]));
        Say(core, new SearchStarted());
        Say(core, new ReachChanged(LinkReach.Relayed));
        Say(core, new SearchStopped());
        _said.Clear();
        for (var i = 0; i < 100; i++)
        {
            var before = _said.Count;
            Run(core, 1);
            if (_said.Count > before) Say(core, new DialFailed(One));
        }
        Assert.Equal([5, 15, 35, 75], _said.Select(said => said.At));
        Assert.All(_said, said => Assert.IsType<Dial>(said.Said));
        Say(core, new ReachChanged(LinkReach.Direct));
        Assert.Null(core.NextDeadline);
    }

    [Fact]
    public void A_stopped_search_is_quiet()
    {
        var core = Core(Small);
        Say(core, new AddressesLearned([One, Two]));
        Say(core, new IntroducersChanged([Door]));
        Say(core, new SearchStarted());
        Say(core, new SearchStopped());
        _said.Clear();
        Run(core, 60);
        Assert.Empty(_said);
    }
}
