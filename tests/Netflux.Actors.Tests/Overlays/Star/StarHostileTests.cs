using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Star;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays.Star;

/// <summary>What a hostile neighbour can say: to a hub, and to a member.</summary>
public sealed class StarHostileTests
{
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.Star(null, 20));
    private static readonly MemberRecord Self = OverlayPeople.Record(s_genesis, 0), Friend = OverlayPeople.Record(s_genesis, 1), Enemy = OverlayPeople.Record(s_genesis, 2);
    private readonly StarOptions _options = new();
    private Instant _now = new(TimeSpan.FromHours(1).Ticks);

    private StarOverlay New(MemberRecord self, params MemberRecord[] known)
    {
        var core = new StarOverlay(s_genesis, _options, OverlayPeople.Keys(0), new SeededRandom(1));
        core.Handle(new OverlayStarted(self, [.. known.Select(OverlayPeople.Heard)]), _now);
        return core;
    }

    /// <summary>A hub with friend and enemy as its members.</summary>
    private StarOverlay Hub()
    {
        var core = New(Self);
        foreach (var member in new[] { Friend, Enemy })
        {
            core.Handle(new NeighbourUp(member, LinkPath.Direct), _now);
            Hear(core, member, new StarControl.Attach([], false));
        }
        core.TakeAll();
        Assert.Equal(new[] { Friend.Id, Enemy.Id }.Order(), core.BroadcastTargets);
        return core;
    }

    /// <summary>A member of the friend, linked with the enemy as well.</summary>
    private StarOverlay Member()
    {
        var core = New(Self, Friend);
        foreach (var neighbour in new[] { Friend, Enemy }) core.Handle(new NeighbourUp(neighbour, LinkPath.Direct), _now);
        Hear(core, Friend, Claim(1, Friend, 1, 1, 2));
        Hear(core, Friend, new StarControl.Members([Friend.Record, Enemy.Record], [], true, true));
        core.TakeAll();
        Assert.Equal(Friend.Id, core.Hub);
        return core;
    }

    private static StarControl.Reign Claim(int person, MemberRecord hub, ulong epoch, ulong number, int members) =>
        new(Succession.Create(OverlayPeople.Keys(person), s_genesis, hub, epoch, number, members, []).Record);

    private List<OverlayInstruction> Hear(StarOverlay core, MemberRecord from, StarControl control) => Hear(core, from, control.ToBytes());

    private List<OverlayInstruction> Hear(StarOverlay core, MemberRecord from, byte[] body) => core.Say(new ControlReceived(from.Id, body, OverlayPeople.Noon), _now);

    [Fact]
    public void Any_bytes_are_borne_and_too_many_end_the_link()
    {
        foreach (var core in new[] { Hub(), Member() })
        {
            var random = new SeededRandom(7);
            var whole = new StarControl.Members([Friend.Record, Self.Record], [1, 2], true, true).ToBytes();
            var said = new List<OverlayInstruction>();
            for (var i = 0; i < 2000; i++)
            {
                var body = new byte[random.NextInt32(200)];
                random.Fill(body);
                if (i % 2 == 0) body = whole[..random.NextInt32(whole.Length)];
                if (i % 3 == 0 && body.Length > 0) body[random.NextInt32(body.Length)] ^= 1;
                said.AddRange(Hear(core, Enemy, body));
            }
            Assert.Single(said, new DropNeighbour(Enemy.Id, PeerLeavingReason.ProtocolViolated));
            Assert.DoesNotContain(Enemy.Id, core.BroadcastTargets);
            Assert.Equal([new RefuseNeighbour(Enemy.Id, NetfluxError.NotAdmitted)], core.Say(new NeighbourAsks(Enemy), _now));
            Assert.Contains(core.Say(new NeighbourAsks(Enemy), _now + _options.BanTime), instruction => instruction is AdmitNeighbour);
        }
    }

    [Fact]
    public void A_forged_reign_changes_nothing_and_many_end_the_link()
    {
        var core = Member();
        var forged = Claim(2, Enemy, 9, 1, 19).ToBytes();
        forged[^1] ^= 1;
        Assert.Empty(Hear(core, Enemy, forged));
        Assert.Empty(Hear(core, Enemy, Claim(2, Friend, 9, 1, 19)));                // the friend's record, signed by the enemy
        Assert.Equal((Friend.Id, 1UL), (core.Hub!.Value, core.Epoch));
        var dropped = Enumerable.Range(0, 5_000).SelectMany(_ => Hear(core, Enemy, forged)).OfType<DropNeighbour>().ToList();
        Assert.Equal(_options.VerificationsBurst / 4 < _options.InvalidMax, dropped.Count == 0);    // what is not verified costs nothing, and counts for nothing
        for (var second = 0; second < 60 && dropped.Count == 0; second++)
        {
            _now += TimeSpan.FromSeconds(1);
            dropped.AddRange(Enumerable.Range(0, 20).SelectMany(_ => Hear(core, Enemy, forged)).OfType<DropNeighbour>());
        }
        Assert.Equal([new DropNeighbour(Enemy.Id, PeerLeavingReason.ProtocolViolated)], dropped);
    }

    [Fact]
    public void A_member_leaves_its_hub_for_a_better_claim_only_when_the_other_answers()
    {
        var core = Member();
        var absent = OverlayPeople.Record(s_genesis, 5);
        var claim = Claim(5, absent, 9, 1, 19);
        Assert.Equal([Friend.Id], Hear(core, Enemy, claim).OfType<SendControl>().Select(send => send.To));   // the hub is told, and has its time
        _now += _options.YieldPatience;
        core.HandleDeadline(_now);
        Assert.Contains(core.TakeAll(), instruction => instruction is ConnectNeighbour connect && connect.Card.Id == absent.Id);
        Assert.Equal(Friend.Id, core.Hub);
        _now += _options.AttachPatience;
        core.HandleDeadline(_now);
        Assert.Equal(Friend.Id, core.Hub);
        Assert.DoesNotContain(core.TakeAll(), instruction => instruction is AnnounceHubLost or AnnounceLeaving);
    }

    [Fact]
    public void Only_the_hub_says_who_is_a_member_who_is_gone_and_who_is_silent()
    {
        var core = Member();
        var stranger = OverlayPeople.Record(s_genesis, 7);
        Assert.Empty(Hear(core, Enemy, new StarControl.Members([stranger.Record], [], true, true)));
        Assert.Empty(Hear(core, Enemy, new StarControl.Gone(Friend.Id, PeerLeavingReason.Left)));
        Assert.Empty(Hear(core, Enemy, new StarControl.Silent(Friend.Id, false)));
        Assert.Equal(new[] { Friend.Id, Enemy.Id }.Order(), core.Members.Select(member => member.Id));
        Assert.Equal([new AnnounceLeaving(Enemy.Id, PeerLeavingReason.Left)], Hear(core, Friend, new StarControl.Gone(Enemy.Id, PeerLeavingReason.Left)).OfType<AnnounceLeaving>());
    }

    [Fact]
    public void A_member_speaks_to_the_hub_of_itself_alone()
    {
        var core = Hub();
        Assert.Empty(Hear(core, Enemy, new StarControl.Members([OverlayPeople.Record(s_genesis, 1, 1, 2).Record], [], false, false)));
        Assert.Equal(1U, core.Members.Single(member => member.Id == Friend.Id).Version);
        Hear(core, Enemy, new StarControl.Members([OverlayPeople.Record(s_genesis, 2, 1, 2).Record], [], false, false));
        Assert.Equal(2U, core.Members.Single(member => member.Id == Enemy.Id).Version);
    }

    [Fact]
    public void A_hostile_hub_cannot_list_more_than_twice_the_places()
    {
        var core = Member();
        var many = Enumerable.Range(10, 60).Select(person => OverlayPeople.Record(s_genesis, person).Record).ToList();
        foreach (var chunk in many.Chunk(30)) Hear(core, Friend, new StarControl.Members(chunk, [], false, false));
        Assert.Equal(40, core.Members.Count);
        Assert.Empty(Hear(core, Friend, new StarControl.Members([.. many.Take(41)], [], false, false)).OfType<AnnounceJoining>());
    }

    [Fact]
    public void A_list_counts_up_to_twice_the_places()
    {
        var core = Member();
        Hear(core, Friend, new StarControl.Members([], [], true, false));
        foreach (var chunk in Enumerable.Range(10, 40).Select(person => OverlayPeople.Record(s_genesis, person).Record).Chunk(20)) Hear(core, Friend, new StarControl.Members(chunk, [], false, false));
        Hear(core, Friend, new StarControl.Members([Enemy.Record], [], false, true));       // one too many: it is as if it were not there
        _now += _options.DoubtTime;
        core.HandleDeadline(_now);
        Assert.Contains(new AnnounceLeaving(Enemy.Id, PeerLeavingReason.ConnectionLost), core.TakeAll());
    }

    [Fact]
    public void Records_of_another_network_and_forged_ones_are_no_members()
    {
        var core = Member();
        var other = OverlayPeople.Record(OverlayPeople.GenesisFor(Topology.Star(null, 21)), 7);
        var forged = OverlayPeople.Record(s_genesis, 8).Record.ToArray();
        forged[^1] ^= 1;
        Assert.Empty(Hear(core, Friend, new StarControl.Members([other.Record, forged], [], false, false)).OfType<AnnounceJoining>());
        Assert.Equal(2, core.Members.Count);
    }

    [Fact]
    public void Whole_lists_are_sent_at_a_limited_rate()
    {
        var core = Hub();
        var lists = Enumerable.Range(0, 100).SelectMany(_ => Hear(core, Enemy, new StarControl.Attach([], true))).OfType<SendControl>().Count(send => StarControl.TryParse(send.Body, out var said) && said is StarControl.Members);
        Assert.Equal(_options.ListsAnsweredBurst - 1, lists);   // one was sent when it attached
    }

    [Fact]
    public void Orphans_alone_make_no_succession()
    {
        var core = Member();
        foreach (var _ in Enumerable.Range(0, 1_000)) Hear(core, Enemy, new StarControl.Orphan(1, default));
        _now += TimeSpan.FromSeconds(30);
        core.HandleDeadline(_now);
        Assert.Equal((Friend.Id, false), (core.Hub!.Value, core.Rules));
    }

    [Fact]
    public void Only_a_newer_record_of_the_hub_itself_proves_that_it_restarted()
    {
        var core = Member();
        Hear(core, Enemy, new StarControl.Orphan(1, OverlayPeople.Record(s_genesis, 2, 9).Record));
        Hear(core, Enemy, new StarControl.Orphan(1, Friend.Record));
        Assert.Equal(Friend.Id, core.Hub);
        Assert.Contains(new AnnounceLeaving(Friend.Id, PeerLeavingReason.Restarted), Hear(core, Enemy, new StarControl.Orphan(1, OverlayPeople.Record(s_genesis, 1, 2).Record)));
        Assert.Null(core.Hub);
    }

    [Fact]
    public void Introductions_go_one_hop_only_and_at_a_limited_rate()
    {
        var core = Hub();
        byte[] seal = [1, 2, 3];
        var own = new StarControl.Introduction(Enemy.Id, Friend.Id, seal);
        Assert.Equal(Friend.Id, Assert.IsType<SendControl>(Assert.Single(Hear(core, Enemy, own))).To);
        Assert.Empty(Hear(core, Enemy, own with { From = Self.Id }));                        // not its own
        Assert.Empty(Hear(core, Enemy, own with { From = OverlayPeople.Keys(7).Id }));       // a second hop
        Assert.Empty(Hear(core, Enemy, own with { To = OverlayPeople.Keys(7).Id }));         // not our neighbour
        Assert.Equal(seal, Assert.IsType<TakeIntroduction>(Assert.Single(Hear(core, Enemy, new StarControl.Introduction(OverlayPeople.Keys(7).Id, Self.Id, seal)))).Sealed.ToArray());
        Assert.Empty(Hear(core, Enemy, own with { Sealed = new byte[_options.IntroductionBytesMax + 1] }));
        Assert.InRange(Enumerable.Range(0, 1000).Sum(_ => Hear(core, Enemy, own).Count), 1, _options.IntroductionsBurst);
    }

    [Fact]
    public void A_slow_member_is_dropped_and_all_are_told()
    {
        var core = Hub();
        var said = core.Say(new NeighbourTooSlow(Enemy.Id), _now);
        Assert.Contains(new DropNeighbour(Enemy.Id, PeerLeavingReason.TooSlow), said);
        Assert.Contains(new AnnounceLeaving(Enemy.Id, PeerLeavingReason.TooSlow), said);
        Assert.Contains(said, instruction => instruction is SendControl send && send.To == Friend.Id && StarControl.TryParse(send.Body, out var control) && control is StarControl.Gone { Reason: PeerLeavingReason.TooSlow });
    }

    [Fact]
    public void Peers_at_the_door_are_limited_in_number()
    {
        var core = Hub();
        var admitted = Enumerable.Range(100, 200).Sum(person => core.Say(new NeighbourAsks(OverlayPeople.Record(s_genesis, person)), _now).OfType<AdmitNeighbour>().Count());
        Assert.Equal(_options.PeersPerPlace * 20 - 2, admitted);
    }
}
