using System.Buffers.Binary;
using System.Globalization;

namespace Netflux.Identity;

/// <summary>Names one attempt of two peers to open a data channel: 8 random bytes, drawn by the one that offers. It means something between these two only.</summary>
internal readonly record struct ConnectionId(ulong Value)
{
    public const int Length = 8;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out ConnectionId id)
    {
        id = bytes.Length == Length ? new ConnectionId(BinaryPrimitives.ReadUInt64BigEndian(bytes)) : default;
        return bytes.Length == Length;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Value);
        return bytes;
    }

    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
