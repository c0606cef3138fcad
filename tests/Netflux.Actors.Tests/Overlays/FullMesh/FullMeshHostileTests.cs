using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.FullMesh;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays.FullMesh;

/// <summary>What a hostile neighbour can say.</summary>
public sealed class FullMeshHostileTests
{
    private static readonly MemberRecord Self = OverlayPeople.Record(50, 0), Friend = OverlayPeople.Record(50, 1), Enemy = OverlayPeople.Record(50, 2);
    private readonly FullMeshOptions _options = new();
    private readonly FullMeshOverlay _core;
    private Instant _now = new(TimeSpan.FromHours(1).Ticks);

    public FullMeshHostileTests()
    {
        _core = new(OverlayPeople.GenesisFor(50), _options, new SeededRandom(1));
        _core.Handle(new OverlayStarted(Self, []), _now);
        foreach (var neighbour in new[] { Friend, Enemy }) _core.Handle(new NeighbourUp(neighbour, LinkPath.Direct), _now);
        _core.TakeAll();
    }

    private List<OverlayInstruction> Hear(MemberRecord from, ReadOnlyMemory<byte> body) => _core.Say(new ControlReceived(from.Id, body, OverlayPeople.Noon), _now);

    [Fact]
    public void Any_bytes_are_borne_and_too_many_end_the_link()
    {
        var random = new SeededRandom(7);
        var whole = MemberControl.WriteList([Friend.Record, Self.Record], whole: true);
        var said = new List<OverlayInstruction>();
        for (var i = 0; i < 2000; i++)
        {
            var body = new byte[random.NextInt32(200)];
            random.Fill(body);
            if (i % 2 == 0) body = whole[..random.NextInt32(whole.Length)];
            if (i % 3 == 0 && body.Length > 0) body[random.NextInt32(body.Length)] ^= 1;
            said.AddRange(Hear(Enemy, body));
        }
        Assert.Single(said, new DropNeighbour(Enemy.Id, PeerLeavingReason.ProtocolViolated));
        Assert.Equal([Friend.Id], _core.BroadcastTargets);
        Assert.Equal([new RefuseNeighbour(Enemy.Id, NetfluxError.NotAdmitted)], _core.Say(new NeighbourAsks(Enemy), _now));
        _now += _options.BanTime;
        Assert.Equal([new AdmitNeighbour(Enemy.Id)], _core.Say(new NeighbourAsks(Enemy), _now));
    }

    [Fact]
    public void Records_of_another_network_and_forged_ones_are_ignored()
    {
        var other = OverlayPeople.Record(4, 3);
        var forged = OverlayPeople.Record(50, 3).Record.ToArray();
        forged[^1] ^= 1;
        Assert.Empty(Hear(Enemy, MemberControl.WriteList([other.Record, forged], whole: false)));
        Assert.False(_core.TryFind(other.Id, out _));
    }

    [Fact]
    public void Verifications_are_limited()
    {
        var connects = 0;
        var fresh = new FullMeshOptions { VerificationsBurst = 5, VerificationsPerSecond = 1 };
        var core = new FullMeshOverlay(OverlayPeople.GenesisFor(50), fresh, new SeededRandom(1));
        core.Handle(new OverlayStarted(Self, []), _now);
        core.Handle(new NeighbourUp(Enemy, LinkPath.Direct), _now);
        core.TakeAll();
        var many = Enumerable.Range(3, 20).Select(person => OverlayPeople.Record(50, person).Record);
        connects += core.Say(new ControlReceived(Enemy.Id, MemberControl.WriteList(many, whole: true), OverlayPeople.Noon), _now).OfType<ConnectNeighbour>().Count();
        Assert.Equal(5, connects);
    }

    [Fact]
    public void Who_left_is_not_brought_back_by_an_old_list_but_by_itself()
    {
        Assert.Equal([new AnnounceLeaving(Enemy.Id, PeerLeavingReason.Left)], _core.Say(new NeighbourDown(Enemy.Id, PeerLeavingReason.Left), _now));
        Assert.Empty(Hear(Friend, MemberControl.WriteList([Friend.Record, Enemy.Record], whole: true)));
        Assert.False(_core.TryFind(Enemy.Id, out _));
        Assert.Equal([new AdmitNeighbour(Enemy.Id)], _core.Say(new NeighbourAsks(Enemy), _now));
    }

    [Fact]
    public void A_member_that_nobody_vouches_for_is_forgotten()
    {
        var ghost = OverlayPeople.Record(50, 9);
        Assert.Single(_core.Say(new MemberHeard(OverlayPeople.Heard(ghost)), _now).OfType<ConnectNeighbour>());
        for (var i = 0; i < 100 && _core.TryFind(ghost.Id, out _); i++)
        {
            _core.Handle(new ConnectFailed(ghost.Id, NetfluxError.PeerUnreachable), _now);
            _now = _core.NextDeadline!.Value;
            _core.HandleDeadline(_now);
        }
        Assert.False(_core.TryFind(ghost.Id, out _));
    }

    [Fact]
    public void Introductions_go_one_hop_only_and_at_a_limited_rate()
    {
        byte[] seal = [1, 2, 3];
        var asFriend = MemberControl.WriteIntroduction(Enemy.Id, Friend.Id, seal);
        Assert.Equal(Friend.Id, Assert.IsType<SendControl>(Assert.Single(Hear(Enemy, asFriend))).To);
        Assert.Empty(Hear(Enemy, MemberControl.WriteIntroduction(Self.Id, Friend.Id, seal)));           // not its own
        Assert.Empty(Hear(Enemy, MemberControl.WriteIntroduction(OverlayPeople.Keys(7).Id, Friend.Id, seal))); // a second hop
        Assert.Empty(Hear(Enemy, MemberControl.WriteIntroduction(Enemy.Id, OverlayPeople.Keys(7).Id, seal)));  // not our neighbour
        Assert.Equal(seal, Assert.IsType<TakeIntroduction>(Assert.Single(Hear(Enemy, MemberControl.WriteIntroduction(OverlayPeople.Keys(7).Id, Self.Id, seal)))).Sealed.ToArray());
        Assert.Empty(Hear(Enemy, MemberControl.WriteIntroduction(Enemy.Id, Friend.Id, new byte[_options.IntroductionBytesMax + 1])));
        Assert.InRange(Enumerable.Range(0, 1000).Sum(_ => Hear(Enemy, asFriend).Count), 0, _options.IntroductionsBurst);
        Assert.Equal(Friend.Id, _core.BroadcastTargets.Single(id => id == Friend.Id));
    }

    [Fact]
    public void A_digest_that_differs_is_answered_by_a_list_at_a_limited_rate()
    {
        var digest = MemberControl.WriteDigest(new byte[MemberControl.HashBytes]);
        var lists = Enumerable.Range(0, 100).Sum(_ => Hear(Enemy, digest).OfType<SendControl>().Count());
        Assert.Equal(_options.ListsAnsweredBurst, lists);
    }

    [Fact]
    public void A_slow_member_is_dropped_and_tried_again_later()
    {
        Assert.Equal([new DropNeighbour(Enemy.Id, PeerLeavingReason.TooSlow), new AnnounceLeaving(Enemy.Id, PeerLeavingReason.TooSlow)], _core.Say(new NeighbourTooSlow(Enemy.Id), _now));
        _now += _options.RetryMax;
        _core.HandleDeadline(_now);
        Assert.Contains(_core.TakeAll(), instruction => instruction is ConnectNeighbour connect && connect.Card.Id == Enemy.Id);
    }
}
