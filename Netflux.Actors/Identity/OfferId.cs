using System.Buffers.Binary;
using System.Globalization;

namespace Netflux.Identity;

/// <summary>Names an offer of a data channel, and the connection that follows from it: 8 random bytes, drawn by the one that offers. It means something between the two peers only.</summary>
internal readonly record struct OfferId(ulong Value)
{
    public const int Length = 8;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out OfferId id)
    {
        id = bytes.Length == Length ? new OfferId(BinaryPrimitives.ReadUInt64BigEndian(bytes)) : default;
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
