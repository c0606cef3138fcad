using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

public sealed class ChecklistTests
{
    private readonly Checklist _checklist = new(new IceOptions { PairsMax = 4 });

    private static CandidatePair Pair(uint priority, string foundation, int port)
    {
        var (ours, theirs) = (SimulatedNat.At("192.168.1.2", 5000), SimulatedNat.At("192.168.1.3", port));
        var local = new LocalCandidate(new(0), CandidateType.Host, ours, ours, null, 65535, "1");
        var pair = new CandidatePair(local, new(CandidateType.Host, theirs, priority, foundation), theirs, Instant.Zero);
        pair.SetPriority(IceRole.Controlling);
        return pair;
    }

    private CandidatePair Add(uint priority, string foundation, int port)
    {
        var pair = Pair(priority, foundation, port);
        Assert.True(_checklist.TryAdd(pair, _ => false));
        return pair;
    }

    [Fact]
    public void The_best_that_waits_is_next_and_frozen_ones_follow_when_none_of_their_foundation_is_tried()
    {
        var (first, same, other) = (Add(10, "a", 1), Add(20, "a", 2), Add(15, "b", 3));
        Assert.Equal((PairState.Waiting, PairState.Frozen, PairState.Waiting), (first.State, same.State, other.State));

        Assert.Same(other, _checklist.NextToCheck(0));
        other.State = PairState.InProgress;
        Assert.Same(first, _checklist.NextToCheck(0));
        first.State = PairState.InProgress;
        Assert.Null(_checklist.NextToCheck(0));
        first.State = PairState.Failed;
        Assert.Same(same, _checklist.NextToCheck(0));
        Assert.Null(_checklist.NextToCheck(same.Priority + 1)); // below what is nominated
    }

    [Fact]
    public void A_success_frees_those_of_its_foundation()
    {
        var (first, same, other) = (Add(10, "a", 1), Add(20, "a", 2), Add(15, "b", 3));
        var frozen = Add(14, "b", 4);
        first.State = PairState.Succeeded;
        _checklist.Unfreeze(first);

        Assert.Equal((PairState.Waiting, PairState.Waiting, PairState.Frozen), (same.State, other.State, frozen.State));
    }

    [Fact]
    public void The_lowest_gives_way_to_a_better_one_but_for_what_is_kept()
    {
        var lowest = Add(1, "a", 1);
        for (var i = 2; i <= 4; i++) Add((uint)i, $"f{i}", i);

        Assert.False(_checklist.TryAdd(Pair(1, "z", 9), _ => false)); // no better than the lowest
        Assert.True(_checklist.TryAdd(Pair(9, "z", 9), pair => pair == lowest));
        Assert.Equal([1, 3, 4, 9], _checklist.Pairs.Select(pair => (int)pair.To.Port));
        Assert.Equal("Gave way to a better pair.", Assert.Single(_checklist.Dropped).Trouble);
        Assert.False(_checklist.TryAdd(Pair(10, "z", 10), _ => true));
    }

    [Fact]
    public void A_valid_pair_counts_for_the_time_of_consent()
    {
        var (better, worse) = (Add(20, "a", 1), Add(10, "b", 2));
        (better.State, worse.State) = (PairState.Succeeded, PairState.Succeeded);
        (better.AnsweredAt, worse.AnsweredAt) = (Instant.Zero, Instant.Zero + TimeSpan.FromSeconds(20));

        Assert.Same(better, _checklist.BestValid(Instant.Zero + TimeSpan.FromSeconds(29)));
        Assert.Same(worse, _checklist.BestValid(Instant.Zero + TimeSpan.FromSeconds(30)));
        Assert.Null(_checklist.BestValid(Instant.Zero + TimeSpan.FromSeconds(50)));
    }
}
