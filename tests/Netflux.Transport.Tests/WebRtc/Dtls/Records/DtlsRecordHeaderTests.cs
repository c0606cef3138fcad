using CsCheck;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.Tests.WebRtc.Dtls.Records;

public class DtlsRecordHeaderTests
{
    // The last flight of OpenSSL 3.0.19, two records in one datagram, as it came over loopback:
    //   14 fefd 0000 000000000008 0001                 change_cipher_spec, DTLS 1.2, epoch 0, number 8, 1 byte
    //      01
    //   16 fefd 0001 000000000000 0030                 handshake, DTLS 1.2, epoch 1, number 0, 48 bytes
    //      cc42726780c5026d …                          explicit nonce, which is not the record's number here; Finished, sealed; tag
    private static readonly byte[] s_lastFlight = Convert.FromHexString("14FEFD000000000000000800010116FEFD00010000000000000030CC42726780C5026DC7B62170F294E3A58D8754AC4C2C34BD0D9F984D9938ACAEF6C1DCFCDAD3E2AD4E95FF1B7B205042");

    [Fact]
    public void The_records_of_a_captured_datagram_are_taken_one_by_one()
    {
        var rest = s_lastFlight.AsSpan();
        Assert.True(DtlsRecordHeader.TryTake(ref rest, out var header, out var record));
        Assert.Equal(new(DtlsContentType.ChangeCipherSpec, DtlsRecordHeader.Version12, new(0, 8), 1), header);
        Assert.Equal(14, record.Length);
        Assert.True(DtlsRecordHeader.TryTake(ref rest, out header, out record));
        Assert.Equal(new(DtlsContentType.Handshake, DtlsRecordHeader.Version12, new(1, 0), 48), header);
        Assert.Equal(DtlsRecordHeader.Bytes + 48, record.Length);
        Assert.False(DtlsRecordHeader.TryTake(ref rest, out _, out _));
    }

    [Fact]
    public void What_is_cut_short_anywhere_is_taken_up_to_the_last_whole_record()
    {
        for (var length = 0; length < s_lastFlight.Length; length++)
        {
            var rest = s_lastFlight.AsSpan(0, length);
            Assert.Equal(length >= 14, DtlsRecordHeader.TryTake(ref rest, out _, out _));
            Assert.False(DtlsRecordHeader.TryTake(ref rest, out _, out _));
        }
    }

    [Theory, InlineData(0, 19), InlineData(0, 24), InlineData(0, 0), InlineData(0, 255), InlineData(1, 0x03), InlineData(1, 0xFF)]
    public void Other_protocols_are_not_records(int at, byte value)
    {
        var datagram = s_lastFlight.ToArray();
        datagram[at] = value;
        Assert.False(DtlsRecordHeader.TryParse(datagram, out _));
    }

    [Fact]
    public void What_was_written_is_read()
    {
        Gen.Select(Gen.Byte[20, 23], Gen.Byte, Gen.ULong, Gen.UShort).Sample((type, minor, number, length) =>
        {
            var written = new DtlsRecordHeader((DtlsContentType)type, (ushort)(0xFE00 | minor), new(number), length);
            Span<byte> bytes = stackalloc byte[DtlsRecordHeader.Bytes];
            written.Write(bytes);
            return DtlsRecordHeader.TryParse(bytes, out var read) && read == written;
        });
    }
}
