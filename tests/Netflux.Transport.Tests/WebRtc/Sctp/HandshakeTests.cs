using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

public sealed class HandshakeTests
{
    [Fact]
    public void One_side_connects()
    {
        // A → INIT → Z, A ← INIT ACK ← Z, A → COOKIE ECHO → Z, A ← COOKIE ACK ← Z
        var world = new SctpWorld(1) { Record = [] };
        world.Connect();
        Assert.Equal(
            [("A", ChunkType.Init), ("Z", ChunkType.InitAck), ("A", ChunkType.CookieEcho), ("Z", ChunkType.CookieAck)],
            world.Record.Select(sent => (sent.From == world.A ? "A" : "Z", SctpPackets.ChunksOf(sent.Bytes).First())));
        foreach (var peer in new[] { world.A, world.Z }) Assert.Equal(new AssociationEstablished(true, true, true, true), Assert.Single(peer.Events));
        Assert.Equal(TimeSpan.FromMilliseconds(40), world.Now - new Instant(TimeSpan.TicksPerSecond));
    }

    [Fact]
    public void Both_sides_connect_at_once()
    {
        var world = new SctpWorld(2);
        world.A.Association.Connect(world.Now);
        world.Z.Association.Connect(world.Now);
        world.RunUntil(() => world.A.Association.IsEstablished && world.Z.Association.IsEstablished, TimeSpan.FromSeconds(1));
        world.A.Send(0, "hello"u8);
        world.Z.Send(0, "there"u8);
        world.RunUntil(() => world.A.Messages.Count == 1 && world.Z.Messages.Count == 1, TimeSpan.FromSeconds(1));
        Assert.Single(world.A.Events.OfType<AssociationEstablished>());
        Assert.Single(world.Z.Events.OfType<AssociationEstablished>());
    }

    [Theory]
    [InlineData(ChunkType.Init), InlineData(ChunkType.InitAck), InlineData(ChunkType.CookieEcho), InlineData(ChunkType.CookieAck)]
    internal void A_lost_packet_of_the_handshake_is_sent_again(ChunkType lost)
    {
        var world = new SctpWorld(3);
        var losses = 0;
        world.Tamper = (_, packet) => SctpPackets.ChunksOf(packet).Contains(lost) && losses++ == 0 ? null : packet;
        world.Connect();
        Assert.Equal(2, losses);
        world.A.Send(0, "hello"u8);
        world.RunUntil(() => world.Z.Messages.Count == 1, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Nobody_there_is_told_after_nine_tries()
    {
        var world = new SctpWorld(4, new() { Down = true });
        world.A.Association.Connect(world.Now);
        world.RunUntil(() => world.A.Closed is not null, TimeSpan.FromSeconds(60));
        Assert.Equal(SctpCloseReason.HandshakeTimedOut, world.A.Closed!.Reason);
        Assert.Equal(9, world.A.PacketsSent);
        Assert.Null(world.A.Association.NextDeadline);
        Assert.False(world.A.Send(0, "hello"u8));
    }

    [Fact]
    public void Opening_survives_any_seed_of_a_bad_path()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var world = new SctpWorld(seed, new() { Loss = 0.2, Duplication = 0.2, Jitter = TimeSpan.FromMilliseconds(30) });
            if (seed % 3 != 0) world.Z.Association.Connect(world.Now);
            if (seed % 3 == 1) world.RunFor(TimeSpan.FromMilliseconds(seed % 40));
            world.A.Association.Connect(world.Now);
            world.A.Send(1, "early"u8);
            world.RunUntil(() => world.Z.Messages.Count == 1, TimeSpan.FromSeconds(60));
        }
    }

    [Fact]
    public void A_forged_cookie_opens_nothing()
    {
        var world = new SctpWorld(5);
        world.Tamper = (_, packet) =>
        {
            if (!SctpPackets.ChunksOf(packet).Contains(ChunkType.CookieEcho)) return packet;
            packet[PacketHeader.Length + Chunk.HeaderLength + 40] ^= 1;
            PacketHeader.Seal(packet);
            return packet;
        };
        world.A.Association.Connect(world.Now);
        world.RunUntil(() => world.A.Closed is not null, TimeSpan.FromSeconds(60));
        Assert.IsType<SctpState.Closed>(world.Z.Association.State);
    }

    [Fact]
    public void A_stale_cookie_brings_a_new_one()
    {
        // A → COOKIE ECHO (old) → Z, A ← ERROR (stale cookie) ← Z, A → INIT → Z …
        var world = new SctpWorld(6, z: SctpOptions.Default with { CookieLife = TimeSpan.FromMilliseconds(100) });
        var held = 0;
        world.Tamper = (from, packet) => from == world.A && SctpPackets.ChunksOf(packet).Contains(ChunkType.CookieEcho) && held++ == 0 ? null : packet;
        world.Connect();
        world.A.Send(0, "hello"u8);
        world.RunUntil(() => world.Z.Messages.Count == 1, TimeSpan.FromSeconds(1));
        Assert.True(world.A.PacketsSent >= 4);
    }

    [Fact]
    public void Old_packets_of_the_handshake_change_nothing_later()
    {
        var world = new SctpWorld(7) { Record = [] };
        world.Connect();
        var old = world.Record.ToList();
        world.A.Send(0, "one"u8);
        world.RunFor(TimeSpan.FromSeconds(1));
        foreach (var (from, bytes) in old) (from == world.A ? world.Z : world.A).Hear(bytes);
        world.RunFor(TimeSpan.FromSeconds(1));
        world.A.Send(0, "two"u8);
        world.Z.Send(0, "three"u8);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["one", "two"], world.Z.Messages.Select(m => System.Text.Encoding.ASCII.GetString(m.Payload)));
        Assert.Single(world.A.Messages);
        Assert.Null(world.A.Closed);
        Assert.Null(world.Z.Closed);
    }

    [Fact]
    public void A_peer_that_begins_anew_ends_the_association()
    {
        var world = new SctpWorld(8);
        world.Connect();
        var restarted = new SctpAssociation(SctpOptions.Default, TestKit.SeededRandom.For(8, "restarted"));
        restarted.Connect(world.Now);
        var packet = new byte[2048];
        for (var i = 0; i < 4; i++)
        {
            int length;
            while ((length = restarted.WritePacket(packet, world.Now)) > 0) world.Z.Association.HandlePacket(packet.AsSpan(0, length), world.Now);
            while ((length = world.Z.Association.WritePacket(packet, world.Now)) > 0) restarted.HandlePacket(packet.AsSpan(0, length), world.Now);
        }
        world.Z.Flush();
        Assert.Equal(SctpCloseReason.PeerRestarted, world.Z.Closed!.Reason);
        Assert.True(restarted.TryTake(out var happened));
        Assert.Equal(SctpCloseReason.AbortedByPeer, Assert.IsType<AssociationClosed>(happened).Reason);
    }

    [Theory]
    [InlineData(true, true), InlineData(true, false), InlineData(false, true), InlineData(false, false)]
    public void Extensions_are_used_where_both_have_them(bool ours, bool theirs)
    {
        var world = new SctpWorld(9, a: SctpOptions.Default with { Interleaving = ours, ZeroChecksum = ours }, z: SctpOptions.Default with { Interleaving = theirs, ZeroChecksum = theirs }) { Record = [] };
        world.Connect();
        var both = ours && theirs;
        Assert.Equal(new AssociationEstablished(both, true, true, both), world.A.Events[0]);
        Assert.Equal(new AssociationEstablished(both, true, true, both), world.Z.Events[0]);
        world.A.Send(0, "hello"u8);
        world.RunUntil(() => world.Z.Messages.Count == 1, TimeSpan.FromSeconds(1));
        Assert.True(PacketHeader.TryParse(world.Record[^1].Bytes, out var last));
        Assert.Equal(both, last.Checksum == 0);
        // What opens the association always has a checksum (RFC 9653 §5.1).
        Assert.All(world.Record.Take(3), sent => Assert.True(PacketHeader.TryParse(sent.Bytes, out var header) && header.Checksum == Crc32C.ComputePacket(sent.Bytes)));
    }

    [Fact]
    public void A_peer_that_drops_what_has_an_unknown_parameter_is_reached_by_its_own_INIT()
    {
        // A → INIT ╳ Z (as pion does with "zero checksum acceptable", 0x8001 of 8 bytes), A ← INIT ← Z, A → INIT ACK → Z …
        var world = new SctpWorld(10, z: SctpOptions.Default with { ZeroChecksum = false });
        var dropped = 0;
        world.Tamper = (from, packet) =>
        {
            if (from != world.A || packet.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x80, 0x01, 0x00, 0x08]) < 0) return packet;
            dropped++;
            return null;
        };
        world.A.Association.Connect(world.Now);
        world.Z.Association.Connect(world.Now);
        world.RunUntil(() => world.A.Association.IsEstablished && world.Z.Association.IsEstablished, TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, dropped);
    }

    [Fact]
    public void Who_connects_after_it_has_answered_is_reached_by_the_cookie_that_it_gave()
    {
        // A → INIT → Z, A ← INIT ACK ← Z, A ╳ INIT ← Z, A → COOKIE ECHO → Z, A ← COOKIE ACK ← Z
        var world = new SctpWorld(11);
        var inits = 0;
        world.Tamper = (from, packet) =>
        {
            if (from != world.Z || !SctpPackets.ChunksOf(packet).Contains(ChunkType.Init)) return packet;
            inits++;
            return null;
        };
        world.A.Association.Connect(world.Now);
        world.A.Flush();
        world.RunFor(TimeSpan.FromMilliseconds(15)); // the INIT is there, the answer on its way
        world.Z.Association.Connect(world.Now);
        world.Z.Flush();
        world.RunUntil(() => world.A.Association.IsEstablished && world.Z.Association.IsEstablished, TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, inits);
    }
}
