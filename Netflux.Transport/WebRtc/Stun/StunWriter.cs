using System.Buffers.Binary;
using System.Text;

namespace Netflux.Transport.WebRtc.Stun;

/// <summary>
/// Writes a message into memory of the caller's, attribute by attribute in the order of the calls; the integrity comes last but for the fingerprint (RFC 8489 §14.5, §14.7). The header
/// always tells the length so far. A buffer that is too small is a bug and throws.
/// </summary>
internal ref struct StunWriter
{
    private readonly Span<byte> _buffer;
    private readonly StunTransactionId _id;

    public StunWriter(Span<byte> buffer, StunClass messageClass, StunMethod method, StunTransactionId id)
    {
        _buffer = buffer;
        _id = id;
        BinaryPrimitives.WriteUInt16BigEndian(buffer, StunMessageType.Encode(messageClass, method));
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], StunMessage.MagicCookie);
        id.Write(buffer[8..]);
        SetLength(StunMessage.HeaderLength);
    }

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    public void Write(StunAttributeType type, ReadOnlySpan<byte> value) => value.CopyTo(Reserve(type, value.Length));

    public void Write(StunAttributeType type, string text) => Encoding.UTF8.GetBytes(text, Reserve(type, Encoding.UTF8.GetByteCount(text)));

    public void Write(StunAttributeType type, uint number) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(type, 4), number);

    public void Write(StunAttributeType type, ulong number) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(type, 8), number);

    public void WriteFlag(StunAttributeType type) => Reserve(type, 0);

    public void WriteAddress(StunAttributeType type, in TransportAddress address) => StunAddress.Write(Reserve(type, StunAddress.LengthOf(address)), address);

    public void WriteXorAddress(StunAttributeType type, in TransportAddress address) => StunAddress.WriteXor(Reserve(type, StunAddress.LengthOf(address)), address, _id);

    public void WriteError(StunErrorCode code, string reason)
    {
        var value = Reserve(StunAttributeType.ErrorCode, 4 + Encoding.UTF8.GetByteCount(reason));
        BinaryPrimitives.WriteUInt16BigEndian(value, 0);
        (value[2], value[3]) = ((byte)((int)code / 100), (byte)((int)code % 100));
        Encoding.UTF8.GetBytes(reason, value[4..]);
    }

    /// <summary>UNKNOWN-ATTRIBUTES (RFC 8489 §14.9): sixteen bits for each type.</summary>
    public void WriteUnknown(ReadOnlySpan<StunAttributeType> types)
    {
        var value = Reserve(StunAttributeType.UnknownAttributes, 2 * types.Length);
        for (var i = 0; i < types.Length; i++) BinaryPrimitives.WriteUInt16BigEndian(value[(2 * i)..], (ushort)types[i]);
    }

    public void WriteIntegrity(ReadOnlySpan<byte> key)
    {
        var before = Length;
        var value = Reserve(StunAttributeType.MessageIntegrity, StunIntegrity.Sha1Length);
        StunIntegrity.ComputeSha1(_buffer[..before], key, value);
    }

    public void WriteIntegritySha256(ReadOnlySpan<byte> key)
    {
        var before = Length;
        var value = Reserve(StunAttributeType.MessageIntegritySha256, StunIntegrity.Sha256Length);
        StunIntegrity.ComputeSha256(_buffer[..before], key, value.Length, value);
    }

    public void WriteFingerprint()
    {
        var before = Length;
        var value = Reserve(StunAttributeType.Fingerprint, 4);
        // The CRC covers the header with the length that the finished message has (RFC 8489 §14.7): Reserve has set it.
        BinaryPrimitives.WriteUInt32BigEndian(value, StunFingerprint.Compute(_buffer[..before]));
    }

    private Span<byte> Reserve(StunAttributeType type, int valueLength)
    {
        var at = Length;
        var padded = valueLength + 3 & ~3;
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[at..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[(at + 2)..], (ushort)valueLength);
        _buffer.Slice(at + 4 + valueLength, padded - valueLength).Clear();
        SetLength(at + 4 + padded);
        return _buffer.Slice(at + 4, valueLength);
    }

    private void SetLength(int length)
    {
        Length = length;
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[2..], (ushort)(length - StunMessage.HeaderLength));
    }
}
