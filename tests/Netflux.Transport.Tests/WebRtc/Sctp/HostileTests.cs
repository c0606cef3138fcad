using CsCheck;
using Netflux.TestKit;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>What a peer may send without an exception here, and without memory beyond the limits.</summary>
public sealed class HostileTests
{
    private static SctpWorld Open(SctpOptions? options = null)
    {
        var world = new SctpWorld(1, null, options, options);
        world.Connect();
        world.Record = [];
        // A speaks once, so that its packets can be imitated.
        world.A.Send(0, "hello"u8);
        world.RunUntil(() => world.Z.Messages.Count == 1, TimeSpan.FromSeconds(1));
        return world;
    }

    private static byte[] Sample(SctpWorld world) => world.Record!.First(sent => sent.From == world.A && SctpPackets.TsnsOf(sent.Bytes).Count > 0).Bytes;

    private static byte[] Data(SctpWorld world, int ahead, ushort stream, DataFlags flags, uint number, int length, uint fragment = 0)
    {
        var sample = Sample(world);
        var interleaving = SctpPackets.ChunksOf(sample).Contains(ChunkType.IData);
        var header = new DataHeader(SctpPackets.TsnsOf(sample)[0] + ahead, new(stream), flags, number, PayloadProtocolId.Binary, fragment);
        return SctpPackets.Like(sample, chunk =>
        {
            if (interleaving) header.WriteIData(chunk, length);
            else header.WriteData(chunk, length);
            return length + (interleaving ? DataHeader.IDataLength : DataHeader.DataLength);
        });
    }

    [Fact]
    public void Random_packets_do_nothing()
    {
        var world = Open();
        Gen.Byte.Array[0, 200].Sample(packet => world.Z.Hear(packet), iter: 3_000, seed: Environment.GetEnvironmentVariable("SEED"), threads: 1);
        Assert.Null(world.Z.Closed);
        Assert.Single(world.Z.Messages);
    }

    [Fact]
    public void Changed_packets_never_throw_and_never_exceed_the_limits() => Fuzz(0, 60);

    [Fact, Trait("Category", "Soak")]
    public void Changed_packets_of_many_seeds_never_throw_and_never_exceed_the_limits() => Fuzz(1_000, 3_000);

    private static void Fuzz(int first, int count)
    {
        var limits = SctpOptions.Default with { ReceiveBufferBytes = 200_000, ReceivedMessageBytesMax = 50_000 };
        for (var seed = first; seed < first + count; seed++)
        {
            var options = limits with { Interleaving = seed % 2 == 0 };
            var random = SeededRandom.For((ulong)seed, "fuzz");
            var world = new SctpWorld(seed, new() { Loss = 0.05, Duplication = 0.05, Jitter = TimeSpan.FromMilliseconds(10) }, options, options);
            world.Connect();
            world.Tamper = (_, packet) =>
            {
                if (random.Next(6) != 0) return packet;
                // Some bytes, mostly in the headers of chunks, where a change says something else that is well-formed; and a right checksum.
                for (var changes = 1 + random.Next(3); changes > 0; changes--)
                {
                    var at = PacketHeader.Length + random.Next(random.Next(3) == 0 ? packet.Length - PacketHeader.Length : Math.Min(24, packet.Length - PacketHeader.Length));
                    packet[at] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(packet[at] ^ 1 << random.Next(8));
                }
                if (random.Next(5) == 0) packet = packet[..(PacketHeader.Length + random.Next(packet.Length - PacketHeader.Length))];
                PacketHeader.Seal(packet);
                return packet;
            };
            for (var round = 0; round < 60; round++)
            {
                for (var i = random.Next(6); i > 0; i--)
                {
                    var how = new SendParameters(PayloadProtocolId.Binary, random.Next(2) == 0, random.Next(3) == 0 ? (ushort)random.Next(3) : null, random.Next(4) == 0 ? TimeSpan.FromMilliseconds(random.Next(50)) : null);
                    (random.Next(2) == 0 ? world.A : world.Z).Send(random.Next(8), new byte[1 + random.Next(random.Next(4) == 0 ? 40_000 : 300)], how);
                }
                if (random.Next(10) == 0) world.A.Association.ResetStream(new((ushort)random.Next(8)), world.Now);
                world.RunFor(TimeSpan.FromMilliseconds(random.Next(40)));
                foreach (var peer in new[] { world.A, world.Z })
                    Assert.True(peer.Association.Statistics.ReceiveBytesUsed is >= 0 and <= 200_000 + 50_000 + 10_000, $"SEED={seed}: {peer}");
            }
            world.A.Association.Abort("Done.", world.Now);
            world.RunFor(TimeSpan.FromSeconds(1));
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Fragments_without_an_end_fill_the_buffer_and_no_more(bool interleaving)
    {
        var options = SctpOptions.Default with { Interleaving = interleaving, ReceiveBufferBytes = 100_000, ReceivedMessageBytesMax = 50_000 };
        var world = Open(options);
        // Every second TSN, so that nothing can be completed.
        for (var i = 0; i < 20_000; i++) world.Z.Hear(Data(world, 3 + i * 2, (ushort)(i % 500), DataFlags.None, (uint)i, 20, fragment: 7));
        Assert.InRange(world.Z.Association.Statistics.ReceiveBytesUsed, 50_000, 100_000);
        Assert.Null(world.Z.Closed);
        // The one that is next is still taken.
        world.Z.Hear(Data(world, 1, 9, DataFlags.Whole, 0, 100));
        Assert.Equal(2, world.Z.Messages.Count);
    }

    [Fact]
    public void Beginnings_of_messages_beyond_the_limit_end_the_association()
    {
        var world = Open(SctpOptions.Default with { OpenMessagesMax = 100 });
        for (var i = 1; i <= 100; i++) world.Z.Hear(Data(world, i, 1, DataFlags.Begin, (uint)i, 20));
        Assert.Null(world.Z.Closed);
        world.Z.Hear(Data(world, 101, 1, DataFlags.Begin, 101, 20));
        Assert.Equal(SctpCloseReason.OutOfResource, world.Z.Closed!.Reason);
    }

    /// <summary>A long message makes the next one expect to be long, too; many that only begin are not given room for it.</summary>
    [Fact]
    public void Many_beginnings_behind_a_long_message_take_no_memory_that_is_not_counted()
    {
        const int beginnings = 200, length = 250_000;
        var world = Open();
        var at = 1;
        for (var fragment = 0; fragment * 1_000 < length; fragment++)
        {
            var flags = fragment == 0 ? DataFlags.Begin : (fragment + 1) * 1_000 == length ? DataFlags.End : DataFlags.None;
            world.Z.Hear(Data(world, at++, 1, flags, 0, 1_000, (uint)fragment));
        }
        Assert.Equal(length, world.Z.Messages[^1].Payload.Length);
        var packets = Enumerable.Range(0, beginnings).Select(i => Data(world, at + i, 1, DataFlags.Begin, (uint)(i + 1), 20)).ToList();
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var packet in packets) world.Z.Hear(packet);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10 * length);
        Assert.InRange(world.Z.Association.Statistics.ReceiveBytesUsed, beginnings * 20, beginnings * 100);
    }

    /// <summary>Whatever number the other puts where we might have left a time, the round trip is measured by our own clock.</summary>
    [Theory, InlineData(0x00), InlineData(0x7F), InlineData(0x80), InlineData(0xFF)]
    public void What_comes_back_with_a_heartbeat_is_no_time(byte forged)
    {
        var world = Open();
        var answers = 0;
        world.Tamper = (from, packet) =>
        {
            if (from != world.Z || !SctpPackets.ChunksOf(packet).Contains(ChunkType.HeartbeatAck)) return packet;
            answers++;
            packet.AsSpan(PacketHeader.Length + Chunk.HeaderLength + Parameter.HeaderLength + sizeof(ulong)).Fill(forged);
            PacketHeader.Seal(packet);
            return packet;
        };
        world.RunFor(TimeSpan.FromSeconds(100));
        Assert.InRange(answers, 3, 4);
        // Between that of a heartbeat and that of the lone packet, whose SACK waited for company.
        Assert.InRange(world.A.Association.Statistics.RoundTrip, 2 * world.Path.Latency, 2 * world.Path.Latency + SctpOptions.Default.SackDelay);
        Assert.Null(world.A.Closed);
    }

    [Fact]
    public void A_buffer_full_of_parts_that_cannot_be_completed_ends_the_association()
    {
        var world = Open(SctpOptions.Default with { ReceiveBufferBytes = 100_000, ReceivedMessageBytesMax = 50_000 });
        for (var i = 1; i <= 400 && world.Z.Closed is null; i++) world.Z.Hear(Data(world, i, (ushort)i, DataFlags.Begin, 0, 1_000));
        Assert.Equal(SctpCloseReason.OutOfResource, world.Z.Closed!.Reason);
        Assert.Equal(0, world.Z.Association.Statistics.ReceiveBytesUsed);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_message_longer_than_agreed_ends_the_association(bool interleaving)
    {
        var world = Open(SctpOptions.Default with { Interleaving = interleaving, ReceivedMessageBytesMax = 10_000 });
        for (uint i = 0; i < 11; i++) world.Z.Hear(Data(world, 1 + (int)i, 1, i == 0 ? DataFlags.Begin : DataFlags.None, 0, 1_000, i));
        Assert.Equal(SctpCloseReason.ProtocolViolation, world.Z.Closed!.Reason);
    }

    [Fact]
    public void A_TSN_out_of_reach_is_not_taken()
    {
        var world = Open(SctpOptions.Default with { Interleaving = false });
        world.Z.Hear(Data(world, 65_536, 1, DataFlags.Whole, 0, 10));
        world.Z.Hear(Data(world, int.MaxValue, 1, DataFlags.Whole, 0, 10));
        Assert.Single(world.Z.Messages);
        world.Z.Hear(Data(world, 65_535, 1, DataFlags.Whole, 0, 10));
        Assert.Equal(2, world.Z.Messages.Count);
    }

    [Fact]
    public void Data_without_data_ends_the_association()
    {
        var world = Open();
        world.Z.Hear(Data(world, 1, 1, DataFlags.Whole, 0, 0));
        Assert.Equal(SctpCloseReason.ProtocolViolation, world.Z.Closed!.Reason);
        world.Z.Flush();
        world.RunUntil(() => world.A.Closed is not null, TimeSpan.FromSeconds(1));
        Assert.Contains("NoUserData", world.A.Closed!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kind_of_data_that_was_not_agreed_on_ends_the_association()
    {
        var world = Open();
        world.Z.Hear(SctpPackets.Like(Sample(world), chunk =>
        {
            new DataHeader(new(1), new(0), DataFlags.Whole, 0, PayloadProtocolId.Binary, 0).WriteData(chunk, 4);
            return DataHeader.DataLength + 4;
        }));
        Assert.Equal(SctpCloseReason.ProtocolViolation, world.Z.Closed!.Reason);
    }

    [Theory]
    [InlineData(0x3F, false, false)]  // 00: the rest of the packet is not looked at
    [InlineData(0x7F, false, true)]   // 01: and that is told
    [InlineData(0xBF, true, false)]   // 10: skipped
    [InlineData(0xFF, true, true)]    // 11: skipped and told
    public void An_unknown_chunk_does_what_its_high_bits_say(byte type, bool skips, bool reports)
    {
        var world = Open();
        world.Record!.RemoveAll(sent => sent.From == world.Z);
        world.Z.Hear(SctpPackets.Like(Sample(world), chunk =>
        {
            Chunk.WriteHeader(chunk, (ChunkType)type, 0, 4);
            Chunk.WriteHeader(chunk[4..], ChunkType.Heartbeat, 0, 4);
            return 8;
        }));
        world.Z.Flush();
        var answers = world.Record.Where(sent => sent.From == world.Z).SelectMany(sent => SctpPackets.ChunksOf(sent.Bytes)).ToList();
        Assert.Equal(skips, answers.Contains(ChunkType.HeartbeatAck));
        Assert.Equal(reports, answers.Contains(ChunkType.Error));
    }

    [Fact]
    public void Questions_beyond_the_limit_are_not_answered()
    {
        var world = Open();
        world.Record!.RemoveAll(sent => sent.From == world.Z);
        for (var i = 0; i < 1000; i++)
        {
            world.Z.Hear(SctpPackets.Like(Sample(world), chunk =>
            {
                Chunk.WriteHeader(chunk, ChunkType.Heartbeat, 0, 1000);
                return 1000;
            }));
        }
        world.Z.Flush();
        Assert.Equal(SctpOptions.Default.AnswersQueuedMax, world.Record.Where(sent => sent.From == world.Z).SelectMany(sent => SctpPackets.ChunksOf(sent.Bytes)).Count(type => type == ChunkType.HeartbeatAck));
    }

    [Fact]
    public void A_SACK_of_what_was_never_sent_is_nothing()
    {
        var world = Open();
        var fromZ = SctpPackets.Like(world.Record!.First(sent => sent.From == world.A).Bytes, _ => 0);
        world.Z.Send(0, "x"u8);
        world.RunFor(TimeSpan.FromSeconds(1));
        fromZ = world.Record!.Last(sent => sent.From == world.Z).Bytes;
        var last = SctpPackets.TsnsOf(Sample(world))[0];
        world.Path.Down = true;
        world.A.Send(0, new byte[5_000]);
        world.A.Flush();
        foreach (var (cumulative, start, end) in new[] { (100, 2, 3), (0, 2, 60_000), (0, 5, 2), (0, 0, 0), (-3, 2, 4) })
        {
            world.A.Hear(SctpPackets.Like(fromZ, chunk =>
            {
                SackChunk.WriteBlock(chunk[SackChunk.FixedLength..], new((ushort)start, (ushort)end));
                return SackChunk.WriteAround(chunk, last + cumulative, 100_000, 1, 0);
            }));
        }
        Assert.InRange(world.A.Association.Statistics.BytesInFlight, 5_000, 6_000);
    }

    [Fact]
    public void Packets_of_others_are_dropped()
    {
        var world = Open();
        var sample = SctpPackets.Like(Sample(world), chunk =>
        {
            Chunk.WriteHeader(chunk, ChunkType.Abort, 0, 4);
            return 4;
        });
        foreach (var at in new[] { 0, 2, 4, 8 })
        {
            var packet = (byte[])sample.Clone();
            packet[at] ^= 0x10;
            if (at < 8) PacketHeader.Seal(packet);
            world.Z.Hear(packet);
        }
        Assert.Null(world.Z.Closed);
        Assert.Equal(4, world.Z.Association.Statistics.PacketsDropped);
        world.Z.Hear(sample);
        Assert.Equal(SctpCloseReason.AbortedByPeer, world.Z.Closed!.Reason);
    }
}
