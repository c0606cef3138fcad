using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.Tests.WebRtc.Dtls.Records;

/// <summary>Both ends of one key block.</summary>
internal sealed class RecordsPair(DtlsCipherSuite suite = DtlsCipherSuite.EcdheEcdsaAes128GcmSha256, IRecordCiphers? ciphers = null)
{
    public DtlsRecords Client { get; } = new(new(Block(suite), DtlsRole.Client), ciphers ?? AesGcmCiphers.Instance);

    public DtlsRecords Server { get; } = new(new(Block(suite), DtlsRole.Server), ciphers ?? AesGcmCiphers.Instance);

    public static byte[] Seal(DtlsRecords records, DtlsContentType type, params ReadOnlySpan<byte> text)
    {
        var record = new byte[text.Length + DtlsRecords.Overhead];
        text.CopyTo(record.AsSpan(DtlsRecords.Headroom));
        Assert.Equal(record.Length, records.Seal(type, record, text.Length));
        return record;
    }

    /// <summary>The text, or null; the record stays as it is.</summary>
    public static byte[]? Open(DtlsRecords records, ReadOnlySpan<byte> record)
    {
        var rest = record.ToArray().AsSpan();
        return DtlsRecordHeader.TryTake(ref rest, out var header, out var taken) && records.TryOpen(header, taken[DtlsRecordHeader.Bytes..], out var text) ? text.ToArray() : null;
    }

    private static byte[] Block(DtlsCipherSuite suite) => [.. Enumerable.Range(0, DtlsRecordKeys.BlockBytes(suite)).Select(value => (byte)value)];
}
