using System.Buffers.Binary;
using System.Security.Cryptography;
using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>
/// What an INIT and its INIT ACK agreed on, carried by the other until it echoes it (RFC 9260 §5.1.3), so that an INIT costs nothing here. The tie tags are those of the
/// association that was there when the INIT came, or zero (§5.2.2).
/// <code>
/// │  HMAC-SHA-256 of the rest, 32 bytes │ created, 8 │ own tag │ peer's tag │ own tie tag │ peer's tie tag │ own TSN │ peer's TSN │ peer's a_rwnd │ streams out, in │ capabilities │
/// </code>
/// </summary>
internal readonly record struct StateCookie(
    Instant Created, uint OwnTag, uint PeerTag, uint OwnTieTag, uint PeerTieTag, Tsn OwnInitialTsn, Tsn PeerInitialTsn, uint PeerWindow, ushort OutboundStreams, ushort InboundStreams, Capabilities Capabilities)
{
    public const int Length = MacLength + 8 + 7 * 4 + 2 * 2 + 1;
    public const int SecretLength = 32;

    private const int MacLength = HMACSHA256.HashSizeInBytes;

    public void Write(Span<byte> destination, ReadOnlySpan<byte> secret)
    {
        var body = destination[MacLength..Length];
        BinaryPrimitives.WriteInt64BigEndian(body, Created.Ticks);
        BinaryPrimitives.WriteUInt32BigEndian(body[8..], OwnTag);
        BinaryPrimitives.WriteUInt32BigEndian(body[12..], PeerTag);
        BinaryPrimitives.WriteUInt32BigEndian(body[16..], OwnTieTag);
        BinaryPrimitives.WriteUInt32BigEndian(body[20..], PeerTieTag);
        BinaryPrimitives.WriteUInt32BigEndian(body[24..], OwnInitialTsn.Value);
        BinaryPrimitives.WriteUInt32BigEndian(body[28..], PeerInitialTsn.Value);
        BinaryPrimitives.WriteUInt32BigEndian(body[32..], PeerWindow);
        BinaryPrimitives.WriteUInt16BigEndian(body[36..], OutboundStreams);
        BinaryPrimitives.WriteUInt16BigEndian(body[38..], InboundStreams);
        body[40] = (byte)Capabilities;
        HMACSHA256.HashData(secret, body, destination);
    }

    /// <summary>False for a cookie that we did not make.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> secret, out StateCookie cookie)
    {
        cookie = default;
        if (bytes.Length != Length) return false;
        var body = bytes[MacLength..];
        Span<byte> mac = stackalloc byte[MacLength];
        HMACSHA256.HashData(secret, body, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[..MacLength])) return false;
        cookie = new(
            new(BinaryPrimitives.ReadInt64BigEndian(body)), BinaryPrimitives.ReadUInt32BigEndian(body[8..]), BinaryPrimitives.ReadUInt32BigEndian(body[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(body[16..]), BinaryPrimitives.ReadUInt32BigEndian(body[20..]), new(BinaryPrimitives.ReadUInt32BigEndian(body[24..])),
            new(BinaryPrimitives.ReadUInt32BigEndian(body[28..])), BinaryPrimitives.ReadUInt32BigEndian(body[32..]), BinaryPrimitives.ReadUInt16BigEndian(body[36..]),
            BinaryPrimitives.ReadUInt16BigEndian(body[38..]), (Capabilities)body[40]);
        return true;
    }
}
