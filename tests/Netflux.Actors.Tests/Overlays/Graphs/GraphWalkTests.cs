using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays.Graphs;
using Netflux.TestKit;
using Netflux.Wire;

namespace Netflux.Tests.Overlays.Graphs;

/// <summary>Members with links between them, and nothing else: one asks, or somebody does harm.</summary>
public sealed class GraphWalkTests
{
    private static readonly GraphOptions Options = GraphOptions.Default;
    private readonly SortedDictionary<PeerId, (GraphWalk Walk, SortedSet<PeerId> Links)> _members = [];
    private readonly HashSet<PeerId> _silent = [];
    private readonly HashSet<(PeerId From, PeerId To)> _gone = [];      // links that are there no more, and their ends do not know it yet
    private readonly List<(PeerId From, PeerId To)> _carried = [];
    private readonly List<(PeerId At, GraphFound Found)> _answers = [];
    private Instant _now = new(1);

    private static PeerId Id(int number) => PeerId.FromBytes([.. Enumerable.Repeat((byte)0, PeerId.Length - 2), (byte)(number >> 8), (byte)number]);

    private void Add(int count)
    {
        for (var number = 0; number < count; number++)
        {
            SortedSet<PeerId> links = [];
            _members[Id(number)] = (new GraphWalk(Id(number), () => [.. links.Select(to => new GraphLink(to, false, true))], Options), links);
        }
    }

    private void Link(int one, int other)
    {
        _members[Id(one)].Links.Add(Id(other));
        _members[Id(other)].Links.Add(Id(one));
    }

    private void Say(int at, GraphFact fact)
    {
        _members[Id(at)].Walk.Handle(fact, _now);
        Carry();
    }

    private void Carry()
    {
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var (id, (walk, links)) in _members)
                while (walk.TryTake(out var instruction))
                {
                    moved = true;
                    if (instruction is GraphFound found) _answers.Add((id, found));
                    if (instruction is not SendGraphFrame send) continue;
                    Assert.Contains(send.To, links);
                    _carried.Add((id, send.To));
                    if (!_silent.Contains(send.To) && !_gone.Contains((id, send.To))) _members[send.To].Walk.Handle(new GraphFrameReceived(id, send.Body), _now);
                }
        }
    }

    private void AdvanceTo(Instant until)
    {
        while (_members.Values.Select(member => member.Walk.NextDeadline).Min() is { } due && due <= until)
        {
            _now = due;
            foreach (var (walk, _) in _members.Values) walk.HandleDeadline(_now);
            Carry();
        }
        _now = until;
    }

    private GraphFound Ask(int at)
    {
        Say(at, new GraphWanted());
        AdvanceTo(_now + Options.WalkTime);
        var (asker, found) = Assert.Single(_answers);
        Assert.Equal(Id(at), asker);
        _answers.Clear();
        return found;
    }

    private static IEnumerable<(PeerId, PeerId)> LinksOf(GraphFound found) => found.Members.SelectMany(member => member.Links!.Select(link => (member.Id, link.To)));

    private IEnumerable<(PeerId, PeerId)> AllLinks => _members.SelectMany(member => member.Value.Links.Select(to => (member.Key, to)));

    [Theory, InlineData(2), InlineData(50), InlineData(200)]
    public void A_member_of_a_star_sees_the_whole_star_through_the_hub(int count)
    {
        Add(count);
        for (var number = 1; number < count; number++) Link(0, number);
        var before = _now;
        Assert.Equal(AllLinks, LinksOf(Ask(count - 1)));
        Assert.Equal(2 + 4 * (count - 2), _carried.Count);      // the hub is asked, and each other through it
        Assert.Equal(AllLinks, LinksOf(Ask(0)));
        Assert.True(_now > before);
    }

    [Theory, Seeds(5)]
    public void Whoever_asks_sees_all_links_of_a_network_of_few_links_each(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        Add(300);
        for (var number = 1; number < 300; number++) Link(number, random.Next(number));
        for (var more = 0; more < 400; more++)
            if (random.Next(300) is var one && random.Next(300) is var other && one != other) Link(one, other);
        Assert.Equal(AllLinks, LinksOf(Ask(random.Next(300))));
    }

    [Fact]
    public void Who_does_not_answer_is_found_without_links_and_holds_nobody_up_beyond_its_time()
    {
        // 0 – 1 – 2 – 3, and 1 is silent: 2 is not even found. 0 – 4 – 2 finds it.
        Add(5);
        Link(0, 1);
        Link(1, 2);
        Link(2, 3);
        Link(0, 4);
        _silent.Add(Id(1));
        Say(0, new GraphWanted());
        AdvanceTo(_now + 2 * Options.AnswerTime);
        Assert.Equal([(Id(0), true), (Id(1), false), (Id(4), true)], _answers[0].Found.Members.Select(member => (member.Id, member.Links is not null)));
        _answers.Clear();
        Link(4, 2);
        Assert.Equal([true, false, true, true, true], Ask(0).Members.Select(member => member.Links is not null));
    }

    [Fact]
    public void Who_misses_the_question_is_asked_once_more()
    {
        Add(3);
        Link(0, 1);
        Link(1, 2);
        _silent.Add(Id(2));
        Say(0, new GraphWanted());
        _silent.Clear();
        AdvanceTo(_now + Options.AnswerTime);
        Assert.Equal(AllLinks, LinksOf(_answers.Single().Found));
    }

    [Fact]
    public void Where_the_link_to_a_member_went_it_is_asked_by_another_way()
    {
        Add(4);
        Link(0, 1);
        Link(0, 3);
        Link(1, 2);
        Link(1, 3);
        _gone.Add((Id(0), Id(3)));
        Assert.Equal(AllLinks, LinksOf(Ask(0)));
        Assert.Contains((Id(1), Id(3)), _carried);
    }

    [Fact]
    public void An_answer_that_comes_late_counts_while_others_are_waited_for()
    {
        Add(3);
        Link(0, 1);
        Link(0, 2);
        List<SendGraphFrame> asked = [];
        var walk = _members[Id(0)].Walk;
        walk.Handle(new GraphWanted(), _now);
        walk.HandleDeadline(_now + Options.AnswerTime);
        while (walk.TryTake(out var instruction)) asked.Add(Assert.IsType<SendGraphFrame>(instruction));
        Assert.Equal([Id(1), Id(2), Id(1), Id(2)], asked.Select(frame => frame.To));
        foreach (var frame in asked.Take(2))
        {
            _members[frame.To].Walk.Handle(new GraphFrameReceived(Id(0), frame.Body), _now);
            Assert.True(_members[frame.To].Walk.TryTake(out var answer));
            walk.Handle(new GraphFrameReceived(frame.To, ((SendGraphFrame)answer).Body), _now + Options.AnswerTime);
        }
        Assert.True(walk.TryTake(out var found));
        Assert.Equal(AllLinks, LinksOf((GraphFound)found));
    }

    [Fact]
    public void Who_is_too_far_away_is_found_and_not_asked()
    {
        Add(20);
        for (var number = 1; number < 20; number++) Link(number - 1, number);
        var found = Ask(0);
        Assert.Equal(Enumerable.Range(0, GraphFrame.PathMax + 1).Select(Id), found.Members.Select(member => member.Id));
        Assert.Equal(GraphFrame.PathMax, found.Members.Count(member => member.Links is not null));
    }

    [Fact]
    public void No_more_than_a_thousand_members_are_found_and_no_more_than_some_asked_at_once()
    {
        Add(1);
        List<GraphLink> many = [.. Enumerable.Range(1, 1_500).Select(number => new GraphLink(Id(number), false, true))];
        var walk = new GraphWalk(Id(0), () => many, Options);
        walk.Handle(new GraphWanted(), _now);
        walk.Handle(new GraphWanted(), _now);
        var asked = 0;
        while (walk.TryTake(out var instruction)) asked += Assert.IsType<SendGraphFrame>(instruction).Body.Length > 0 ? 1 : 0;
        Assert.Equal(Options.OpenMax, asked);
        for (var due = walk.NextDeadline; due is not null; due = walk.NextDeadline) walk.HandleDeadline(due.Value);
        GraphFound? found = null;
        while (walk.TryTake(out var instruction)) found = instruction as GraphFound ?? found;
        Assert.Equal(1_000, found!.Members.Count);
    }

    [Fact]
    public void Two_who_ask_at_once_are_answered_both_and_one_who_asks_meanwhile_does_not_ask_again()
    {
        Add(3);
        Link(0, 1);
        Link(1, 2);
        _silent.Add(Id(1));
        Say(0, new GraphWanted());
        Say(0, new GraphWanted());
        Assert.Equal([(Id(0), Id(1))], _carried);
        _silent.Clear();
        Say(2, new GraphWanted());
        AdvanceTo(_now + Options.WalkTime);
        Assert.Equal(2, _answers.Count);
    }

    [Fact]
    public void Frames_that_did_not_come_along_their_path_are_nobodys()
    {
        Add(4);
        Link(0, 1);
        Link(1, 2);
        Link(1, 3);
        void Nothing(int from, GraphFrame frame)
        {
            Say(1, new GraphFrameReceived(Id(from), frame.ToBytes()));
            Assert.Empty(_carried);
        }
        Nothing(3, new([Id(0), Id(1), Id(2)], 1, 1, null));              // 3 speaks as 0
        Nothing(0, new([Id(0), Id(2), Id(1)], 1, 1, null));              // we are not there in it
        Nothing(0, new([Id(1), Id(0)], 0, 1, null));                     // a question that came back
        Nothing(3, new([Id(0), Id(1), Id(2)], 1, 1, []));                // an answer not from who was asked
        Nothing(0, new([Id(0), Id(1), Id(9)], 1, 1, null));              // no neighbour of ours
        Nothing(2, new([Id(1), Id(2)], 0, 7, []));                       // an answer that nobody waits for
        Say(1, new GraphFrameReceived(Id(0), "nonsense"u8.ToArray()));
        Assert.Empty(_carried);
        Say(1, new GraphFrameReceived(Id(0), new GraphFrame([Id(0), Id(1), Id(2)], 1, 1, null).ToBytes()));
        Assert.Equal([(Id(1), Id(2)), (Id(2), Id(1)), (Id(1), Id(0))], _carried);
    }

    [Fact]
    public void A_neighbour_has_us_do_so_much_and_no_more_and_takes_nothing_from_others()
    {
        Add(3);
        Link(0, 1);
        Link(0, 2);
        for (var number = 0U; number < 3_000; number++) Say(0, new GraphFrameReceived(Id(1), new GraphFrame([Id(1), Id(0)], 1, number, null).ToBytes()));
        Assert.Equal(Options.NeighbourBurst, _carried.Count(frame => frame.To == Id(1)));
        // Its answers are not passed on either, until it has waited; those of others are.
        _carried.Clear();
        Say(2, new GraphWanted());
        Assert.Equal(1, _carried.Count(frame => frame == (Id(0), Id(2))));
        AdvanceTo(_now + Options.AnswerTime);
        Assert.Equal(AllLinks, LinksOf(_answers.Single().Found));
    }
}
