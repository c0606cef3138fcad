using CsCheck;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays.Gossip;

/// <summary>The procedures of HyParView, one member at a time.</summary>
public sealed class HyParViewMembershipTests
{
    private static readonly HyParViewOptions s_options = new();
    private static readonly Contact s_self = Of(0);
    private readonly HyParViewMembership _views = new(s_options, new SeededRandom(7));
    private Instant _now = new(1);

    private static Contact Of(int number) => new(IdOf(number), 1, ReadOnlyMemory<byte>.Empty);

    private static PeerId IdOf(int number) => PeerId.FromBytes([.. Enumerable.Repeat((byte)0, 18), (byte)(number >> 8), (byte)number]);

    private List<HyParViewInstruction> Handle(HyParViewFact fact)
    {
        _views.Handle(fact, _now);
        return Taken();
    }

    private List<HyParViewInstruction> Hear(int from, HyParViewMessage message) => Handle(new ViewMessageReceived(IdOf(from), message));

    private List<HyParViewInstruction> Pass(TimeSpan time)
    {
        List<HyParViewInstruction> taken = [];
        var end = _now + time;
        while (_views.NextDeadline is { } due && due <= end)
        {
            if (due > _now) _now = due;
            _views.HandleDeadline(_now);
            taken.AddRange(Taken());
            Assert.False(_views.NextDeadline <= _now, "a deadline that does not move");
        }
        _now = end;
        return taken;
    }

    private List<HyParViewInstruction> Taken()
    {
        List<HyParViewInstruction> taken = [];
        while (_views.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    private void Start(int neighbors)
    {
        Handle(new ViewsStarted(s_self, []));
        for (var neighbor = 1; neighbor <= neighbors; neighbor++) Hear(neighbor, new HyParViewMessage.Join(Of(neighbor)));
        Assert.Equal(neighbors, _views.Active.Count);
    }

    private static IEnumerable<(PeerId To, HyParViewMessage Message)> Sent(IEnumerable<HyParViewInstruction> taken) => taken.OfType<SendViewMessage>().Select(send => (send.To, send.Message));

    [Fact]
    public void The_first_of_a_network_asks_nobody()
    {
        Assert.Empty(Handle(new ViewsStarted(s_self, [])));
        Assert.Empty(Pass(TimeSpan.FromMinutes(5)));
    }

    // → JOIN  ← Accepted
    [Fact]
    public void Contacts_are_joined_one_after_the_other()
    {
        var first = Assert.IsType<OpenLink>(Assert.Single(Handle(new ViewsStarted(s_self, [Of(1), Of(2), Of(3)]))));
        Assert.Equal((Of(1), new HyParViewMessage.Join(s_self)), (first.To, first.First));
        var second = Assert.IsType<OpenLink>(Assert.Single(Handle(new LinkGone(IdOf(1)))));
        Assert.Equal(Of(2), second.To);
        Assert.Contains(new AnnounceNeighborUp(Of(2)), Hear(2, new HyParViewMessage.Accepted(Of(2))));
        Assert.Equal(IdOf(2), Assert.Single(_views.Active).Id);
    }

    [Fact]
    public void Contacts_that_say_nothing_are_given_up_and_others_asked_for()
    {
        Handle(new ViewsStarted(s_self, [Of(1), Of(2)]));
        var taken = Pass(s_options.AskPatience * 2);
        Assert.Equal([Of(2)], taken.OfType<OpenLink>().Select(open => open.To));
        Assert.Equal([IdOf(1), IdOf(2)], taken.OfType<CloseLink>().Select(close => close.Peer));
        Assert.Single(taken.OfType<AskContacts>());
        Assert.Single(Pass(s_options.ContactsRetryMin * 1.5).OfType<AskContacts>());
        Assert.Equal([Of(3)], Handle(new ContactsHeard([Of(3)])).OfType<OpenLink>().Select(open => open.To));
    }

    [Fact]
    public void Who_knows_nobody_but_its_neighbours_asks_for_others_each_minute()
    {
        Start(3);
        var minute = s_options.ShuffleInterval * s_options.CirclePeriods;
        Assert.Single(Pass(minute * 1.3).OfType<AskContacts>());
        Assert.Equal([Of(7)], Handle(new ContactsHeard([Of(7)])).OfType<OpenLink>().Select(open => open.To));
    }

    /// <summary>Four members that have only one another, while all others have full views and decline.</summary>
    [Fact]
    public void Who_sees_no_SHUFFLE_of_others_for_a_minute_does_not_let_itself_be_declined()
    {
        Start(3);
        Handle(new ContactsHeard([Of(7)]));
        List<bool> priorities = [];
        for (var period = 0; period <= s_options.CirclePeriods; period++)
        {
            Hear(7, new HyParViewMessage.Declined());
            priorities.AddRange(Pass(s_options.ShuffleInterval).OfType<OpenLink>().Where(open => open.To == Of(7)).Select(open => ((HyParViewMessage.Neighbor)open.First).HighPriority));
        }
        Assert.Contains(false, priorities);
        Assert.Single(priorities, true);
    }

    [Fact]
    public void A_JOIN_is_accepted_and_walks_from_every_other_neighbour()
    {
        Start(3);
        var taken = Hear(9, new HyParViewMessage.Join(Of(9)));
        Assert.Equal([(IdOf(9), (HyParViewMessage)new HyParViewMessage.Accepted(s_self)), .. Enumerable.Range(1, 3).Select(other => (IdOf(other), (HyParViewMessage)new HyParViewMessage.ForwardJoin(Of(9), 6)))], Sent(taken));
    }

    [Fact]
    public void A_JOIN_at_a_full_view_takes_a_random_place()
    {
        Start(5);
        var taken = Hear(9, new HyParViewMessage.Join(Of(9)));
        var down = Assert.Single(taken.OfType<AnnounceNeighborDown>());
        Assert.Equal(NeighborEnd.Evicted, down.Why);
        Assert.Contains((down.Neighbor, new HyParViewMessage.Disconnect(false)), Sent(taken));
        Assert.Contains(new CloseLink(down.Neighbor), taken);
        Assert.Equal(5, _views.Active.Count);
        Assert.Contains(_views.Passive, contact => contact.Id == down.Neighbor);
    }

    [Theory, InlineData(6), InlineData(3), InlineData(1)]
    public void A_FORWARDJOIN_goes_on_and_enters_the_passive_view_at_PRWL(int ttl)
    {
        Start(3);
        var (to, message) = Assert.Single(Sent(Hear(1, new HyParViewMessage.ForwardJoin(Of(9), ttl))));
        Assert.NotEqual(IdOf(1), to);
        Assert.Equal(new HyParViewMessage.ForwardJoin(Of(9), ttl - 1), message);
        Assert.Equal(ttl == s_options.PassiveWalk, _views.Passive.Any(contact => contact.Id == IdOf(9)));
    }

    [Fact]
    public void A_FORWARDJOIN_ends_in_a_NEIGHBOR_of_high_priority()
    {
        Start(5);
        var open = Assert.Single(Hear(1, new HyParViewMessage.ForwardJoin(Of(9), 0)).OfType<OpenLink>());
        Assert.Equal((Of(9), new HyParViewMessage.Neighbor(s_self, true)), (open.To, open.First));
        Assert.Contains(new AnnounceNeighborUp(Of(9)), Hear(9, new HyParViewMessage.Accepted(Of(9))));
        Assert.Equal(5, _views.Active.Count);
    }

    [Fact]
    public void A_FORWARDJOIN_ends_where_its_sender_is_the_only_neighbour()
    {
        Start(1);
        Assert.Equal(Of(9), Assert.Single(Hear(1, new HyParViewMessage.ForwardJoin(Of(9), 5)).OfType<OpenLink>()).To);
    }

    [Fact]
    public void A_NEIGHBOR_of_low_priority_needs_a_free_place()
    {
        Start(4);
        Assert.Contains((IdOf(9), new HyParViewMessage.Accepted(s_self)), Sent(Hear(9, new HyParViewMessage.Neighbor(Of(9), false))));
        var taken = Hear(10, new HyParViewMessage.Neighbor(Of(10), false));
        Assert.Equal([(IdOf(10), (HyParViewMessage)new HyParViewMessage.Declined())], Sent(taken));
        Assert.Contains(new CloseLink(IdOf(10)), taken);
        Assert.Contains(Of(10), _views.Passive);
        Assert.Contains((IdOf(10), new HyParViewMessage.Accepted(s_self)), Sent(Hear(10, new HyParViewMessage.Neighbor(Of(10), true))));
        Assert.Equal(5, _views.Active.Count);
    }

    [Fact]
    public void A_lost_neighbours_place_is_filled_from_the_passive_view()
    {
        Start(3);
        Handle(new ContactsHeard([Of(20), Of(21)]));
        Hear(20, new HyParViewMessage.Declined());
        Hear(21, new HyParViewMessage.Declined());
        var taken = Handle(new LinkGone(IdOf(1)));
        Assert.Equal(new AnnounceNeighborDown(IdOf(1), NeighborEnd.Lost), Assert.Single(taken)); // both said no in this period
        Assert.DoesNotContain(Of(1), _views.Passive);
        var asks = Handle(new LinkGone(IdOf(2))).OfType<OpenLink>().ToList();
        Assert.Equal([Of(20), Of(21)], asks.Select(ask => ask.To).OrderBy(contact => contact.Id));
        Assert.Single(asks, ask => ask.First == new HyParViewMessage.Neighbor(s_self, true));
        Assert.Single(asks, ask => ask.First == new HyParViewMessage.Neighbor(s_self, false));
        Handle(new LinkGone(IdOf(20)));
        Assert.DoesNotContain(Of(20), _views.Passive);
    }

    [Fact]
    public void A_lost_neighbour_is_tried_again_ever_more_seldom()
    {
        Start(3);
        Handle(new LinkGone(IdOf(2)));
        var tries = 0;
        for (var minute = 0; minute < 12; minute++)
        {
            var opens = Pass(TimeSpan.FromMinutes(1)).OfType<OpenLink>().Count(open => open.To == Of(2));
            tries += opens;
            if (minute == 11) Assert.Equal(0, opens);
        }
        Assert.InRange(tries, 8, 16);
    }

    /// <summary>A NEIGHBOR may be asked on the link that the other is closing: two members who joined one after the other then knew nobody but each other.</summary>
    [Fact]
    public void The_last_who_is_known_is_asked_again_although_it_could_not_be_reached()
    {
        Start(neighbors: 1);
        Assert.Equal(IdOf(1), Assert.Single(Hear(1, new HyParViewMessage.Disconnect(Leaves: false)).OfType<OpenLink>()).To.Id);
        Assert.Empty(Handle(new LinkGone(IdOf(1))).OfType<OpenLink>());
        Assert.Empty(_views.Passive);
        Assert.Equal(IdOf(1), Assert.Single(Pass(2 * s_options.LostRetryMin).OfType<OpenLink>()).To.Id);
    }

    [Fact]
    public void Who_is_no_neighbour_is_told_so()
    {
        Start(2);
        foreach (var message in (HyParViewMessage[])[new HyParViewMessage.ForwardJoin(Of(9), 3), new HyParViewMessage.Shuffle(1, 3, [], []), new HyParViewMessage.ShuffleReply(1, [], []), new HyParViewMessage.Accepted(Of(30))])
        {
            var taken = Hear(30, message);
            Assert.Equal([(IdOf(30), (HyParViewMessage)new HyParViewMessage.Disconnect(false))], Sent(taken));
            Assert.Contains(new CloseLink(IdOf(30)), taken);
        }
        Assert.Contains((IdOf(30), new HyParViewMessage.Disconnect(false)), Sent(Handle(new NeighborSpoke(IdOf(30)))));
    }

    [Fact]
    public void Whose_word_overtakes_its_answer_is_a_neighbour()
    {
        Handle(new ViewsStarted(s_self, [Of(1)]));
        Assert.Contains(new AnnounceNeighborUp(Of(1)), Handle(new NeighborSpoke(IdOf(1))));
        Assert.Empty(Hear(1, new HyParViewMessage.Accepted(Of(1))));
    }

    [Fact]
    public void Who_disconnects_is_still_known_and_who_leaves_is_not()
    {
        Start(3);
        Assert.Contains(new AnnounceNeighborDown(IdOf(1), NeighborEnd.Disconnected), Hear(1, new HyParViewMessage.Disconnect(false)));
        Assert.Contains(new AnnounceNeighborDown(IdOf(2), NeighborEnd.Left), Hear(2, new HyParViewMessage.Disconnect(true)));
        Assert.DoesNotContain(Of(2), _views.Passive);
        Assert.DoesNotContain(Pass(TimeSpan.FromMinutes(3)), instruction => instruction is OpenLink open && open.To == Of(2));
    }

    [Fact]
    public void Leaving_is_told_to_every_neighbour_and_is_the_end()
    {
        Start(3);
        Assert.Equal(Enumerable.Range(1, 3).Select(neighbor => (IdOf(neighbor), (HyParViewMessage)new HyParViewMessage.Disconnect(true))), Sent(Handle(new ViewsLeft())));
        Assert.Null(_views.NextDeadline);
        Assert.Empty(Hear(4, new HyParViewMessage.Join(Of(4))));
    }

    // A ──SHUFFLE──▶ us ──SHUFFLE──▶ B …   and back: … B ──REPLY──▶ us ──REPLY──▶ A
    [Fact]
    public void A_SHUFFLE_walks_and_its_reply_comes_back_the_same_way()
    {
        Start(2);
        var (to, message) = Assert.Single(Sent(Hear(1, new HyParViewMessage.Shuffle(5, 6, [IdOf(40)], [Of(40), Of(41)]))));
        var walk = Assert.IsType<HyParViewMessage.Shuffle>(message);
        Assert.Equal((IdOf(2), 5), (to, walk.Ttl));
        Assert.Equal([IdOf(40), IdOf(1)], walk.Path);
        Assert.Empty(_views.Passive);

        var (back, reply) = Assert.Single(Sent(Hear(2, new HyParViewMessage.ShuffleReply(5, walk.Path, [Of(50)]))));
        Assert.Equal(IdOf(1), back);
        Assert.Equal([IdOf(40)], Assert.IsType<HyParViewMessage.ShuffleReply>(reply).Path);
        Assert.Empty(_views.Passive);
    }

    [Fact]
    public void A_SHUFFLE_that_ends_is_answered_by_as_many_as_came()
    {
        Start(5);
        Hear(1, new HyParViewMessage.Shuffle(1, 1, [], [.. Enumerable.Range(100, 20).Select(Of)]));
        Assert.Equal(20, _views.Passive.Count);
        var (to, message) = Assert.Single(Sent(Hear(2, new HyParViewMessage.Shuffle(9, 1, [IdOf(70), IdOf(71)], [.. Enumerable.Range(200, 8).Select(Of)]))));
        var reply = Assert.IsType<HyParViewMessage.ShuffleReply>(message);
        Assert.Equal((IdOf(2), 9u, 8), (to, reply.Number, reply.Contacts.Count));
        Assert.Equal([IdOf(70), IdOf(71)], reply.Path);
        Assert.Equal(28, _views.Passive.Count);
    }

    [Fact]
    public void Each_period_one_SHUFFLE_goes_out_and_only_its_reply_is_taken()
    {
        Start(5);
        Hear(1, new HyParViewMessage.Shuffle(1, 1, [], [.. Enumerable.Range(100, 20).Select(Of)]));
        var (to, message) = Assert.Single(Sent(Pass(s_options.ShuffleInterval)), sent => sent.Message is HyParViewMessage.Shuffle);
        var shuffle = (HyParViewMessage.Shuffle)message;
        Assert.Equal((1 + 3 + 4, s_self), (shuffle.Contacts.Count, shuffle.Contacts[0]));
        Assert.Equal(3, shuffle.Contacts.Count(contact => _views.IsNeighbor(contact.Id)));
        var number = Array.FindIndex([.. Enumerable.Range(0, 6).Select(IdOf)], id => id == to);
        Hear(number, new HyParViewMessage.ShuffleReply(shuffle.Number + 1, [], [Of(300)]));
        Assert.DoesNotContain(Of(300), _views.Passive);
        Hear(number, new HyParViewMessage.ShuffleReply(shuffle.Number, [], [Of(300)]));
        Assert.Contains(Of(300), _views.Passive);
        Hear(number, new HyParViewMessage.ShuffleReply(shuffle.Number, [], [Of(301)]));
        Assert.DoesNotContain(Of(301), _views.Passive);
    }

    [Fact]
    public void A_neighbour_that_floods_with_walks_is_not_heeded()
    {
        Start(2);
        var heeded = Enumerable.Range(0, 1_000).Count(_ => Hear(1, new HyParViewMessage.ForwardJoin(Of(9), 6)).Count > 0);
        Assert.Equal(s_options.WalksBurst, heeded);
    }

    [Theory, InlineData(0, true), InlineData(2, true), InlineData(3, false)]
    public void Whose_neighbours_shuffles_come_of_the_same_few_again_and_again_asks_somebody_outside(int others, bool isCircle)
    {
        Start(s_options.ActiveView);
        Assert.NotNull(_views.NextDeadline);
        Hear(1, new HyParViewMessage.Shuffle(1, 1, [], [Of(1), Of(90)]));      // 90 comes into the passive view
        List<PeerId> asked = [];
        for (var period = 0; period < s_options.CirclePeriods; period++)
        {
            Hear(2, new HyParViewMessage.Shuffle(3, 6, [s_self.Id], []));      // our own came round
            for (var other = 0; other < others; other++) Hear(1, new HyParViewMessage.Shuffle(2, 6, [IdOf(20 + other)], []));
            asked.AddRange(Pass(s_options.ShuffleInterval * (1 + s_options.ShuffleSpread)).OfType<OpenLink>().Where(open => open.First is HyParViewMessage.Neighbor { HighPriority: true }).Select(open => open.To.Id));
        }
        Assert.Equal(isCircle ? [IdOf(90)] : [], asked);
    }

    [Fact]
    public void Nothing_that_is_said_throws_or_passes_the_sizes_of_views()
    {
        var contacts = Gen.Int[0, 400].Select(Of).Array[0, 60];
        var path = Gen.Int[0, 20].Select(IdOf).Array[0, 9];
        var messages = Gen.OneOf<HyParViewMessage>(
            Gen.Int[0, 12].Select(sender => (HyParViewMessage)new HyParViewMessage.Join(Of(sender))),
            Gen.Select(Gen.Int[0, 400], Gen.Int, (joiner, ttl) => (HyParViewMessage)new HyParViewMessage.ForwardJoin(Of(joiner), ttl)),
            Gen.Select(Gen.Int[0, 12], Gen.Bool, (sender, high) => (HyParViewMessage)new HyParViewMessage.Neighbor(Of(sender), high)),
            Gen.Int[0, 12].Select(sender => (HyParViewMessage)new HyParViewMessage.Accepted(Of(sender))),
            Gen.Const((HyParViewMessage)new HyParViewMessage.Declined()),
            Gen.Bool.Select(leaves => (HyParViewMessage)new HyParViewMessage.Disconnect(leaves)),
            Gen.Select(Gen.UInt[0, 3], Gen.Int, path, contacts, (number, ttl, way, some) => (HyParViewMessage)new HyParViewMessage.Shuffle(number, ttl, way, some)),
            Gen.Select(Gen.UInt[0, 3], path, contacts, (number, way, some) => (HyParViewMessage)new HyParViewMessage.ShuffleReply(number, way, some)));
        Gen.Select(Gen.Int[0, 12], messages, Gen.Int[0, 3_000]).Array[1, 150].Sample(said =>
        {
            var other = new HyParViewMembershipTests();
            other.Handle(new ViewsStarted(s_self, [Of(1)]));
            foreach (var (from, message, pause) in said)
            {
                other.Hear(from, message);
                other.Pass(TimeSpan.FromMilliseconds(pause));
                Assert.InRange(other._views.Active.Count, 0, s_options.ActiveView);
                Assert.InRange(other._views.Passive.Count, 0, s_options.PassiveView);
                Assert.DoesNotContain(other._views.Passive, contact => contact.Id == s_self.Id || other._views.IsNeighbor(contact.Id));
            }
        }, iter: 300, seed: Environment.GetEnvironmentVariable("SEED"));
    }
}
