using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Gossip.Roster;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays.Gossip.Roster;

/// <summary>Who is a member, and who says so. Places for two others.</summary>
public sealed class GossipRosterTests
{
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.TryParse("""{"type":"gossip","exactMembers":3}""", out var topology, out _) ? topology : throw new InvalidOperationException());
    private static readonly MemberRecord s_ann = OverlayPeople.Record(s_genesis, 1), s_bob = OverlayPeople.Record(s_genesis, 2), s_cy = OverlayPeople.Record(s_genesis, 3);
    private readonly RosterOptions _options = new();
    private readonly Queue<OverlayInstruction> _outbox = new();
    private readonly GossipRoster _roster;
    private Instant _now = new(TimeSpan.FromHours(1).Ticks);

    public GossipRosterTests()
    {
        _roster = new(s_genesis, _options, new SeededRandom(1), _outbox);
        _roster.Start(OverlayPeople.Record(s_genesis, 0), _now);
        foreach (var member in new[] { s_ann, s_bob, s_cy }) _roster.Take(member, inPerson: false, _now);
        Assert.Equal([new AnnounceJoining(s_ann), new AnnounceJoining(s_bob)], Told());     // the third is beyond
    }

    private List<OverlayInstruction> Told()
    {
        List<OverlayInstruction> told = [.. _outbox];
        _outbox.Clear();
        return told;
    }

    private List<OverlayInstruction> Hear(MemberRecord author, ulong sequence, RosterNews? news)
    {
        Assert.True(_roster.TryFind(author.Id, out var member));
        var place = new BroadcastPlace(author.Incarnation, sequence);
        if (_roster.HandleBroadcast(member, place, news is RosterNews.Bye, _now) && news is not null) _roster.OnNews(member, news, place, _now);
        return Told();
    }

    [Fact]
    public void Who_is_beyond_is_shown_when_it_speaks_and_there_is_room()
    {
        Assert.Empty(Hear(s_cy, 1, null));
        Assert.Equal([new AnnounceLeaving(s_ann.Id, PeerLeavingReason.Left)], Hear(s_ann, 1, new RosterNews.Bye(PeerLeavingReason.Left)));
        Assert.Equal([new AnnounceJoining(s_cy)], Hear(s_cy, 2, null));
    }

    [Fact]
    public void Who_is_beyond_and_goes_is_not_shown_for_that()
    {
        Hear(s_ann, 1, new RosterNews.Bye(PeerLeavingReason.Left));
        Assert.Empty(Hear(s_cy, 1, new RosterNews.Bye(PeerLeavingReason.Left)));
        Assert.Equal([s_bob.Id], _roster.Members.Select(member => member.Id));
    }

    [Fact]
    public void Who_is_doubted_stays_when_it_speaks_after_that_and_goes_when_it_does_not()
    {
        // B loses A; A → alive → all
        var lost = new RosterNews.Lost(new MemberRun(s_ann.Id, s_ann.Incarnation), 1);
        Hear(s_ann, 1, null);
        Assert.Equal([new AnnounceSuspected(s_ann.Id)], Hear(s_bob, 1, lost));
        Assert.Equal([new AnnounceRecovered(s_ann.Id)], Hear(s_ann, 2, new RosterNews.Alive(TimeSpan.Zero)));
        Assert.Equal([new AnnounceSuspected(s_ann.Id)], Hear(s_bob, 2, lost with { Sequence = 2 }));
        _now += _options.DoubtTime;
        _roster.HandleDeadline(_now);
        Assert.Contains(new AnnounceLeaving(s_ann.Id, PeerLeavingReason.ConnectionLost), Told());
    }

    [Theory, InlineData(PeerLeavingReason.Restarted), InlineData(PeerLeavingReason.ConnectionLost), InlineData(PeerLeavingReason.WentOffline)]
    public void The_end_of_a_channel_with_the_run_before_says_nothing_of_the_run_that_is_known_now(PeerLeavingReason reason)
    {
        _roster.HandleLinked(s_ann.Id, _now);
        var again = OverlayPeople.Record(s_genesis, 1, incarnation: s_ann.Incarnation.Value + 1);
        Hear(again, 1, null);
        _roster.Take(again, inPerson: true, _now);
        Assert.Equal([new AnnounceLeaving(s_ann.Id, PeerLeavingReason.Restarted), new AnnounceJoining(again)], Told());
        _roster.HandleUnlinked(s_ann.Id, reason, _now);
        _now += _options.DoubtTime;
        _roster.HandleDeadline(_now);
        Assert.Empty(Told());
        Assert.Contains(again, _roster.Members);
        _roster.HandleLinked(again.Id, _now);
        _roster.HandleUnlinked(again.Id, PeerLeavingReason.Restarted, _now);
        Assert.Equal([new AnnounceLeaving(again.Id, PeerLeavingReason.Restarted)], Told());
    }
}
