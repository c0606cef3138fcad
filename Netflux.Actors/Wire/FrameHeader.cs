using System.Buffers.Binary;

namespace Netflux.Wire;

/// <summary>
/// The fixed header before every frame of a session, 16 bytes, big endian:
/// <code>
///  0               1               2               3
/// +---------------+---------------+-------------------------------+
/// |     kind      |     flags     |            channel            |
/// +---------------+---------------+-------------------------------+
/// |                       length of the body                      |
/// +---------------------------------------------------------------+
/// |                  sequence number (0: unnumbered)              |
/// |                                                               |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly record struct FrameHeader(FrameKind Kind, FrameFlags Flags, ushort Channel, int Length, ulong Sequence)
{
    public const int Size = 16;

    public bool IsNumbered => ((byte)Kind & 0x7F) >= 0x20;

    public void Write(Span<byte> destination)
    {
        destination[0] = (byte)Kind;
        destination[1] = (byte)Flags;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], Channel);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], (uint)Length);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Sequence);
    }

    /// <summary>False if the header is cut short, or its length is no positive int. The body may go on in the next record of the link; the reader holds it to the limit of its kind.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, out FrameHeader header)
    {
        header = default;
        if (source.Length < Size) return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(source[4..]);
        if (length > int.MaxValue) return false;
        header = new((FrameKind)source[0], (FrameFlags)source[1], BinaryPrimitives.ReadUInt16BigEndian(source[2..]), (int)length, BinaryPrimitives.ReadUInt64BigEndian(source[8..]));
        return true;
    }
}
