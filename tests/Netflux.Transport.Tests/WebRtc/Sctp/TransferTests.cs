using System.Buffers.Binary;
using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>Data on an open association: what packets go, when, and what is done when they do not arrive. The round trip is 20 ms.</summary>
public sealed class TransferTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(5);

    private static SctpWorld Open(PathOptions? path = null, SctpOptions? options = null)
    {
        var world = new SctpWorld(1, path, options, options);
        world.Connect();
        world.RunFor(TimeSpan.FromMilliseconds(200));
        world.Record = [];
        return world;
    }

    private static TimeSpan Time(SctpWorld world, Func<bool> done)
    {
        var start = world.Now;
        world.RunUntil(done, s_soon);
        return world.Now - start;
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Messages_of_every_length_arrive(bool interleaving)
    {
        var world = Open(options: SctpOptions.Default with { Interleaving = interleaving });
        var room = SctpOptions.Default.PacketBytesMax - PacketHeader.Length - (interleaving ? DataHeader.IDataLength : DataHeader.DataLength);
        int[] lengths = [1, 2, 3, 4, 5, room - 1, room, room + 1, 2 * room, 2 * room + 1, 65_535, 65_536, 256 * 1024];
        foreach (var length in lengths) Assert.True(world.A.Send(7, Pattern(length)));
        world.RunUntil(() => world.Z.Messages.Count == lengths.Length, s_soon);
        Assert.Equal(lengths, world.Z.Messages.Select(message => message.Payload.Length));
        Assert.All(world.Z.Messages, message => Assert.Equal(Pattern(message.Payload.Length), message.Payload));
        Assert.All(world.Z.Messages, message => Assert.Equal((new StreamId(7), PayloadProtocolId.Binary), (message.Stream, message.Ppid)));
    }

    [Fact]
    public void What_cannot_be_sent_is_refused()
    {
        var world = Open();
        Assert.False(world.A.Send(0, []));
        Assert.False(world.A.Send(0, new byte[SctpOptions.Default.SentMessageBytesMax + 1]));
        Assert.False(world.A.Send(65_535, "beyond the last stream"u8));
        var accepted = 0;
        while (world.A.Send(0, new byte[64 * 1024])) accepted++;
        Assert.Equal(SctpOptions.Default.SendBufferBytes / (64 * 1024), accepted);
    }

    [Fact]
    public void Packets_of_one_burst_have_one_length()
    {
        var world = Open();
        for (var i = 0; i < 3; i++) world.A.Send(0, new byte[30_000]);
        world.A.Flush();
        var burst = world.Record!.Select(sent => sent.Bytes.Length).ToList();
        // The one that crosses the window still goes (RFC 9260 §6.1 B).
        Assert.InRange(burst.Count, SctpOptions.Default.InitialWindowPackets, SctpOptions.Default.InitialWindowPackets + 1);
        Assert.All(burst, length => Assert.Equal(SctpOptions.Default.PacketBytesMax & ~3, length));
    }

    [Fact]
    public void Small_messages_share_packets()
    {
        var world = Open();
        for (var i = 0; i < 20; i++) world.A.Send(i % 3, new byte[100]);
        world.A.Flush();
        Assert.Equal([9, 9, 2], world.Record!.Select(sent => SctpPackets.TsnsOf(sent.Bytes).Count));
    }

    [Fact]
    public void One_SACK_answers_a_batch()
    {
        // A → ten packets of DATA → Z, A ← SACK ← Z
        var world = Open();
        world.A.Send(0, new byte[11_000]);
        world.RunUntil(() => world.Z.Messages.Count == 1, s_soon);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Single(world.Record!, sent => sent.From == world.Z);
    }

    [Fact]
    public void A_lone_packet_is_acknowledged_later_or_with_data()
    {
        var world = Open();
        world.A.Send(0, "alone"u8);
        world.A.Flush();
        // A → DATA → Z, 50 ms, A ← SACK ← Z
        Assert.Equal(TimeSpan.FromMilliseconds(10 + 50 + 10), Time(world, () => world.A.Association.Statistics.BytesInFlight == 0));
        world.Record!.Clear();
        // A → DATA → Z, A ← SACK, DATA ← Z
        world.Z.Receive = _ => world.Z.Send(0, "back"u8);
        world.A.Send(0, "question"u8);
        Assert.Equal(TimeSpan.FromMilliseconds(20), Time(world, () => world.A.Messages.Count == 1));
        Assert.Equal([ChunkType.Sack, ChunkType.Data], SctpPackets.ChunksOf(world.Record.Single(sent => sent.From == world.Z).Bytes).Select(type => type == ChunkType.IData ? ChunkType.Data : type));
        Assert.Equal(0, world.A.Association.Statistics.BytesInFlight);
    }

    [Fact]
    public void A_lost_chunk_is_sent_again_after_a_round_trip()
    {
        var world = Open();
        world.A.Send(0, new byte[10_000]);
        Lose(world, nth: 2);
        // 20 ms for the packets and the SACK that shows the gap, 10 ms for the chunk that was lost.
        Assert.Equal(TimeSpan.FromMilliseconds(30), Time(world, () => world.Z.Messages.Count == 1));
        Assert.Equal((1, 0), (world.A.Association.Statistics.ChunksRetransmitted, world.A.Association.Statistics.RetransmissionTimeouts));
    }

    [Fact]
    public void A_retransmission_that_is_lost_is_noticed_without_a_timeout()
    {
        var world = Open();
        var losses = 0;
        Tsn? lost = null;
        world.Tamper = (from, packet) =>
        {
            if (from != world.A || SctpPackets.TsnsOf(packet) is not [var first, ..]) return packet;
            lost ??= first;
            return first == lost && losses++ < 3 ? null : packet;
        };
        for (var i = 0; i < 60; i++) world.A.Send(0, new byte[10_000]);
        var time = Time(world, () => world.Z.Messages.Count == 60);
        Assert.Equal(0, world.A.Association.Statistics.RetransmissionTimeouts);
        Assert.True(time < TimeSpan.FromMilliseconds(220), $"{time}");
    }

    [Fact]
    public void A_lost_tail_is_probed_before_the_timeout()
    {
        var world = Open();
        world.A.Send(0, new byte[8_000]);
        // The last four of seven packets are lost; a probe after two round trips brings the SACK that shows it.
        var count = 0;
        world.Tamper = (from, packet) => from == world.A && ++count is >= 4 and <= 7 ? null : packet;
        var time = Time(world, () => world.Z.Messages.Count == 1);
        Assert.Equal((1, 0), (world.A.Association.Statistics.TailLossProbes, world.A.Association.Statistics.RetransmissionTimeouts));
        Assert.True(time < TimeSpan.FromMilliseconds(120), $"{time}");
    }

    [Fact]
    public void When_nothing_arrives_the_timer_doubles_and_the_peer_is_given_up()
    {
        var world = Open();
        world.Path.Down = true;
        var start = world.Now;
        world.A.Send(0, "into the void"u8);
        world.RunUntil(() => world.A.Closed is not null, TimeSpan.FromMinutes(2));
        Assert.Equal(SctpCloseReason.PeerUnreachable, world.A.Closed!.Reason);
        // RTO.Min 220 ms, doubled up to 3 s, eleven times.
        Assert.InRange(world.Now - start, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));
        Assert.Equal(11, world.A.Association.Statistics.RetransmissionTimeouts);
        Assert.Null(world.A.Association.NextDeadline);
    }

    [Fact]
    public void A_path_that_comes_back_is_used_within_three_seconds()
    {
        var world = Open();
        world.A.Send(0, new byte[200_000]);
        world.RunFor(TimeSpan.FromMilliseconds(15));
        world.Path.Down = true;
        world.RunFor(TimeSpan.FromSeconds(8));
        world.Path.Down = false;
        Assert.True(Time(world, () => world.Z.Messages.Count == 1) < TimeSpan.FromSeconds(3.5));
    }

    [Fact]
    public void Reordering_is_not_taken_for_loss_once_it_was_seen()
    {
        var world = Open(new() { Latency = TimeSpan.FromMilliseconds(20), Jitter = TimeSpan.FromMilliseconds(4) });
        for (var i = 0; i < 40; i++) world.A.Send(0, new byte[20_000]);
        world.RunUntil(() => world.Z.Messages.Count == 40, TimeSpan.FromSeconds(20));
        // Several hundred packets were overtaken; a few of them, before it was known, were sent again for nothing.
        Assert.True(world.A.Association.Statistics.ChunksRetransmitted < 60, $"{world.A.Association.Statistics}");
        Assert.Equal(0, world.A.Association.Statistics.RetransmissionTimeouts);
    }

    [Fact]
    public void A_reader_that_stops_stops_the_sender_and_lets_it_go_on()
    {
        var options = SctpOptions.Default with { ReceiveBufferBytes = 100_000, ReceivedMessageBytesMax = 20_000 };
        var world = Open(options: options);
        world.Z.Takes = false;
        for (var i = 0; i < 50; i++) Assert.True(world.A.Send(0, new byte[10_000]));
        world.RunFor(TimeSpan.FromSeconds(30));
        var waiting = world.A.Association.BufferedBytes(new(0));
        Assert.InRange(waiting, 380_000, 420_000);
        // It asks again and again whether there is room, and does not take the silence for death (RFC 9260 §6.1 A).
        Assert.Null(world.A.Closed);
        Assert.InRange(world.Record!.Count, 10, 180);
        world.Z.Takes = true;
        world.RunUntil(() => world.Z.Messages.Count == 50, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void The_window_that_opens_is_told_at_once()
    {
        var options = SctpOptions.Default with { ReceiveBufferBytes = 100_000, ReceivedMessageBytesMax = 20_000 };
        var world = Open(options: options);
        world.Z.Takes = false;
        for (var i = 0; i < 50; i++) world.A.Send(0, new byte[10_000]);
        world.RunFor(TimeSpan.FromSeconds(3));
        world.Z.Takes = true;
        Assert.True(Time(world, () => world.Z.Messages.Count >= 15) <= TimeSpan.FromMilliseconds(40));
    }

    [Fact]
    public void The_buffered_amount_falls_as_data_is_sent()
    {
        var world = Open();
        world.A.Association.SetBufferedAmountLowThreshold(new(4), 20_000);
        world.A.Send(4, new byte[50_000]);
        world.A.Send(5, new byte[3]);
        Assert.Equal((50_000, 3, 0), (world.A.Association.BufferedBytes(new(4)), world.A.Association.BufferedBytes(new(5)), world.A.Association.BufferedBytes(new(6))));
        world.A.Flush();
        Assert.InRange(world.A.Association.BufferedBytes(new(4)), 30_000, 49_999);
        Assert.DoesNotContain(new BufferedAmountLow(new(4)), world.A.Events);
        world.RunUntil(() => world.Z.Messages.Count == 2, s_soon);
        Assert.Equal(0, world.A.Association.BufferedBytes(new(4)));
        Assert.Equal([new BufferedAmountLow(new(4)), new BufferedAmountLow(new(5))], world.A.Events.OfType<BufferedAmountLow>().OrderBy(low => low.Stream));
    }

    [Fact]
    public void Streams_take_turns()
    {
        var world = Open(options: SctpOptions.Default with { Interleaving = false });
        for (var i = 0; i < 10; i++) world.A.Send(1, new byte[2_000]);
        for (var i = 0; i < 10; i++) world.A.Send(2, new byte[2_000]);
        world.RunUntil(() => world.Z.Messages.Count == 20, s_soon);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => new StreamId((ushort)(1 + i % 2))), world.Z.Messages.Select(message => message.Stream));
    }

    [Theory]
    [InlineData(true, 1, 2), InlineData(false, 2, 1)]
    public void A_short_message_overtakes_a_long_one_where_messages_interleave(bool interleaving, int shortAt, int longAt)
    {
        var world = Open(options: SctpOptions.Default with { Interleaving = interleaving });
        world.A.Send(1, new byte[200_000]);
        world.A.Send(2, "short"u8);
        world.RunUntil(() => world.Z.Messages.Count == 2, s_soon);
        Assert.Equal(new StreamId(2), world.Z.Messages[shortAt - 1].Stream);
        Assert.Equal(new StreamId(1), world.Z.Messages[longAt - 1].Stream);
    }

    [Fact]
    public void Many_long_messages_at_once_do_not_fill_the_others_buffer_with_beginnings()
    {
        var options = SctpOptions.Default with { ReceiveBufferBytes = 300_000, ReceivedMessageBytesMax = 100_000 };
        var world = Open(options: options);
        for (var stream = 0; stream < 100; stream++) Assert.True(world.A.Send(stream, new byte[60_000]));
        world.RunUntil(() => world.Z.Messages.Count == 100, TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void An_unordered_message_does_not_wait_behind_a_gap(bool interleaving)
    {
        var world = Open(options: SctpOptions.Default with { Interleaving = interleaving });
        Lose(world, nth: 1);
        world.A.Send(0, new byte[1_100]);
        world.A.Flush();
        world.A.Send(0, "ordered, so it waits"u8);
        world.A.Send(1, "another stream"u8);
        world.A.Send(0, new byte[5_000], new(PayloadProtocolId.Binary, Unordered: true));
        world.RunUntil(() => world.Z.Messages.Count == 2, s_soon);
        Assert.Equal([14, 5_000], world.Z.Messages.Select(message => message.Payload.Length).Order());
        world.RunUntil(() => world.Z.Messages.Count == 4, s_soon);
        Assert.Equal([1_100, 20], world.Z.Messages.Skip(2).Select(message => message.Payload.Length));
    }

    [Fact]
    public void A_packet_that_comes_twice_is_reported_and_heard_once()
    {
        var world = Open(new() { Duplication = 1 });
        world.A.Send(0, "once"u8);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Single(world.Z.Messages);
        Assert.Contains(world.Record!, sent => sent.From == world.Z && DuplicatesOf(sent.Bytes) == 1);
    }

    [Fact]
    public void An_idle_path_gets_a_heartbeat_and_memory_back()
    {
        var world = Open();
        for (var i = 0; i < 100; i++) world.A.Send(i, new byte[50_000]);
        world.RunUntil(() => world.Z.Messages.Count == 100, TimeSpan.FromSeconds(20));
        world.Z.Messages.Clear();
        world.Record!.Clear();
        world.RunFor(TimeSpan.FromSeconds(100));
        // A → HEARTBEAT → Z, A ← HEARTBEAT ACK ← Z, about every 30 s
        Assert.InRange(world.Record.Count(sent => sent.From == world.A && SctpPackets.ChunksOf(sent.Bytes).Contains(ChunkType.Heartbeat)), 3, 4);
        Assert.InRange(world.Record.Count(sent => sent.From == world.Z && SctpPackets.ChunksOf(sent.Bytes).Contains(ChunkType.HeartbeatAck)), 3, 4);
        Assert.Null(world.A.Closed);
    }

    [Fact]
    public void Sequence_numbers_go_round()
    {
        foreach (var interleaving in new[] { true, false })
        {
            var world = Open(options: SctpOptions.Default with { Interleaving = interleaving });
            var next = 0;
            world.Z.Receive = message => Assert.Equal(next++, BinaryPrimitives.ReadInt32BigEndian(message.Payload));
            var bytes = new byte[4];
            // SSNs have sixteen bits.
            for (var i = 0; i < 70_000; i++)
            {
                BinaryPrimitives.WriteInt32BigEndian(bytes, i);
                Assert.True(world.A.Send(0, bytes));
                if (i % 500 == 0) world.RunFor(TimeSpan.FromMilliseconds(20));
            }
            world.RunUntil(() => next == 70_000, TimeSpan.FromSeconds(60));
        }
    }

    private static void Lose(SctpWorld world, int nth)
    {
        var count = 0;
        world.Tamper = (from, packet) => from == world.A && ++count == nth ? null : packet;
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 + length))];

    private static int DuplicatesOf(byte[] packet)
    {
        var reader = new ChunkReader(packet.AsSpan(PacketHeader.Length));
        while (reader.TryRead(out var chunk))
            if (chunk.Type == ChunkType.Sack && SackChunk.TryParse(chunk, out var sack)) return sack.DuplicateCount;
        return 0;
    }
}
