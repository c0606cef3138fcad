using System.Buffers.Binary;
using System.Text;
using Netflux.Identity;

namespace Netflux.Transport.Signaling.Wire;

/// <summary>What a client signs to prove who it is. The nonce ties the proof to one connection, the authority to one server, so that neither can use it elsewhere.</summary>
internal static class SignalingProof
{
    public const string Purpose = "netflux signaling v1";
    public const int AuthorityBytesMax = 255 + 6; // RFC 1035 §2.3.4: a name has at most 255 bytes; a colon and a port of five digits

    /// <summary>Version (4), nonce (32), incarnation (8), length of the authority (2), authority, display name; big endian, texts in UTF-8.</summary>
    public static byte[] Body(uint version, ReadOnlySpan<byte> nonce, Incarnation incarnation, string authority, string displayName)
    {
        var authorityBytes = Encoding.UTF8.GetBytes(authority);
        var nameBytes = Encoding.UTF8.GetBytes(displayName);
        var body = new byte[4 + nonce.Length + 8 + 2 + authorityBytes.Length + nameBytes.Length];
        var rest = body.AsSpan();
        BinaryPrimitives.WriteUInt32BigEndian(rest, version);
        rest = rest[4..];
        nonce.CopyTo(rest);
        rest = rest[nonce.Length..];
        BinaryPrimitives.WriteUInt64BigEndian(rest, incarnation.Value);
        BinaryPrimitives.WriteUInt16BigEndian(rest[8..], checked((ushort)authorityBytes.Length));
        rest = rest[10..];
        authorityBytes.CopyTo(rest);
        nameBytes.CopyTo(rest[authorityBytes.Length..]);
        return body;
    }

    public static bool Verify(PeerCard card, ReadOnlySpan<byte> body, ReadOnlySpan<byte> signature) =>
        SignedRecords.Verify(card.SigningPoint, Purpose, body, signature);

    /// <summary>The form in which authorities are compared: lower case.</summary>
    public static string Normalize(string authority) => authority.ToLowerInvariant();
}
