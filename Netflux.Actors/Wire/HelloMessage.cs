using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using Netflux.Identity;

namespace Netflux.Wire;

/// <summary>The first message of each side on a link: who it claims to be, and the fresh values that Proof and keys are made from. One kind byte, then protobuf.</summary>
internal sealed record HelloMessage(
    uint VersionMin, uint VersionMax, PeerCard Card, Incarnation Incarnation, ReadOnlyMemory<byte> Nonce, ReadOnlyMemory<byte> EphemeralPoint, ulong Features, string DisplayName, string Authority)
{
    public const int BytesMax = 4 << 10;
    public const int NonceLength = 32;
    public const int PointLength = 65;
    public const int AuthorityBytesMax = 300; // a host name has at most 255 octets (RFC 1035 §2.3.4), then a port

    public byte[] ToBytes() => HandshakeMessage.Write(FrameKind.Hello, new Proto.Hello
    {
        VersionMin = VersionMin,
        VersionMax = VersionMax,
        Card = UnsafeByteOperations.UnsafeWrap(Card.Bytes),
        Incarnation = Incarnation.Value,
        Nonce = UnsafeByteOperations.UnsafeWrap(Nonce),
        EphemeralKey = UnsafeByteOperations.UnsafeWrap(EphemeralPoint),
        Features = Features,
        DisplayName = DisplayName,
        Authority = Authority,
    });

    /// <summary>The length is checked before anything is read, every other before anything is verified. A card that does not hold is not parsed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, [NotNullWhen(true)] out HelloMessage? hello)
    {
        hello = null;
        if (message.Length is 0 or > BytesMax || message[0] != (byte)FrameKind.Hello) return false;
        if (!ProtobufBody.TryParse(Proto.Hello.Parser, message[1..], BytesMax, out var body)) return false;
        if (body.Card.Length != PeerCard.Length || body.Nonce.Length != NonceLength || body.EphemeralKey.Length != PointLength) return false;
        if (body.VersionMin > body.VersionMax || Encoding.UTF8.GetByteCount(body.DisplayName) > MemberRecord.DisplayNameBytesMax || Encoding.UTF8.GetByteCount(body.Authority) > AuthorityBytesMax) return false;
        if (!PeerCard.TryParse(body.Card.Span, out var card)) return false;
        hello = new(body.VersionMin, body.VersionMax, card, new Incarnation(body.Incarnation), body.Nonce.Memory, body.EphemeralKey.Memory, body.Features, body.DisplayName, body.Authority);
        return true;
    }
}
