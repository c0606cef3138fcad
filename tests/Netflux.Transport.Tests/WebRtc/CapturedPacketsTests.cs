using Netflux.TestKit;
using Netflux.Transport.WebRtc.Dcep;
using Netflux.Transport.WebRtc.Ice;
using Netflux.Transport.WebRtc.Sctp;
using Netflux.Transport.WebRtc.Sctp.Packets;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc;

/// <summary>
/// What other stacks sent us, one packet of each kind: SCTP as it came out of DTLS, and STUN. Channels were opened, spoken over, closed and opened again, by either side. Every decoder has to read
/// its own, and to bear all of it cut short and changed.
/// </summary>
public sealed class CapturedPacketsTests
{
    private const int ChangesOfEach = 300;

    private static readonly string[] s_stacks = ["chromium", "firefox", "libdatachannel", "pion", "werift"];

    public static TheoryData<string> Stacks => [.. s_stacks];

    private static IEnumerable<(string Kind, byte[] Bytes)> Of(string stack) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "WebRtc", "Captured", $"{stack}.txt")).Select(line => line.Split(' ')).Select(words => (words[0], Convert.FromHexString(words[1])));

    [Theory, MemberData(nameof(Stacks))]
    public void All_of_it_is_read(string stack)
    {
        foreach (var (kind, bytes) in Of(stack))
        {
            if (kind == "stun") Assert.True(StunMessage.TryParse(bytes, out var message) && message.HasFingerprint(), Convert.ToHexString(bytes));
            else Assert.Null(WhatIsWrong(bytes));
        }
    }

    [Fact]
    public void It_has_packets_of_every_kind_that_a_connection_needs()
    {
        var types = s_stacks.SelectMany(Of).Where(one => one.Kind == "sctp").SelectMany(one => SctpPackets.ChunksOf(one.Bytes)).ToHashSet();
        Assert.Superset(new HashSet<ChunkType> { ChunkType.Data, ChunkType.IData, ChunkType.Init, ChunkType.Sack, ChunkType.CookieAck, ChunkType.Reconfig, ChunkType.Abort }, types);
    }

    [Theory, MemberData(nameof(Stacks))]
    public void Cut_short_anywhere_it_does_no_harm(string stack)
    {
        foreach (var (_, bytes) in Of(stack))
            for (var length = 0; length < bytes.Length; length++) Decode(bytes.AsSpan(0, length));
    }

    [Theory, MemberData(nameof(Stacks))]
    public void Changed_anywhere_it_does_no_harm(string stack)
    {
        var seed = ulong.TryParse(Environment.GetEnvironmentVariable("SEED"), out var given) ? given : 1;
        var random = SeededRandom.For(seed, stack);
        foreach (var (_, bytes) in Of(stack))
        {
            for (var i = 0; i < ChangesOfEach; i++)
            {
                var changed = (byte[])bytes.Clone();
                for (var changes = 1 + random.Next(4); changes > 0; changes--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
                try
                {
                    Decode(changed);
                }
                catch (Exception e)
                {
                    Assert.Fail($"SEED={seed}: {Convert.ToHexString(changed)}: {e}");
                }
            }
        }
    }

    /// <summary>What a packet's own decoders do not read; null where they read all.</summary>
    private static string? WhatIsWrong(ReadOnlySpan<byte> packet)
    {
        if (!PacketHeader.TryParse(packet, out var header)) return "no header";
        if (header.Checksum != 0 && header.Checksum != Crc32C.ComputePacket(packet)) return "checksum";
        var chunks = new ChunkReader(packet[PacketHeader.Length..]);
        var read = PacketHeader.Length;
        while (chunks.TryRead(out var chunk))
        {
            read += Chunk.Padded(chunk.Whole.Length);
            var isRead = chunk.Type switch
            {
                ChunkType.Data => DataHeader.TryParseData(chunk, out var data, out var payload) && IsDcepRead(data, payload),
                ChunkType.IData => DataHeader.TryParseIData(chunk, out var data, out var payload) && IsDcepRead(data, payload),
                ChunkType.Init or ChunkType.InitAck => InitChunk.TryParse(chunk, out var init) && init.InitiateTag != 0,
                ChunkType.Sack => SackChunk.TryParse(chunk, out _),
                ChunkType.Reconfig => AreRequestsRead(chunk),
                ChunkType.ForwardTsn or ChunkType.IForwardTsn => ForwardTsnChunk.TryParse(chunk, out _),
                var other => Enum.IsDefined(other),
            };
            if (!isRead) return $"{chunk.Type}: {Convert.ToHexString(chunk.Whole)}";
        }
        return read >= packet.Length ? null : "something behind the last chunk";
    }

    private static bool IsDcepRead(in DataHeader header, ReadOnlySpan<byte> payload) => header.Ppid != PayloadProtocolId.Dcep || !header.IsWhole || DcepMessage.TryParse(payload, out _);

    private static bool AreRequestsRead(in Chunk chunk)
    {
        var parameters = new ParameterReader(chunk.Value);
        var any = false;
        while (parameters.TryRead(out var parameter))
        {
            any = true;
            if (!OutgoingResetRequest.TryParse(parameter, out _) && !ReconfigResponse.TryParse(parameter, out _)) return false;
        }
        return any;
    }

    /// <summary>Everything that reads bytes of others, whatever they claim to be.</summary>
    private static void Decode(Span<byte> bytes)
    {
        if (StunMessage.TryParse(bytes, out var message)) Decode(message);
        _ = DcepMessage.TryParse(bytes, out _);
        if (!PacketHeader.TryParse(bytes, out _)) return;
        var chunks = new ChunkReader(bytes[PacketHeader.Length..]);
        while (chunks.TryRead(out var chunk)) Decode(chunk);
    }

    private static void Decode(in StunMessage message)
    {
        foreach (var attribute in message.Attributes)
        {
            message.TryGetXorAddress(attribute.Type, out _);
            message.TryGetAddress(attribute.Type, out _);
            message.TryGetUInt64(attribute.Type, out _);
        }
        message.GetUnknown(new StunAttributeType[4]);
        message.TryGetError(out _, out _);
        message.HasFingerprint();
        message.VerifyIntegrity("a key"u8);
        IceRouting.TryReadUfrag(message, out _);
    }

    private static void Decode(in Chunk chunk)
    {
        if (InitChunk.TryParse(chunk, out var init)) init.CopyUnrecognized(new byte[128]);
        if (DataHeader.TryParseData(chunk, out _, out var payload)) _ = DcepMessage.TryParse(payload, out _);
        if (DataHeader.TryParseIData(chunk, out _, out payload)) _ = DcepMessage.TryParse(payload, out _);
        if (SackChunk.TryParse(chunk, out var sack))
        {
            for (var i = 0; i < sack.BlockCount; i++) sack.Block(i);
            for (var i = 0; i < sack.DuplicateCount; i++) sack.Duplicate(i);
        }
        if (ForwardTsnChunk.TryParse(chunk, out var forward))
            for (var i = 0; i < forward.Count; i++) forward.Skipped(i);
        if (ErrorCause.TryReadFirst(chunk, out var cause)) cause.Describe();
        var parameters = new ParameterReader(chunk.Value);
        while (parameters.TryRead(out var parameter))
        {
            if (OutgoingResetRequest.TryParse(parameter, out var outgoing))
                for (var i = 0; i < outgoing.Streams.Count; i++) _ = outgoing.Streams[i];
            if (IncomingResetRequest.TryParse(parameter, out var incoming))
                for (var i = 0; i < incoming.Streams.Count; i++) _ = incoming.Streams[i];
            _ = ReconfigResponse.TryParse(parameter, out _);
        }
    }
}
