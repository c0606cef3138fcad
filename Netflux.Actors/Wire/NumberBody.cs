using System.Buffers.Binary;

namespace Netflux.Wire;

/// <summary>The body of Ack, Ping, Pong and MessageStart: one number, 8 bytes, big endian.</summary>
internal static class NumberBody
{
    public const int Size = 8;

    public static void Write(Span<byte> destination, ulong number) => BinaryPrimitives.WriteUInt64BigEndian(destination, number);

    public static byte[] ToBytes(ulong number)
    {
        var bytes = new byte[Size];
        Write(bytes, number);
        return bytes;
    }

    public static bool TryParse(ReadOnlySpan<byte> body, out ulong number)
    {
        number = body.Length == Size ? BinaryPrimitives.ReadUInt64BigEndian(body) : 0;
        return body.Length == Size;
    }
}
