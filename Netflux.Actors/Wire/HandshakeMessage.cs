using Google.Protobuf;

namespace Netflux.Wire;

/// <summary>The plain messages before sealing: one kind byte, then protobuf.</summary>
internal static class HandshakeMessage
{
    public static byte[] Write(FrameKind kind, IMessage body)
    {
        var bytes = new byte[1 + body.CalculateSize()];
        bytes[0] = (byte)kind;
        body.WriteTo(bytes.AsSpan(1));
        return bytes;
    }
}

/// <summary>The signature over the transcript.</summary>
internal static class ProofMessage
{
    public const int SignatureLength = 64;
    private const int BytesMax = 128;

    public static byte[] ToBytes(byte[] signature) => HandshakeMessage.Write(FrameKind.Proof, new Proto.Proof { Signature = UnsafeByteOperations.UnsafeWrap(signature) });

    public static bool TryParse(ReadOnlySpan<byte> message, out ReadOnlyMemory<byte> signature)
    {
        signature = default;
        if (message.Length is 0 or > BytesMax || message[0] != (byte)FrameKind.Proof) return false;
        if (!ProtobufBody.TryParse(Proto.Proof.Parser, message[1..], BytesMax, out var proof) || proof.Signature.Length != SignatureLength) return false;
        signature = proof.Signature.Memory;
        return true;
    }
}
