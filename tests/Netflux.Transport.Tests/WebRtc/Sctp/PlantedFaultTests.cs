using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>
/// Faults that an implementation of SCTP could have, planted into the packets of one that has none, as if it had written or read them wrongly: the checks of
/// <see cref="Conversation"/> see each of them. Without a fault the same conversations pass.
/// </summary>
public sealed class PlantedFaultTests
{
    private const int SeedsMax = 40;

    /// <summary>Changes the chunks of a packet in place; false loses the packet.</summary>
    private delegate bool Fault(SctpPeer from, Span<byte> packet);

    private static void Caught(Func<SctpWorld, Fault> plant, string sign)
    {
        for (var seed = 0; seed < SeedsMax; seed++)
        {
            var faults = ConversationTests.Converse(seed, 200, world =>
            {
                var fault = plant(world);
                world.Tamper = (from, packet) =>
                {
                    if (!fault(from, packet)) return null;
                    if (PacketHeader.TryParse(packet, out var header) && header.Checksum != 0) PacketHeader.Seal(packet);
                    return packet;
                };
            });
            if (faults.Exists(fault => fault.Contains(sign, StringComparison.Ordinal))) return;
        }
        Assert.Fail($"Not one of {SeedsMax} conversations shows it.");
    }

    private delegate void ChunkVisitor(Span<byte> chunk);

    private static void ForEach(Span<byte> packet, ChunkVisitor visit)
    {
        for (var at = PacketHeader.Length; at + 4 <= packet.Length;)
        {
            var length = packet[at + 2] << 8 | packet[at + 3];
            if (length < 4 || at + length > packet.Length) return;
            visit(packet.Slice(at, length));
            at += Chunk.Padded(length);
        }
    }

    private static bool IsData(ReadOnlySpan<byte> chunk) => (ChunkType)chunk[0] is ChunkType.Data or ChunkType.IData && chunk.Length > DataHeader.IDataLength;

    private static uint TsnOf(ReadOnlySpan<byte> chunk) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]);

    [Fact]
    public void Nothing_planted_nothing_found()
    {
        for (var seed = 0; seed < SeedsMax; seed++) Assert.Empty(ConversationTests.Converse(seed, 200, world => world.Tamper = (_, packet) => packet));
    }

    [Fact]
    public void A_retransmission_that_is_forgotten() => Caught(_ =>
    {
        var sent = new HashSet<(int, uint)>();
        return (from, packet) =>
        {
            var again = false;
            ForEach(packet, chunk => again |= IsData(chunk) && !sent.Add((from.Index, TsnOf(chunk))));
            return !again;
        };
    }, "Not done");

    [Fact]
    public void A_gap_that_is_ignored() => Caught(_ => (_, packet) =>
    {
        ForEach(packet, chunk =>
        {
            // The cumulative TSN jumps to the end of the last gap block.
            if (chunk[0] != (byte)ChunkType.Sack || !SackChunk.TryParse(new Chunk(chunk), out var sack) || sack.BlockCount == 0) return;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(chunk[4..], (sack.CumulativeTsn + sack.Block(sack.BlockCount - 1).End).Value);
            chunk[SackChunk.FixedLength..].Clear();
        });
        return true;
    }, "Not done");

    [Fact]
    public void A_FORWARD_TSN_that_is_dropped() => Caught(_ => (_, packet) =>
    {
        var forward = false;
        ForEach(packet, chunk => forward |= (ChunkType)chunk[0] is ChunkType.ForwardTsn or ChunkType.IForwardTsn);
        return !forward;
    }, "Not done");

    [Fact]
    public void A_sequence_number_that_is_used_twice() => Caught(_ =>
    {
        var count = 0;
        return (_, packet) =>
        {
            ForEach(packet, chunk =>
            {
                // The SSN or MID of some whole ordered message is that of the one before it.
                if (!IsData(chunk) || (chunk[1] & 7) != 3 || ++count % 30 != 0) return;
                var at = chunk[0] == (byte)ChunkType.Data ? 11 : 15;
                chunk[at]--;
            });
            return true;
        };
    }, "Not done");

    [Fact]
    public void An_end_that_is_not_marked() => Caught(_ =>
    {
        var count = 0;
        return (_, packet) =>
        {
            ForEach(packet, chunk =>
            {
                if (IsData(chunk) && (chunk[1] & 3) == 1 && ++count % 5 == 0) chunk[1] &= 0xFE;
            });
            return true;
        };
    }, "Not done");

    [Fact]
    public void Order_that_is_not_kept() => Caught(_ => (_, packet) =>
    {
        // Ordered messages are sent as unordered ones, whole ones only.
        ForEach(packet, chunk =>
        {
            if (IsData(chunk) && (chunk[1] & 3) == 3) chunk[1] |= (byte)DataFlags.Unordered;
        });
        return true;
    }, "without the one before");

    [Fact]
    public void A_payload_from_the_wrong_place() => Caught(_ =>
    {
        var count = 0;
        return (_, packet) =>
        {
            ForEach(packet, chunk =>
            {
                if (IsData(chunk) && chunk.Length > 60 && ++count % 50 == 0) chunk[40..].Reverse();
            });
            return true;
        };
    }, "was changed");

    [Fact]
    public void A_reset_that_is_answered_and_not_done() => Caught(_ => (_, packet) =>
    {
        ForEach(packet, chunk =>
        {
            // The request is heard as one for another stream, and answered as performed.
            if (chunk[0] == (byte)ChunkType.Reconfig && chunk[5] == (byte)ParameterType.OutgoingResetRequest) chunk[20] ^= 0x40;
        });
        return true;
    }, "in its life");

    [Fact]
    public void A_reset_before_the_data() => Caught(_ => (_, packet) =>
    {
        ForEach(packet, chunk =>
        {
            // The last TSN is said to be an old one, so the other does not wait for what is missing.
            if (chunk[0] == (byte)ChunkType.Reconfig && chunk[5] == (byte)ParameterType.OutgoingResetRequest)
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(chunk[16..], System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(chunk[16..]) - 5_000);
        });
        return true;
    }, "stream");

    [Fact]
    public void A_comparison_of_TSNs_that_does_not_go_round()
    {
        // Both count from just below 2³²; who compares plain numbers takes what comes after for old.
        var world = new SctpWorld(1, a: null, z: null, random: (seed, name) => new NearTheEnd(SeededRandom.For((ulong)seed, name)));
        var plain = new Dictionary<int, uint>();
        world.Tamper = (from, packet) =>
        {
            var old = false;
            ForEach(packet, chunk =>
            {
                if (!IsData(chunk)) return;
                var tsn = TsnOf(chunk);
                if (plain.TryGetValue(from.Index, out var highest) && tsn < highest - 1000) old = true;
                else plain[from.Index] = Math.Max(highest, tsn);
            });
            return old ? null : packet;
        };
        world.Connect();
        for (var i = 0; i < 100; i++) world.A.Send(0, new byte[2_000]);
        Assert.Throws<InvalidOperationException>(() => world.RunUntil(() => world.Z.Messages.Count == 100, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void TSNs_go_round()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var world = new SctpWorld(seed, new() { Loss = 0.05, Jitter = TimeSpan.FromMilliseconds(5) }, random: (s, name) => new NearTheEnd(SeededRandom.For((ulong)s, name)));
            world.Connect();
            for (var i = 0; i < 100; i++) world.A.Send(0, new byte[2_000], i % 3 == 0 ? new(PayloadProtocolId.Binary, RetransmitsMax: 0) : null);
            world.A.Association.ResetStream(new(0), world.Now);
            world.RunUntil(() => world.A.Events.Contains(new StreamResetDone(new(0), true)), TimeSpan.FromSeconds(20));
            Assert.InRange(world.Z.Messages.Count, 66, 100);
        }
    }

    /// <summary>Draws numbers just below 2³², where TSNs begin.</summary>
    private sealed class NearTheEnd(SeededRandom random) : IRandomSource
    {
        public void Fill(Span<byte> destination)
        {
            random.Fill(destination);
            if (destination.Length == 8) destination[4..7].Fill(0xFF);
        }
    }
}
