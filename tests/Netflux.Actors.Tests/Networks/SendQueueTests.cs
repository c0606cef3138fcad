using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Wire;

namespace Netflux.Tests.Networks;

public sealed class SendQueueTests
{
    private static readonly PeerId B = Id(2), C = Id(3), D = Id(4);
    private readonly SendQueue _queue = new(SendQueueOptions.Default, 1 << 20, SlowMemberPolicy.Drop, TimeSpan.FromSeconds(5));
    private long _request;

    private static PeerId Id(byte last) => PeerId.FromBytes([.. new byte[PeerId.Length - 1], last]);

    private static Instant At(double seconds) => Instant.Zero + TimeSpan.FromSeconds(seconds);

    private RequestId Send(object? sender, PeerId? to, int length = 36, bool confirm = false, double at = 0)
    {
        var request = new RequestId(++_request);
        _queue.Submit(new Submission(sender, request, to, new byte[length], confirm), At(at));
        return request;
    }

    private List<HandOver> HandOvers()
    {
        var all = new List<HandOver>();
        while (_queue.TryTakeHandOver(out var next)) all.Add(next);
        return all;
    }

    private List<SendInstruction> Instructions()
    {
        var all = new List<SendInstruction>();
        while (_queue.TryTake(out var next)) all.Add(next);
        return all;
    }

    [Fact]
    public void A_message_to_a_member_with_room_is_accepted_and_handed_over_at_once()
    {
        _queue.OpenMember(B, 1000, At(0));
        var first = Send("x", B);
        var second = Send("x", null, confirm: true);
        Assert.Equal([(B, FrameFlags.None), (B, FrameFlags.Broadcast | FrameFlags.ConfirmSoon)], HandOvers().Select(o => (o.Way, o.Flags)));
        Assert.Equal([new Accepted("x", first, new(1)), new Accepted("x", second, new(2))], Instructions());
    }

    [Fact]
    public void What_nobody_is_there_for_is_refused()
    {
        _queue.OpenMember(B, 1000, At(0));
        Send("x", C);
        Send("x", B, (1 << 20) + 1);
        Assert.Equal([NetfluxError.UnknownPeer, NetfluxError.MessageTooLarge], Instructions().Cast<Refused>().Select(r => r.Why));
        Assert.Empty(HandOvers());
    }

    [Fact]
    public void A_broadcast_in_an_empty_network_is_accepted_and_delivered_to_nobody()
    {
        var request = Send("x", null, confirm: true);
        Assert.Equal([new Accepted("x", request, new(1)), new Delivered("x", new(1))], Instructions());
    }

    [Fact]
    public void Credit_holds_and_lets_go()
    {
        _queue.OpenMember(B, 200, At(0)); // two messages of 36 + 64
        for (var i = 0; i < 3; i++) Send("x", B);
        Assert.Equal(2, HandOvers().Count);
        Assert.Equal(2, Instructions().Count);
        _queue.HandleCredit(B, 1, 100, At(1));
        Assert.Single(HandOvers());
        Assert.Equal([new Accepted("x", new(3), new(3))], Instructions());
    }

    [Fact]
    public void A_message_above_the_window_goes_when_nothing_is_outstanding()
    {
        _queue.OpenMember(B, 100, At(0));
        Send(null, B);
        Send(null, B, 5000);
        Assert.Single(HandOvers());
        _queue.HandleCredit(B, 1, 100, At(1));
        Assert.Equal(5000, Assert.Single(HandOvers()).Payload.Length);
    }

    [Fact]
    public void A_direct_message_to_a_slow_member_holds_up_only_what_is_for_it()
    {
        _queue.OpenMember(B, 1000, At(0));
        _queue.OpenMember(C, 100, At(0));
        Send("x", C);
        Send("x", C);
        Send("x", B);
        Assert.Equal([C, B], HandOvers().Select(o => o.Way));
        Assert.Null(_queue.NextDeadline); // nobody else waits for C
        Send("y", null, at: 2);
        Send("y", B, at: 3); // after a broadcast that waits: order at B
        Assert.Empty(HandOvers());
        Assert.Equal(At(7), _queue.NextDeadline);
    }

    [Fact]
    public void A_member_that_holds_a_broadcast_up_for_the_grace_is_dropped_and_the_broadcast_goes_on()
    {
        _queue.OpenMember(B, 1000, At(0));
        _queue.OpenMember(C, 100, At(0));
        Send(null, null, at: 0);
        Send(null, null, at: 1);
        Assert.Equal(2, HandOvers().Count);
        Assert.Equal(At(6), _queue.NextDeadline);
        _queue.HandleDeadline(At(6) - TimeSpan.FromTicks(1));
        Assert.Empty(Instructions());
        _queue.HandleDeadline(At(6));
        Assert.Equal([new DropSlowMember(C)], Instructions());
        Assert.Equal([B], HandOvers().Select(o => o.Way));
        Assert.Null(_queue.NextDeadline);
        _queue.CloseMember(C, At(7));
        var undelivered = Assert.IsType<Undelivered>(Assert.Single(Instructions()));
        Assert.Equal((C, 1, 1), (undelivered.Member, undelivered.First.Value, undelivered.Last.Value));
    }

    [Fact]
    public void A_member_that_makes_progress_is_given_the_grace_anew()
    {
        _queue.OpenMember(C, 264, At(0));
        Send(null, null);
        Send(null, null);
        Send(null, null, 200, at: 1);
        Assert.Equal(At(6), _queue.NextDeadline);
        _queue.HandleCredit(C, 1, 100, At(5));
        Assert.Equal(At(10), _queue.NextDeadline);
    }

    [Fact]
    public void A_process_that_slept_judges_nobody()
    {
        _queue.OpenMember(C, 100, At(0));
        Send(null, null);
        Send(null, null);
        _queue.HandleDeadline(At(7.1));
        Assert.Empty(Instructions());
        Assert.Equal(At(12.1), _queue.NextDeadline);
    }

    [Fact]
    public void A_long_message_on_its_way_lengthens_the_grace()
    {
        _queue.OpenMember(C, 100, At(0));
        Send(null, null, 1 << 20);
        Send(null, null);
        Assert.Equal(At(6), _queue.NextDeadline); // 5 s and 1 MiB at 1 MiB/s
    }

    [Fact]
    public void With_the_policy_wait_nobody_is_dropped()
    {
        var queue = new SendQueue(SendQueueOptions.Default, 1 << 20, SlowMemberPolicy.Wait, TimeSpan.FromSeconds(5));
        queue.OpenMember(C, 100, At(0));
        for (var i = 1; i < 3; i++) queue.Submit(new Submission(null, new(i), null, new byte[36], false), At(0));
        Assert.Null(queue.NextDeadline);
        queue.HandleDeadline(At(100));
        Assert.False(queue.TryTake(out _));
    }

    [Fact]
    public void A_broadcast_is_delivered_when_every_receiver_has_consumed_it_or_has_left()
    {
        foreach (var member in new[] { B, C, D }) _queue.OpenMember(member, 1000, At(0));
        Send("x", null, confirm: true);
        Send("y", D, confirm: true);
        Instructions();
        _queue.HandleCredit(B, 1, 100, At(1));
        _queue.CloseMember(D, At(1));
        var undelivered = Assert.IsType<Undelivered>(Assert.Single(Instructions()));
        Assert.Equal((D, 1, 2), (undelivered.Member, undelivered.First.Value, undelivered.Last.Value));
        Assert.Equal(["y"], undelivered.ConfirmingSenders);
        _queue.HandleCredit(C, 1, 100, At(2));
        Assert.Equal([new Delivered("x", new(1))], Instructions());
    }

    [Fact]
    public void What_waits_for_a_member_that_leaves_is_refused_and_what_was_not_taken_is_not_handed_over()
    {
        _queue.OpenMember(B, 100, At(0));
        Send("x", B);
        var waiting = Send("x", B);
        _queue.CloseMember(B, At(1));
        Assert.Empty(HandOvers());
        Assert.Collection(Instructions(), i => Assert.IsType<Accepted>(i), i => Assert.IsType<Undelivered>(i),
            i => Assert.Equal((waiting, NetfluxError.UnknownPeer), (((Refused)i).RequestId, ((Refused)i).Why)));
    }

    [Fact]
    public void A_window_sender_hears_of_every_quarter_and_is_refused_beyond_its_window()
    {
        var queue = new SendQueue(new() { SendWindow = 400 }, 1 << 20, SlowMemberPolicy.Drop, TimeSpan.FromSeconds(5));
        queue.OpenMember(B, 200, At(0));
        queue.OpenWindow("w", At(0));
        for (var i = 1; i <= 7; i++) queue.Submit(new Submission("w", new(i), B, new byte[36], false), At(0));
        var all = new List<SendInstruction>();
        while (queue.TryTake(out var next)) all.Add(next);
        Assert.Equal([new WindowOpened("w", 400, 0), new WindowOpened("w", 500, 1), new WindowOpened("w", 600, 2)], all.Take(3));
        Assert.Equal((new RequestId(7), NetfluxError.SendWindowExceeded), (((Refused)all[3]).RequestId, ((Refused)all[3]).Why));
        Assert.Equal(new WindowOpened("w", 700, 2), all[4]); // refused ones were told too, so they count
        Assert.Equal(5, all.Count);
    }

    [Fact]
    public void A_window_keeps_the_order_of_its_sender_and_holds_no_other_sender_up()
    {
        _queue.OpenMember(B, 1000, At(0));
        _queue.OpenMember(C, 100, At(0));
        _queue.OpenWindow("w", At(0));
        Send("w", C);
        Send("w", C);
        Send("w", B, 1);
        Send("y", B, 2);
        Assert.Equal([(C, 36), (B, 2)], HandOvers().Select(o => (o.Way, o.Payload.Length)));
        _queue.HandleCredit(C, 1, 100, At(1));
        Assert.Equal([(C, 36), (B, 1)], HandOvers().Select(o => (o.Way, o.Payload.Length)));
    }

    [Fact]
    public void Plain_senders_share_a_bounded_line_and_may_withdraw()
    {
        var queue = new SendQueue(new() { PendingMessagesMax = 2 }, 1 << 20, SlowMemberPolicy.Drop, TimeSpan.FromSeconds(5));
        queue.OpenMember(B, 100, At(0));
        for (var i = 1; i <= 4; i++) queue.Submit(new Submission("x", new(i), B, new byte[36], false), At(0));
        Assert.True(queue.TryTake(out var first) && first is Accepted);
        Assert.True(queue.TryTake(out var refused) && refused is Refused { Why: NetfluxError.SendWindowExceeded, RequestId.Value: 4 });
        queue.Withdraw(new(2), At(0));
        queue.HandleCredit(B, 1, 100, At(1));
        Assert.True(queue.TryTake(out var third));
        Assert.Equal(new Accepted("x", new(3), new(2)), third);
    }

    [Fact]
    public void Only_so_many_senders_have_windows()
    {
        var queue = new SendQueue(new() { WindowSendersMax = 1 }, 1 << 20, SlowMemberPolicy.Drop, TimeSpan.FromSeconds(5));
        queue.OpenWindow("v", At(0));
        queue.OpenWindow("w", At(0), new(7));
        queue.CloseWindow("v");
        queue.OpenWindow("w", At(0));
        Assert.True(queue.TryTake(out var v) && v is WindowOpened { Sender: "v" });
        Assert.True(queue.TryTake(out var w) && w is Refused { Why: NetfluxError.TooMany, RequestId.Value: 7 });
        Assert.True(queue.TryTake(out var again) && again is WindowOpened { Sender: "w" });
    }

    [Fact]
    public void A_message_above_a_members_share_travels_alone_and_its_holder_is_judged_when_others_wait()
    {
        var queue = new SendQueue(new() { SendBytesMax = 1000 }, 1 << 20, SlowMemberPolicy.Drop, TimeSpan.FromSeconds(5));
        queue.OpenMember(B, 1 << 20, At(0));
        queue.OpenMember(C, 1 << 20, At(0));
        queue.Submit(new Submission(null, new(1), B, new byte[501], false), At(0));
        queue.Submit(new Submission(null, new(2), C, new byte[501], false), At(1));
        queue.Submit(new Submission(null, new(3), C, new byte[1], false), At(1));
        Assert.True(queue.TryTakeHandOver(out var one) && one.Way == B);
        Assert.False(queue.TryTakeHandOver(out _));
        Assert.Equal(At(6), queue.NextDeadline);
        queue.HandleCredit(B, 1, 565, At(2));
        Assert.True(queue.TryTakeHandOver(out var two) && two is { Way: var c, Payload.Length: 501 } && c == C);
        Assert.True(queue.TryTakeHandOver(out var three) && three.Payload.Length == 1);
        Assert.Null(queue.NextDeadline);
    }

    [Fact]
    public void Lying_credit_is_taken_for_what_was_sent()
    {
        _queue.OpenMember(B, 100, At(0));
        Send(null, B);
        _queue.HandleCredit(B, ulong.MaxValue, long.MaxValue, At(0));
        _queue.HandleCredit(B, 0, long.MinValue, At(0));
        Send(null, B);
        Send(null, B);
        Assert.Equal(2, HandOvers().Count);
    }

    [Fact]
    public void What_is_for_a_shut_member_waits_and_nobody_is_blamed()
    {
        _queue.OpenMember(B, 1000, At(0));
        _queue.OpenMember(C, 1000, At(0));
        Send("x", B);
        _queue.ShutMember(B);
        Assert.False(_queue.IsSettled(B));
        Assert.True(_queue.IsSettled(C));
        Send("x", null);
        Assert.Single(HandOvers());
        Assert.Null(_queue.NextDeadline);
        _queue.HandleCredit(B, 1, 100, At(1));
        Assert.True(_queue.IsSettled(B));
        Assert.Empty(HandOvers());
        _queue.OpenShutMember(B, At(2));
        Assert.Equal([B, C], HandOvers().Select(o => o.Way));
    }

    [Fact]
    public void A_member_that_is_moved_keeps_what_waits_for_it_and_counts_anew()
    {
        _queue.OpenMember(B, 1000, At(0));
        Send("x", B);
        _queue.ShutMember(B);
        var waits = Send("x", B);
        _queue.HandleCredit(B, 1, 100, At(1));
        Assert.True(_queue.IsWanted(B));
        HandOvers();
        Instructions();
        _queue.MoveMember(B, 1000, At(1));
        Assert.Empty(Instructions());
        _queue.OpenShutMember(B, At(2));
        Assert.Equal([B], HandOvers().Select(o => o.Way));
        Assert.Equal([new Accepted("x", waits, new(2))], Instructions());
        Send("x", null);
        Assert.Empty(HandOvers());      // broadcasts have another way
        _queue.HandleCredit(B, 1, 100, At(3));
        Assert.True(_queue.IsSettled(B));
    }

    [Fact]
    public void A_member_that_is_moved_too_early_is_told_of()
    {
        _queue.OpenMember(B, 1000, At(0));
        Send("x", B, confirm: true);
        Instructions();
        _queue.MoveMember(B, 1000, At(1));
        Assert.Equal(B, Assert.IsType<Undelivered>(Assert.Single(Instructions())).Member);
    }

    [Fact]
    public void From_then_on_senders_wait_for_the_slow()
    {
        _queue.OpenMember(B, 100, At(0));
        Send("x", B);
        Send("x", B);
        _queue.WaitForSlow();
        Assert.Null(_queue.NextDeadline);
    }
}
