using CsCheck;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>Each chunk: bytes with their dissection, back and forth over random values, and every truncation.</summary>
public sealed class CodecTests
{
    private static readonly string? s_seed = Environment.GetEnvironmentVariable("SEED");

    [Fact]
    public void The_checksum_is_that_of_RFC_3720()
    {
        // RFC 3720 appendix B.4: 32 zeros, 32 ones, 0 to 31. (The RFC prints the bytes as they go over the wire.)
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
    }

    [Fact]
    public void A_packets_checksum_leaves_its_own_field_out()
    {
        Gen.Byte.Array[12, 200].Sample(packet =>
        {
            var copy = (byte[])packet.Clone();
            copy.AsSpan(8, 4).Clear();
            Assert.Equal(Crc32C.Compute(copy), Crc32C.ComputePacket(packet));
        }, iter: 200, seed: s_seed);
    }

    [Fact]
    public void An_INIT_of_dcsctp_is_read()
    {
        // As Chromium's dcsctp writes it.
        var packet = Convert.FromHexString(
            "13881388" + "00000000" + "00000000" +  // ports 5000 and 5000, tag 0; the checksum is left out here
            "01000028" + "DEADBEEF" +               // INIT, 40 bytes; initiate tag
            "00500000" + "FFFF" + "FFFF" +          // a_rwnd 5 MiB, 65,535 streams each way
            "11223344" +                            // initial TSN
            "80080006" + "82C0" + "0000" +          // supported extensions: RE-CONFIG, FORWARD-TSN; padding
            "C0000004" +                            // FORWARD-TSN is supported
            "80010008" + "00000001");               // zero checksum is acceptable, over DTLS
        Assert.True(PacketHeader.TryParse(packet, out var header));
        Assert.Equal(new PacketHeader(5000, 5000, 0, 0), header);
        var chunks = new ChunkReader(packet.AsSpan(PacketHeader.Length));
        Assert.True(chunks.TryRead(out var chunk));
        Assert.Equal(ChunkType.Init, chunk.Type);
        Assert.True(InitChunk.TryParse(chunk, out var init));
        Assert.Equal((0xDEADBEEFu, 5u * 1024 * 1024, (ushort)65_535, (ushort)65_535, new Tsn(0x11223344)), (init.InitiateTag, init.ReceiverWindow, init.OutboundStreams, init.InboundStreams, init.InitialTsn));
        Assert.Equal(Capabilities.PartialReliability | Capabilities.StreamReset | Capabilities.ZeroChecksum, init.Capabilities);
        Assert.True(init.Cookie.IsEmpty);
        Assert.False(chunks.TryRead(out _));
    }

    [Fact]
    public void INIT_and_INIT_ACK_come_back()
    {
        Gen.Select(Gen.UInt, Gen.UInt, Gen.UShort, Gen.UShort, Gen.UInt, Gen.Int[0, 15], Gen.Byte.Array[0, 300]).Sample((tag, window, outbound, inbound, tsn, capabilities, cookie) =>
        {
            Span<byte> buffer = new byte[512];
            var length = new InitChunk
            {
                InitiateTag = tag,
                ReceiverWindow = window,
                OutboundStreams = outbound,
                InboundStreams = inbound,
                InitialTsn = new(tsn),
                Capabilities = (Capabilities)capabilities,
                Cookie = cookie,
            }.Write(buffer, ChunkType.InitAck);
            Assert.True(InitChunk.TryParse(new Chunk(buffer[..length]), out var read));
            Assert.Equal((tag, window, outbound, inbound, tsn, (Capabilities)capabilities), (read.InitiateTag, read.ReceiverWindow, read.OutboundStreams, read.InboundStreams, read.InitialTsn.Value, read.Capabilities));
            Assert.Equal(cookie, read.Cookie.ToArray());
            for (var cut = 4; cut < length; cut++) Assert.Equal(cut >= InitChunk.FixedLength, InitChunk.TryParse(new Chunk(buffer[..cut]), out _));
        }, iter: 300, seed: s_seed);
    }

    [Theory]
    [InlineData(0x0FFF, true, false)]  // 00: stop
    [InlineData(0x4FFF, true, true)]   // 01: stop and report
    [InlineData(0x8FFF, false, false)] // 10: skip
    [InlineData(0xCFFF, false, true)]  // 11: skip and report
    public void An_unknown_parameter_does_what_its_high_bits_say(int type, bool stops, bool reports)
    {
        Span<byte> buffer = new byte[64];
        var at = InitChunk.FixedLength;
        at += Parameter.Write(buffer[at..], (ParameterType)type, [1, 2, 3]);
        at += Parameter.Write(buffer[at..], ParameterType.ForwardTsnSupported, []);
        Chunk.WriteHeader(buffer, ChunkType.Init, 0, at);
        Assert.True(InitChunk.TryParse(new Chunk(buffer[..at]), out var init));
        Assert.Equal(!stops, init.Capabilities == Capabilities.PartialReliability);
        Span<byte> report = new byte[64];
        var length = init.CopyUnrecognized(report);
        Assert.Equal(reports ? [0, 8, 0, 11, (byte)(type >> 8), (byte)type, 0, 7, 1, 2, 3, 0] : [], report[..length].ToArray());
        Assert.Equal(0, init.CopyUnrecognized(report[..8]));
    }

    [Fact]
    public void DATA_is_as_RFC_9260_draws_it()
    {
        var bytes = Convert.FromHexString(
            "00070013" +  // DATA, U B E, 19 bytes
            "00000064" +  // TSN 100
            "0003" +      // stream 3
            "0005" +      // SSN 5
            "00000035" +  // payload protocol 53, binary
            "616263");    // abc
        Assert.True(DataHeader.TryParseData(new Chunk(bytes), out var header, out var payload));
        Assert.Equal(new DataHeader(new(100), new(3), DataFlags.Whole | DataFlags.Unordered, 5, PayloadProtocolId.Binary, 0), header);
        Assert.Equal("abc"u8, payload);
        var written = new byte[bytes.Length];
        payload.CopyTo(written.AsSpan(DataHeader.DataLength));
        header.WriteData(written, payload.Length);
        Assert.Equal(bytes, written);
    }

    [Fact]
    public void DATA_and_I_DATA_come_back()
    {
        Gen.Select(Gen.UInt, Gen.UShort, Gen.Int[0, 15], Gen.UInt, Gen.UInt, Gen.Int[1, 40]).Sample((tsn, stream, flags, number, last, length) =>
        {
            var begins = (flags & (int)DataFlags.Begin) != 0;
            var payload = new byte[length];
            Array.Fill(payload, (byte)0x5A);
            var data = new DataHeader(new(tsn), new(stream), (DataFlags)flags, number & 0xFFFF, (PayloadProtocolId)last, 0);
            var buffer = new byte[DataHeader.IDataLength + length];
            payload.CopyTo(buffer, DataHeader.DataLength);
            data.WriteData(buffer, length);
            Assert.True(DataHeader.TryParseData(new Chunk(buffer.AsSpan(0, DataHeader.DataLength + length)), out var readData, out var readPayload));
            Assert.Equal(data, readData);
            Assert.Equal(payload, readPayload.ToArray());
            for (var cut = 4; cut <= DataHeader.DataLength; cut++) Assert.False(DataHeader.TryParseData(new Chunk(buffer.AsSpan(0, cut)), out _, out _));

            var idata = data with { Number = number, Ppid = begins ? (PayloadProtocolId)last : PayloadProtocolId.None, Fragment = begins ? 0 : last };
            payload.CopyTo(buffer, DataHeader.IDataLength);
            idata.WriteIData(buffer, length);
            Assert.True(DataHeader.TryParseIData(new Chunk(buffer), out var readIData, out readPayload));
            Assert.Equal(idata, readIData);
            Assert.Equal(payload, readPayload.ToArray());
            for (var cut = 4; cut <= DataHeader.IDataLength; cut++) Assert.False(DataHeader.TryParseIData(new Chunk(buffer.AsSpan(0, cut)), out _, out _));
        }, iter: 500, seed: s_seed);
    }

    [Fact]
    public void SACK_is_as_RFC_9260_draws_it()
    {
        var bytes = Convert.FromHexString(
            "0300001C" +  // SACK, 28 bytes
            "0000000C" +  // cumulative TSN 12
            "00001268" +  // a_rwnd 4,712
            "0002" +      // two gap blocks
            "0001" +      // one duplicate
            "00020003" +  // 14 to 15
            "00050005" +  // 17
            "0000000A");  // 10 came twice
        Assert.True(SackChunk.TryParse(new Chunk(bytes), out var sack));
        Assert.Equal((new Tsn(12), 4712u, 2, 1), (sack.CumulativeTsn, sack.ReceiverWindow, sack.BlockCount, sack.DuplicateCount));
        Assert.Equal((new GapBlock(2, 3), new GapBlock(5, 5), new Tsn(10)), (sack.Block(0), sack.Block(1), sack.Duplicate(0)));
        for (var cut = 4; cut < bytes.Length; cut++) Assert.False(SackChunk.TryParse(new Chunk(bytes.AsSpan(0, cut)), out _));
        var written = new byte[bytes.Length];
        SackChunk.WriteBlock(written.AsSpan(16), new(2, 3));
        SackChunk.WriteBlock(written.AsSpan(20), new(5, 5));
        SackChunk.WriteDuplicate(written.AsSpan(24), new(10));
        Assert.Equal(28, SackChunk.WriteAround(written, new(12), 4712, 2, 1));
        Assert.Equal(bytes, written);
    }

    [Fact]
    public void FORWARD_TSN_and_I_FORWARD_TSN_come_back()
    {
        Gen.Select(Gen.UInt, Gen.Select(Gen.UShort, Gen.Bool, Gen.UInt).Array[0, 20], Gen.Bool).Sample((tsn, streams, interleaved) =>
        {
            var skipped = streams.Select(s => new SkippedStream(new(s.Item1), interleaved && s.Item2, interleaved ? s.Item3 : s.Item3 & 0xFFFF)).ToArray();
            var buffer = new byte[200];
            var length = ForwardTsnChunk.Write(buffer, interleaved, new(tsn), skipped);
            Assert.True(ForwardTsnChunk.TryParse(new Chunk(buffer.AsSpan(0, length)), out var read));
            Assert.Equal((new Tsn(tsn), skipped.Length), (read.NewCumulativeTsn, read.Count));
            for (var i = 0; i < skipped.Length; i++) Assert.Equal(skipped[i], read.Skipped(i));
            for (var cut = 4; cut < length; cut++)
                Assert.Equal(cut >= ForwardTsnChunk.FixedLength && (cut - ForwardTsnChunk.FixedLength) % ForwardTsnChunk.SkippedLength(interleaved) == 0, ForwardTsnChunk.TryParse(new Chunk(buffer.AsSpan(0, cut)), out _));
        }, iter: 300, seed: s_seed);
        // RFC 3758 §3.2: type 192, 12 bytes; new cumulative TSN 258; stream 1, SSN 2.
        Assert.True(ForwardTsnChunk.TryParse(new Chunk(Convert.FromHexString("C000000C0000010200010002")), out var known));
        Assert.Equal((new Tsn(258), new SkippedStream(new(1), false, 2)), (known.NewCumulativeTsn, known.Skipped(0)));
    }

    [Fact]
    public void Reset_requests_and_responses_come_back()
    {
        Gen.Select(Gen.UInt, Gen.UInt, Gen.UInt, Gen.UShort.Array[0, 20], Gen.UInt[0, 6]).Sample((number, answered, tsn, ids, result) =>
        {
            var streams = ids.Select(id => new StreamId(id)).ToArray();
            var buffer = new byte[100];
            var padded = OutgoingResetRequest.Write(buffer, number, answered, new(tsn), streams);
            Assert.Equal(0, padded % 4);
            var reader = new ParameterReader(buffer.AsSpan(0, padded));
            Assert.True(reader.TryRead(out var parameter));
            Assert.Equal(ParameterType.OutgoingResetRequest, parameter.Type);
            Assert.True(OutgoingResetRequest.TryParse(parameter, out var request));
            Assert.Equal((number, answered, tsn, streams.Length), (request.RequestNumber, request.AnsweredNumber, request.LastTsn.Value, request.Streams.Count));
            for (var i = 0; i < streams.Length; i++) Assert.Equal(streams[i], request.Streams[i]);
            for (var cut = 4; cut < OutgoingResetRequest.FixedLength; cut++) Assert.False(OutgoingResetRequest.TryParse(new Parameter(buffer.AsSpan(0, cut)), out _));

            var response = new ReconfigResponse(number, (ReconfigResult)result);
            Assert.Equal(12, response.Write(buffer));
            Assert.True(ReconfigResponse.TryParse(new Parameter(buffer.AsSpan(0, 12)), out var read));
            Assert.Equal(response, read);
            for (var cut = 4; cut < 12; cut++) Assert.False(ReconfigResponse.TryParse(new Parameter(buffer.AsSpan(0, cut)), out _));
        }, iter: 300, seed: s_seed);
        // RFC 6525 §4.2: request 9 for the streams 1 and 2.
        Assert.True(IncomingResetRequest.TryParse(new Parameter(Convert.FromHexString("000E000C0000000900010002")), out var incoming));
        Assert.Equal((9u, new StreamId(1), new StreamId(2)), (incoming.RequestNumber, incoming.Streams[0], incoming.Streams[1]));
        for (var cut = 4; cut < 8; cut++) Assert.False(IncomingResetRequest.TryParse(new Parameter(Convert.FromHexString("000E000C00000009").AsSpan(0, cut)), out _));
    }

    [Fact]
    public void A_reason_is_told_in_printable_words()
    {
        Span<byte> buffer = new byte[64];
        var length = ErrorCause.WriteChunk(buffer, ChunkType.Abort, 0, ErrorCauseCode.UserInitiatedAbort, "by\tye"u8);
        Assert.Equal(Convert.FromHexString("0600000D" + "000C0009" + "6279097965"), buffer[..length].ToArray());
        Assert.True(ErrorCause.TryReadFirst(new Chunk(buffer[..length]), out var cause));
        Assert.Equal("UserInitiatedAbort: by?ye", cause.Describe());
        for (var cut = 4; cut < length; cut++) Assert.False(ErrorCause.TryReadFirst(new Chunk(buffer[..cut]), out _));
        Assert.Equal(4, ErrorCause.WriteChunk(buffer, ChunkType.Abort, 0, ErrorCauseCode.None, []));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("0B0000", 0)]                  // shorter than a header
    [InlineData("0B000003", 0)]                // a length below the header's
    [InlineData("0B000008AABBCC", 0)]          // longer than what is there
    [InlineData("0B000004", 1)]
    [InlineData("0B000005AA", 1)]              // the last one without its padding
    [InlineData("0B000005AA0000000B000004", 2)]
    [InlineData("0B000005AA0000000B000002", 1)]
    public void Chunks_end_where_they_cannot_be_read(string hex, int count)
    {
        var reader = new ChunkReader(Convert.FromHexString(hex));
        while (reader.TryRead(out _)) count--;
        Assert.Equal(0, count);
        Assert.False(PacketHeader.TryParse(new byte[11], out _));
    }

    [Fact]
    public void TSNs_are_compared_around_their_end()
    {
        Gen.Select(Gen.UInt, Gen.Int[1, int.MaxValue]).Sample((value, ahead) =>
        {
            var tsn = new Tsn(value);
            var later = tsn + ahead;
            Assert.True(tsn < later && later > tsn && tsn <= later && later >= tsn && !(later <= tsn) && later - tsn == ahead);
        }, iter: 1000, seed: s_seed);
        Assert.Equal(new Tsn(0), new Tsn(uint.MaxValue).Next);
        Assert.Equal(new Tsn(uint.MaxValue), new Tsn(0).Previous);
    }
}
