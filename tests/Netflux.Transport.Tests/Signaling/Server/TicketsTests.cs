using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Server;

/// <summary>Tickets at the door of a network that is remembered: who comes by one, how often, until when.</summary>
public sealed class TicketsTests
{
    private static readonly Genesis s_club = NewClub(21), s_otherClub = NewClub(22);
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    private RoomWorld _world = new(() => new NetworkRoom(s_club.Network));
    private ulong _lastSeed = 100;
    private long _lastConnection;
    private ulong _lastRequest;

    private static Genesis NewClub(ulong seed)
    {
        Assert.True(Topology.TryParse("""{"type":"full-mesh","join":"invite"}""", out var topology, out _));
        return Genesis.Create(Alice, topology, new SeededRandom(seed), WallClock);
    }

    private EnterDoor Entering(IPeerKeys keys, Ticket? ticket = null, ReadOnlyMemory<byte>? secret = null) =>
        new(RoomWorld.VisitorOf(keys, ++_lastConnection), ++_lastRequest, s_club.Network.ToString(), s_club, DoorMode.Join, Track: keys == Alice)
        {
            Ticket = ticket?.Signed.Record ?? default, TicketSecret = secret ?? ticket?.Secret ?? default,
        };

    /// <summary>At the door, and a member.</summary>
    private Visitor Join(IPeerKeys keys, Admission admission)
    {
        var enter = Entering(keys);
        Assert.IsType<Entered>(_world.Ask(enter));
        Put(enter.Who, keys, admission);
        return enter.Who;
    }

    private void Put(Visitor who, IPeerKeys keys, Admission admission) =>
        Assert.IsType<Accomplished>(_world.Ask(new PutTracked(who, ++_lastRequest, MemberRecord.Create(keys, s_club, new Incarnation(1), 1, "somebody", admission, [], false).Record)));

    private static Admission OfCreator => Admission.Issue(Alice, s_club, Alice.Id, null, true, WallClock, null);

    private static Admission ByCreator(IPeerKeys member, DateTimeOffset? expires = null) => Admission.Issue(Alice, s_club, member.Id, null, true, WallClock, expires);

    private Ticket Issue(IPeerKeys? issuer = null, Admission? by = null, PeerId? holder = null, uint uses = 0, IPeerKeys? redeemer = null, Genesis? genesis = null, bool mayInvite = false) =>
        Ticket.Issue(issuer ?? Alice, genesis ?? s_club, by ?? OfCreator, new TicketTerms(holder, uses, s_day, mayInvite, (redeemer ?? _world.ServerKeys!).Id), default, new SeededRandom(++_lastSeed), _world.WallClock);

    /// <summary>What the peer is given for the ticket, verified.</summary>
    private Admission Redeem(IPeerKeys keys, Ticket ticket)
    {
        var entered = Assert.Single(_world.Say(Entering(keys, ticket)).OfType<Entered>());
        Assert.True(Admission.TryParse(entered.Admission, s_club, _world.WallClock, out var admission, out var why), why);
        Assert.Equal(keys.Id, admission.Member);
        return admission;
    }

    private (NetfluxError Error, string Text) Refused(IPeerKeys keys, Ticket? ticket, ReadOnlyMemory<byte>? secret = null)
    {
        var entering = Entering(keys, ticket, secret);
        var refused = _world.AskWithoutStoring<RoomRefused>(entering);
        Assert.Equal(entering.Request, refused.Request);
        Assert.Equal(NetfluxError.NotAMember, Assert.IsType<RoomRefused>(_world.Ask(new ListDoor(entering.Who, ++_lastRequest))).Error);     // and it does not stand at the door
        return (refused.Error, refused.Text);
    }

    public TicketsTests() => Join(Alice, OfCreator);

    // ---- Redeeming ----

    [Fact]
    public void It_is_stored_before_it_is_answered_and_lets_the_peer_become_a_member()
    {
        var ticket = Issue(mayInvite: true);
        var entering = Entering(Bob, ticket);
        var said = _world.Say(entering);
        Assert.Equal([typeof(TicketRedeemed), typeof(Entered)], said.Select(one => one.GetType()));
        var (stored, entered) = ((TicketRedeemed)said[0], (Entered)said[1]);
        Assert.Equal((Alice.Id, Bob.Id, ticket.ExpiresAt), (stored.Issuer, stored.Member, stored.Until));
        Assert.Equal(ticket.Signed.Serial.ToArray(), stored.Serial.ToArray());
        Assert.Equal(stored.Admission.ToArray(), entered.Admission.ToArray());
        Assert.True(Admission.TryParse(entered.Admission, s_club, _world.WallClock, out var admission, out var why), why);
        Assert.Equal((Bob.Id, _world.ServerKeys!.Id, true), (admission.Member, admission.Issuer, admission.MayInvite));
        Put(entering.Who, Bob, admission);
        Assert.Equal([Alice.Id, Bob.Id], _world.Store.OfType<MemberPut>().Select(put => put.Member));
    }

    [Fact]
    public void Who_comes_again_by_it_counts_once_and_gets_the_same_also_when_it_is_over()
    {
        var ticket = Issue(uses: 1);
        var first = Redeem(Bob, ticket).Record.ToArray();
        for (var round = 0; round < 2; round++)
        {
            var again = _world.AskWithoutStoring<Entered>(Entering(Bob, ticket));
            Assert.Equal(first, again.Admission.ToArray());
            _world.Advance(s_day + TimeSpan.FromMinutes(30));
        }
    }

    [Fact]
    public void It_lets_in_as_many_as_it_says()
    {
        var ticket = Issue(uses: 2);
        Redeem(Bob, ticket);
        Redeem(Carol, ticket);
        Assert.Equal((NetfluxError.TicketUsedUp, "The ticket has let in 2 peers, and lets in no more."), Refused(Dave, ticket));
        Redeem(Bob, ticket);
        Redeem(Dave, Issue(uses: 1));       // another of the same issuer
    }

    [Fact]
    public void Another_with_the_same_serial_is_another_ticket()
    {
        Join(Bob, ByCreator(Bob));
        var ofAlice = Issue(uses: 1);
        _lastSeed--;                        // draws the same
        var ofBob = Issue(Bob, ByCreator(Bob), uses: 1);
        Assert.Equal(ofAlice.Signed.Serial.ToArray(), ofBob.Signed.Serial.ToArray());
        Redeem(Carol, ofBob);
        Redeem(Dave, ofAlice);
    }

    [Fact]
    public void Without_a_limit_it_lets_in_whoever_comes()
    {
        var ticket = Issue();
        for (ulong seed = 50; seed < 60; seed++) Redeem(new SeededPeerKeys(seed), ticket);
    }

    [Fact]
    public void By_name_it_is_redeemed_as_by_id()
    {
        var ticket = Issue();
        var enter = new EnterDoor(RoomWorld.VisitorOf(Bob, 77), 78, "club", null, DoorMode.Join, Ticket: ticket.Signed.Record, TicketSecret: ticket.Secret);
        var name = new RoomWorld(() => new NameRoom("club"));
        name.Say(new KeepName(s_club));
        var told = Assert.IsType<Told>(Assert.Single(name.Say(enter)));
        Assert.Equal(RoomId.Of(s_club.Network), told.Room);
        Assert.False(Assert.Single(_world.Say(told.Message).OfType<Entered>()).Admission.IsEmpty);
    }

    // ---- Refusals ----

    [Fact]
    public void For_another_network_peer_or_server_it_is_refused()
    {
        Assert.Equal((NetfluxError.TicketInvalid, "The ticket is for another network."), Refused(Bob, Issue(by: Admission.Issue(Alice, s_otherClub, Alice.Id, null, true, WallClock, null), genesis: s_otherClub)));
        Assert.Equal((NetfluxError.TicketInvalid, "The ticket is for another peer."), Refused(Bob, Issue(holder: Carol.Id)));
        Assert.Equal((NetfluxError.TicketInvalid, "The ticket is for a tracking server with another key: ask for one that was issued here."), Refused(Bob, Issue(redeemer: new SeededPeerKeys(901))));
        Redeem(Carol, Issue(holder: Carol.Id));
    }

    [Fact]
    public void Without_its_secret_it_is_refused()
    {
        var ticket = Issue();
        foreach (var secret in new ReadOnlyMemory<byte>[] { new byte[32], default, Issue().Secret })
            Assert.Equal((NetfluxError.TicketInvalid, "The ticket was shown without its secret."), Refused(Bob, ticket, secret));
    }

    [Fact]
    public void What_is_no_ticket_is_refused_and_nothing_is_thrown()
    {
        foreach (var bytes in new byte[][] { [1], new byte[1848], Issue().Signed.Record.ToArray()[..^1] })
            Assert.Equal(NetfluxError.TicketInvalid, _world.AskWithoutStoring<RoomRefused>(Entering(Bob) with { Ticket = bytes }).Error);
    }

    [Fact]
    public void When_its_time_is_over_both_clocks_are_told()
    {
        var ticket = Issue();
        _world.Advance(s_day + TimeSpan.FromMinutes(2));
        Redeem(Carol, ticket);
        _world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((NetfluxError.TicketExpired,
            "The ticket is in force from 2026-01-01 00:00:00Z to 2026-01-02 00:00:00Z by its issuer's clock; by this server's it is 2026-01-02 00:02:01Z."), Refused(Bob, ticket));
    }

    [Fact]
    public void One_from_the_future_is_refused_with_both_clocks()
    {
        var ticket = Ticket.Issue(Alice, s_club, OfCreator, new TicketTerms(null, 0, s_day, false, _world.ServerKeys!.Id), default, new SeededRandom(1), WallClock.AddMinutes(3));
        Assert.Equal(NetfluxError.TicketExpired, Refused(Bob, ticket).Error);
        _world.Advance(TimeSpan.FromMinutes(1));
        Redeem(Bob, ticket);
    }

    [Fact]
    public void Of_an_issuer_that_is_no_member_it_is_refused()
    {
        var bob = Join(Bob, ByCreator(Bob));
        var ticket = Issue(Bob, ByCreator(Bob));
        Redeem(Carol, ticket);
        Leave(bob);
        Assert.Equal((NetfluxError.TicketInvalid, "Who issued the ticket is no member of the network any more."), Refused(Dave, ticket));
        Redeem(Carol, ticket);              // who came by it before stays
        Join(Bob, ByCreator(Bob));
        Redeem(Dave, ticket);
    }

    [Fact]
    public void Of_an_issuer_that_may_not_invite_any_more_it_is_refused()
    {
        var soon = ByCreator(Bob, WallClock.AddHours(1));
        Join(Bob, soon);
        var ticket = Issue(Bob, soon);
        Redeem(Carol, ticket);
        _world.Advance(TimeSpan.FromHours(2));
        foreach (var peer in new[] { Carol, Dave })
        {
            var (error, text) = Refused(peer, ticket);
            Assert.Equal(peer == Carol ? NetfluxError.NotAdmitted : NetfluxError.TicketInvalid, error);
            Assert.Equal("The issuer's own admission does not hold. The admission has expired: ask for a new one.", text);
        }
    }

    [Fact]
    public void Where_nobody_remembers_the_network_nobody_redeems()
    {
        _world = new(() => new NetworkRoom(s_club.Network));
        Assert.IsType<Entered>(_world.Ask(Entering(Bob)));
        Assert.Equal(NetfluxError.TrackingNotSupported, Refused(Carol, Issue()).Error);
        _world = new(() => new NetworkRoom(s_club.Network));
        Join(Alice, OfCreator);
        var ticket = Issue();
        _world.ServerKeys = null;
        Assert.Equal(NetfluxError.TrackingNotSupported, Refused(Bob, ticket).Error);
    }

    // ---- The store ----

    [Fact]
    public void It_is_counted_after_a_restart_and_from_a_snapshot()
    {
        var ticket = Issue(uses: 2);
        var bob = Redeem(Bob, ticket).Record.ToArray();
        _world.Restart();
        Redeem(Carol, ticket);
        for (var round = 0; round < 2; round++)
        {
            _world.Restart();
            Assert.Equal(bob, _world.AskWithoutStoring<Entered>(Entering(Bob, ticket)).Admission.ToArray());
            Assert.Equal(NetfluxError.TicketUsedUp, Refused(Dave, ticket).Error);
            _world.Compact();
        }
    }

    [Fact]
    public void Who_came_by_tickets_that_are_long_over_is_forgotten()
    {
        Redeem(Bob, Issue());
        Assert.Single(_world.Room.Compact().OfType<TicketRedeemed>());
        _world.Advance(s_day + TimeSpan.FromMinutes(62));
        Redeem(Carol, Issue());
        Assert.Equal(2, _world.Room.Compact().OfType<TicketRedeemed>().Count());
        _world.Advance(TimeSpan.FromSeconds(1));
        Redeem(Dave, Issue());
        Assert.Equal(new[] { Carol.Id, Dave.Id }.Order(), _world.Room.Compact().OfType<TicketRedeemed>().Select(redeemed => redeemed.Member).Order());
    }

    [Fact]
    public void There_is_a_limit_on_how_many_are_counted()
    {
        _world = new(() => new NetworkRoom(s_club.Network), new() { TicketRedemptionsMax = 2 });
        Join(Alice, OfCreator);
        var ticket = Issue();
        Redeem(Bob, ticket);
        Redeem(Carol, Issue());
        Assert.Equal(NetfluxError.TooMany, Refused(Dave, ticket).Error);
        Redeem(Bob, ticket);
        _world.Advance(s_day + TimeSpan.FromMinutes(63));
        Redeem(Dave, Issue());
    }

    [Fact]
    public void A_network_that_is_forgotten_forgets_them_too()
    {
        Redeem(Bob, Issue());
        foreach (var keys in new[] { Alice, Bob })
        {
            var enter = Entering(keys);
            _world.Say(enter);
            Leave(enter.Who);
        }
        _world.Advance(TimeSpan.FromHours(2));
        Assert.Contains(_world.Store, happened => happened is NetworkForgotten);
        Assert.Empty(_world.Room.Compact().OfType<TicketRedeemed>());
        _world.Restart();
        Assert.Empty(_world.Room.Compact().OfType<TicketRedeemed>());
    }

    private void Leave(Visitor who)
    {
        _world.Say(new RemoveTracked(who, ++_lastRequest, who.Id));
        _world.Say(new LeaveRoom(who.Id, who.Connection, OnPurpose: true));
    }
}
