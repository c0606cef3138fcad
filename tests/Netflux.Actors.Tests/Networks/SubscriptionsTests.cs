using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;

namespace Netflux.Tests.Networks;

public sealed class SubscriptionsTests
{
    private static readonly PeerId B = Id(2), C = Id(3);
    private readonly Subscriptions<string, string> _subscriptions = new(SubscriptionsOptions.Default);

    private static PeerId Id(byte last) => PeerId.FromBytes([.. new byte[PeerId.Length - 1], last]);

    private static Instant At(double seconds) => Instant.Zero + TimeSpan.FromSeconds(seconds);

    public SubscriptionsTests()
    {
        _subscriptions.OpenMember(B, "bob");
        _subscriptions.OpenMember(C, "carol");
    }

    private void Message(PeerId from, byte text, double at = 0) => _subscriptions.HandleMessage(from, new[] { text }, Delivery.Direct, At(at));

    private List<string> Told()
    {
        var all = new List<string>();
        while (_subscriptions.TryTakeTelling(out var t)) all.Add(t.IsMessage ? $"{t.Subscriber} {t.Number} {t.From}:{t.Payload.Span[0]}" : $"{t.Subscriber} {t.Event}");
        return all;
    }

    private List<SubscriptionInstruction> Instructions()
    {
        var all = new List<SubscriptionInstruction>();
        while (_subscriptions.TryTake(out var next)) all.Add(next);
        return all;
    }

    [Fact]
    public void Without_a_subscriber_a_message_is_consumed_at_once()
    {
        Message(B, 1);
        Message(B, 2);
        Assert.Equal([new ConsumedUpTo(B, 2)], Instructions());
        Assert.True(_subscriptions.TrySubscribe("s", null, At(0)));
        Assert.Empty(Told());
    }

    [Fact]
    public void Without_a_window_everything_is_told_and_consumed()
    {
        _subscriptions.TrySubscribe("s", null, At(0));
        Message(B, 1);
        _subscriptions.HandleEvent("e", At(0));
        Message(C, 2);
        Assert.Equal(["s 1 bob:1", "s e", "s 2 carol:2"], Told());
        Assert.Equal([new ConsumedUpTo(B, 1), new ConsumedUpTo(C, 1)], Instructions());
    }

    [Fact]
    public void A_window_holds_messages_and_the_events_behind_them()
    {
        _subscriptions.TrySubscribe("s", 1, At(0));
        _subscriptions.HandleEvent("e1", At(0));
        Message(B, 1);
        _subscriptions.HandleEvent("e2", At(0));
        Message(B, 2);
        _subscriptions.HandleEvent("e3", At(0));
        _subscriptions.CloseMember(B);
        _subscriptions.OpenMember(B, "bob again");
        Assert.Equal(["s e1", "s 1 bob:1", "s e2"], Told());
        Assert.Empty(Instructions());
        _subscriptions.HandleConsumed("s", 1, At(1));
        Assert.Equal(["s 2 bob:2", "s e3"], Told());
        Assert.Empty(Instructions()); // those were of the channel before
    }

    [Fact]
    public void The_slowest_subscriber_decides()
    {
        _subscriptions.TrySubscribe("fast", null, At(0));
        _subscriptions.TrySubscribe("slow", 2, At(0));
        for (byte i = 1; i <= 3; i++) Message(B, i);
        Assert.Equal(["fast 1 bob:1", "slow 1 bob:1", "fast 2 bob:2", "slow 2 bob:2", "fast 3 bob:3"], Told());
        Assert.Empty(Instructions());
        _subscriptions.HandleConsumed("slow", 2, At(0));
        Assert.Equal(["slow 3 bob:3"], Told());
        Assert.Equal([new ConsumedUpTo(B, 2)], Instructions());
        _subscriptions.HandleConsumed("slow", 99, At(0));
        Assert.Equal([new ConsumedUpTo(B, 3)], Instructions());
    }

    [Fact]
    public void Unsubscribing_frees_what_it_held_up()
    {
        _subscriptions.TrySubscribe("s", 1, At(0));
        Message(B, 1);
        Message(B, 2);
        _subscriptions.Unsubscribe("s");
        Assert.Equal(["s 1 bob:1"], Told());
        Assert.Equal([new EndSubscription("s", SubscriptionEndedReason.Unsubscribed), new ConsumedUpTo(B, 2)], Instructions());
        Assert.Null(_subscriptions.NextDeadline);
    }

    [Fact]
    public void A_subscriber_that_confirms_nothing_while_messages_wait_is_ended()
    {
        _subscriptions.TrySubscribe("s", 2, At(0));
        Message(B, 1);
        Message(B, 2, at: 5);
        Assert.Null(_subscriptions.NextDeadline); // all was told: it may take its time
        Message(B, 3, at: 10);
        Assert.Equal(At(40), _subscriptions.NextDeadline);
        Message(B, 4, at: 11);
        _subscriptions.HandleConsumed("s", 1, At(12));
        Assert.Equal(At(42), _subscriptions.NextDeadline);
        _subscriptions.HandleDeadline(At(42) - TimeSpan.FromTicks(1));
        Assert.Equal([new ConsumedUpTo(B, 1)], Instructions());
        _subscriptions.HandleDeadline(At(42));
        Assert.Equal([new EndSubscription("s", SubscriptionEndedReason.TooSlow), new ConsumedUpTo(B, 4)], Instructions());
    }

    [Fact]
    public void A_process_that_slept_ends_nobody()
    {
        _subscriptions.TrySubscribe("s", 1, At(0));
        Message(B, 1);
        Message(B, 2);
        _subscriptions.HandleDeadline(At(32.1));
        Assert.Empty(Instructions());
        Assert.Equal(At(62.1), _subscriptions.NextDeadline);
    }

    [Fact]
    public void What_waits_for_one_subscriber_is_bounded()
    {
        var subscriptions = new Subscriptions<string, string>(new() { HeldMax = 3, SubscribersMax = 1 });
        subscriptions.OpenMember(B, "bob");
        Assert.True(subscriptions.TrySubscribe("s", 1, At(0)));
        Assert.False(subscriptions.TrySubscribe("t", 1, At(0)));
        for (byte i = 1; i <= 4; i++) subscriptions.HandleMessage(B, new[] { i }, Delivery.Direct, At(0));
        Assert.False(subscriptions.TryTake(out _));
        subscriptions.HandleEvent("one too many", At(0));
        var all = new List<SubscriptionInstruction>();
        while (subscriptions.TryTake(out var next)) all.Add(next);
        Assert.Equal([new EndSubscription("s", SubscriptionEndedReason.TooSlow), new ConsumedUpTo(B, 4)], all);
    }

    [Fact]
    public void Events_that_were_told_are_let_go_though_no_message_follows()
    {
        _subscriptions.TrySubscribe("s", 1, At(0));
        Message(B, 1);
        _subscriptions.HandleEvent("e1", At(0));
        Assert.Equal(2, _subscriptions.Held);
        _subscriptions.HandleConsumed("s", 1, At(0));
        Assert.Equal(0, _subscriptions.Held);
        _subscriptions.HandleEvent("e2", At(0));
        Assert.Equal(0, _subscriptions.Held);
    }

    [Fact]
    public void Subscribing_again_changes_the_window_and_keeps_the_numbers()
    {
        _subscriptions.TrySubscribe("s", 1, At(0));
        for (byte i = 1; i <= 3; i++) Message(B, i);
        _subscriptions.TrySubscribe("s", 2, At(0));
        Assert.Equal(["s 1 bob:1", "s 2 bob:2"], Told());
        _subscriptions.TrySubscribe("s", null, At(0));
        Assert.Equal(["s 3 bob:3"], Told());
        Assert.Equal([new ConsumedUpTo(B, 3)], Instructions());
    }
}
