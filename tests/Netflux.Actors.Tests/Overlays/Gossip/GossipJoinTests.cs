using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays.Gossip;

/// <summary>When a joiner is in, and why it is not.</summary>
public sealed class GossipJoinTests
{
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.Gossip());
    private static readonly GossipOptions s_options = GossipOptions.For(s_genesis.Topology);
    private static readonly Instant s_start = Instant.Zero + TimeSpan.FromHours(1);
    private readonly GossipOverlay _joiner = new(s_genesis, s_options, OverlayPeople.Keys(0), new Incarnation(1), OverlayPeople.Noon, SeededRandom.For(1, "joiner"));
    private readonly List<(TimeSpan At, OverlayInstruction Said)> _log = [];
    private Instant _now = s_start;
    private int _seen;      // of the log: attempts that have ended

    private static MemberRecord Person(int person) => OverlayPeople.Record(s_genesis, person);

    private void Start(params int[] known) => Say(new OverlayStarted(Person(0), [.. known.Select(person => OverlayPeople.Heard(Person(person)))]));

    private void Say(OverlayFact fact) => Note(_joiner.Say(fact, _now));

    private void Note(IEnumerable<OverlayInstruction> said) => _log.AddRange(said.Select(instruction => (_now - s_start, instruction)));

    /// <summary>Time passes, and attempts end as <paramref name="attempt"/> says; null where they do not.</summary>
    private void Pass(TimeSpan time, Func<PeerId, NetfluxError?> attempt)
    {
        var end = _now + time;
        while (true)
        {
            for (; _seen < _log.Count; _seen++)
            {
                if (_log[_seen].Said is ConnectNeighbour connect && attempt(connect.Card.Id) is { } why) Say(new ConnectFailed(connect.Card.Id, why));
            }
            if (_joiner.NextDeadline is not { } due || due > end) break;
            if (due > _now) _now = due;
            _joiner.HandleDeadline(_now);
            Note(_joiner.TakeAll());
        }
        _now = end;
    }

    private IEnumerable<(TimeSpan At, OverlayInstruction Said)> Outcomes => _log.Where(entry => entry.Said is AnnounceReady or JoinFailed);

    /// <summary>The first contact is there, and takes the joiner into its view.</summary>
    private void Accept(int person)
    {
        Say(new NeighbourUp(Person(person), LinkPath.Direct));
        Say(new ControlReceived(Person(person).Id, GossipControl.Write(new HyParViewMessage.Accepted(GossipChannels.ContactOf(Person(person)))), OverlayPeople.Noon));
    }

    [Fact]
    public void The_first_of_a_network_is_in_at_once_and_once()
    {
        Start();
        Pass(TimeSpan.FromMinutes(1), _ => null);
        Assert.Equal([(TimeSpan.Zero, new AnnounceReady())], Outcomes);
    }

    [Fact]
    public void Who_reaches_nobody_has_failed_after_the_time_for_it()
    {
        Start(1, 2);
        Pass(TimeSpan.FromMinutes(1), _ => NetfluxError.PeerUnreachable);
        Assert.Equal([(s_options.JoinTimeout, new JoinFailed(NetfluxError.PeerUnreachable))], Outcomes);
        Assert.Null(_joiner.NextDeadline);
    }

    [Fact]
    public void Who_hears_nothing_of_its_attempts_has_failed_after_the_time_for_it()
    {
        Start(1);
        Pass(TimeSpan.FromMinutes(1), _ => null);
        Assert.Equal([(s_options.JoinTimeout, new JoinFailed(NetfluxError.PeerUnreachable))], Outcomes);
    }

    [Fact]
    public void A_refusal_is_the_reason_whatever_else_failed()
    {
        Start(1, 2);
        Pass(TimeSpan.FromMinutes(1), id => id == Person(1).Id ? NetfluxError.NotAdmitted : NetfluxError.TimedOut);
        Assert.Equal(new JoinFailed(NetfluxError.NotAdmitted), Assert.Single(Outcomes).Said);
    }

    [Fact]
    public void When_all_contacts_are_exhausted_others_are_asked_for_and_one_that_takes_us_is_enough()
    {
        Start(1, 2);
        Pass(TimeSpan.FromSeconds(1), _ => NetfluxError.TooMany);
        Assert.Equal([Person(1).Id, Person(2).Id], _log.Select(entry => entry.Said).OfType<ConnectNeighbour>().Select(connect => connect.Card.Id).Order().ToHashSet().Order());
        Assert.Contains(_log, entry => entry.Said is AskMembers);
        Say(new MemberHeard(OverlayPeople.Heard(Person(3))));
        Assert.Equal(Person(3).Id, _log.Select(entry => entry.Said).OfType<ConnectNeighbour>().Last().Card.Id);
        Accept(3);
        Pass(TimeSpan.FromMinutes(1), _ => null);
        Assert.Equal([new AnnounceReady()], Outcomes.Select(entry => entry.Said));
    }

    [Fact]
    public void With_a_neighbour_that_says_nothing_a_joiner_is_in_after_a_moment()
    {
        Start(1);
        Accept(1);
        Assert.Empty(Outcomes);
        Pass(TimeSpan.FromMinutes(1), _ => null);
        Assert.Equal([(s_options.JoinSettle, new AnnounceReady())], Outcomes);
    }

    [Fact]
    public void A_neighbour_at_the_last_moment_is_in_time()
    {
        Start(1);
        Pass(s_options.JoinTimeout - TimeSpan.FromMilliseconds(1), _ => null);
        Accept(1);
        Pass(TimeSpan.FromMinutes(1), _ => null);
        Assert.Equal([new AnnounceReady()], Outcomes.Select(entry => entry.Said));
    }

    [Fact]
    public void After_a_failed_join_who_asks_is_refused_and_nothing_else_is_said()
    {
        Start(1);
        Pass(s_options.JoinTimeout, _ => NetfluxError.PeerUnreachable);
        Assert.Equal([new RefuseNeighbour(Person(2).Id, NetfluxError.NotAdmitted)], _joiner.Say(new NeighbourAsks(Person(2)), _now));
        Assert.Empty(_joiner.Say(new NeighbourUp(Person(2), LinkPath.Direct), _now));
    }
}
