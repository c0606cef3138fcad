using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Netflux.Transport.WebRtc.Stun;

/// <summary>
/// A message as it came (RFC 8489 §5), read in place.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |0 0|     STUN Message Type     |         Message Length        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                     Magic Cookie 0x2112A442                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  Transaction ID (96 bits)                     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Type          |  Length      |  Value, padded to 32 bits  …  |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal readonly ref struct StunMessage
{
    public const int HeaderLength = 20;
    public const uint MagicCookie = 0x2112A442;

    /// <summary>Longer messages are not verified: RFC 8489 §6.1 keeps a message below the path's MTU, and only TURN's Data, which carries no integrity, is longer than a few hundred bytes.</summary>
    public const int IntegrityBytesMax = 1500;

    private readonly ReadOnlySpan<byte> _bytes;

    private StunMessage(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        (Class, Method) = StunMessageType.Decode(BinaryPrimitives.ReadUInt16BigEndian(bytes));
        Id = StunTransactionId.Read(bytes[8..]);
    }

    public StunClass Class { get; }

    public StunMethod Method { get; }

    public StunTransactionId Id { get; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The attributes in their order, all of them; see <see cref="TryGet"/> for those that count.</summary>
    public StunAttributes Attributes => new(_bytes);

    /// <summary>Whether a datagram is STUN: by RFC 7983 §7 the first byte, and by RFC 8489 §5 the cookie, which no DTLS, RTP or ChannelData has at this place.</summary>
    public static bool IsStun(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= HeaderLength && datagram[0] < 4 && BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) == MagicCookie;

    /// <summary>Reads the header and walks the attributes (RFC 8489 §6.3): lengths that do not add up make no message. What the values hold is seen when they are asked for.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out StunMessage message)
    {
        message = default;
        if (!IsStun(datagram)) return false;
        if (BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) != datagram.Length - HeaderLength || datagram.Length % 4 != 0) return false;
        var attributes = new StunAttributes(datagram);
        while (attributes.MoveNext())
        {
        }
        if (!attributes.ReachedEnd) return false;
        message = new StunMessage(datagram);
        return true;
    }

    /// <summary>
    /// The value of the first attribute of this type; later ones of the same type do not count (RFC 8489 §14). Neither does what follows the integrity, which protects nothing behind
    /// it, save a stronger integrity and the fingerprint (§14.5, §14.6).
    /// </summary>
    public bool TryGet(StunAttributeType type, out ReadOnlySpan<byte> value) => TryFind(type, out value, out _);

    public bool Has(StunAttributeType type) => TryFind(type, out _, out _);

    public bool TryGetUInt32(StunAttributeType type, out uint number)
    {
        var found = TryGet(type, out var value) && value.Length == 4;
        number = found ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;
        return found;
    }

    public bool TryGetUInt64(StunAttributeType type, out ulong number)
    {
        var found = TryGet(type, out var value) && value.Length == 8;
        number = found ? BinaryPrimitives.ReadUInt64BigEndian(value) : 0;
        return found;
    }

    public bool TryGetAddress(StunAttributeType type, out TransportAddress address)
    {
        address = default;
        return TryGet(type, out var value) && StunAddress.TryParse(value, out address);
    }

    public bool TryGetXorAddress(StunAttributeType type, out TransportAddress address)
    {
        address = default;
        return TryGet(type, out var value) && StunAddress.TryParseXor(value, Id, out address);
    }

    /// <summary>
    /// ERROR-CODE (RFC 8489 §14.8): 21 reserved bits, three of the hundred (3 to 6), eight of the rest (0 to 99), then the reason in UTF-8.
    /// </summary>
    public bool TryGetError(out StunErrorCode code, out ReadOnlySpan<byte> reason)
    {
        code = default;
        reason = default;
        if (!TryGet(StunAttributeType.ErrorCode, out var value) || value.Length < 4) return false;
        var (hundred, rest) = (value[2] & 0b111, value[3]);
        if (hundred is < 3 or > 6 || rest > 99) return false;
        code = (StunErrorCode)(hundred * 100 + rest);
        reason = value[4..];
        return true;
    }

    /// <summary>Which types a request has that must be understood and are not (RFC 8489 §6.3.1), as many as there is room for.</summary>
    public int GetUnknown(Span<StunAttributeType> destination)
    {
        var count = 0;
        foreach (var attribute in Attributes)
        {
            if (count == destination.Length || attribute.Type is StunAttributeType.MessageIntegrity or StunAttributeType.MessageIntegritySha256) break; // what follows does not count
            if (attribute.Type.MustBeUnderstood() && !attribute.Type.IsKnown()) destination[count++] = attribute.Type;
        }
        return count;
    }

    /// <summary>Whether the last attribute is a fingerprint that holds (RFC 8489 §14.7).</summary>
    public bool HasFingerprint() =>
        TryFind(StunAttributeType.Fingerprint, out var value, out var at) && value.Length == 4 && at + 8 == _bytes.Length
        && BinaryPrimitives.ReadUInt32BigEndian(value) == StunFingerprint.Compute(_bytes[..at]);

    /// <summary>
    /// Whether who wrote this knew the key: by SHA-256 where the message has it, else by SHA-1 (RFC 8489 §9.1.3, §9.2.4). A message with neither does not hold.
    /// </summary>
    public bool VerifyIntegrity(ReadOnlySpan<byte> key)
    {
        Span<byte> computed = stackalloc byte[StunIntegrity.Sha256Length];
        if (TryFind(StunAttributeType.MessageIntegritySha256, out var value, out var at))
        {
            // RFC 8489 §14.6: at least 16 bytes, at most 32, a multiple of four.
            if (value.Length is < 16 or > StunIntegrity.Sha256Length || value.Length % 4 != 0 || at > IntegrityBytesMax) return false;
            StunIntegrity.ComputeSha256(_bytes[..at], key, value.Length, computed);
            return CryptographicOperations.FixedTimeEquals(value, computed[..value.Length]);
        }
        if (!TryFind(StunAttributeType.MessageIntegrity, out value, out at) || value.Length != StunIntegrity.Sha1Length || at > IntegrityBytesMax) return false;
        StunIntegrity.ComputeSha1(_bytes[..at], key, computed);
        return CryptographicOperations.FixedTimeEquals(value, computed[..StunIntegrity.Sha1Length]);
    }

    private bool TryFind(StunAttributeType type, out ReadOnlySpan<byte> value, out int at)
    {
        var protectedUntil = 0; // how strong the integrity is that was passed: attributes of no greater rank do not count behind it
        foreach (var attribute in Attributes)
        {
            var rank = attribute.Type switch
            {
                StunAttributeType.MessageIntegrity => 1,
                StunAttributeType.MessageIntegritySha256 => 2,
                StunAttributeType.Fingerprint => 3,
                _ => 0,
            };
            if (rank <= protectedUntil && protectedUntil > 0) continue;
            protectedUntil = rank;
            if (attribute.Type != type) continue;
            value = attribute.Value;
            at = attribute.Offset;
            return true;
        }
        value = default;
        at = 0;
        return false;
    }
}
