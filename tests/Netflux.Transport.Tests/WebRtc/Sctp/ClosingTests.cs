using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

public sealed class ClosingTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);

    private static SctpWorld Open()
    {
        var world = new SctpWorld(1);
        world.Connect();
        world.Record = [];
        return world;
    }

    [Fact]
    public void A_shutdown_delivers_what_was_accepted_on_both_sides()
    {
        // A → DATA → Z; A → SHUTDOWN → Z; A ← SHUTDOWN ACK ← Z; A → SHUTDOWN COMPLETE → Z
        var world = Open();
        for (var i = 0; i < 10; i++)
        {
            world.A.Send(0, new byte[50_000]);
            world.Z.Send(0, new byte[40_000]);
        }
        world.A.Association.Shutdown(world.Now);
        Assert.False(world.A.Send(0, "too late"u8));
        world.RunUntil(() => world.A.Closed is not null && world.Z.Closed is not null, s_soon);
        Assert.Equal((SctpCloseReason.Shutdown, SctpCloseReason.Shutdown), (world.A.Closed!.Reason, world.Z.Closed!.Reason));
        Assert.Equal((10, 10), (world.A.Messages.Count, world.Z.Messages.Count));
        Assert.Equal([ChunkType.Shutdown, ChunkType.ShutdownAck, ChunkType.ShutdownComplete],
            world.Record!.SelectMany(sent => SctpPackets.ChunksOf(sent.Bytes)).Where(type => type is ChunkType.Shutdown or ChunkType.ShutdownAck or ChunkType.ShutdownComplete).Distinct());
    }

    [Fact]
    public void Both_may_shut_down_at_once()
    {
        var world = Open();
        world.A.Association.Shutdown(world.Now);
        world.Z.Association.Shutdown(world.Now);
        world.RunUntil(() => world.A.Closed is not null && world.Z.Closed is not null, s_soon);
        Assert.Equal((SctpCloseReason.Shutdown, SctpCloseReason.Shutdown), (world.A.Closed!.Reason, world.Z.Closed!.Reason));
    }

    [Theory]
    [InlineData(ChunkType.Shutdown), InlineData(ChunkType.ShutdownAck), InlineData(ChunkType.ShutdownComplete)]
    internal void A_lost_packet_of_the_shutdown_is_sent_again(ChunkType lost)
    {
        var world = Open();
        var losses = 0;
        world.Tamper = (_, packet) => SctpPackets.ChunksOf(packet).Contains(lost) && losses++ == 0 ? null : packet;
        world.A.Association.Shutdown(world.Now);
        world.RunUntil(() => world.A.Closed is not null && world.Z.Closed is not null, s_soon);
        Assert.Equal((SctpCloseReason.Shutdown, SctpCloseReason.Shutdown), (world.A.Closed!.Reason, world.Z.Closed!.Reason));
        Assert.True(losses >= 2);
    }

    [Fact]
    public void A_shutdown_that_nobody_answers_is_repeated_ever_later_up_to_the_limit_and_given_up()
    {
        var world = Open();
        world.Path.Down = true;
        var times = new List<TimeSpan>();
        world.Tamper = (from, packet) =>
        {
            if (from == world.A && SctpPackets.ChunksOf(packet).Contains(ChunkType.Shutdown)) times.Add(new(world.Now.Ticks));
            return packet;
        };
        world.A.Association.Shutdown(world.Now);
        world.RunUntil(() => world.A.Closed is not null, TimeSpan.FromMinutes(1));
        Assert.Equal(SctpCloseReason.PeerUnreachable, world.A.Closed!.Reason);
        var waits = times.Zip(times.Skip(1), (one, next) => (next - one).TotalSeconds).ToList();
        Assert.Equal([0.5, 1, 2, .. Enumerable.Repeat(SctpOptions.Default.RtoMax.TotalSeconds, SctpOptions.Default.RetransmitsMax - 3)], waits);
    }

    [Fact]
    public void An_abort_tells_why()
    {
        var world = Open();
        world.A.Send(0, "lost with it"u8);
        world.A.Association.Abort("The channel is not wanted.", world.Now);
        world.RunUntil(() => world.Z.Closed is not null, s_soon);
        Assert.Equal(new AssociationClosed(SctpCloseReason.AbortedHere, "The channel is not wanted."), world.A.Closed);
        Assert.Equal(new AssociationClosed(SctpCloseReason.AbortedByPeer, "The peer aborted it (UserInitiatedAbort: The channel is not wanted.)."), world.Z.Closed);
        Assert.Empty(world.Z.Messages);
        world.A.Association.Abort("Twice.", world.Now);
        world.A.Association.Shutdown(world.Now);
        world.A.Association.Connect(world.Now);
        Assert.Equal(1, world.A.Events.Count(happened => happened is AssociationClosed));
    }

    [Fact]
    public void What_has_arrived_can_be_taken_after_the_end()
    {
        var world = Open();
        world.Z.Takes = false;
        world.A.Send(0, "last words"u8);
        world.RunFor(TimeSpan.FromSeconds(1));
        world.Z.Association.Abort("Enough.", world.Now);
        Assert.True(world.Z.Association.TryReceive(out var message));
        Assert.Equal("last words"u8, message.Payload);
        message.Release();
        Assert.False(world.Z.Association.TryReceive(out _));
    }

    [Fact]
    public void An_abort_with_a_wrong_tag_is_dropped()
    {
        var world = Open();
        world.A.Send(0, "hello"u8);
        world.RunFor(TimeSpan.FromSeconds(1));
        var sample = world.Record!.First(sent => sent.From == world.A).Bytes;
        foreach (byte flags in new byte[] { 0, 1 })
        {
            var abort = SctpPackets.Like(sample, chunk => ErrorCause.WriteChunk(chunk, ChunkType.Abort, flags, ErrorCauseCode.None, []));
            // Without the T bit our own tag is right, with it the other's.
            if (flags == 0) abort[4] ^= 1;
            PacketHeader.Seal(abort);
            world.Z.Hear(abort);
        }
        Assert.Null(world.Z.Closed);
    }
}
