using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>
/// Records that are signed once and passed on as the exact bytes that were signed. The signature covers the purpose, a zero byte and the body, so that a
/// record signed for one purpose is never taken for another.
/// </summary>
internal static class SignedRecords
{
    public const int SignatureLength = 64;

    // Unknown fields would otherwise be kept and written again, and so escape the comparison in TryVerify.
    private static readonly MessageParser<SignedRecord> s_envelopes = SignedRecord.Parser.WithDiscardUnknownFields(true);

    /// <summary>What a signature is made over: purpose (ASCII), a zero byte, body.</summary>
    public static byte[] ToBeSigned(string purpose, ReadOnlySpan<byte> body)
    {
        var bytes = new byte[purpose.Length + 1 + body.Length];
        Encoding.ASCII.GetBytes(purpose, bytes);
        body.CopyTo(bytes.AsSpan(purpose.Length + 1));
        return bytes;
    }

    public static byte[] Create(IPeerKeys signer, string purpose, IMessage body)
    {
        var bytes = body.ToByteString();
        return new SignedRecord
        {
            Body = bytes,
            SigningKey = ByteString.CopyFrom(signer.Card.SigningPoint),
            Signature = ByteString.CopyFrom(signer.Sign(purpose, bytes.Span)),
        }.ToByteArray();
    }

    public static bool Verify(ReadOnlySpan<byte> signingPoint, string purpose, ReadOnlySpan<byte> body, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength || !CurvePoint.TryImportVerifier(signingPoint, out var verifier)) return false;
        using (verifier) return verifier.VerifyData(ToBeSigned(purpose, body), signature, HashAlgorithmName.SHA256);
    }

    /// <summary>
    /// Opens the envelope and verifies the signature. One record has one encoding: unknown fields of the envelope, which nobody signed, and other orders are refused,
    /// so that what is stored and compared by its bytes cannot be varied by those who pass it on.
    /// </summary>
    public static bool TryVerify(ReadOnlySpan<byte> record, string purpose, int bytesMax, out Verified verified, out string why)
    {
        verified = default;
        if (record.Length > bytesMax) return Fail($"It has {record.Length} bytes; at most {bytesMax} are read.", out why);
        if (!TryParseEnvelope(record, out var envelope) || !record.SequenceEqual(envelope.ToByteArray())) return Fail("It is not a signed record.", out why);
        if (!Verify(envelope.SigningKey.Span, purpose, envelope.Body.Span, envelope.Signature.Span)) return Fail("Its signature does not hold.", out why);
        verified = new(envelope.Body, PeerId.FromSigningKey(envelope.SigningKey.Span));
        why = "";
        return true;
    }

    /// <summary>Whose record it is to be. Not verified: for what is compared with a hash that somebody else signed.</summary>
    public static bool TryReadSigner(ReadOnlySpan<byte> record, out PeerId signer)
    {
        var isRead = TryParseEnvelope(record, out var envelope);
        signer = isRead ? PeerId.FromSigningKey(envelope!.SigningKey.Span) : default;
        return isRead;
    }

    /// <summary>Not verified, as above.</summary>
    public static bool TryReadBody(ReadOnlySpan<byte> record, out ByteString body)
    {
        var isRead = TryParseEnvelope(record, out var envelope);
        body = isRead ? envelope!.Body : ByteString.Empty;
        return isRead;
    }

    /// <summary>Parses a body with the parser given; false on anything that is not protobuf.</summary>
    public static bool TryParseBody<T>(MessageParser<T> parser, ByteString body, [NotNullWhen(true)] out T? message) where T : class, IMessage<T>
    {
        try
        {
            message = parser.ParseFrom(body);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            message = null; // Google.Protobuf has no form that does not throw.
            return false;
        }
    }

    public static bool Fail(string reason, out string why)
    {
        why = reason;
        return false;
    }

    private static bool TryParseEnvelope(ReadOnlySpan<byte> record, [NotNullWhen(true)] out SignedRecord? envelope)
    {
        try
        {
            envelope = s_envelopes.ParseFrom(record);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            envelope = null;
            return false;
        }
    }

    /// <summary>A body whose signature held, and who signed it.</summary>
    public readonly record struct Verified(ByteString Body, PeerId Signer);
}
