using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Dtls.Records;

/// <summary>
/// The head of a record (RFC 6347 §4.1).
/// <code>
///  0      1      2      3      4      5      6      7      8      9     10     11     12
/// ┌──────┬─────────────┬─────────────┬─────────────────────────────────────────┬─────────────┐
/// │ type │   version   │    epoch    │             sequence number             │   length    │
/// └──────┴─────────────┴─────────────┴─────────────────────────────────────────┴─────────────┘
/// </code>
/// </summary>
/// <param name="Length">Of what follows.</param>
internal readonly record struct DtlsRecordHeader(DtlsContentType Type, ushort Version, RecordNumber Number, ushort Length)
{
    public const int Bytes = 13;

    /// <summary>DTLS 1.2; the one's complement of 1.2.</summary>
    public const ushort Version12 = 0xFEFD;

    /// <summary>The major version of every DTLS; a first ClientHello says 1.0 here (RFC 6347 §4.2.1).</summary>
    private const byte Major = 0xFE;

    public static bool TryParse(ReadOnlySpan<byte> bytes, out DtlsRecordHeader header)
    {
        header = default;
        if (bytes.Length < Bytes) return false;
        var type = (DtlsContentType)bytes[0];
        if (type is < DtlsContentType.ChangeCipherSpec or > DtlsContentType.ApplicationData || bytes[1] != Major) return false;
        header = new(type, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]), new(BinaryPrimitives.ReadUInt64BigEndian(bytes[3..])), BinaryPrimitives.ReadUInt16BigEndian(bytes[11..]));
        return true;
    }

    /// <summary>
    /// Takes the first record off a datagram, head included. False where there is none: the rest is not a record, or is cut short, and is dropped with all behind it
    /// (RFC 6347 §4.1.2.7: invalid records are dropped in silence).
    /// </summary>
    public static bool TryTake(ref Span<byte> datagram, out DtlsRecordHeader header, out Span<byte> record)
    {
        record = default;
        if (!TryParse(datagram, out header) || header.Length > datagram.Length - Bytes) return false;
        record = datagram[..(Bytes + header.Length)];
        datagram = datagram[record.Length..];
        return true;
    }

    public void Write(Span<byte> bytes)
    {
        bytes[0] = (byte)Type;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[1..], Version);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[3..], Number.Value);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[11..], Length);
    }
}
