using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Netflux.Core;

/// <summary>The 160 bits behind <see cref="Identity.PeerId"/> and <see cref="Identity.NetworkId"/>, compared as one unsigned number.</summary>
internal readonly record struct Bits160(ulong High, ulong Middle, uint Low) : IComparable<Bits160>
{
    public const int Length = 20;

    public static Bits160 Read(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Length);
        return new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]));
    }

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Middle);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], Low);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        Write(bytes);
        return bytes;
    }

    public static bool TryParse([NotNullWhen(true)] string? text, out Bits160 bits)
    {
        Span<byte> bytes = stackalloc byte[Length];
        var parsed = text is { Length: 32 } && Base32.TryDecode(text, bytes);
        bits = parsed ? Read(bytes) : default;
        return parsed;
    }

    public int CompareTo(Bits160 other)
    {
        var high = High.CompareTo(other.High);
        if (high != 0) return high;
        var middle = Middle.CompareTo(other.Middle);
        return middle != 0 ? middle : Low.CompareTo(other.Low);
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        Write(bytes);
        return Base32.Encode(bytes);
    }
}
