using System.Buffers.Binary;
using Netflux.Identity;

namespace Netflux.Wire;

/// <summary>
/// The fixed header before a broadcast that members pass on, 46 bytes, big endian; the payload follows, as its author gave it:
/// <code>
/// bytes 0–19    author: PeerId
/// bytes 20–27   incarnation: u64, which run of the author
/// bytes 28–35   sequence: u64, from 1 to 2⁵³
/// bytes 36–43   floor: u64, the first of its author's messages that was recent when this was sent; not above sequence
/// bytes 44–45   round: u16, hops so far
/// </code>
/// </summary>
internal readonly record struct GossipHeader(PeerId Author, Incarnation Incarnation, ulong Sequence, ulong Floor, ushort Round)
{
    public const int Size = PeerId.Length + 26;

    /// <summary>What a browser can count exactly.</summary>
    public const ulong SequenceMax = 1UL << 53;

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Author.Write(bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(20), Incarnation.Value);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(28), Sequence);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(36), Floor);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(44), Round);
        return bytes;
    }

    /// <summary>False if the header is cut short, or its numbers are out of their bounds.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, out GossipHeader header)
    {
        header = default;
        if (source.Length < Size) return false;
        var read = new GossipHeader(PeerId.FromBytes(source[..PeerId.Length]), new Incarnation(BinaryPrimitives.ReadUInt64BigEndian(source[20..])),
            BinaryPrimitives.ReadUInt64BigEndian(source[28..]), BinaryPrimitives.ReadUInt64BigEndian(source[36..]), BinaryPrimitives.ReadUInt16BigEndian(source[44..]));
        if (read.Sequence is 0 or > SequenceMax || read.Floor is 0 || read.Floor > read.Sequence) return false;
        header = read;
        return true;
    }
}
