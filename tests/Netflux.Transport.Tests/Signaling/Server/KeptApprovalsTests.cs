using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Server;

/// <summary>Wishes to join a network that takes invited members only: who may ask, who decides, how long what waits.</summary>
public sealed class KeptApprovalsTests
{
    private static readonly Genesis s_club = NewClub();
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);
    private static readonly SeededPeerKeys s_eve = new(5);

    private RoomWorld _world = new(() => new NetworkRoom(s_club.Network));
    private Visitor _alice = null!;
    private long _lastConnection;
    private ulong _lastRequest;

    public KeptApprovalsTests() => Begin();

    private static Genesis NewClub()
    {
        Assert.True(Topology.TryParse("""{"type":"full-mesh","join":"invite"}""", out var topology, out _));
        return Genesis.Create(Alice, topology, new SeededRandom(31), WallClock);
    }

    private void Begin(SignalingServerOptions? options = null)
    {
        _world = new(() => new NetworkRoom(s_club.Network), options);
        _alice = Join(Alice, Admission.Issue(Alice, s_club, Alice.Id, null, true, WallClock, null));
    }

    private (Visitor Who, Entered Answer) Enter(IPeerKeys keys)
    {
        var who = RoomWorld.VisitorOf(keys, ++_lastConnection);
        return (who, Assert.IsType<Entered>(_world.Ask(new EnterDoor(who, ++_lastRequest, s_club.Network.ToString(), s_club, DoorMode.Join, Track: keys == Alice))));
    }

    private Visitor Join(IPeerKeys keys, Admission admission)
    {
        var (who, _) = Enter(keys);
        Put(who, keys, admission);
        return who;
    }

    private void Put(Visitor who, IPeerKeys keys, Admission admission) =>
        Assert.IsType<Accomplished>(_world.Ask(new PutTracked(who, ++_lastRequest, MemberRecord.Create(keys, s_club, new Incarnation(1), 1, "somebody", admission, [], false).Record)));

    private static Admission ByAlice(IPeerKeys member, bool mayInvite = false, DateTimeOffset? expires = null) => Admission.Issue(Alice, s_club, member.Id, null, mayInvite, WallClock, expires);

    private AskApproval Asking(Visitor who, IPeerKeys keys, string text = "hello", Genesis? network = null) =>
        new(who, ++_lastRequest, ApprovalRecord.Create(keys, (network ?? s_club).Network, "somebody", text, _world.WallClock).Record);

    /// <summary>At the door, and asking.</summary>
    private Visitor Ask(IPeerKeys keys, string text = "hello")
    {
        var (who, _) = Enter(keys);
        Assert.Single(_world.Say(Asking(who, keys, text)).OfType<Accomplished>());
        return who;
    }

    private void Leave(Visitor who) => _world.Say(new LeaveRoom(who.Id, who.Connection, OnPurpose: false));

    private TakeDecision Deciding(Visitor by, PeerId peer, Admission? admission = null, string why = "") => new(by, ++_lastRequest, peer, admission?.Record ?? default, why);

    private NetfluxError Refused(RoomRequest request)
    {
        var refused = _world.AskWithoutStoring<RoomRefused>(request);
        Assert.Equal(request.Request, refused.Request);
        Assert.NotEmpty(refused.Text);
        return refused.Error;
    }

    /// <summary>All who wait, one by one, as the member is told.</summary>
    private List<PeerId> List(Visitor who)
    {
        List<PeerId> peers = [];
        while (_world.Ask(new NextApproval(who, ++_lastRequest, peers.Count == 0 ? null : peers[^1])) is ApprovalWaits waits)
        {
            Assert.Equal((_lastRequest, s_club.Network), (waits.Request, waits.Network));
            Assert.True(ApprovalRecord.TryParse(waits.Record, s_club.Network, out var asked, out _));
            peers.Add(asked.Peer);
        }
        return peers;
    }

    // ---- Asking ----

    [Fact]
    public void It_is_stored_acknowledged_and_told_to_members_who_may_invite()
    {
        var bob = Join(Bob, ByAlice(Bob));                              // may not
        var (carol, _) = Enter(Carol);
        var ask = Asking(carol, Carol, "Alice knows me.");
        var said = _world.Say(ask);
        Assert.Equal([typeof(ApprovalKept), typeof(Accomplished), typeof(ApprovalWaits)], said.Select(one => one.GetType()));
        Assert.Equal((Carol.Id, ask.Record, _world.WallClock), said[0] is ApprovalKept kept ? (kept.Peer, kept.Record, kept.At) : default);
        Assert.Equal(new ApprovalWaits(0, s_club.Network, ask.Record), said[2]);
        Assert.Equal([Carol.Id], List(_alice));
        Assert.Equal(NetfluxError.NotAdmitted, Refused(new NextApproval(bob, ++_lastRequest, null)));
        Assert.Equal(NetfluxError.NotAMember, Refused(new NextApproval(carol, ++_lastRequest, null)));
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Deciding(bob, Carol.Id)));
        Assert.Equal(NetfluxError.NotAMember, Refused(Deciding(carol, Carol.Id)));
    }

    [Fact]
    public void Who_asks_again_waits_once()
    {
        var carol = Ask(Carol);
        Assert.IsType<Accomplished>(Assert.Single(_world.Say(Asking(carol, Carol, "please"))));
        Assert.Equal([Carol.Id], List(_alice));
    }

    [Fact]
    public void Who_waits_at_the_door_is_not_shown_as_one_to_link_with_until_it_is_accepted()
    {
        Ask(Carol);
        Assert.Equal([Alice.Id], Enter(Dave).Answer.Members.Select(member => member.Id));
        Assert.Equal([Dave.Id], Assert.IsType<Listed>(_world.Ask(new ListDoor(_alice, ++_lastRequest))).Members.Select(member => member.Id));
        _world.Say(Deciding(_alice, Carol.Id, ByAlice(Carol)));
        Assert.Equal([Carol.Id, Dave.Id], Assert.IsType<Listed>(_world.Ask(new ListDoor(_alice, ++_lastRequest))).Members.Select(member => member.Id));
    }

    [Fact]
    public void Several_are_listed_one_by_one_in_the_order_of_their_ids()
    {
        Assert.Empty(List(_alice));
        foreach (var keys in new[] { Bob, Carol, Dave, s_eve }) Ask(keys);
        Assert.Equal(new[] { Bob.Id, Carol.Id, Dave.Id, s_eve.Id }.Order(), List(_alice));
    }

    [Fact]
    public void What_is_not_ones_own_wish_into_this_network_is_refused()
    {
        var (carol, _) = Enter(Carol);
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Asking(carol, Dave)));
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Asking(carol, Carol, network: Other)));
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Asking(carol, Carol) with { Record = new byte[] { 1 } }));
        Assert.Equal(NetfluxError.NotAMember, Refused(Asking(RoomWorld.VisitorOf(Dave, 99), Dave)));
        Assert.Equal(NetfluxError.InvalidOptions, Refused(Asking(_alice, Alice)));
        Assert.Empty(List(_alice));
    }

    [Fact]
    public void Into_a_network_that_is_open_or_not_remembered_nobody_asks()
    {
        _world = new(() => new NetworkRoom(s_club.Network));
        Assert.Equal(NetfluxError.TrackingNotSupported, Refused(Asking(Enter(Carol).Who, Carol)));
        _world = new(() => new NetworkRoom(Lobby.Network));
        var bob = RoomWorld.VisitorOf(Bob, 1);
        _world.Ask(new EnterDoor(bob, 1, Lobby.Network.ToString(), Lobby, DoorMode.Join, Track: true));
        Assert.Equal(NetfluxError.InvalidOptions, Refused(Asking(bob, Bob, network: Lobby)));
    }

    [Fact]
    public void There_is_room_for_so_many()
    {
        Begin(new() { ApprovalsMax = 2 });
        Ask(Bob);
        var carol = Ask(Carol);
        Assert.Equal(NetfluxError.TooMany, Refused(Asking(Enter(Dave).Who, Dave)));
        Assert.IsType<Accomplished>(Assert.Single(_world.Say(new EndApproval(carol, ++_lastRequest)).OfType<RoomReply>()));
        Ask(Dave);
    }

    // ---- Deciding ----

    [Fact]
    public void Who_is_accepted_while_it_waits_at_the_door_is_told_at_once()
    {
        var carol = Ask(Carol);
        var decide = Deciding(_alice, Carol.Id, ByAlice(Carol));
        var said = _world.Say(decide);
        Assert.Equal([typeof(ApprovalSettled), typeof(Accomplished), typeof(DecisionMade)], said.Select(one => one.GetType()));
        Assert.Equal((Carol.Id, Alice.Id, decide.Admission), said[0] is ApprovalSettled settled ? (settled.Peer, settled.By, settled.Admission) : default);
        Assert.Equal(new DecisionMade(0, s_club.Network, decide.Admission, ""), said[2]);
        Put(carol, Carol, ByAlice(Carol));
        Assert.Empty(_world.Room.Compact().OfType<ApprovalSettled>());       // it is a member: nothing is kept beside that
    }

    [Fact]
    public void Who_is_accepted_while_it_is_away_finds_the_admission_at_the_door_also_after_a_restart()
    {
        Leave(Ask(Carol));
        var admission = ByAlice(Carol);
        Assert.IsType<Accomplished>(_world.Say(Deciding(_alice, Carol.Id, admission)).OfType<RoomReply>().Single());
        for (var round = 0; round < 2; round++)
        {
            _world.Restart();
            Assert.Equal(admission.Record.ToArray(), Enter(Carol).Answer.Admission.ToArray());
            Assert.True(Enter(Dave).Answer.Admission.IsEmpty);
            _world.Compact();
        }
        var (carol, _) = Enter(Carol);
        Assert.Equal(admission.Record.ToArray(), _world.AskWithoutStoring<DecisionMade>(Asking(carol, Carol)).Admission.ToArray());
        Put(carol, Carol, admission);
        Assert.True(Enter(Carol).Answer.Admission.IsEmpty);
    }

    [Fact]
    public void A_member_decides_later_on_what_was_asked_while_nobody_was_there()
    {
        Leave(_alice);
        Leave(Ask(Carol));
        _world.Restart();
        var (alice, _) = Enter(Alice);
        Assert.Equal([Carol.Id], List(alice));
        Assert.IsType<Accomplished>(_world.Say(Deciding(alice, Carol.Id, why: "Not now.")).OfType<RoomReply>().Single());
        Assert.Empty(List(alice));
        _world.Restart();
        var decision = _world.AskWithoutStoring<DecisionMade>(Asking(Enter(Carol).Who, Carol));
        Assert.Equal((0, "Not now."), (decision.Admission.Length, decision.Why));
    }

    [Fact]
    public void Who_was_declined_can_be_accepted_yet_and_not_the_other_way()
    {
        var carol = Ask(Carol);
        Assert.Equal(new DecisionMade(0, s_club.Network, default, "no"), _world.Say(Deciding(_alice, Carol.Id, why: "no")).OfType<DecisionMade>().Single());
        Assert.IsType<Accomplished>(Assert.Single(_world.Say(Deciding(_alice, Carol.Id, why: "no"))));             // said again
        Assert.Single(_world.Say(Deciding(_alice, Carol.Id, ByAlice(Carol))).OfType<ApprovalSettled>());
        Assert.IsType<Accomplished>(Assert.Single(_world.Say(Deciding(_alice, Carol.Id, ByAlice(Carol)))));
        Assert.Equal(NetfluxError.UnknownRequest, Refused(Deciding(_alice, Carol.Id, why: "no")));
        Put(carol, Carol, ByAlice(Carol));
        Assert.Equal(NetfluxError.UnknownRequest, Refused(Deciding(_alice, Carol.Id)));
    }

    [Fact]
    public void Any_member_that_may_invite_decides_by_an_admission_of_its_own()
    {
        var bob = Join(Bob, ByAlice(Bob, mayInvite: true));
        Ask(Carol);
        Assert.Equal([Carol.Id], List(bob));
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Deciding(bob, Carol.Id, ByAlice(Carol))));               // another's
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Deciding(_alice, Carol.Id, ByAlice(Dave))));            // for another
        Assert.Equal(NetfluxError.NotAdmitted, Refused(Deciding(_alice, Carol.Id) with { Admission = new byte[] { 1, 2 } }));
        Assert.Equal(NetfluxError.UnknownRequest, Refused(Deciding(_alice, Dave.Id, ByAlice(Dave))));
        Assert.Equal(NetfluxError.InvalidOptions, Refused(Deciding(_alice, Carol.Id, why: "two\nlines")));
        Assert.Single(_world.Say(Deciding(bob, Carol.Id, Admission.Issue(Bob, s_club, Carol.Id, ByAlice(Bob, mayInvite: true), false, WallClock, null))).OfType<ApprovalSettled>());
    }

    [Fact]
    public void Who_may_invite_no_more_does_not_decide()
    {
        var bob = Join(Bob, ByAlice(Bob, mayInvite: true, WallClock.AddHours(1)));
        Ask(Carol);
        _world.Advance(TimeSpan.FromHours(2));
        (bob, _) = Enter(Bob);
        Assert.Equal(NetfluxError.NotAdmitted, Refused(new NextApproval(bob, ++_lastRequest, null)));
    }

    [Fact]
    public void Who_withdraws_waits_no_more()
    {
        var carol = Ask(Carol);
        Assert.Equal([typeof(ApprovalSettled), typeof(Accomplished)], _world.Say(new EndApproval(carol, ++_lastRequest)).Select(one => one.GetType()));
        Assert.Empty(List(_alice));
        Assert.Equal(NetfluxError.UnknownRequest, Refused(new EndApproval(carol, ++_lastRequest)));
        _world.Restart();
        Assert.Equal(NetfluxError.NotAMember, Refused(new EndApproval(carol, ++_lastRequest)));
        Assert.Empty(_world.Room.Compact().OfType<ApprovalKept>());
        Ask(Carol);
    }

    [Fact]
    public void Who_comes_in_by_other_means_waits_no_more()
    {
        var carol = Ask(Carol);
        Put(carol, Carol, ByAlice(Carol));
        Assert.Empty(List(_alice));
    }

    // ---- Time ----

    [Fact]
    public void Nobody_waits_longer_than_a_week()
    {
        Leave(Ask(Carol));
        _world.Advance(7 * s_day - TimeSpan.FromSeconds(1));
        Assert.Equal([Carol.Id], List(Enter(Alice).Who));
        _world.Advance(TimeSpan.FromSeconds(1));
        var alice = Enter(Alice).Who;
        Assert.Empty(List(alice));
        Assert.Equal(NetfluxError.UnknownRequest, Refused(Deciding(alice, Carol.Id, ByAlice(Carol))));
        Ask(Carol);
    }

    [Fact]
    public void A_decision_waits_for_a_month_and_the_oldest_goes_first()
    {
        Begin(new() { ApprovalDecisionsMax = 2 });
        foreach (var keys in new[] { Bob, Carol, Dave })
        {
            Leave(Ask(keys));
            _world.Say(Deciding(_alice = Enter(Alice).Who, keys.Id, ByAlice(keys)));
            _world.Advance(TimeSpan.FromMinutes(1));
        }
        Leave(Ask(s_eve));                                              // looks at what is kept
        Assert.Equal([true, false, false], new[] { Bob, Carol, Dave }.Select(keys => Enter(keys).Answer.Admission.IsEmpty));
        _world.Advance(30 * s_day);
        Leave(Ask(s_eve));
        Assert.True(Enter(Dave).Answer.Admission.IsEmpty);
    }

    [Fact]
    public void An_admission_that_does_not_hold_any_more_lets_nobody_in()
    {
        Leave(Ask(Carol));
        _world.Say(Deciding(_alice, Carol.Id, ByAlice(Carol, expires: WallClock.AddHours(1))));
        Assert.False(Enter(Carol).Answer.Admission.IsEmpty);
        _world.Advance(TimeSpan.FromHours(2));
        Assert.True(Enter(Carol).Answer.Admission.IsEmpty);
    }
}
