using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays.Star;

namespace Netflux.Tests.Overlays.Star;

public sealed class SuccessionTests
{
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.Star(null, 20));

    private static Succession Of(int person, ulong epoch, int members, ulong incarnation = 1, ulong number = 1, params PeerId[] successors) =>
        Succession.Create(OverlayPeople.Keys(person), s_genesis, OverlayPeople.Record(s_genesis, person, incarnation), epoch, number, members, successors);

    private static Succession? Read(ReadOnlyMemory<byte> record, Genesis? genesis = null) => Succession.TryParse(record, genesis ?? s_genesis, OverlayPeople.Noon, _ => null, out var succession) ? succession : null;

    [Fact]
    public void It_comes_back()
    {
        PeerId[] successors = [OverlayPeople.Keys(3).Id, OverlayPeople.Keys(2).Id];
        var read = Read(Of(1, 7, 12, 4, 9, successors).Record)!;
        Assert.Equal((OverlayPeople.Keys(1).Id, 4UL, 7UL, 9UL, 12), (read.Hub.Id, read.Hub.Incarnation.Value, read.Epoch, read.Number, read.Members));
        Assert.Equal(successors, read.Successors);
    }

    [Fact]
    public void Every_truncation_and_every_changed_bit_is_refused()
    {
        var record = Of(1, 7, 12, 1, 1, OverlayPeople.Keys(2).Id).Record.ToArray();
        for (var length = 0; length < record.Length; length++) Assert.Null(Read(record.AsMemory(0, length)));
        for (var at = 0; at < record.Length; at++)
        {
            var bad = (byte[])record.Clone();
            bad[at] ^= (byte)(1 << at % 8);
            Assert.Null(Read(bad));
        }
    }

    [Fact]
    public void Of_another_network_signed_by_another_or_beyond_its_numbers_it_is_none()
    {
        Assert.Null(Read(Of(1, 1, 1).Record, OverlayPeople.GenesisFor(Topology.Star(null, 21))));
        // Somebody else's record as the hub's: only the hub signs for itself.
        Assert.Null(Read(Succession.Create(OverlayPeople.Keys(2), s_genesis, OverlayPeople.Record(s_genesis, 1), 1, 1, 1, []).Record));
        Assert.Null(Read(Of(1, 0, 1).Record));
        Assert.NotNull(Read(Of(1, Succession.EpochMax, 1).Record));
        Assert.Null(Read(Of(1, Succession.EpochMax + 1, 1).Record));
        Assert.Null(Read(Of(1, 1, 1, number: 0).Record));
        Assert.Null(Read(Of(1, 1, 1_001).Record));
        Assert.Null(Read(Of(1, 1, 1, 1, 1, [.. Enumerable.Range(0, 17).Select(person => OverlayPeople.Keys(person).Id)]).Record));
    }

    [Fact]
    public void Where_two_hubs_meet_one_is_better()
    {
        var (small, large) = OverlayPeople.Keys(1).Id < OverlayPeople.Keys(2).Id ? (1, 2) : (2, 1);
        AssertBetter(Of(large, 2, 1), Of(small, 1, 9));            // the higher epoch
        AssertBetter(Of(large, 2, 9), Of(small, 2, 8));            // then more members
        AssertBetter(Of(small, 2, 9), Of(large, 2, 9));            // then the smaller id
        AssertBetter(Of(large, 1, 1), Of(small, 5, 0));            // but one without members gives way
        AssertBetter(Of(small, 1, 0, incarnation: 2), Of(small, 5, 9));    // and a newer run ends the older
        AssertBetter(Of(small, 5, 3, number: 3), Of(small, 5, 9, number: 2));
        Assert.False(Of(small, 5, 3).IsBetterThan(Of(small, 5, 3)));
    }

    private static void AssertBetter(Succession better, Succession other)
    {
        Assert.True(better.IsBetterThan(other));
        Assert.False(other.IsBetterThan(better));
    }
}
