using Google.Protobuf;

namespace Netflux.Wire;

/// <summary>Tells a sender that a kind was not understood and was not marked ignorable.</summary>
internal readonly record struct RefusedFrame(FrameKind Kind)
{
    public byte[] ToBytes() => new Proto.Refused { Kind = (uint)Kind }.ToByteArray();

    public static bool TryParse(ReadOnlySpan<byte> body, out RefusedFrame frame)
    {
        frame = default;
        if (!ProtobufBody.TryParse(Proto.Refused.Parser, body, 64, out var refused) || refused.Kind > byte.MaxValue) return false;
        frame = new((FrameKind)refused.Kind);
        return true;
    }
}
