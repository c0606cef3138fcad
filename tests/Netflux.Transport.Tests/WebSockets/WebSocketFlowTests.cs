using System.Diagnostics;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>At the rim: back-pressure, and what many links leave behind.</summary>
[Trait("Rim", "sockets")]
[Collection(MeasuredTests.Name)]
public sealed class WebSocketFlowTests
{
    [Theory, InlineData(true), InlineData(false)]
    public async Task An_owner_that_does_not_read_holds_the_sender_and_memory_stays(bool dialledSends)
    {
        const int size = 64 * 1024, offered = 4096, unwrittenMax = 16, readAhead = 4;
        await using var rig = new LinkRig();
        var (dialled, accepted) = await rig.PairAsync();
        var (sender, receiver) = dialledSends ? (dialled, (IRawLink)accepted) : (accepted, dialled);
        var (sent, received) = (rig.NewInbox(), rig.NewInbox());
        sender.Start(sent.Ref, readAhead);
        receiver.Start(received.Ref, readAhead);
        var message = new byte[size];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        int next = 0, unwritten = 0;
        // The quiet that shows the stall is the only wait on time here: longer quiet makes the test slower, a shorter one only weaker.
        var quiet = TimeSpan.FromSeconds(1);
        while (next < offered)
        {
            while (unwritten < unwrittenMax * size && next < offered) Offer();
            if (await sent.NextOrQuietAsync(quiet) is not { } report) break;
            unwritten -= Assert.IsType<RawLinkWritten>(report).Bytes;
        }
        Assert.True(next < offered, "256 MiB left although nobody read");
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 48L << 20);
        var stalledAt = next;
        for (var i = 0; i < stalledAt; i++)
        {
            var bytes = await received.ReceiveAsync();
            Assert.Equal(size, bytes.Length);
            Assert.Equal(i, BitConverter.ToInt32(bytes));
            if (i < readAhead) Assert.True(i < readAhead - 1 || received.IsEmpty, "more was told than the read-ahead allows");
            if (i >= readAhead - 1) receiver.ReadMore(1);
        }

        void Offer()
        {
            BitConverter.TryWriteBytes(message, next++);
            LinkRig.Send(sender, message);
            unwritten += size;
        }
    }

    [Fact]
    public async Task A_thousand_links_leave_handles_and_memory_as_they_were()
    {
        await using var rig = new LinkRig();
        await rig.AddressAsync();
        await CycleAsync(rig, 100);
        var (handles, memory) = (Handles(), GC.GetTotalMemory(forceFullCollection: true));
        await CycleAsync(rig, 1000);
        Assert.InRange(Handles() - handles, int.MinValue, 16);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, 4L << 20);
    }

    private static async Task CycleAsync(LinkRig rig, int links)
    {
        var owner = rig.NewInbox();
        for (var i = 0; i < links; i++)
        {
            var (dialled, accepted) = await rig.PairAsync();
            dialled.Start(owner.Ref, 2);
            accepted.Start(owner.Ref, 2); // Room for one more than comes: without room the end is not noticed.
            LinkRig.Send(dialled, [1]);
            (i % 2 == 0 ? dialled : accepted).Close(CloseCode.Done, "", abrupt: i % 4 == 3);
            await owner.ClosedAsync();
            await owner.ClosedAsync();
            await accepted.Completion.WaitAsync(LinkRig.Patience);
        }
        Assert.True(owner.IsEmpty);
    }

    private static int Handles()
    {
        using var process = Process.GetCurrentProcess();
        return process.HandleCount;
    }
}

/// <summary>Tests that measure the process run alone in it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredTests
{
    public const string Name = "measured";
}
