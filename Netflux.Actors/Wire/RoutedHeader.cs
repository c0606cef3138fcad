using System.Buffers.Binary;
using Netflux.Identity;

namespace Netflux.Wire;

/// <summary>What a routed frame is.</summary>
internal enum RoutedKind : byte
{
    /// <summary>A message: sealed u64 run and u64 sequence of the sender's last broadcast before it, u8 flags, payload. The number counts messages of the stream from 1.</summary>
    Data = 1,

    /// <summary>For the sender of a stream: sealed u64 received up to, u64 consumed, u64 cost consumed. No number is used twice.</summary>
    Ack = 2,
}

/// <summary>
/// The fixed header before a message from one member of a gossip network to another, 66 bytes, big endian; members on the way read it alone, and the rest is sealed for the receiver:
/// <code>
/// byte  0       kind
/// byte  1       hops that are left
/// bytes 2–21    to: PeerId
/// bytes 22–41   from: PeerId
/// bytes 42–49   stream: u64, which of the streams of the data's sender; above all before it, and not below its run
/// bytes 50–57   run: u64, that of the data's receiver
/// bytes 58–65   number: u64
/// </code>
/// </summary>
internal readonly record struct RoutedHeader(RoutedKind Kind, byte Hops, PeerId To, PeerId From, ulong Stream, Incarnation Run, ulong Number)
{
    public const int Size = 2 + 2 * PeerId.Length + 24;

    public void Write(Span<byte> destination)
    {
        destination[0] = (byte)Kind;
        destination[1] = Hops;
        To.Write(destination[2..]);
        From.Write(destination[22..]);
        BinaryPrimitives.WriteUInt64BigEndian(destination[42..], Stream);
        BinaryPrimitives.WriteUInt64BigEndian(destination[50..], Run.Value);
        BinaryPrimitives.WriteUInt64BigEndian(destination[58..], Number);
    }

    /// <summary>False if the header is cut short, or of an unknown kind.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, out RoutedHeader header)
    {
        header = default;
        if (source.Length < Size || source[0] is not ((byte)RoutedKind.Data or (byte)RoutedKind.Ack)) return false;
        header = new((RoutedKind)source[0], source[1], PeerId.FromBytes(source.Slice(2, PeerId.Length)), PeerId.FromBytes(source.Slice(22, PeerId.Length)),
            BinaryPrimitives.ReadUInt64BigEndian(source[42..]), new(BinaryPrimitives.ReadUInt64BigEndian(source[50..])), BinaryPrimitives.ReadUInt64BigEndian(source[58..]));
        return true;
    }
}
