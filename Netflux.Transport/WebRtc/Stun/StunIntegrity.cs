using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Netflux.Transport.WebRtc.Stun;

/// <summary>
/// MESSAGE-INTEGRITY and MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.5, §14.6): an HMAC over the message up to the attribute, for which the header's length is that of a message that
/// ends with the attribute.
/// </summary>
internal static class StunIntegrity
{
    public const int Sha1Length = HMACSHA1.HashSizeInBytes;
    public const int Sha256Length = HMACSHA256.HashSizeInBytes;

    /// <summary>What an attribute's header takes: type and length.</summary>
    private const int AttributeHeader = 4;

    // RFC 8489 prescribes HMAC-SHA1 and MD5 keys for those that do not speak its newer algorithms; HMAC-SHA1 is not touched by the collisions of SHA-1 (RFC 6194 §3.3).
#pragma warning disable CA5350, CA5351

    /// <summary>The key of a long-term credential (RFC 8489 §9.2.2): MD5 of username ":" realm ":" password.</summary>
    /// <remarks>Not done: SASLprep of the three (RFC 8265), because the credentials of TURN servers are ASCII, which it leaves as it is; the caller prepares others.</remarks>
    public static byte[] LongTermKey(string username, string realm, string password) => MD5.HashData(Encoding.UTF8.GetBytes($"{username}:{realm}:{password}"));

    /// <summary>The key of a short-term credential (RFC 8489 §9.1.1), which ICE uses: the password itself.</summary>
    public static byte[] ShortTermKey(string password) => Encoding.UTF8.GetBytes(password);

    public static void ComputeSha1(ReadOnlySpan<byte> messageBefore, ReadOnlySpan<byte> key, Span<byte> destination)
    {
        Span<byte> hashed = stackalloc byte[StunMessage.IntegrityBytesMax];
        HMACSHA1.HashData(key, WithLengthUpTo(messageBefore, Sha1Length, hashed), destination);
    }

#pragma warning restore CA5350, CA5351

    /// <summary>The value may be cut to as few as 16 bytes, in steps of four (RFC 8489 §14.6); the length in the header is of the attribute as it stands.</summary>
    public static void ComputeSha256(ReadOnlySpan<byte> messageBefore, ReadOnlySpan<byte> key, int valueLength, Span<byte> destination)
    {
        Span<byte> hashed = stackalloc byte[StunMessage.IntegrityBytesMax];
        HMACSHA256.HashData(key, WithLengthUpTo(messageBefore, valueLength, hashed), destination);
    }

    private static Span<byte> WithLengthUpTo(ReadOnlySpan<byte> messageBefore, int valueLength, Span<byte> copy)
    {
        messageBefore.CopyTo(copy);
        BinaryPrimitives.WriteUInt16BigEndian(copy[2..], (ushort)(messageBefore.Length - StunMessage.HeaderLength + AttributeHeader + valueLength));
        return copy[..messageBefore.Length];
    }
}
