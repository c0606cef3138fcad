using Netflux.Core;
using Netflux.Identity;
using Netflux.Networks;
using Netflux.Overlays.Star;
using Netflux.Wire;

namespace Netflux.Tests.Overlays.Star;

/// <summary>What an author keeps, and what a receiver has had.</summary>
public sealed class StarBoxesTests
{
    private static readonly NetworkId s_network = NetworkId.FromBytes(new byte[20]);
    private static readonly PeerId s_ann = OverlayPeople.Keys(1).Id, s_bob = OverlayPeople.Keys(2).Id, s_cy = OverlayPeople.Keys(3).Id;
    private static readonly Incarnation s_run = new(5);
    private readonly StarOutbox _outbox = new(OverlayPeople.Keys(0), s_network, s_run, StarRouteOptions.Default);
    private readonly StarInbox _inbox = new(StarRouteOptions.Default);
    private long _id;

    private static Instant At(int ms) => new(TimeSpan.FromMilliseconds(ms).Ticks);

    private void Broadcast(int length, params PeerId[] to)
    {
        _id++;
        foreach (var member in to) Assert.Null(_outbox.Add(new HandOver(member, FrameFlags.Broadcast, new byte[length], _id)));
    }

    [Fact]
    public void Messages_of_one_turn_for_the_same_receivers_are_one_frame()
    {
        _outbox.Open(s_ann);
        _outbox.Open(s_bob);
        Broadcast(10, s_ann, s_bob);
        Broadcast(20, s_ann, s_bob);
        var toAll = _outbox.Add(new HandOver(s_bob, FrameFlags.None, new byte[5], ++_id));
        Assert.Equal((1UL, default), (toAll!.Value.Number, toAll.Value.To));
        Assert.Equal((2UL, s_bob), (_outbox.Flush()!.Value.Number, _outbox.Kept.Last().To));
        Assert.Null(_outbox.Flush());
    }

    [Fact]
    public void A_frame_is_kept_until_all_who_are_to_have_it_have_consumed_it_or_left()
    {
        foreach (var member in new[] { s_ann, s_bob, s_cy }) _outbox.Open(member);
        Broadcast(10, s_ann, s_bob, s_cy);
        _outbox.Flush();
        Broadcast(10, s_ann, s_bob, s_cy);
        _outbox.Flush();
        Assert.Equal((1UL, 74L), _outbox.HandleConsumed(s_ann, 1));
        Assert.Equal((2UL, 148L), _outbox.HandleConsumed(s_bob, 2));
        Assert.Null(_outbox.HandleConsumed(s_bob, 2));
        Assert.Equal([1UL, 2UL], _outbox.Kept.Select(frame => frame.Number));
        _outbox.Close(s_cy);
        Assert.Equal([2UL], _outbox.Kept.Select(frame => frame.Number));
        _outbox.HandleConsumed(s_ann, 99);
        Assert.Empty(_outbox.Kept);
        Assert.Null(_outbox.HandleConsumed(s_cy, 2));
    }

    [Fact]
    public void A_frame_that_comes_again_is_not_taken_but_its_author_told_again()
    {
        Assert.True(_inbox.TryTake(s_ann, s_run, 3, At(0)));
        var delivered = _inbox.HandleDelivered(s_ann, 3, 2, At(0));
        Assert.Empty(_inbox.TakeAcks(At(1_000)));
        _inbox.HandleConsumed(s_ann, 1, At(0));
        Assert.False(_inbox.IsConsumed(s_ann, delivered));
        _inbox.HandleConsumed(s_ann, 2, At(0));
        Assert.True(_inbox.IsConsumed(s_ann, delivered));
        Assert.Equal([(s_ann, s_run, 3UL)], _inbox.TakeAcks(At(50)));
        Assert.Empty(_inbox.TakeAcks(At(1_000)));
        Assert.False(_inbox.TryTake(s_ann, s_run, 3, At(1_000)));
        Assert.False(_inbox.TryTake(s_ann, s_run, 1, At(1_000)));
        Assert.Equal([(s_ann, s_run, 3UL)], _inbox.TakeAcks(At(1_050)));
    }

    [Fact]
    public void A_newer_run_begins_anew_and_an_older_one_is_over()
    {
        Assert.True(_inbox.TryTake(s_ann, new(6), 9, At(0)));
        Assert.False(_inbox.TryTake(s_ann, new(5), 10, At(0)));
        Assert.True(_inbox.TryTake(s_ann, new(7), 1, At(0)));
    }

    [Fact]
    public void What_came_stays_known_when_its_author_leaves_and_comes_back()
    {
        Assert.True(_inbox.TryTake(s_ann, s_run, 4, At(0)));
        var delivered = _inbox.HandleDelivered(s_ann, 4, 1, At(0));
        _inbox.Reset(s_ann);
        Assert.True(_inbox.IsConsumed(s_ann, delivered), "nobody will consume it any more");
        Assert.False(_inbox.TryTake(s_ann, s_run, 4, At(0)));
        Assert.True(_inbox.TryTake(s_ann, s_run, 5, At(0)));
        Assert.Equal(1UL, _inbox.HandleDelivered(s_ann, 5, 1, At(0)));
    }

    [Fact]
    public void Where_too_many_are_remembered_who_was_silent_longest_is_forgotten()
    {
        var options = StarRouteOptions.Default with { AuthorsMax = 3 };
        var inbox = new StarInbox(options);
        var authors = Enumerable.Range(1, 5).Select(person => OverlayPeople.Keys(person).Id).ToList();
        for (var turn = 0; turn < authors.Count; turn++) Assert.True(inbox.TryTake(authors[turn], s_run, 1, At(turn)));
        Assert.All(authors.Skip(2), author => Assert.False(inbox.TryTake(author, s_run, 1, At(10))));
    }
}
