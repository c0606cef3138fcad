using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>The rules of links, restarts, silence and ends, told as exchanges. a has the smaller id: it decides.</summary>
public sealed class SessionRulesTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    // ---- Links ----

    [Fact]
    public void Of_two_simultaneous_dials_the_one_begun_by_the_smaller_id_lives()
    {
        foreach (var firstByA in new[] { true, false })
        {
            var world = new SessionWorld();
            world.A.Attach(Networks.One);
            var (first, second) = (world.Dial(firstByA ? world.A : world.B), world.Dial(firstByA ? world.B : world.A));
            world.Run(s_second * 2);
            var (ofA, ofB) = firstByA ? (first, second) : (second, first);
            Assert.Equal((true, false), (ofA.IsOpen, ofB.IsOpen));
            Assert.Equal((1, 1, 0), (world.A.Count<SessionBegan>(), world.B.Count<SessionBegan>(), world.A.Count<SessionEnded>() + world.B.Count<SessionEnded>()));
            Assert.Equal(1, world.B.Count<ChannelOpened>());
        }
    }

    [Fact]
    public void A_later_link_takes_over_once_it_has_carried_an_acknowledgement()
    {
        var world = SessionWorldExtensions.Talking();
        world.Run(s_second * 10);
        var later = world.Dial(world.B);
        Assert.True(world.Links[0].IsOpen); // nothing has come back yet
        world.RunMs(100);
        Assert.Equal((false, true), (world.Links[0].IsOpen, later.IsOpen));
        Assert.Equal(CloseCode.Done, world.A.Only<CloseLink>().Code);
        Assert.Equal(0, world.A.Count<FindLink>() + world.B.Count<FindLink>());
    }

    [Fact]
    public void A_silent_link_is_replaced_by_the_one_that_the_other_side_dials()
    {
        var world = SessionWorldExtensions.Talking();
        world.Links[0].IsBlackHole = true;
        for (var i = 0; i < 10; i++) world.A.Send(Networks.One, BitConverter.GetBytes(i));
        world.Run(s_second * 6);
        Assert.Equal((1, 1), (world.A.Count<SessionSuspected>(), world.A.Count<FindLink>()));
        world.Dial(world.B);
        world.Run(s_second);
        Assert.Equal((1, 1), (world.A.Count<SessionRecovered>(), world.A.Count<StopFindingLink>()));
        Assert.Equal(Enumerable.Range(0, 10), world.B.Numbers(Networks.One));
        Assert.False(world.Links[0].IsOpen && world.Links[1].IsOpen && world.A.Count<CloseLink>() == 0);
    }

    // ---- Restarts ----

    [Fact]
    public void A_newer_incarnation_ends_the_old_session_and_begins_another()
    {
        var world = SessionWorldExtensions.Talking();
        world.B.Restart();
        world.A.Heard.Clear();
        world.Dial(world.B);
        Assert.Collection(world.A.Heard,
            heard => Assert.Equal(new ChannelClosed(Networks.One, PeerLeavingReason.Restarted), heard),
            heard => Assert.Equal(new SessionEnded(PeerLeavingReason.Restarted), heard),
            heard => Assert.Equal(world.B.Incarnation, Assert.IsType<SessionBegan>(heard).Incarnation),
            heard => Assert.IsType<StopFindingLink>(heard));
    }

    [Fact]
    public void An_older_incarnation_is_turned_away_and_told_of_the_newer()
    {
        var world = SessionWorldExtensions.Talking();
        world.A.Session.Handle(new LinkProven(new LinkId(77), LinkKind.Memory, LinkRole.Listener, world.B.Card, new Incarnation(999), "b", new SessionId(77), 1000), world.Now);
        var close = Assert.IsType<CloseLink>(Assert.Single(world.A.Session.TakeAll()));
        Assert.Equal((CloseCode.Replaced, new Incarnation(1000)), (close.Code, close.SeenIncarnation));
    }

    [Fact]
    public void Who_hears_of_a_newer_incarnation_of_itself_is_replaced()
    {
        foreach (var (seen, replaced) in new[] { (1001UL, 1), (1000UL, 0), (999UL, 0) })
        {
            var world = SessionWorldExtensions.Talking();
            world.A.Say(new LinkLost(world.Links[0].Id, CloseCode.Replaced, "", new Incarnation(seen)));
            Assert.Equal(replaced, world.A.Count<SelfReplaced>());

            // The same by the sealed word of the other side, the first on a link.
            var late = SessionWorldExtensions.Talking();
            late.Dial(late.B);
            late.A.HandleRecord(new LinkId(2), new CloseMessage(CloseCode.Replaced, "newer", new Incarnation(seen)).ToRecord());
            Assert.Equal(replaced, late.A.Count<SelfReplaced>());
        }
    }

    [Fact]
    public void A_session_that_one_side_has_lost_begins_anew_on_both()
    {
        foreach (var aLost in new[] { true, false })
        {
            var world = SessionWorldExtensions.Talking();
            var (lost, kept) = aLost ? (world.A, world.B) : (world.B, world.A);
            lost.Restart(newer: false);
            kept.Heard.Clear();
            world.Dial(lost);
            world.RunMs(100);
            Assert.Equal(new ChannelClosed(Networks.One, PeerLeavingReason.ConnectionLost), kept.Only<ChannelClosed>());
            Assert.Equal(PeerLeavingReason.ConnectionLost, kept.Only<SessionEnded>().Reason);
            Assert.Equal((1, 1), (kept.Count<SessionBegan>(), lost.Count<SessionBegan>()));
            lost.Attach(Networks.One);
            world.RunMs(100);
            Assert.Equal((1, 1), (kept.Count<ChannelOpened>(), lost.Count<ChannelOpened>()));
        }
    }

    // ---- Silence ----

    [Fact]
    public void A_silent_peer_is_pinged_then_suspected_then_given_up()
    {
        var world = SessionWorldExtensions.Talking();
        world.Run(s_second * 30);
        Assert.Equal(0, world.A.Count<SessionSuspected>()); // pings are answered
        world.Links[0].IsBlackHole = true;
        world.Run(s_second * 3);
        Assert.Equal(0, world.A.Count<SessionSuspected>());
        world.Run(s_second * 2.1);
        Assert.Equal((1, 1), (world.A.Count<SessionSuspected>(), world.A.Count<FindLink>()));
        world.Run(s_second * 5.5);
        Assert.Equal(0, world.A.Count<SessionEnded>());
        world.Run(s_second * 2.5);
        Assert.Equal(new ChannelClosed(Networks.One, PeerLeavingReason.ConnectionLost), world.A.Only<ChannelClosed>());
        Assert.Equal(PeerLeavingReason.ConnectionLost, world.A.Only<SessionEnded>().Reason);
        Assert.Equal(world.A.Count<FindLink>(), world.A.Count<StopFindingLink>());
        Assert.Null(world.A.Session.NextDeadline);
    }

    [Fact]
    public void Who_slept_pings_before_judging()
    {
        var world = SessionWorldExtensions.Talking();
        world.A.Send(Networks.One, BitConverter.GetBytes(1));
        world.Sleep(s_second * 60);
        world.A.HandleDeadline();
        world.B.HandleDeadline();
        Assert.Equal(0, world.A.Count<SessionSuspected>() + world.A.Count<SessionEnded>());
        world.Run(s_second);
        Assert.Equal([1], world.B.Numbers(Networks.One));
    }

    // ---- Networks ----

    [Fact]
    public void A_refusal_is_the_same_whether_we_are_no_member_or_do_not_admit()
    {
        foreach (var why in new[] { NetfluxError.NotAMember, NetfluxError.NotAdmitted })
        {
            var world = SessionWorldExtensions.Talking();
            world.B.AutoAttach = false;
            world.A.Attach(Networks.Two);
            world.RunMs(50);
            world.B.Say(new RefuseAttach(Networks.Two, why));
            world.RunMs(50);
            Assert.Equal(new ChannelRefused(Networks.Two, NetfluxError.NotAdmitted), world.A.Only<ChannelRefused>());
            Assert.False(world.A.Send(Networks.Two, [1]));
        }
    }

    [Fact]
    public void Nobody_answering_an_attachment_is_a_refusal()
    {
        var world = SessionWorldExtensions.Talking();
        world.B.AutoAttach = false;
        world.A.Attach(Networks.Two);
        world.Run(s_second * 9);
        Assert.Equal(0, world.A.Count<ChannelRefused>());
        world.Run(s_second * 2);
        Assert.Equal(NetfluxError.NotAdmitted, world.A.Only<ChannelRefused>().Why);
    }

    [Fact]
    public void What_was_sent_before_a_detach_goes_first_and_the_network_can_attach_again()
    {
        var world = SessionWorldExtensions.Talking(window: 2000);
        world.A.Attach(Networks.Two);
        world.RunMs(100);
        for (var i = 0; i < 100; i++) world.A.Send(Networks.One, BitConverter.GetBytes(i));
        world.A.Say(new DetachNetwork(Networks.One, PeerLeavingReason.Left));
        world.A.Attach(Networks.One);
        Assert.False(world.A.Send(Networks.One, [1]));
        world.RunMs(1000);
        Assert.Equal(Enumerable.Range(0, 100), world.B.Numbers(Networks.One));
        Assert.Equal(new ChannelClosed(Networks.One, PeerLeavingReason.Left), world.B.Only<ChannelClosed>());
        Assert.Equal(0, world.A.Count<ChannelClosed>());
        Assert.Equal(2, world.B.Count<ChannelOpened>()); // two, and one again
        Assert.True(world.A.Send(Networks.One, BitConverter.GetBytes(100)));
        Assert.True(world.B.Send(Networks.Two, BitConverter.GetBytes(7)));
        world.RunMs(100);
        Assert.Equal(100, world.B.Numbers(Networks.One).Last());
        Assert.Equal([7], world.A.Numbers(Networks.Two));
    }

    [Fact]
    public void Both_detaching_at_once_leaves_nothing_behind()
    {
        var world = SessionWorldExtensions.Talking();
        world.A.Say(new DetachNetwork(Networks.One, PeerLeavingReason.Left));
        world.B.Say(new DetachNetwork(Networks.One, PeerLeavingReason.Left));
        world.RunMs(100);
        world.B.Attach(Networks.One);
        world.RunMs(100);
        Assert.Equal((1, 1), (world.A.Count<ChannelOpened>(), world.B.Count<ChannelOpened>()));
    }

    // ---- Credit and large messages ----

    [Fact]
    public void A_receiver_that_does_not_consume_holds_the_sender_and_gets_all_when_it_goes_on()
    {
        var world = SessionWorldExtensions.Talking(window: 10_000);
        world.B.AutoConsume = false;
        for (var i = 0; i < 1000; i++) world.A.Send(Networks.One, [.. BitConverter.GetBytes(i), .. new byte[96]]);
        world.Run(s_second);
        Assert.Equal(10_000 / 164, world.B.Messages(Networks.One).Count());
        Assert.True(world.B.Send(Networks.One, [9, 0, 0, 0])); // the other way is free
        world.B.AutoConsume = true;
        world.B.Say(new ConsumeMessages(Networks.One, world.B.Received[Networks.One]));
        world.Run(s_second);
        Assert.Equal(Enumerable.Range(0, 1000), world.B.Numbers(Networks.One));
    }

    [Fact]
    public void A_large_message_waits_for_its_grant_and_others_of_its_channel_wait_behind_it()
    {
        var world = new SessionWorld(SessionOptions.Default with { ReassemblyBytesMax = 300_000 });
        world.A.Attach(Networks.One);
        world.Dial(world.A);
        world.RunMs(50);
        world.A.Attach(Networks.Two);
        world.RunMs(50);
        world.B.AutoConsume = false;
        foreach (var (number, length) in new[] { (1, 200_000), (2, 200_000), (3, 10) })
        {
            var body = new byte[length];
            BitConverter.TryWriteBytes(body, number);
            world.A.Send(Networks.One, body, FrameFlags.Broadcast);
        }
        world.A.Send(Networks.Two, BitConverter.GetBytes(4));
        world.Run(s_second);
        // The budget has room for one until it is consumed; the other network does not wait.
        Assert.Equal([1], world.B.Numbers(Networks.One));
        Assert.Equal((200_000, FrameFlags.Broadcast), (world.B.Messages(Networks.One).Single().Body.Length, world.B.Messages(Networks.One).Single().Flags));
        Assert.Equal([4], world.B.Numbers(Networks.Two));
        world.B.Say(new ConsumeMessages(Networks.One, 1));
        world.Run(s_second);
        Assert.Equal([1, 2, 3], world.B.Numbers(Networks.One));
    }

    // ---- Ends ----

    [Fact]
    public void An_end_in_order_brings_what_was_sent_then_the_reason()
    {
        var world = SessionWorldExtensions.Talking();
        for (var i = 0; i < 500; i++) world.A.Send(Networks.One, BitConverter.GetBytes(i));
        world.A.Say(new EndSession(PeerLeavingReason.WentOffline));
        Assert.False(world.A.Send(Networks.One, [1]));
        world.RunMs(300);
        Assert.Equal(Enumerable.Range(0, 500), world.B.Numbers(Networks.One));
        foreach (var side in new[] { world.A, world.B })
        {
            Assert.Equal(new ChannelClosed(Networks.One, PeerLeavingReason.WentOffline), side.Only<ChannelClosed>());
            Assert.Equal(PeerLeavingReason.WentOffline, side.Only<SessionEnded>().Reason);
            Assert.Equal(0, side.Count<FindLink>());
        }
        Assert.False(world.Links[0].IsOpen);
    }

    [Fact]
    public void An_end_does_not_wait_longer_than_two_seconds()
    {
        var world = SessionWorldExtensions.Talking();
        world.Links[0].IsBlackHole = true;
        world.A.Send(Networks.One, [1, 2, 3, 4]);
        world.A.Say(new EndSession(PeerLeavingReason.WentOffline));
        world.Run(s_second * 1.9);
        Assert.Equal(0, world.A.Count<SessionEnded>());
        world.Run(s_second * 0.1);
        Assert.Equal(PeerLeavingReason.WentOffline, world.A.Only<SessionEnded>().Reason);
    }

    [Fact]
    public void A_session_that_nobody_needs_ends_itself()
    {
        var world = SessionWorldExtensions.Talking();
        world.A.Say(new DetachNetwork(Networks.One, PeerLeavingReason.Left));
        world.Run(s_second * 9);
        Assert.Equal(0, world.A.Count<SessionEnded>());
        world.Run(s_second * 2);
        Assert.Equal((PeerLeavingReason.Left, PeerLeavingReason.Left), (world.A.Only<SessionEnded>().Reason, world.B.Only<SessionEnded>().Reason));

        var kept = new SessionWorld();
        kept.A.Say(new KeepOpen(true));
        kept.B.Say(new KeepOpen(true));
        kept.Dial(kept.A);
        kept.Run(s_second * 60);
        Assert.Equal(0, kept.A.Count<SessionEnded>() + kept.B.Count<SessionEnded>());
        Assert.True(kept.A.Send(null, [1, 2, 3]));
        kept.RunMs(100);
        Assert.Equal([1, 2, 3], kept.B.Messages(null).Single().Body.ToArray());
    }

    // ---- Invitations ----

    [Fact]
    public void Invitations_are_answered_bounded_and_closed_with_the_session()
    {
        var world = SessionWorldExtensions.Talking();
        for (var id = 1UL; id <= 17; id++) world.A.Say(new OfferInvitation(id, new byte[] { 1 }));
        Assert.Equal((17UL, JoinRequestDeclinedReason.TooMany), (world.A.Only<InvitationAnswered>().Id, world.A.Only<InvitationAnswered>().Reason));
        world.RunMs(50);
        Assert.Equal(16, world.B.Count<InvitationReceived>());
        world.A.Heard.Clear();
        world.B.Say(new AnswerInvitation(1, null, ""));
        world.B.Say(new AnswerInvitation(1, JoinRequestDeclinedReason.Declined, "twice"));
        world.B.Say(new AnswerInvitation(2, JoinRequestDeclinedReason.Declined, "no"));
        world.RunMs(50);
        Assert.Equal([new InvitationAnswered(1, null, ""), new InvitationAnswered(2, JoinRequestDeclinedReason.Declined, "no")], world.A.Heard.OfType<InvitationAnswered>());
        world.A.Say(new EndSession(PeerLeavingReason.Disconnected));
        world.RunMs(100);
        Assert.Equal(14, world.A.Heard.OfType<InvitationAnswered>().Count(answer => answer.Reason == JoinRequestDeclinedReason.ConnectionLost));
    }

    // ---- Back-pressure of links ----

    [Fact]
    public void Not_more_than_the_link_buffer_is_written_before_the_link_has_passed_it_on()
    {
        var world = SessionWorldExtensions.Talking(window: 8 << 20, recordBytesMax: 65_536);
        var link = world.Links[0];
        link.SaysWritten = false;
        var before = link.Bytes;
        for (var i = 0; i < 100; i++) world.A.Send(Networks.One, new byte[60_000]);
        world.Pump();
        Assert.InRange(link.Bytes - before, 190_000, 256 << 10);
        before = link.Bytes;
        world.A.Say(new LinkWritten(link.Id, 65_536));
        world.Pump();
        Assert.InRange(link.Bytes - before, 60_000, 65_536);
    }
}

internal static class PeerSessionExtensions
{
    public static List<SessionInstruction> TakeAll(this PeerSession session)
    {
        var all = new List<SessionInstruction>();
        while (session.TryTake(out var instruction)) all.Add(instruction);
        return all;
    }
}
