using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Turn;

/// <summary>
/// A datagram to or from a peer that has a channel (RFC 8656 §12.4).
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Channel, 0x4000 to 0x4FFF  |    Length of the data         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    The data; over a stream padded to a multiple of four       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal static class ChannelData
{
    public const int HeaderLength = 4;

    public const ushort ChannelMin = 0x4000;

    public const ushort ChannelMax = 0x4FFF;

    /// <summary>RFC 7983 §7: the first byte of ChannelData is 64 to 79.</summary>
    public static bool IsChannelData(ReadOnlySpan<byte> bytes) => bytes.Length > 0 && bytes[0] is >= ChannelMin >> 8 and <= ChannelMax >> 8;

    public static int Padded(int length) => length + 3 & ~3;

    /// <summary>Takes the data out in place. Bytes behind it are padding (RFC 8656 §12.6 allows it over UDP as well).</summary>
    public static bool TryParse(Span<byte> message, out ushort channel, out Span<byte> data)
    {
        channel = 0;
        data = default;
        if (message.Length < HeaderLength || !IsChannelData(message)) return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if (length > message.Length - HeaderLength) return false;
        channel = BinaryPrimitives.ReadUInt16BigEndian(message);
        data = message.Slice(HeaderLength, length);
        return true;
    }

    /// <summary>Writes the message and returns its length.</summary>
    public static int Write(Span<byte> destination, ushort channel, ReadOnlySpan<byte> data, bool isPadded)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, channel);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)data.Length);
        data.CopyTo(destination[HeaderLength..]);
        if (!isPadded) return HeaderLength + data.Length;
        var padded = Padded(data.Length);
        destination.Slice(HeaderLength + data.Length, padded - data.Length).Clear();
        return HeaderLength + padded;
    }
}
