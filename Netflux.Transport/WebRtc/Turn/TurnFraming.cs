using System.Buffers.Binary;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Turn;

/// <summary>Where a message ends in a stream of bytes from a TURN server (RFC 8656 §12.5): a STUN message, or ChannelData padded to a multiple of four.</summary>
internal static class TurnFraming
{
    /// <summary>
    /// The length of the first message with its padding, 0 while it is not all there. False where the bytes are neither of the two: the stream cannot go on.
    /// </summary>
    public static bool TryFrame(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.Length > 0 && bytes[0] >= 4 && !ChannelData.IsChannelData(bytes)) return false;
        if (bytes.Length < ChannelData.HeaderLength) return true;
        var value = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        var whole = ChannelData.IsChannelData(bytes) ? ChannelData.HeaderLength + ChannelData.Padded(value) : StunMessage.HeaderLength + value;
        if (bytes.Length >= whole) length = whole;
        return true;
    }
}
