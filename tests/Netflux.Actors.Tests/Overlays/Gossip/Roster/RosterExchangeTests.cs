using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.Roster;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays.Gossip.Roster;

/// <summary>What neighbours tell each other of whom they know; A is us, B and C are neighbours.</summary>
public sealed class RosterExchangeTests
{
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.Gossip());
    private static readonly RosterOptions s_options = new();
    private static readonly PeerId s_bob = OverlayPeople.Keys(1).Id, s_cy = OverlayPeople.Keys(2).Id;
    private readonly Queue<OverlayInstruction> _outbox = new();
    private readonly GossipRoster _roster;
    private readonly RosterExchange _exchange;
    private Instant _now = new(TimeSpan.FromHours(1).Ticks);

    public RosterExchangeTests()
    {
        _roster = new(s_genesis, s_options, new SeededRandom(1), _outbox);
        _exchange = new(s_genesis, s_options, _roster, _outbox);
        _roster.Start(OverlayPeople.Record(s_genesis, 0), _now);
        _exchange.Open(s_bob, _now);
        _exchange.Open(s_cy, _now);
        _outbox.Clear();
    }

    private static PeerId Invented(int number)
    {
        var bytes = new byte[PeerId.Length];
        BitConverter.TryWriteBytes(bytes, number + 1);
        return PeerId.FromBytes(bytes);
    }

    private static RosterMessage.Known Known(int first, int count) => new([.. Enumerable.Range(first, count).Select(number => new MemberRun(Invented(number), new(1)))]);

    /// <summary>Whom the exchange asks for after this.</summary>
    private List<(PeerId Of, PeerId Member)> Hear(PeerId from, RosterMessage message)
    {
        _outbox.Clear();
        _exchange.OnMessage(from, message, _now, OverlayPeople.Noon);
        return [.. _outbox.OfType<SendControl>().SelectMany(send => GossipControl.TryParse(send.Body.Span, out var said) && said is GossipControl.Roster { Message: RosterMessage.Wanted wanted } ? wanted.Members.Select(member => (send.To, member)) : [])];
    }

    [Fact]
    public void Who_is_lacked_is_asked_for_once()
    {
        // B → known(1 to 40) → A → wanted(32), wanted(8) → B
        Assert.Equal(Enumerable.Range(0, 40).Select(number => (s_bob, Invented(number))), Hear(s_bob, Known(0, 40)));
        Assert.Empty(Hear(s_cy, Known(0, 40)));
        Assert.False(_exchange.IsSettled);
    }

    [Fact]
    public void What_one_neighbour_invents_is_bounded_and_takes_no_place_from_others()
    {
        Assert.Equal(s_options.OwedMax, Enumerable.Range(0, 100).Sum(n => Hear(s_bob, Known(n * 1_000, 1_000)).Count));
        _outbox.Clear();
        _exchange.Want(Invented(-2), s_bob, _now);
        Assert.Empty(_outbox);
        Assert.Equal(10, Hear(s_cy, Known(2_000, 10)).Count);
    }

    [Fact]
    public void What_did_not_come_is_asked_for_again_after_a_while()
    {
        Assert.Equal(s_options.OwedMax, Hear(s_bob, Known(0, s_options.OwedMax)).Count);
        _now += s_options.WantedPatience;
        _exchange.HandleDeadline(_now);
        Assert.True(_exchange.IsSettled);
        Assert.Equal(s_options.OwedMax, Hear(s_bob, Known(0, s_options.OwedMax)).Count);
    }

    [Fact]
    public void What_a_neighbour_owed_that_went_is_asked_of_another()
    {
        Hear(s_bob, Known(0, 5));
        _exchange.Close(s_bob, _now);
        Assert.Equal(5, Hear(s_cy, Known(0, 5)).Count);
    }

    [Fact]
    public void Only_records_that_were_asked_for_are_taken()
    {
        var (asked, unasked) = (OverlayPeople.Record(s_genesis, 7), OverlayPeople.Record(s_genesis, 8));
        Hear(s_bob, new RosterMessage.Known([new MemberRun(asked.Id, asked.Incarnation)]));
        var taken = _exchange.OnMessage(s_bob, new RosterMessage.Records([asked.Record, unasked.Record, asked.Record]), _now, OverlayPeople.Noon);
        Assert.Equal([asked.Id], taken.Select(record => record.Id));
        Assert.True(_exchange.IsSettled);
    }
}
