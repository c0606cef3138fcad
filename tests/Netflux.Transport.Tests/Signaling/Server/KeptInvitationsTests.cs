using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Server;

/// <summary>Invitations that wait in a network for a member that is offline: who may, how many, how long, and who gets them.</summary>
public sealed class KeptInvitationsTests
{
    private static readonly ReadOnlyMemory<byte> s_sealed = new byte[] { 1, 2, 3 };

    private RoomWorld _world = new(() => new NetworkRoom(Lobby.Network));
    private long _lastConnection;
    private ulong _lastRequest;

    private static InvitationId Id(byte of) => InvitationId.TryRead([.. Enumerable.Repeat(of, 16)], out var id) ? id : default;

    private Visitor Enter(IPeerKeys keys)
    {
        var who = RoomWorld.VisitorOf(keys, ++_lastConnection);
        Assert.IsType<Entered>(_world.Ask(new EnterDoor(who, ++_lastRequest, Lobby.Network.ToString(), Lobby, DoorMode.Join, Track: true)));
        return who;
    }

    /// <summary>At the door, and a member.</summary>
    private Visitor Join(IPeerKeys keys)
    {
        var who = Enter(keys);
        var record = MemberRecord.Create(keys, Lobby, new Incarnation(1), 1, "somebody", Admission.Issue(keys, Lobby, keys.Id, null, true, WallClock, null), [], false);
        Assert.IsType<Accomplished>(_world.Ask(new PutTracked(who, ++_lastRequest, record.Record)));
        return who;
    }

    private void Leave(Visitor who) => _world.Say(new LeaveRoom(who.Id, who.Connection, OnPurpose: false));

    private KeepInvitation Keeping(Visitor from, PeerId to, byte id = 1, TimeSpan? lasts = null, ReadOnlyMemory<byte>? bytes = null) =>
        new(from, ++_lastRequest, Id(id), to, bytes ?? s_sealed, _world.WallClock + (lasts ?? TimeSpan.FromDays(1)));

    private void Keep(Visitor from, PeerId to, byte id = 1, TimeSpan? lasts = null, ReadOnlyMemory<byte>? bytes = null)
    {
        var keep = Keeping(from, to, id, lasts, bytes);
        Assert.Equal(keep.Request, Assert.Single(_world.Say(keep).OfType<Accomplished>()).Request);   // and whoever is at the door gets it
    }

    private NetfluxError Refused(RoomRequest request)
    {
        var refused = _world.AskWithoutStoring<RoomRefused>(request);
        Assert.Equal(request.Request, refused.Request);
        Assert.NotEmpty(refused.Text);
        return refused.Error;
    }

    /// <summary>All that waits for the visitor, one by one.</summary>
    private List<InvitationId> Collect(Visitor who)
    {
        List<InvitationId> ids = [];
        while (_world.Ask(new NextInvitation(who, ++_lastRequest, ids.Count == 0 ? null : ids[^1])) is Invited invited)
        {
            Assert.Equal((_lastRequest, Lobby.Network), (invited.Request, invited.Network));
            ids.Add(invited.Id);
        }
        return ids;
    }

    // ---- Keeping and delivering ----

    [Fact]
    public void It_is_stored_and_then_acknowledged()
    {
        var (alice, bob) = (Join(Alice), Join(Bob));
        Leave(bob);
        var keep = Keeping(alice, Bob.Id);
        Assert.Collection(_world.Say(keep),
            stored =>
            {
                var kept = Assert.IsType<InvitationKept>(stored);
                Assert.Equal((Id(1), Alice.Id, Bob.Id, keep.Until, s_sealed), (kept.Id, kept.From, kept.To, kept.Until, kept.Sealed));
            },
            reply => Assert.Equal(new Accomplished(keep.Request), reply));
    }

    [Fact]
    public void Who_comes_gets_it_until_it_is_taken()
    {
        var (alice, bob) = (Join(Alice), Join(Bob));
        Leave(bob);
        Keep(alice, Bob.Id);
        bob = Join(Bob);
        var invited = Assert.IsType<Invited>(_world.Ask(new NextInvitation(bob, 70, null)));
        Assert.Equal((70ul, Lobby.Network, Id(1), Alice.Id, s_sealed), (invited.Request, invited.Network, invited.Id, invited.From, invited.Sealed));
        Assert.Equal([Id(1)], Collect(bob));       // what was lost on the way comes again
        Assert.Empty(Collect(alice));
        Assert.Collection(_world.Say(new EndInvitation(bob, 71, Id(1))), stored => Assert.Equal(new InvitationEnded(Id(1)), stored), reply => Assert.Equal(new Accomplished(71), reply));
        Assert.Empty(Collect(bob));
    }

    [Fact]
    public void Who_stands_at_the_door_gets_it_at_once_after_it_is_stored()
    {
        var (alice, bob) = (Join(Alice), Join(Bob));
        var said = _world.Say(Keeping(alice, Bob.Id));
        Assert.Equal([typeof(InvitationKept), typeof(Accomplished), typeof(Invited)], said.Select(one => one.GetType()));
        Assert.Equal((0ul, Id(1)), Assert.IsType<Invited>(said[2]) is var invited ? (invited.Request, invited.Id) : default);
        Assert.Equal([Id(1)], Collect(bob));       // and still, until it has taken it
    }

    [Fact]
    public void Several_come_one_by_one_in_the_order_of_their_ids()
    {
        var (alice, bob, carol) = (Join(Alice), Join(Bob), Join(Carol));
        Keep(alice, Bob.Id, 9);
        Keep(carol, Bob.Id, 3);
        Keep(carol, Alice.Id, 4);
        Keep(alice, Bob.Id, 5);
        Assert.Equal([Id(3), Id(5), Id(9)], Collect(bob));
        Assert.Equal([Id(4)], Collect(alice));
    }

    [Fact]
    public void It_is_there_after_a_restart_and_what_was_taken_is_not()
    {
        var (alice, bob) = (Join(Alice), Join(Bob));
        Keep(alice, Bob.Id, 1);
        Keep(alice, Bob.Id, 2);
        Assert.IsType<Accomplished>(_world.Ask(new EndInvitation(bob, ++_lastRequest, Id(1))));
        for (var round = 0; round < 2; round++)
        {
            _world.Restart();
            Assert.Equal([Id(2)], Collect(Join(Bob)));
            _world.Compact();       // and again from a snapshot
        }
    }

    [Fact]
    public void A_request_that_is_said_again_keeps_one()
    {
        var (alice, bob) = (Join(Alice), Join(Bob));
        Keep(alice, Bob.Id);
        var again = Keeping(alice, Bob.Id);
        Assert.Equal(again.Request, _world.AskWithoutStoring<Accomplished>(again).Request);
        Assert.Equal([Id(1)], Collect(bob));
    }

    [Fact]
    public void An_id_that_is_another_ones_is_refused()
    {
        var (alice, bob) = (Join(Alice), Join(Bob));
        Keep(alice, Bob.Id);
        Assert.Equal(NetfluxError.TooMany, Refused(Keeping(bob, Alice.Id)));
        Assert.Equal(NetfluxError.TooMany, Refused(Keeping(Join(Carol), Bob.Id)));
    }

    // ---- Who may ----

    [Fact]
    public void Members_at_the_door_may_and_nobody_else()
    {
        var (alice, bob, stranger) = (Join(Alice), Join(Bob), Enter(Carol));
        Keep(alice, Bob.Id);
        RoomRequest[] asks = [Keeping(stranger, Bob.Id, 2), new EndInvitation(stranger, 90, Id(1)), new NextInvitation(stranger, 91, null)];
        Assert.All(asks, ask => Assert.Equal(NetfluxError.NotAMember, Refused(ask)));
        Leave(bob);
        RoomRequest[] away = [Keeping(bob, Alice.Id, 2), new EndInvitation(bob, 92, Id(1)), new NextInvitation(bob, 93, null)];
        Assert.All(away, ask => Assert.Equal(NetfluxError.NotAMember, Refused(ask)));
    }

    [Fact]
    public void It_is_for_another_member()
    {
        var alice = Join(Alice);
        Enter(Bob);
        Assert.Equal(NetfluxError.UnknownPeer, Refused(Keeping(alice, Bob.Id)));     // at the door, and no member
        Assert.Equal(NetfluxError.UnknownPeer, Refused(Keeping(alice, Carol.Id)));
        Assert.Equal(NetfluxError.UnknownPeer, Refused(Keeping(alice, Alice.Id)));
    }

    [Fact]
    public void Where_nothing_is_remembered_nothing_waits()
    {
        var alice = RoomWorld.VisitorOf(Alice, 1);
        Assert.IsType<Entered>(_world.Ask(new EnterDoor(alice, 1, Lobby.Network.ToString(), Lobby, DoorMode.Join)));
        RoomRequest[] asks = [Keeping(alice, Bob.Id), new EndInvitation(alice, 2, Id(1)), new NextInvitation(alice, 3, null)];
        Assert.All(asks, ask => Assert.Equal(NetfluxError.TrackingNotSupported, Refused(ask)));
    }

    // ---- Ends ----

    [Fact]
    public void Its_sender_withdraws_it_and_others_cannot()
    {
        var (alice, bob, carol) = (Join(Alice), Join(Bob), Join(Carol));
        Keep(alice, Bob.Id);
        Assert.Equal(NetfluxError.UnknownRequest, Refused(new EndInvitation(carol, ++_lastRequest, Id(1))));
        Assert.Equal(NetfluxError.UnknownRequest, Refused(new EndInvitation(alice, ++_lastRequest, Id(2))));
        Assert.IsType<Accomplished>(_world.Ask(new EndInvitation(alice, ++_lastRequest, Id(1))));
        Assert.Empty(Collect(bob));
        Assert.Equal(NetfluxError.UnknownRequest, Refused(new EndInvitation(alice, ++_lastRequest, Id(1))));
    }

    [Fact]
    public void It_ends_with_its_time_which_is_stored_once()
    {
        var (alice, bob) = (Join(Alice), Join(Bob));
        Keep(alice, Bob.Id, 1, TimeSpan.FromHours(1));
        Keep(alice, Bob.Id, 2, TimeSpan.FromHours(2));
        (alice, bob) = Later(TimeSpan.FromHours(1));
        var said = _world.Say(new NextInvitation(bob, 80, null));
        Assert.Equal(new InvitationEnded(Id(1)), Assert.Single(said.OfType<RoomEvent>()));
        Assert.Equal(Id(2), Assert.Single(said.OfType<Invited>()).Id);
        Assert.Equal([Id(2)], Collect(bob));
        Assert.Equal(NetfluxError.UnknownRequest, Refused(new EndInvitation(alice, ++_lastRequest, Id(1))));
    }

    /// <summary>The leases end meanwhile, and both come again.</summary>
    private (Visitor Alice, Visitor Bob) Later(TimeSpan span)
    {
        _world.Advance(span);
        return (Join(Alice), Join(Bob));
    }

    [Fact]
    public void A_room_that_rests_forgets_what_is_over_when_it_is_looked_at()
    {
        var (alice, _) = (Join(Alice), Join(Bob));
        Keep(alice, Bob.Id, 1, TimeSpan.FromHours(1));
        _world.Advance(TimeSpan.FromHours(2));
        Assert.True(_world.Room.IsOver);
        _world.Restart();
        _world.Room.HandleDeadline(_world);
        Assert.Equal(new InvitationEnded(Id(1)), _world.Store[^1]);
        Assert.Empty(_world.Room.Compact().OfType<InvitationKept>());
        Assert.True(_world.Room.IsOver);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_ends_with_the_membership_of_either(bool ofSender)
    {
        var (alice, bob) = (Join(Alice), Join(Bob));
        Keep(alice, Bob.Id, 1);
        Keep(bob, Alice.Id, 2);
        Keep(Join(Carol), ofSender ? Bob.Id : Alice.Id, 3);
        var removed = ofSender ? Alice : Bob;
        Assert.IsType<Accomplished>(_world.Ask(new RemoveTracked(alice, ++_lastRequest, removed.Id)));  // alice created it
        _world.Restart();
        Assert.Equal([Id(3)], Collect(Join(ofSender ? Bob : Alice)));
        Assert.Empty(Collect(Join(removed)));     // a member again
    }

    [Fact]
    public void What_is_forgotten_is_forgotten_with_it()
    {
        var (alice, bob) = (Join(Alice), Join(Bob));
        Keep(alice, Bob.Id);
        Assert.IsType<Accomplished>(_world.Ask(new RemoveTracked(bob, ++_lastRequest, Bob.Id)));
        Assert.IsType<Accomplished>(_world.Ask(new RemoveTracked(alice, ++_lastRequest, Alice.Id)));
        _world.Advance(TimeSpan.FromHours(2));
        Assert.IsType<NetworkForgotten>(_world.Store[^1]);
        Join(Alice);
        Assert.Empty(Collect(Join(Bob)));
    }

    // ---- Limits ----

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(7 * 24 * 60 + 3)]      // and two minutes for its clock
    public void A_time_that_is_over_or_too_far_away_is_refused(int minutes)
    {
        var (alice, _) = (Join(Alice), Join(Bob));
        Assert.Equal(NetfluxError.InvalidOptions, Refused(Keeping(alice, Bob.Id, 1, TimeSpan.FromMinutes(minutes))));
        Keep(alice, Bob.Id, 1, TimeSpan.FromMinutes(7 * 24 * 60 + 2));
    }

    [Fact]
    public void The_last_time_that_there_is_does_not_throw()
    {
        var (alice, _) = (Join(Alice), Join(Bob));
        Assert.Equal(NetfluxError.InvalidOptions, Refused(new KeepInvitation(alice, 5, Id(1), Bob.Id, s_sealed, DateTimeOffset.MaxValue)));
    }

    [Fact]
    public void So_many_of_one_for_another()
    {
        Limited(new() { InvitationsPerPairMax = 2 });
        var (alice, bob, carol) = (Join(Alice), Join(Bob), Join(Carol));
        Keep(alice, Bob.Id, 1);
        Keep(alice, Bob.Id, 2);
        Assert.Equal(NetfluxError.TooMany, Refused(Keeping(alice, Bob.Id, 3)));
        Keep(alice, Carol.Id, 3);
        Keep(carol, Bob.Id, 4);
        Assert.IsType<Accomplished>(_world.Ask(new EndInvitation(bob, ++_lastRequest, Id(1))));
        Keep(alice, Bob.Id, 5);
    }

    [Fact]
    public void So_many_for_one()
    {
        Limited(new() { InvitationsPerRecipientMax = 2 });
        var (alice, _, carol) = (Join(Alice), Join(Bob), Join(Carol));
        Keep(alice, Bob.Id, 1);
        Keep(carol, Bob.Id, 2);
        Assert.Equal(NetfluxError.TooMany, Refused(Keeping(Join(Dave), Bob.Id, 3)));
        Keep(Join(Dave), Carol.Id, 3);
    }

    [Fact]
    public void So_many_of_one()
    {
        Limited(new() { InvitationsPerSenderMax = 2 });
        var (alice, _, carol) = (Join(Alice), Join(Bob), Join(Carol));
        Keep(alice, Bob.Id, 1);
        Keep(alice, Carol.Id, 2);
        Join(Dave);
        Assert.Equal(NetfluxError.TooMany, Refused(Keeping(alice, Dave.Id, 3)));
        Keep(carol, Dave.Id, 3);
    }

    [Fact]
    public void So_many_bytes_in_all_also_after_a_restart()
    {
        Limited(new() { InvitationBytesPerNetworkMax = 100 + 2 * 128 }); // each takes some beside what is in it
        var (alice, bob) = (Join(Alice), Join(Bob));
        Keep(alice, Bob.Id, 1, bytes: new byte[60]);
        Assert.Equal(NetfluxError.TooMany, Refused(Keeping(alice, Bob.Id, 2, bytes: new byte[41])));
        _world.Restart();
        (alice, bob) = (Join(Alice), Join(Bob));
        Assert.Equal(NetfluxError.TooMany, Refused(Keeping(alice, Bob.Id, 2, bytes: new byte[41])));
        Keep(alice, Bob.Id, 2, bytes: new byte[40]);
        Assert.IsType<Accomplished>(_world.Ask(new EndInvitation(bob, ++_lastRequest, Id(1))));
        Keep(alice, Bob.Id, 3, bytes: new byte[60]);
    }

    [Fact]
    public void Many_that_hold_nothing_are_bounded_too()
    {
        Limited(new() { InvitationBytesPerNetworkMax = 300 });
        var (alice, _) = (Join(Alice), Join(Bob));
        Keep(alice, Bob.Id, 1, bytes: Array.Empty<byte>());
        Keep(alice, Bob.Id, 2, bytes: Array.Empty<byte>());
        Assert.Equal(NetfluxError.TooMany, Refused(Keeping(alice, Bob.Id, 3, bytes: Array.Empty<byte>())));
    }

    private void Limited(SignalingServerOptions options) => _world = new(() => new NetworkRoom(Lobby.Network), options);

    [Fact]
    public void One_member_alone_is_listed()
    {
        var (alice, bob) = (Join(Alice), Join(Bob));
        Leave(bob);
        var listed = _world.AskWithoutStoring<TrackedMembersListed>(new ListTrackedMembers(alice, 1, null, Bob.Id));
        Assert.False(listed.More);
        Assert.Null(Assert.Single(listed.Members).OnlineSince);
        Assert.True(MemberRecord.TryParse(listed.Members[0].Record, Lobby, WallClock, out var record, out _));
        Assert.Equal(Bob.Id, record.Id);
        Assert.Empty(_world.AskWithoutStoring<TrackedMembersListed>(new ListTrackedMembers(alice, 2, null, Carol.Id)).Members);
    }
}
