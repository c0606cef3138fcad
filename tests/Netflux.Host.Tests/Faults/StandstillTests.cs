using Netflux.ChainPeer;
using Xunit.Abstractions;

namespace Netflux.Host.Faults;

/// <summary>A receiver that stops consuming: the sender is held back, nothing piles up, and everything arrives afterwards.</summary>
[Trait("Category", "Rim")]
public class StandstillTests(ITestOutputHelper output)
{
    private const int MessageBytes = 64 << 10;
    private const long GrowthMax = 64 << 20;

    [Fact]
    public Task A_receiver_that_stops_holds_512_MB_back() => OfferAsync(512_000_000 / MessageBytes);

    [Fact]
    [Trait("Category", "Soak")]
    public Task A_receiver_that_stops_holds_10_GB_back() => OfferAsync(10_000_000_000 / MessageBytes);

    private async Task OfferAsync(long messages)
    {
        const int warmUp = 1_000;
        await using var rig = await FaultRig.StartAsync(TimeSpan.FromMinutes(20));
        await using var ann = await rig.JoinAsync("ann", FaultRig.FreePort());
        await using var bob = await rig.JoinAsync("bob");
        await rig.MeetAsync(ann, bob);
        await ann.SayAsync(new("expect") { From = bob.Id, Count = warmUp }, rig.Patience);
        await bob.SayAsync(new("send") { To = ann.Id, Count = warmUp, Bytes = MessageBytes }, rig.Patience);
        await ann.ExpectAsync("arrived", rig.Patience);
        var before = await BothAsync("before");

        await ann.SayAsync(new("pause"), rig.Patience);
        await ann.ExpectAsync("paused", rig.Patience);
        await ann.SayAsync(new("expect") { From = bob.Id, Count = warmUp + messages }, rig.Patience);
        await bob.SayAsync(new("send") { To = ann.Id, Count = messages, Bytes = MessageBytes }, rig.Patience);
        await bob.ExpectAsync("sending", rig.Patience);
        // It stands still when five looks in a row, each with a full collection of both, find the same.
        var standing = await BothAsync("standing");
        for (var (last, same) = (-1L, 0); same < 5; last = standing.Bob.Sent)
        {
            await Task.Delay(500, rig.Patience);
            standing = await BothAsync("standing");
            same = standing.Bob.Sent == last && standing.Bob.Sent > warmUp ? same + 1 : 0;
        }
        // Accepted is what the receiver's credit and the sender's window let pass, 1 MiB and 256 KiB, and not more.
        Assert.InRange((standing.Bob.Sent - warmUp) * MessageBytes, 1, 2L << 20);
        AssertGrowth(before, standing);

        await ann.SayAsync(new("resume"), rig.Patience);
        await ann.ExpectAsync("arrived", rig.Patience);
        var after = await BothAsync("after");
        AssertGrowth(before, after);
        Assert.Equal((warmUp + messages, (warmUp + messages) * MessageBytes), (after.Ann.Received, after.Ann.ReceivedBytes));
        Assert.Equal((0, 0), (after.Ann.LogErrors, after.Bob.LogErrors));
        Assert.DoesNotContain(ann.TakeRest().Concat(bob.TakeRest()), said => said.Event is "peerLeaving" or "undelivered" or "broken");

        async Task<(PeerEvent Ann, PeerEvent Bob)> BothAsync(string when)
        {
            var (a, b) = (await ann.StatsAsync(rig.Patience), await bob.StatsAsync(rig.Patience));
            output.WriteLine($"{when}: accepted {b.Sent}, received {a.Received}; receiver heap {a.HeapBytes >> 10} KiB, working set {a.WorkingSetBytes >> 10} KiB; sender heap {b.HeapBytes >> 10} KiB, working set {b.WorkingSetBytes >> 10} KiB");
            return (a, b);
        }
    }

    private static void AssertGrowth((PeerEvent Ann, PeerEvent Bob) before, (PeerEvent Ann, PeerEvent Bob) after)
    {
        Assert.InRange(after.Ann.HeapBytes - before.Ann.HeapBytes, long.MinValue, GrowthMax);
        Assert.InRange(after.Bob.HeapBytes - before.Bob.HeapBytes, long.MinValue, GrowthMax);
        Assert.InRange(after.Ann.WorkingSetBytes - before.Ann.WorkingSetBytes, long.MinValue, GrowthMax);
        Assert.InRange(after.Bob.WorkingSetBytes - before.Bob.WorkingSetBytes, long.MinValue, GrowthMax);
    }
}
