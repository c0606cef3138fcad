using CsCheck;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Overlays.Gossip.Plumtree;

namespace Netflux.Tests.Overlays.Gossip;

/// <summary>The procedures of Plumtree, one member at a time.</summary>
public sealed class PlumtreeBroadcastTests
{
    private static readonly PlumtreeOptions s_options = new();
    private static readonly Incarnation s_run = new(1);
    private static readonly ReadOnlyMemory<byte> s_payload = new byte[] { 1, 2, 3 };
    private readonly PlumtreeBroadcast _tree = new(IdOf(0), s_run, s_options);
    private Instant _now = new(1);

    private static PeerId IdOf(int number) => PeerId.FromBytes([.. Enumerable.Repeat((byte)0, 18), (byte)(number >> 8), (byte)number]);

    private static MessageId Id(int author, ulong sequence, ulong run = 1) => new(IdOf(author), new Incarnation(run), sequence);

    private static PlumtreeMessage.Gossip Gossip(int author, ulong sequence, int round = 1, ulong floor = 1, ulong run = 1) => new(Id(author, sequence, run), floor, round, s_payload);

    private List<PlumtreeInstruction> Handle(PlumtreeFact fact)
    {
        _tree.Handle(fact, _now);
        return Taken();
    }

    private List<PlumtreeInstruction> Hear(int from, PlumtreeMessage message) => Handle(new TreeMessageReceived(IdOf(from), message));

    private List<PlumtreeInstruction> Pass(TimeSpan time)
    {
        List<PlumtreeInstruction> taken = [];
        var end = _now + time;
        while (_tree.NextDeadline is { } due && due <= end)
        {
            if (due > _now) _now = due;
            _tree.HandleDeadline(_now);
            taken.AddRange(Taken());
            Assert.False(_tree.NextDeadline <= _now, "a deadline that does not move");
        }
        _now = end;
        return taken;
    }

    private List<PlumtreeInstruction> Taken()
    {
        List<PlumtreeInstruction> taken = [];
        while (_tree.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    private void Start(params int[] neighbors)
    {
        foreach (var neighbor in neighbors) Handle(new TreeNeighborUp(IdOf(neighbor)));
        if (neighbors.Length > 0) Hear(neighbors[0], new PlumtreeMessage.Summary([], false));
    }

    private static List<(PeerId To, T Message)> Sent<T>(IEnumerable<PlumtreeInstruction> taken) where T : PlumtreeMessage =>
        [.. taken.OfType<SendTreeMessage>().Where(send => send.Message is T).Select(send => (send.To, (T)send.Message))];

    private static IEnumerable<ulong> Delivered(IEnumerable<PlumtreeInstruction> taken) => taken.OfType<DeliverBroadcast>().Select(deliver => deliver.Id.Sequence);

    private bool IsEager(int neighbor) => _tree.Links.Single(link => link.Id == IdOf(neighbor)).IsEager;

    [Fact]
    public void A_broadcast_goes_to_every_eager_link_at_once_and_its_name_to_lazy_ones_later()
    {
        Start(1, 2, 3);
        Hear(3, new PlumtreeMessage.Prune());
        var taken = Handle(new BroadcastRequested(s_payload));
        Assert.Equal([IdOf(1), IdOf(2)], Sent<PlumtreeMessage.Gossip>(taken).Select(sent => sent.To));
        Assert.All(Sent<PlumtreeMessage.Gossip>(taken), sent => Assert.Equal((Id(0, 1), 1), (sent.Message.Id, sent.Message.Round)));
        Assert.Empty(taken.OfType<DeliverBroadcast>());
        Handle(new BroadcastRequested(s_payload));
        var (to, have) = Assert.Single(Sent<PlumtreeMessage.IHave>(Pass(s_options.LazyDelay)));
        Assert.Equal(IdOf(3), to);
        Assert.Equal([new Announcement(Id(0, 1), 1), new Announcement(Id(0, 2), 1)], have.Announcements);
    }

    [Fact]
    public void What_is_new_is_delivered_and_passed_on_but_not_back()
    {
        Start(1, 2, 3);
        var taken = Hear(1, Gossip(9, 1, round: 4));
        Assert.Equal(4, Assert.Single(taken.OfType<DeliverBroadcast>()).Round);
        Assert.Equal([(IdOf(2), 5), (IdOf(3), 5)], Sent<PlumtreeMessage.Gossip>(taken).Select(sent => (sent.To, sent.Message.Round)));
    }

    [Fact]
    public void A_second_copy_prunes_its_link_and_the_same_copy_twice_does_not()
    {
        Start(1, 2);
        Hear(1, Gossip(9, 1));
        Assert.Equal(IdOf(2), Assert.Single(Sent<PlumtreeMessage.Prune>(Hear(2, Gossip(9, 1)))).To);
        Assert.False(IsEager(2));
        Assert.Empty(Hear(1, Gossip(9, 1)));
        Assert.True(IsEager(1));
    }

    [Fact]
    public void While_several_speak_the_smallest_id_alone_shapes_the_tree()
    {
        Start(1, 2, 3);
        Hear(1, Gossip(8, 1, round: 5));
        Hear(1, Gossip(9, 1, round: 5));
        Assert.Empty(Hear(2, Gossip(9, 1)));
        Hear(3, new PlumtreeMessage.Prune());
        Assert.Empty(Sent<PlumtreeMessage.Graft>(Hear(3, new PlumtreeMessage.IHave([new(Id(9, 1), 1)]))));
        Hear(3, Gossip(9, 2));
        Assert.Equal((true, true, false), (IsEager(1), IsEager(2), IsEager(3)));
        Assert.Single(Sent<PlumtreeMessage.Prune>(Hear(2, Gossip(8, 1))));
        Pass(s_options.ShaperTime);
        Hear(1, Gossip(9, 3));
        Assert.Single(Sent<PlumtreeMessage.Prune>(Hear(3, Gossip(9, 3))));
    }

    [Fact]
    public void Our_own_message_that_comes_back_prunes_its_link()
    {
        Start(1, 2);
        Handle(new BroadcastRequested(s_payload));
        Assert.Equal(IdOf(2), Assert.Single(Sent<PlumtreeMessage.Prune>(Hear(2, Gossip(0, 1, round: 3)))).To);
        Assert.False(IsEager(2));
    }

    [Fact]
    public void What_comes_by_a_lazy_link_makes_it_eager()
    {
        Start(1, 2);
        Hear(2, new PlumtreeMessage.Prune());
        Hear(2, Gossip(9, 1));
        Assert.True(IsEager(2));
    }

    // ← IHAVE … GRAFT → … GRAFT → the next
    [Fact]
    public void What_was_announced_and_does_not_come_is_asked_for_in_turn()
    {
        Start(1, 2);
        Hear(1, new PlumtreeMessage.Prune());
        Hear(2, new PlumtreeMessage.Prune());
        Hear(1, new PlumtreeMessage.IHave([new(Id(9, 1), 3)]));
        Hear(2, new PlumtreeMessage.IHave([new(Id(9, 1), 3)]));
        Assert.Empty(Pass(s_options.GraftAfter - TimeSpan.FromMilliseconds(1)));
        var (first, graft) = Assert.Single(Sent<PlumtreeMessage.Graft>(Pass(TimeSpan.FromMilliseconds(1))));
        Assert.Equal(IdOf(1), first);
        Assert.Equal([Id(9, 1)], graft.Wanted);
        Assert.True(IsEager(1));
        Assert.False(IsEager(2));
        Assert.Equal(IdOf(2), Assert.Single(Sent<PlumtreeMessage.Graft>(Pass(s_options.GraftAgainAfter))).To);
        Assert.Equal(IdOf(1), Assert.Single(Sent<PlumtreeMessage.Graft>(Pass(s_options.GraftAgainAfter))).To);
        Assert.Empty(Sent<PlumtreeMessage.Graft>(Pass(s_options.GraftAgainAfter)));
        Assert.Equal(IdOf(2), Assert.Single(Sent<PlumtreeMessage.Graft>(Pass(s_options.GraftAgainAfter))).To);
        Hear(1, Gossip(9, 1));
        Assert.Empty(Sent<PlumtreeMessage.Graft>(Pass(TimeSpan.FromSeconds(20))));
        Assert.Equal(0, _tree.Load.Missing);
    }

    [Fact]
    public void Who_is_no_neighbour_any_more_is_not_asked()
    {
        Start(1, 2);
        Hear(1, new PlumtreeMessage.IHave([new(Id(9, 1), 3)]));
        Hear(2, new PlumtreeMessage.IHave([new(Id(9, 1), 3)]));
        Handle(new TreeNeighborDown(IdOf(1)));
        Assert.Equal(IdOf(2), Assert.Single(Sent<PlumtreeMessage.Graft>(Pass(s_options.GraftAfter))).To);
    }

    [Fact]
    public void A_GRAFT_is_answered_with_what_there_is_and_makes_the_link_eager()
    {
        Start(1, 2);
        Hear(1, Gossip(9, 1, round: 2));
        Hear(2, new PlumtreeMessage.Prune());
        var (to, gossip) = Assert.Single(Sent<PlumtreeMessage.Gossip>(Hear(2, new PlumtreeMessage.Graft([Id(9, 1), Id(9, 77)]))));
        Assert.Equal((IdOf(2), Id(9, 1), 3), (to, gossip.Id, gossip.Round));
        Assert.True(IsEager(2));
    }

    [Fact]
    public void A_shorter_way_takes_the_place_of_the_longer()
    {
        Start(1, 2);
        Hear(2, new PlumtreeMessage.Prune());
        Hear(1, Gossip(9, 1, round: 9));
        Assert.Empty(Sent<PlumtreeMessage.Graft>(Hear(2, new PlumtreeMessage.IHave([new(Id(9, 1), 9)]))));
        var taken = Hear(2, new PlumtreeMessage.IHave([new(Id(9, 1), 9 - s_options.OptimizationThreshold)]));
        Assert.Equal(IdOf(2), Assert.Single(Sent<PlumtreeMessage.Graft>(taken)).To);
        Assert.Equal(IdOf(1), Assert.Single(Sent<PlumtreeMessage.Prune>(taken)).To);
        Assert.Equal((false, true), (IsEager(1), IsEager(2)));
    }

    [Fact]
    public void An_authors_messages_are_delivered_in_order_and_passed_on_as_they_come()
    {
        Start(1, 2);
        Assert.Equal([1UL], Delivered(Hear(1, Gossip(9, 1))));
        var third = Hear(1, Gossip(9, 3));
        Assert.Empty(Delivered(third));
        Assert.Single(Sent<PlumtreeMessage.Gossip>(third));
        Assert.Empty(Delivered(Hear(1, Gossip(9, 4))));
        Assert.Equal([2UL, 3UL, 4UL], Delivered(Hear(2, Gossip(9, 2))));
        Assert.Equal(0, _tree.Load.HeldBytes);
    }

    [Fact]
    public void A_gap_is_asked_for_at_who_sent_what_is_behind_it()
    {
        Start(1, 2);
        Hear(1, Gossip(9, 1));
        Hear(2, Gossip(9, 4));
        var (to, graft) = Assert.Single(Sent<PlumtreeMessage.Graft>(Pass(s_options.GraftAfter)));
        Assert.Equal(IdOf(2), to);
        Assert.Equal([Id(9, 2), Id(9, 3)], graft.Wanted);
    }

    [Fact]
    public void A_gap_that_nobody_fills_is_told_once_before_what_is_behind_it()
    {
        Start(1);
        Hear(1, Gossip(9, 1));
        Hear(1, Gossip(9, 4));
        Hear(1, Gossip(9, 5));
        Hear(1, Gossip(9, 7));
        var taken = Pass(s_options.RepairTimeout + TimeSpan.FromMilliseconds(1)).Where(instruction => instruction is ReportMissed or DeliverBroadcast).ToList();
        Assert.Equal(new ReportMissed(IdOf(9), s_run, 2, 3), taken[0]);
        Assert.Equal([4UL, 5UL], Delivered(taken));
        Assert.Empty(Delivered(Hear(1, Gossip(9, 2))));
        taken = Pass(s_options.RepairTimeout);
        Assert.Equal([new ReportMissed(IdOf(9), s_run, 6, 6)], taken.OfType<ReportMissed>());
        Assert.Equal([7UL], Delivered(taken));
    }

    [Fact]
    public void Too_far_ahead_is_as_good_as_missed()
    {
        Start(1);
        Hear(1, Gossip(9, 1));
        Hear(1, Gossip(9, 3));
        var taken = Hear(1, Gossip(9, 10_000));
        Assert.Equal([new ReportMissed(IdOf(9), s_run, 2, 2), new ReportMissed(IdOf(9), s_run, 4, 10_000 - s_options.Window)], taken.OfType<ReportMissed>());
        Assert.Equal([3UL], Delivered(taken));
    }

    [Fact]
    public void Of_an_unknown_author_what_is_recent_is_wanted()
    {
        Start(1);
        Assert.Empty(Delivered(Hear(1, Gossip(9, 57, floor: 56))));
        Assert.Equal([Id(9, 56)], Assert.Single(Sent<PlumtreeMessage.Graft>(Pass(s_options.GraftAfter))).Message.Wanted);
        Assert.Equal([56UL, 57UL], Delivered(Hear(1, Gossip(9, 56, floor: 55))));
    }

    [Fact]
    public void The_floor_of_our_own_messages_is_what_can_be_had_from_us()
    {
        Start(1);
        Handle(new BroadcastRequested(s_payload));
        Pass(s_options.CacheTime + TimeSpan.FromSeconds(1));
        Assert.Equal(2UL, Assert.Single(Sent<PlumtreeMessage.Gossip>(Handle(new BroadcastRequested(s_payload)))).Message.Floor);
        Assert.Equal(2UL, Assert.Single(Sent<PlumtreeMessage.Gossip>(Handle(new BroadcastRequested(s_payload)))).Message.Floor);
    }

    [Fact]
    public void An_authors_next_run_begins_at_one_and_the_run_before_is_over()
    {
        Start(1);
        Hear(1, Gossip(9, 1));
        Hear(1, Gossip(9, 3));
        var taken = Hear(1, Gossip(9, 1, run: 2));
        Assert.Equal([new ReportMissed(IdOf(9), s_run, 2, 2)], taken.OfType<ReportMissed>());
        Assert.Equal([3UL, 1UL], Delivered(taken));
        Assert.Empty(Hear(1, Gossip(9, 4)));
    }

    [Fact]
    public void A_new_neighbour_hears_what_is_known_and_asks_for_what_it_lacks()
    {
        Start(1);
        Hear(1, Gossip(9, 1));
        Hear(1, Gossip(9, 2));
        var (to, summary) = Assert.Single(Sent<PlumtreeMessage.Summary>(Handle(new TreeNeighborUp(IdOf(2)))));
        Assert.Equal(IdOf(2), to);
        Assert.Equal([new AuthorSummary(IdOf(9), s_run, 1, 2)], summary.Authors);
        Hear(2, new PlumtreeMessage.Summary([new AuthorSummary(IdOf(9), s_run, 1, 4), new AuthorSummary(IdOf(8), s_run, 6, 6), new AuthorSummary(IdOf(7), s_run, 5, 4)], false));
        var (from, graft) = Assert.Single(Sent<PlumtreeMessage.Graft>(Pass(s_options.GraftAfter)));
        Assert.Equal(IdOf(2), from);
        Assert.Equal([Id(9, 3), Id(9, 4), Id(8, 6)], graft.Wanted);
    }

    [Fact]
    public void A_new_member_does_not_ask_for_what_was_before_it()
    {
        Handle(new TreeNeighborUp(IdOf(1)));
        Hear(1, new PlumtreeMessage.Summary([new AuthorSummary(IdOf(9), s_run, 1, 4)], false));
        Assert.Empty(Pass(TimeSpan.FromSeconds(2)));
        Assert.Equal([5UL], Delivered(Hear(1, Gossip(9, 5))));
    }

    [Fact]
    public void Where_another_neighbour_is_behind_the_first_a_new_member_begins_there_and_wants_nothing_before()
    {
        Handle(new TreeNeighborUp(IdOf(1)));
        Hear(1, new PlumtreeMessage.Summary([new AuthorSummary(IdOf(9), s_run, 1, 40)], false));
        Handle(new TreeNeighborUp(IdOf(2)));
        Assert.Equal([39UL], Delivered(Hear(2, Gossip(9, 39, floor: 1))));
        Assert.Equal([40UL], Delivered(Hear(2, Gossip(9, 40, floor: 1))));
        Assert.Empty(Sent<PlumtreeMessage.Graft>(Pass(TimeSpan.FromSeconds(2))));
        Assert.Equal([41UL], Delivered(Hear(1, Gossip(9, 41, floor: 1))));
    }

    [Fact]
    public void While_there_is_something_to_be_had_each_neighbour_hears_of_it_in_turn()
    {
        Start(1, 2);
        Hear(1, Gossip(9, 1));
        var summaries = Sent<PlumtreeMessage.Summary>(Pass(TimeSpan.FromMinutes(3)));
        Assert.All(summaries, sent => Assert.True(sent.Message.AnswerWanted));
        Assert.Equal(8, summaries.Count);
        Assert.Equal([IdOf(1), IdOf(2)], summaries.Select(sent => sent.To).Distinct());
        Assert.Null(_tree.NextDeadline);
        Assert.Equal(0, _tree.Load.Cached);
    }

    [Fact]
    public void A_summary_is_answered_by_the_names_of_what_the_neighbour_lacks()
    {
        Start(1, 2);
        for (ulong sequence = 1; sequence <= 4; sequence++) Hear(1, Gossip(9, sequence));
        Hear(1, Gossip(8, 1));
        Hear(2, new PlumtreeMessage.Summary([new AuthorSummary(IdOf(9), s_run, 1, 2)], true));
        var (to, have) = Assert.Single(Sent<PlumtreeMessage.IHave>(Pass(s_options.LazyDelay)));
        Assert.Equal(IdOf(2), to);
        Assert.Equal([Id(8, 1), Id(9, 3), Id(9, 4)], have.Announcements.Select(announcement => announcement.Id));
    }

    [Fact]
    public void So_many_links_begin_eager_and_the_rest_lazy()
    {
        Start(1, 2, 3, 4, 5);
        Assert.Equal([true, true, true, false, false], _tree.Links.Select(link => link.IsEager));
        Hear(1, new PlumtreeMessage.Prune());
        Handle(new TreeNeighborDown(IdOf(5)));
        Handle(new TreeNeighborUp(IdOf(6)));
        Assert.True(IsEager(6));
    }

    // The first neighbour says that 9 is far ahead, or in another run, to have its messages taken for old ones.
    [Theory]
    [InlineData(1UL, 1_000_000UL)]
    [InlineData(7UL, 3UL)]
    [InlineData(0UL, 3UL)]
    public void What_a_neighbour_says_of_an_author_does_not_make_its_messages_past(ulong run, ulong last)
    {
        Handle(new TreeNeighborUp(IdOf(1)));
        Hear(1, new PlumtreeMessage.Summary([new AuthorSummary(IdOf(9), new Incarnation(run), 1, last)], false));
        Handle(new TreeNeighborUp(IdOf(2)));
        Assert.False(_tree.Has(Id(9, 5)));
        Hear(2, new PlumtreeMessage.IHave([new(Id(9, 5), 3)]));
        var (to, graft) = Assert.Single(Sent<PlumtreeMessage.Graft>(Pass(s_options.GraftAfter)));
        Assert.Equal(IdOf(2), to);
        Assert.Equal([Id(9, 5)], graft.Wanted);
        Assert.Equal([5UL], Delivered(Hear(2, Gossip(9, 5, floor: 5))));
        Assert.Equal([6UL], Delivered(Hear(2, Gossip(9, 6, floor: 5))));
    }

    [Fact]
    public void What_one_neighbour_invents_takes_no_place_from_others()
    {
        Start(1, 2);
        for (ulong begin = 1; begin < (ulong)s_options.MissingMax * 2; begin += (ulong)s_options.AnnouncementsMax)
            Hear(1, new PlumtreeMessage.IHave([.. Enumerable.Range(0, s_options.AnnouncementsMax).Select(i => new Announcement(Id(8, begin + (ulong)i), 1))]));
        Assert.Equal(s_options.MissingPerNeighborMax, _tree.Load.Missing);
        Hear(2, new PlumtreeMessage.IHave([new(Id(9, 1), 3)]));
        Assert.Contains(Sent<PlumtreeMessage.Graft>(Pass(s_options.GraftAfter)), graft => graft.To == IdOf(2) && graft.Message.Wanted.SequenceEqual([Id(9, 1)]));
        Pass(s_options.RepairTimeout * 2);
        Assert.Equal(0, _tree.Load.Missing);
    }

    [Fact]
    public void The_gaps_of_many_authors_are_told_each_in_its_time()
    {
        Start(1);
        for (var author = 10; author < 20; author++)
        {
            Hear(1, Gossip(author, 1));
            Hear(1, Gossip(author, 3));
            Pass(TimeSpan.FromMilliseconds(100));
        }
        Hear(1, Gossip(10, 2));
        Hear(1, Gossip(10, 5));
        var missed = Pass(s_options.RepairTimeout).OfType<ReportMissed>().ToList();
        Assert.Equal([.. Enumerable.Range(11, 9).Select(IdOf), IdOf(10)], missed.Select(one => one.Author));
        Assert.Equal((4UL, 4UL), (missed[^1].First, missed[^1].Last));
    }

    [Fact]
    public void Who_is_congested_hears_names_and_gets_what_it_asks_for_once_relieved()
    {
        Start(1, 2);
        Handle(new TreeNeighborCongested(IdOf(2)));
        Assert.Equal([IdOf(1)], Sent<PlumtreeMessage.Gossip>(Handle(new BroadcastRequested(s_payload))).Select(sent => sent.To));
        Assert.Equal(IdOf(2), Assert.Single(Sent<PlumtreeMessage.IHave>(Pass(s_options.LazyDelay))).To);
        Assert.True(IsEager(2));
        Assert.Empty(Hear(2, new PlumtreeMessage.Graft([Id(0, 1)])));
        Handle(new TreeNeighborRelieved(IdOf(2)));
        Assert.Equal(Id(0, 1), Assert.Single(Sent<PlumtreeMessage.Gossip>(Hear(2, new PlumtreeMessage.Graft([Id(0, 1)])))).Message.Id);
        Assert.Equal([IdOf(1), IdOf(2)], Sent<PlumtreeMessage.Gossip>(Handle(new BroadcastRequested(s_payload))).Select(sent => sent.To));
    }

    [Fact]
    public void Nothing_that_is_said_throws_passes_a_limit_or_is_delivered_out_of_order()
    {
        var ids = Gen.Select(Gen.Int[0, 6], Gen.OneOf(Gen.ULong[0, 20], Gen.ULong), Gen.ULong[0, 3], (author, sequence, run) => Id(author, sequence, run));
        var summaries = Gen.Select(Gen.Int[0, 6], Gen.ULong[0, 3], Gen.OneOf(Gen.ULong[0, 20], Gen.ULong), Gen.OneOf(Gen.ULong[0, 20], Gen.ULong), (author, run, first, last) => new AuthorSummary(IdOf(author), new Incarnation(run), first, last));
        var messages = Gen.OneOf<PlumtreeMessage>(
            Gen.Select(ids, Gen.ULong, Gen.Int, (id, floor, round) => (PlumtreeMessage)new PlumtreeMessage.Gossip(id, floor, round, s_payload)),
            Gen.Select(ids, Gen.ULong[0, 20], Gen.Int[0, 20], (id, floor, round) => (PlumtreeMessage)new PlumtreeMessage.Gossip(id, floor, round, s_payload)),
            Gen.Select(ids, Gen.Int, (id, round) => new Announcement(id, round)).Array[0, 30].Select(some => (PlumtreeMessage)new PlumtreeMessage.IHave(some)),
            ids.Array[0, 30].Select(some => (PlumtreeMessage)new PlumtreeMessage.Graft(some)),
            Gen.Const((PlumtreeMessage)new PlumtreeMessage.Prune()),
            Gen.Select(summaries.Array[0, 10], Gen.Bool, (some, wanted) => (PlumtreeMessage)new PlumtreeMessage.Summary(some, wanted)));
        Gen.Select(Gen.Int[1, 4], messages, Gen.Int[0, 2_000]).Array[1, 60].Sample(said =>
        {
            var other = new PlumtreeBroadcastTests();
            other.Start(1, 2, 3);
            Dictionary<PeerId, (ulong Run, ulong Last)> last = [];
            foreach (var (from, message, pause) in said)
            {
                foreach (var instruction in other.Hear(from, message).Concat(other.Pass(TimeSpan.FromMilliseconds(pause))))
                {
                    var (author, run, first, to) = instruction switch
                    {
                        DeliverBroadcast deliver => (deliver.Id.Author, deliver.Id.Incarnation.Value, deliver.Id.Sequence, deliver.Id.Sequence),
                        ReportMissed missed => (missed.Author, missed.Incarnation.Value, missed.First, missed.Last),
                        _ => (IdOf(0), 0UL, 0UL, 0UL),
                    };
                    if (to == 0) continue;
                    Assert.True(first <= to);
                    if (last.TryGetValue(author, out var before)) Assert.True(run > before.Run || (run == before.Run && first == before.Last + 1), $"{run}:{first} after {before}");
                    last[author] = (run, to);
                }
                Assert.InRange(other._tree.Load.Missing, 0, s_options.MissingMax);
            }
        }, iter: 40, seed: Environment.GetEnvironmentVariable("SEED"));
    }
}
