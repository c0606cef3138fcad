using Netflux.TestKit;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.Tests.WebRtc.Dtls.Records;

public class DtlsRecordsTests
{
    // Made by another implementation of AES-GCM (OpenSSL's, called from Python) as RFC 5288 and RFC 6347 say, of the key block 00 01 02 …, by the client:
    //   17 fefd 0001 000000000005 001f                 application data, DTLS 1.2, epoch 1, number 5, 31 bytes
    //      0001000000000005                            explicit nonce
    //      … 7 bytes, "netflux" sealed; … 16 bytes, the tag
    internal const string Aes128 = "17fefd0001000000000005001f00010000000000056f09794ad68010f3f7d6415f78913377f3d15457accfc5";
    private const string Aes256 = "17fefd0001000000000005001f000100000000000569bb479858594c222d3277d2a32ac5e024e743de2bf606";

    // The same under another explicit nonce than the record's number, as OpenSSL draws it.
    private const string OwnNonce = "17fefd0001000000000006001fcc42726780c5026d01e26a1adbabfd9130338472beb9891ef3095f1cf9634f";

    [Theory, InlineData(Aes128, DtlsCipherSuite.EcdheEcdsaAes128GcmSha256), InlineData(Aes256, DtlsCipherSuite.EcdheEcdsaAes256GcmSha384)]
    internal void A_record_is_sealed_as_another_implementation_does_it(string expected, DtlsCipherSuite suite)
    {
        var record = new byte[7 + DtlsRecords.Overhead];
        "netflux"u8.CopyTo(record.AsSpan(DtlsRecords.Headroom));
        new RecordsPair(suite).Client.Seal(DtlsContentType.ApplicationData, 5, record, 7);
        Assert.Equal(expected, Convert.ToHexStringLower(record));
    }

    [Theory, InlineData(Aes128, DtlsCipherSuite.EcdheEcdsaAes128GcmSha256), InlineData(Aes256, DtlsCipherSuite.EcdheEcdsaAes256GcmSha384), InlineData(OwnNonce, DtlsCipherSuite.EcdheEcdsaAes128GcmSha256)]
    internal void A_record_of_another_implementation_is_opened(string record, DtlsCipherSuite suite) =>
        Assert.Equal("netflux"u8.ToArray(), RecordsPair.Open(new RecordsPair(suite).Server, Convert.FromHexString(record)));

    [Fact]
    public void What_one_end_seals_the_other_opens_of_any_length_and_in_any_order()
    {
        var pair = new RecordsPair();
        var random = new SeededRandom(1);
        var sealed_ = new List<(byte[] Text, byte[] Record)>();
        foreach (var length in Enumerable.Range(0, 60).Append(1_180).Append(DtlsRecords.TextBytesMax))
        {
            var text = new byte[length];
            random.Fill(text);
            sealed_.Add((text, RecordsPair.Seal(pair.Client, DtlsContentType.ApplicationData, text)));
        }
        foreach (var (text, record) in sealed_.OrderBy(_ => random.Next())) Assert.Equal(text, RecordsPair.Open(pair.Server, record));
    }

    [Fact]
    public void A_record_is_opened_once()
    {
        var pair = new RecordsPair();
        var record = RecordsPair.Seal(pair.Client, DtlsContentType.ApplicationData, 1);
        var next = RecordsPair.Seal(pair.Client, DtlsContentType.ApplicationData, 2);
        Assert.Equal([1], RecordsPair.Open(pair.Server, record));
        Assert.Null(RecordsPair.Open(pair.Server, record));
        Assert.Equal([2], RecordsPair.Open(pair.Server, next));
        Assert.Null(RecordsPair.Open(pair.Server, record));
        Assert.Equal(0UL, pair.Server.Forged);
    }

    [Fact]
    public void A_record_changed_in_any_bit_is_not_opened_and_the_true_one_still_is()
    {
        var pair = new RecordsPair();
        var record = RecordsPair.Seal(pair.Client, DtlsContentType.ApplicationData, 1, 2, 3);
        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            var changed = record.ToArray();
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.True(RecordsPair.Open(pair.Server, changed) is null, $"bit {bit}");
        }
        Assert.Equal([1, 2, 3], RecordsPair.Open(pair.Server, record));
    }

    [Fact]
    public void A_record_cut_short_or_made_longer_is_not_opened()
    {
        var pair = new RecordsPair();
        var record = RecordsPair.Seal(pair.Client, DtlsContentType.ApplicationData, 1, 2, 3);
        for (var length = DtlsRecordHeader.Bytes; length <= record.Length + 8; length++)
        {
            if (length == record.Length) continue;
            var cut = new byte[length];
            record.AsSpan(0, Math.Min(length, record.Length)).CopyTo(cut);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(cut.AsSpan(11), (ushort)(length - DtlsRecordHeader.Bytes));
            Assert.Null(RecordsPair.Open(pair.Server, cut));
        }
        Assert.Equal([1, 2, 3], RecordsPair.Open(pair.Server, record));
    }

    [Fact]
    public void Type_number_and_length_are_authenticated()
    {
        // Each of them alone, with everything else as the sender sealed it: the explicit nonce is what GCM is given, so only the associated data can tell.
        var pair = new RecordsPair();
        var record = RecordsPair.Seal(pair.Client, DtlsContentType.ApplicationData, 1, 2, 3);
        var header = new DtlsRecordHeader(DtlsContentType.ApplicationData, DtlsRecordHeader.Version12, new(1, 0), (ushort)(record.Length - DtlsRecordHeader.Bytes));
        Assert.False(Opens(header with { Type = DtlsContentType.Alert }));
        Assert.False(Opens(header with { Number = new(1, 1) }));
        Assert.False(Opens(header with { Number = new(2, 0) }));
        Assert.True(Opens(header));

        bool Opens(DtlsRecordHeader changed) => pair.Server.TryOpen(changed, record.AsSpan(DtlsRecordHeader.Bytes).ToArray(), out _);
    }

    [Fact]
    public void A_reflected_record_is_not_opened()
    {
        var pair = new RecordsPair();
        Assert.Null(RecordsPair.Open(pair.Client, RecordsPair.Seal(pair.Client, DtlsContentType.ApplicationData, 1)));
    }

    [Fact]
    public void Forgeries_are_counted_and_do_not_move_the_window()
    {
        var pair = new RecordsPair();
        var record = RecordsPair.Seal(pair.Client, DtlsContentType.ApplicationData, 1);
        var forged = record.ToArray();
        new DtlsRecordHeader(DtlsContentType.ApplicationData, DtlsRecordHeader.Version12, new(1, 1_000_000), (ushort)(record.Length - DtlsRecordHeader.Bytes)).Write(forged);
        Assert.Null(RecordsPair.Open(pair.Server, forged));
        Assert.Equal(1UL, pair.Server.Forged);
        Assert.Equal([1], RecordsPair.Open(pair.Server, record));
    }

    [Fact]
    public void A_number_is_never_sealed_twice_whoever_draws_it()
    {
        var records = new RecordsPair().Client;
        var record = new byte[1 + DtlsRecords.Overhead];
        // The library draws its own numbers while the handshake runs …
        records.Seal(DtlsContentType.Handshake, 0, record, 1);
        records.Seal(DtlsContentType.Handshake, 3, record, 1);
        // … and ours go on above them.
        records.Seal(DtlsContentType.ApplicationData, record, 1);
        Assert.True(DtlsRecordHeader.TryParse(record, out var header));
        Assert.Equal(new(1, 4), header.Number);
        for (ulong used = 0; used <= 4; used++)
            Assert.Throws<InvalidOperationException>(() => records.Seal(DtlsContentType.Alert, used, record, 1));
        records.Seal(DtlsContentType.Alert, 5, record, 1);
        Assert.Equal(6UL, records.Sealed);
    }

    [Fact]
    public void A_number_is_used_up_before_the_cipher_may_fail()
    {
        var records = new RecordsPair().Client;
        Assert.ThrowsAny<ArgumentException>(() => records.Seal(DtlsContentType.ApplicationData, new byte[DtlsRecords.Headroom + 4], 4));
        var record = RecordsPair.Seal(records, DtlsContentType.ApplicationData, 1);
        Assert.True(DtlsRecordHeader.TryParse(record, out var header));
        Assert.Equal(new(1, 1), header.Number);
    }

    [Fact]
    public void Numbers_end_with_an_exception_and_not_at_the_beginning()
    {
        var records = new RecordsPair().Client;
        var record = new byte[1 + DtlsRecords.Overhead];
        records.Seal(DtlsContentType.ApplicationData, RecordNumber.SequenceMax, record, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => records.Seal(DtlsContentType.ApplicationData, record, 1));
    }

    [Fact]
    public void Sealing_and_opening_allocate_nothing()
    {
        var pair = new RecordsPair();
        var buffer = new byte[1_300];
        for (var i = 0; i < 100; i++) SealAndOpen(pair, buffer);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) SealAndOpen(pair, buffer);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void SealAndOpen(RecordsPair pair, byte[] buffer)
    {
        var rest = buffer.AsSpan(0, pair.Client.Seal(DtlsContentType.ApplicationData, buffer, 1_180));
        if (!DtlsRecordHeader.TryTake(ref rest, out var header, out var record) || !pair.Server.TryOpen(header, record[DtlsRecordHeader.Bytes..], out _)) throw new InvalidOperationException();
    }
}
