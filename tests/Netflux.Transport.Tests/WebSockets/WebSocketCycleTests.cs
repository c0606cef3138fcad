using Netflux.Links;
using Xunit.Abstractions;

namespace Netflux.Transport.WebSockets;

/// <summary>What measures the whole process runs when nothing else does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>Links over loopback, connected and cut again and again, leave sockets, handles and heap where they were.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Rim")]
public class WebSocketCycleTests(ITestOutputHelper output)
{
    private const int WarmUp = 200;

    [Fact]
    public Task Connecting_and_cutting() => ConnectAndCutAsync(1_000);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Connecting_and_cutting_10_000_times() => ConnectAndCutAsync(10_000);

    private async Task ConnectAndCutAsync(int cycles)
    {
        await using var rig = new LinkRig();
        for (var i = 0; i < WarmUp; i++) await CycleAsync(rig, i);
        var before = await MeasureAsync();
        for (var i = 0; i < cycles; i++) await CycleAsync(rig, i);
        var after = await MeasureAsync();
        output.WriteLine($"{cycles} cycles: {before} → {after}");
        Assert.InRange(after.Handles - before.Handles, int.MinValue, 32); // the platform's own, such as those of its threads; one a cycle would be a thousand
        // 100 bytes a cycle would be seen ten times over in 10,000, and here are the mailboxes of the test's own actors among them.
        Assert.InRange(after.HeapBytes - before.HeapBytes, long.MinValue, 512 << 10);
    }

    private static async Task CycleAsync(LinkRig rig, int i)
    {
        var (dialled, left, accepted, right) = await rig.OwnedPairAsync();
        LinkRig.Send(dialled, [1, 2, 3]);
        Assert.Equal([1, 2, 3], await right.ReceiveAsync());
        // Cut by either side, in order or not.
        (i % 2 == 0 ? dialled : accepted).Close(CloseCode.Done, "over", abrupt: i % 3 == 0);
        await left.ClosedAsync();
        await right.ClosedAsync();
        rig.Forget(left, right);
    }

    private static async Task<Measured> MeasureAsync()
    {
        Measured measured;
        var same = 0;
        // What the platform still has to close is closed by its own threads: measured until three looks agree, within a limit.
        for (var (look, last) = (0, -1); ; last = measured.Handles)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            var handles = Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : 0;
            measured = new(handles, GC.GetTotalMemory(forceFullCollection: true));
            same = measured.Handles == last ? same + 1 : 0;
            if (same == 3 || ++look == 50) return measured;
            await Task.Delay(100);
        }
    }

    private sealed record Measured(int Handles, long HeapBytes);
}
