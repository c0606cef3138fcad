using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>RFC 6525, as data channels close by it.</summary>
public sealed class StreamResetTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(5);

    private static SctpWorld Open()
    {
        var world = new SctpWorld(1);
        world.Connect();
        world.RunFor(TimeSpan.FromMilliseconds(200));
        world.Record = [];
        return world;
    }

    [Fact]
    public void A_stream_begins_anew()
    {
        // A → DATA, RE-CONFIG(reset) → Z; A ← RE-CONFIG(performed) ← Z
        var world = Open();
        for (var i = 0; i < 3; i++) world.A.Send(6, [(byte)i]);
        world.A.Association.ResetStream(new(6), world.Now);
        Assert.False(world.A.Send(6, "no more"u8));
        world.RunUntil(() => world.A.Events.Contains(new StreamResetDone(new(6), true)), s_soon);
        Assert.Contains(new StreamResetByPeer(new(6)), world.Z.Events);
        Assert.Equal(3, world.Z.Messages.Count);
        Assert.True(world.A.Send(6, "again"u8));
        world.RunUntil(() => world.Z.Messages.Count == 4, s_soon);
    }

    [Fact]
    public void What_is_queued_goes_first()
    {
        var world = Open();
        for (var i = 0; i < 5; i++) world.A.Send(6, new byte[50_000]);
        world.A.Association.ResetStream(new(6), world.Now);
        world.Z.Happen += happened => Assert.True(happened is not StreamResetByPeer || world.Z.Messages.Count == 5);
        world.RunUntil(() => world.A.Events.Contains(new StreamResetDone(new(6), true)), s_soon);
    }

    [Fact]
    public void While_data_is_missing_the_reset_is_in_progress()
    {
        var world = Open();
        var losses = 0;
        // The last packet is lost twice: the probe, too.
        world.Tamper = (from, packet) => from == world.A && SctpPackets.TsnsOf(packet).Count > 0 && losses++ < 2 ? null : packet;
        world.A.Send(6, "late"u8);
        world.A.Flush();
        world.A.Association.ResetStream(new(6), world.Now);
        world.RunUntil(() => world.A.Events.Contains(new StreamResetDone(new(6), true)), s_soon);
        Assert.Single(world.Z.Messages);
        Assert.Contains(world.Record!, sent => sent.From == world.Z && ResultsIn(sent.Bytes).Contains(ReconfigResult.InProgress));
        Assert.Single(world.Z.Events.OfType<StreamResetByPeer>());
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_lost_request_or_answer_is_repeated(bool request)
    {
        var world = Open();
        var losses = 0;
        world.Tamper = (from, packet) => from == (request ? world.A : world.Z) && SctpPackets.ChunksOf(packet).Contains(ChunkType.Reconfig) && losses++ < 2 ? null : packet;
        world.A.Send(6, "hello"u8);
        world.A.Association.ResetStream(new(6), world.Now);
        world.RunUntil(() => world.A.Events.Contains(new StreamResetDone(new(6), true)), s_soon);
        Assert.Equal(3, losses);
        // The answer is given again; the reset is not done again.
        Assert.Single(world.Z.Events.OfType<StreamResetByPeer>());
    }

    [Fact]
    public void A_thousand_streams_close_at_once_from_both_sides()
    {
        var world = Open();
        for (ushort i = 0; i < 1000; i++)
        {
            world.A.Send(i, [1]);
            world.A.Association.ResetStream(new(i), world.Now);
            world.Z.Association.ResetStream(new(i), world.Now);
        }
        world.RunUntil(() => new[] { world.A, world.Z }.All(peer => peer.Events.OfType<StreamResetDone>().Count(done => done.Performed) == 1000 && peer.Events.OfType<StreamResetByPeer>().Count() == 1000), s_soon);
        Assert.Equal(1000, world.Z.Messages.Count);
    }

    [Fact]
    public void Asked_by_the_other_we_reset_our_streams()
    {
        // Z → RE-CONFIG(incoming reset) → A: A resets its own stream 6, and not one that it does not use.
        var world = Open();
        world.A.Send(6, "hello"u8);
        world.Z.Send(0, "so that its TSN can be seen"u8);
        world.RunUntil(() => world.Z.Messages.Count == 1 && world.A.Messages.Count == 1, s_soon);
        var fromZ = world.Record!.First(sent => sent.From == world.Z && SctpPackets.TsnsOf(sent.Bytes).Count > 0).Bytes;
        var number = SctpPackets.TsnsOf(fromZ)[0].Value;
        world.A.Hear(SctpPackets.Like(fromZ, chunk => IncomingReset(chunk, number, 6, 9)));
        world.RunUntil(() => world.A.Events.Contains(new StreamResetDone(new(6), true)), s_soon);
        Assert.Single(world.A.Events.OfType<StreamResetDone>());
        // A number out of turn is refused, and the last one again is answered as before.
        world.Record!.Clear();
        world.A.Hear(SctpPackets.Like(fromZ, chunk => IncomingReset(chunk, number + 9, 6)));
        world.A.Hear(SctpPackets.Like(fromZ, chunk => IncomingReset(chunk, number, 6)));
        world.A.Flush();
        Assert.Equal([ReconfigResult.BadSequenceNumber, ReconfigResult.Performed], world.Record.SelectMany(sent => ResultsIn(sent.Bytes)));
    }

    [Fact]
    public void Without_the_extension_a_reset_is_refused_here()
    {
        var world = new SctpWorld(1)
        {
            // The list of extensions is taken out of INIT and INIT ACK: its type becomes one that is skipped.
            Tamper = (_, packet) =>
            {
                if (!SctpPackets.ChunksOf(packet).Exists(type => type is ChunkType.Init or ChunkType.InitAck)) return packet;
                var at = packet.AsSpan().IndexOf(new byte[] { 0x80, 0x08, 0x00, 0x08 });
                packet[at + 1] = 0x7F;
                PacketHeader.Seal(packet);
                return packet;
            },
        };
        world.Connect();
        Assert.Equal(new AssociationEstablished(false, true, false, true), world.A.Events[0]);
        world.A.Association.ResetStream(new(6), world.Now);
        world.A.Flush();
        Assert.Contains(new StreamResetDone(new(6), false), world.A.Events);
        Assert.True(world.A.Send(6, "it goes on"u8));
    }

    private static int IncomingReset(Span<byte> chunk, uint number, params ushort[] streams)
    {
        var value = new byte[4 + streams.Length * 2];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(value, number);
        for (var i = 0; i < streams.Length; i++) System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(4 + i * 2), streams[i]);
        Parameter.Write(chunk[4..], ParameterType.IncomingResetRequest, value);
        Chunk.WriteHeader(chunk, ChunkType.Reconfig, 0, 8 + value.Length);
        return 8 + value.Length;
    }

    private static List<ReconfigResult> ResultsIn(byte[] packet)
    {
        var results = new List<ReconfigResult>();
        var chunks = new ChunkReader(packet.AsSpan(PacketHeader.Length));
        while (chunks.TryRead(out var chunk))
        {
            if (chunk.Type != ChunkType.Reconfig) continue;
            var parameters = new ParameterReader(chunk.Value);
            while (parameters.TryRead(out var parameter))
                if (parameter.Type == ParameterType.ReconfigResponse && ReconfigResponse.TryParse(parameter, out var response)) results.Add(response.Result);
        }
        return results;
    }
}
