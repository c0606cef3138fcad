using Netflux.Links;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>What a proven but hostile peer can say: it never throws, it costs the offender its session, and memory stays bounded.</summary>
public sealed class HostileSessionTests
{
    [Fact]
    public void A_gap_in_the_numbers_is_a_violation() => CutsOff(CloseCode.ProtocolViolated, Frame(FrameKind.Message, 1, 100, [1]));

    [Fact]
    public void An_acknowledgement_of_what_was_never_sent_is_a_violation() => CutsOff(CloseCode.ProtocolViolated, Frame(FrameKind.Ack, 0, 0, NumberBody.ToBytes(1_000_000)));

    [Fact]
    public void A_second_resume_is_not_a_known_frame() => CutsOff(CloseCode.ProtocolViolated, [.. Enumerable.Repeat(Frame(FrameKind.Resume, 0, 0, []), 17).SelectMany(bytes => bytes)]);

    [Fact]
    public void A_frame_above_the_limit_of_its_kind_is_not_waited_for()
    {
        var header = new byte[FrameHeader.Size];
        new FrameHeader(FrameKind.Message, FrameFlags.None, 1, int.MaxValue, 5).Write(header);
        CutsOff(CloseCode.TooLarge, header);
    }

    [Fact]
    public void Messages_beyond_the_window_are_flooding()
    {
        var world = SessionWorldExtensions.Talking(window: 1000);
        world.B.AutoConsume = false;
        for (var i = 0; i < 20; i++) Inject(world, FrameKind.Message, 1, new byte[64]);
        Assert.Equal(CloseCode.Flooding, world.B.Only<CloseLink>().Code);
        Assert.Equal(PeerLeavingReason.ProtocolViolated, world.B.Only<ChannelClosed>().Reason);
        Assert.Equal(7, world.B.Messages(Networks.One).Count());
    }

    [Fact]
    public void A_message_above_its_networks_limit_is_too_large()
    {
        var world = SessionWorldExtensions.Talking();
        Inject(world, FrameKind.MessageStart, 1, NumberBody.ToBytes(1UL << 40));
        Assert.Equal(CloseCode.TooLarge, world.B.Only<CloseLink>().Code);
    }

    [Fact]
    public void Chunks_beyond_the_announced_size_are_too_large()
    {
        var world = SessionWorldExtensions.Talking();
        Inject(world, FrameKind.MessageStart, 1, NumberBody.ToBytes(65_537));
        Inject(world, FrameKind.MessageChunk, 1, new byte[60_000]);
        Inject(world, FrameKind.MessageChunk, 1, new byte[60_000]);
        Assert.Equal(CloseCode.TooLarge, world.B.Only<CloseLink>().Code);
        Assert.Equal(0, world.B.Budget.Reserved);
    }

    [Fact]
    public void Chunks_that_were_not_granted_are_flooding()
    {
        var world = SessionWorldExtensions.Talking(SessionOptions.Default with { ReassemblyBytesMax = 1 });
        world.B.AutoConsume = false;
        Inject(world, FrameKind.MessageStart, 1, NumberBody.ToBytes(65_537));
        Inject(world, FrameKind.MessageChunk, 1, new byte[65_536]);
        Inject(world, FrameKind.MessageChunk, 1, [1], FrameFlags.Last);
        Assert.Equal(0, world.B.Count<CloseLink>()); // one alone always fits
        Inject(world, FrameKind.MessageStart, 1, NumberBody.ToBytes(65_537));
        Inject(world, FrameKind.MessageChunk, 1, [1]);
        Assert.Equal(CloseCode.Flooding, world.B.Only<CloseLink>().Code);
    }

    [Fact]
    public void Pings_beyond_any_need_are_flooding()
    {
        var world = SessionWorldExtensions.Talking();
        for (var i = 0UL; i < 300; i++) world.B.HandleRecord(world.Links[0].Id, Frame(FrameKind.Ping, 0, 0, NumberBody.ToBytes(i)));
        Assert.Equal(CloseCode.Flooding, world.B.Only<CloseLink>().Code);
    }

    [Fact]
    public void Unknown_kinds_are_skipped_when_ignorable_and_refused_otherwise()
    {
        var world = SessionWorldExtensions.Talking();
        for (var i = 0; i < 100; i++) Inject(world, (FrameKind)0xF0, 0, [1, 2, 3]);
        Assert.Equal(0, world.B.Count<CloseLink>());
        var refused = 0;
        world.Links[0].Tap = (from, record) =>
        {
            for (var at = 0; from == world.B && FrameHeader.TryParse(record.AsSpan(at), out var header); at += FrameHeader.Size + header.Length)
                if (header.Kind == FrameKind.Refused) refused++;
            return null;
        };
        Inject(world, (FrameKind)0x70, 0, [1, 2, 3]);
        world.Pump();
        Assert.Equal(1, refused);
        for (var i = 0; i < 16; i++) Inject(world, (FrameKind)0x70, 0, [1, 2, 3]);
        Assert.Equal(CloseCode.ProtocolViolated, world.B.Only<CloseLink>().Code);
    }

    [Fact]
    public void Attachments_that_nobody_answered_are_bounded()
    {
        var world = SessionWorldExtensions.Talking();
        world.B.AutoAttach = false;
        for (var i = 0; i < 1000; i++)
        {
            var network = Identity.NetworkId.FromBytes([.. BitConverter.GetBytes(i), .. new byte[16]]);
            Inject(world, FrameKind.Attach, 0, new AttachFrame((ushort)(i + 10), network, 0, new byte[100], 1000).ToBytes());
        }
        Assert.Equal(SessionOptions.Default.AttachmentsAskedMax, world.B.Count<AttachRequested>());
    }

    [Fact]
    public void Attachments_that_are_refused_each_time_are_flooding()
    {
        var world = SessionWorldExtensions.Talking();
        world.B.AutoAttach = false;
        for (var i = 0; i < 513; i++)
        {
            Assert.Equal(0, world.B.Count<CloseLink>());
            Inject(world, FrameKind.Attach, 0, new AttachFrame(9, Networks.Two, 0, new byte[100], 1000).ToBytes());
            world.B.Say(new RefuseAttach(Networks.Two, NetfluxError.NotAdmitted));
        }
        Assert.Equal(CloseCode.Flooding, world.B.Only<CloseLink>().Code);
    }

    [Fact]
    public void Relayed_frames_that_cannot_go_end_the_session()
    {
        var world = SessionWorldExtensions.Talking(options: SessionOptions.Default with { RelayedQueueBytesMax = 100_000 });
        world.Links[0].Cut();
        for (var i = 0; i < 3; i++) world.A.Send(Networks.One, new byte[40_000], FrameFlags.None, FrameKind.Relay);
        world.A.Drain();
        Assert.Equal(PeerLeavingReason.TooSlow, world.A.Only<SessionEnded>().Reason);
    }

    [Fact]
    public void Random_truncated_and_mutated_records_never_throw()
    {
        for (var seed = 1UL; seed <= 300; seed++)
        {
            var random = SeededRandom.For(seed, "hostile");
            var world = SessionWorldExtensions.Talking();
            world.A.Attach(Networks.Two);
            world.Links[0].Tap = (_, record) => (random.Next() % 4) switch
            {
                0 => record[..(int)(random.Next() % (ulong)record.Length)],
                1 => Mutate(record, random),
                2 => Random(random, (int)(random.Next() % 300)),
                _ => record,
            };
            for (var i = 0; i < 30; i++)
            {
                world.A.Send(Networks.One, new byte[random.Next() % 2000]);
                world.A.Send(Networks.Two, new byte[random.Next() % 100_000]);
                world.A.Say(new OfferInvitation((ulong)i, new byte[10]));
                world.B.Send(Networks.One, new byte[random.Next() % 2000], FrameFlags.None, FrameKind.Control);
                world.RunMs(10);
            }
            world.RunMs(20_000);
            // Nothing is held for a session that is over.
            if (world.B.Count<SessionEnded>() > 0) Assert.Equal(0, world.B.Budget.Reserved);
        }
    }

    // The frames of a session are numbered: the next number is what b has received plus one, found by asking as a would.
    private static void Inject(SessionWorld world, FrameKind kind, ushort channel, byte[] body, FrameFlags flags = FrameFlags.None)
    {
        if (!s_next.TryGetValue(world, out var next)) s_next.Add(world, next = new Counter { Value = 2 }); // a's Attach was 1
        world.B.HandleRecord(world.Links[0].Id, Frame(kind, channel, next.Value++, body, flags));
    }

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<SessionWorld, Counter> s_next = [];

    private sealed class Counter
    {
        public ulong Value { get; set; }
    }

    private static byte[] Frame(FrameKind kind, ushort channel, ulong sequence, byte[] body, FrameFlags flags = FrameFlags.None)
    {
        var frame = new byte[FrameHeader.Size + body.Length];
        new FrameHeader(kind, flags, channel, body.Length, sequence).Write(frame);
        body.CopyTo(frame, FrameHeader.Size);
        return frame;
    }

    private static void CutsOff(CloseCode code, byte[] record)
    {
        var world = SessionWorldExtensions.Talking();
        world.B.HandleRecord(world.Links[0].Id, record);
        Assert.Equal(code, world.B.Only<CloseLink>().Code);
        Assert.Equal(PeerLeavingReason.ProtocolViolated, world.B.Only<SessionEnded>().Reason);
    }

    private static byte[] Mutate(byte[] record, SeededRandom random)
    {
        var copy = record.ToArray();
        copy[random.Next() % (ulong)copy.Length] ^= (byte)(1 + random.Next() % 255);
        return copy;
    }

    private static byte[] Random(SeededRandom random, int length)
    {
        var bytes = new byte[length];
        random.Fill(bytes);
        return bytes;
    }
}
