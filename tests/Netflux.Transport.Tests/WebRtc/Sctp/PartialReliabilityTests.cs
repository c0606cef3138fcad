using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>RFC 3758: what is given up, and that the other goes on without it. With DATA and with I-DATA.</summary>
public sealed class PartialReliabilityTests
{
    private static readonly SendParameters s_once = new(PayloadProtocolId.Binary, RetransmitsMax: 0);

    private static SctpWorld Open(bool interleaving)
    {
        var options = SctpOptions.Default with { Interleaving = interleaving };
        var world = new SctpWorld(1, null, options, options);
        world.Connect();
        world.RunFor(TimeSpan.FromMilliseconds(200));
        world.Record = [];
        return world;
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_lost_message_that_is_not_sent_again_is_skipped(bool interleaving)
    {
        // A → DATA 1, 2 (lost), 3 → Z; A ← SACK ← Z; A → FORWARD TSN 2 → Z
        var world = Open(interleaving);
        var count = 0;
        world.Tamper = (from, packet) => from == world.A && ++count == 2 ? null : packet;
        for (var i = 1; i <= 6; i++) world.A.Send(0, [.. Enumerable.Repeat((byte)i, 1_100)], s_once);
        world.RunUntil(() => world.Z.Messages.Count == 5, TimeSpan.FromSeconds(1));
        Assert.Equal([1, 3, 4, 5, 6], world.Z.Messages.Select(message => (int)message.Payload[0]));
        Assert.Equal((1, 0), (world.A.Association.Statistics.MessagesAbandoned, world.A.Association.Statistics.ChunksRetransmitted));
        Assert.Contains(world.Record!, sent => SctpPackets.ChunksOf(sent.Bytes).Contains(interleaving ? ChunkType.IForwardTsn : ChunkType.ForwardTsn));
        // What follows goes on as if nothing had been.
        world.A.Send(0, [7]);
        world.RunUntil(() => world.Z.Messages.Count == 6, TimeSpan.FromSeconds(1));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void With_a_fragment_the_whole_message_is_given_up(bool interleaving)
    {
        var world = Open(interleaving);
        var count = 0;
        world.Tamper = (from, packet) => from == world.A && ++count == 3 ? null : packet;
        // Longer than the first window: it is given up while part of it was not sent yet.
        world.A.Send(0, new byte[60_000], s_once);
        world.A.Send(0, "next"u8);
        world.RunUntil(() => world.Z.Messages.Count == 1, TimeSpan.FromSeconds(2));
        Assert.Equal("next"u8, world.Z.Messages[0].Payload);
        Assert.Equal(0, world.A.Association.BufferedBytes(new(0)));
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, world.A.Association.Statistics.BytesInFlight);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_message_that_expires_in_the_middle_is_dropped_at_the_other_end(bool interleaving)
    {
        var world = Open(interleaving);
        world.A.Send(0, new byte[250_000], new(PayloadProtocolId.Binary, Lifetime: TimeSpan.FromMilliseconds(30)));
        world.A.Send(0, "next"u8);
        world.RunUntil(() => world.Z.Messages.Count == 1, TimeSpan.FromSeconds(2));
        Assert.Equal("next"u8, world.Z.Messages[0].Payload);
        Assert.Equal(1, world.A.Association.Statistics.MessagesAbandoned);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, world.Z.Association.Statistics.ReceiveBytesUsed);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_message_that_expires_before_it_goes_costs_nothing(bool interleaving)
    {
        var world = Open(interleaving);
        world.A.Send(0, new byte[100_000]);
        for (var i = 0; i < 10; i++) world.A.Send(0, "too late"u8, new(PayloadProtocolId.Binary, Lifetime: TimeSpan.FromMilliseconds(1)));
        world.A.Send(0, "next"u8);
        world.RunUntil(() => world.Z.Messages.Count == 2, TimeSpan.FromSeconds(2));
        Assert.Equal(10, world.A.Association.Statistics.MessagesAbandoned);
        Assert.DoesNotContain(world.Record!, sent => SctpPackets.ChunksOf(sent.Bytes).Contains(ChunkType.ForwardTsn) || SctpPackets.ChunksOf(sent.Bytes).Contains(ChunkType.IForwardTsn));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_lost_FORWARD_TSN_is_sent_again(bool interleaving)
    {
        var world = Open(interleaving);
        var lostForwards = 0;
        var count = 0;
        world.Tamper = (from, packet) => from == world.A && (++count == 1 || Has(packet, ChunkType.ForwardTsn, ChunkType.IForwardTsn) && lostForwards++ < 3) ? null : packet;
        world.A.Send(0, new byte[1_100], s_once);
        for (var i = 0; i < 5; i++) world.A.Send(0, new byte[1_100], s_once);
        world.RunUntil(() => world.Z.Messages.Count == 5, TimeSpan.FromSeconds(10));
        Assert.Equal(4, lostForwards);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Retransmissions_are_counted(bool interleaving)
    {
        var world = Open(interleaving);
        Tsn? target = null;
        var transmissions = 0;
        world.Tamper = (from, packet) =>
        {
            if (from != world.A || SctpPackets.TsnsOf(packet) is not { Count: > 0 } tsns) return packet;
            target ??= tsns[0];
            if (!tsns.Contains(target.Value)) return packet;
            transmissions++;
            return null;
        };
        world.A.Send(0, new byte[1_100], s_once with { RetransmitsMax = 2 });
        for (var i = 0; i < 5; i++) world.A.Send(0, new byte[1_100]);
        world.RunUntil(() => world.Z.Messages.Count == 5, TimeSpan.FromSeconds(10));
        Assert.Equal((3, 1), (transmissions, world.A.Association.Statistics.MessagesAbandoned));
    }

    [Fact]
    public void An_old_or_impossible_FORWARD_TSN_changes_nothing()
    {
        var world = Open(false);
        world.A.Send(0, "one"u8);
        world.RunUntil(() => world.Z.Messages.Count == 1, TimeSpan.FromSeconds(1));
        var tsn = SctpPackets.TsnsOf(world.Record!.First(sent => sent.From == world.A).Bytes)[0];
        foreach (var to in new[] { tsn, tsn + -5, tsn + 70_000, tsn + int.MinValue })
        {
            var packet = SctpPackets.Like(world.Record![0].Bytes, chunk => ForwardTsnChunk.Write(chunk, false, to, [new(new(0), false, 40)]));
            world.Z.Hear(packet);
        }
        world.A.Send(0, "two"u8);
        world.RunUntil(() => world.Z.Messages.Count == 2, TimeSpan.FromSeconds(1));
    }

    private static bool Has(byte[] packet, params ChunkType[] types) => SctpPackets.ChunksOf(packet).Exists(type => types.Contains(type));
}
