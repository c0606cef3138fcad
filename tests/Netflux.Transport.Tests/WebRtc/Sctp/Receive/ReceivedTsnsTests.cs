using CsCheck;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Receive;

public sealed class ReceivedTsnsTests
{
    [Fact]
    public void It_says_what_a_set_of_numbers_says()
    {
        Gen.Select(Gen.UInt, Gen.Int[1, 3000].Array[0, 400], Gen.Int[0, 3]).Sample((initial, arrivals, forwards) =>
        {
            var tsns = new ReceivedTsns(new(initial), SctpOptions.Default);
            var model = new HashSet<int>();
            var cumulative = 0;
            var step = 0;
            foreach (var arrival in arrivals)
            {
                // Dense near the cumulative TSN, so that gaps close.
                var offset = step++ % 3 == 0 ? arrival : cumulative + 1 + arrival % 70;
                var tsn = new Tsn(initial) + (offset - 1);
                var expected = offset <= cumulative || model.Contains(offset) ? Arrival.Duplicate : offset == cumulative + 1 ? Arrival.InOrder : Arrival.Ahead;
                Assert.Equal(expected, tsns.Judge(tsn));
                if (expected != Arrival.Duplicate)
                {
                    tsns.Add(tsn);
                    model.Add(offset);
                }
                if (forwards > 0 && step % 50 == 0)
                {
                    cumulative = Math.Max(cumulative, offset - 5);
                    if (new Tsn(initial) + (cumulative - 1) > tsns.Cumulative) tsns.Forward(new Tsn(initial) + (cumulative - 1));
                }
                while (model.Contains(cumulative + 1)) cumulative++;
                Assert.Equal(new Tsn(initial) + (cumulative - 1), tsns.Cumulative);
            }
            Assert.Equal(Blocks(model, cumulative), Blocks(tsns));
        }, iter: 400, seed: Environment.GetEnvironmentVariable("SEED"));
    }

    [Fact]
    public void Blocks_end_where_the_room_does()
    {
        var tsns = new ReceivedTsns(new(1), SctpOptions.Default);
        for (uint tsn = 3; tsn < 3000; tsn += 2) tsns.Add(new(tsn));
        Assert.Equal(10, tsns.WriteBlocks(new byte[43]));
        Assert.Equal(SctpOptions.Default.GapBlocksMax, tsns.WriteBlocks(new byte[10_000]));
    }

    [Fact]
    public void Only_so_many_duplicates_are_kept()
    {
        var tsns = new ReceivedTsns(new(1), SctpOptions.Default);
        for (uint i = 0; i < 1000; i++) tsns.AddDuplicate(new(i));
        Assert.Equal(SctpOptions.Default.DuplicatesReportedMax, tsns.Duplicates.Length);
        tsns.ForgetDuplicates();
        Assert.True(tsns.Duplicates.IsEmpty);
    }

    private static List<(int, int)> Blocks(HashSet<int> model, int cumulative)
    {
        var blocks = new List<(int, int)>();
        foreach (var offset in model.Where(offset => offset > cumulative).Order())
        {
            var distance = offset - cumulative;
            if (blocks.Count > 0 && blocks[^1].Item2 == distance - 1) blocks[^1] = (blocks[^1].Item1, distance);
            else blocks.Add((distance, distance));
        }
        return [.. blocks.Take(SctpOptions.Default.GapBlocksMax)];
    }

    private static List<(int, int)> Blocks(ReceivedTsns tsns)
    {
        var bytes = new byte[4 * 1000];
        var count = tsns.WriteBlocks(bytes);
        var whole = new byte[16 + count * 4];
        bytes.AsSpan(0, count * 4).CopyTo(whole.AsSpan(16));
        SackChunk.WriteAround(whole, tsns.Cumulative, 0, count, 0);
        Assert.True(SackChunk.TryParse(new Chunk(whole), out var sack));
        var blocks = new List<(int, int)>();
        for (var i = 0; i < count; i++) blocks.Add((sack.Block(i).Start, sack.Block(i).End));
        return blocks;
    }
}
