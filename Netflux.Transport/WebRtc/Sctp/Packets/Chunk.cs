using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>
/// A chunk inside a packet, RFC 9260 §3.2. Parameters (§3.2.1) and error causes (§3.3.10) have the same frame, with sixteen bits of type and no flags.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// ├───────────────┼───────────────┼───────────────────────────────┤
/// │     Type      │     Flags     │   Length, without the padding │
/// ├───────────────┴───────────────┴───────────────────────────────┤
/// │          Value, then zeros up to a multiple of four           │
/// └───────────────────────────────────────────────────────────────┘
/// </code>
/// </summary>
internal readonly ref struct Chunk(ReadOnlySpan<byte> whole)
{
    public const int HeaderLength = 4;

    /// <summary>Header and value, without the padding.</summary>
    public ReadOnlySpan<byte> Whole { get; } = whole;

    public ChunkType Type => (ChunkType)Whole[0];

    public byte Flags => Whole[1];

    public ReadOnlySpan<byte> Value => Whole[HeaderLength..];

    public static int Padded(int length) => (length + 3) & ~3;

    public static void WriteHeader(Span<byte> chunk, ChunkType type, byte flags, int length)
    {
        chunk[0] = (byte)type;
        chunk[1] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(chunk[2..], (ushort)length);
    }
}

/// <summary>Goes through the chunks of a packet.</summary>
internal ref struct ChunkReader(ReadOnlySpan<byte> chunks)
{
    private ReadOnlySpan<byte> _rest = chunks;

    /// <summary>False at the end, and where what follows is no chunk; the rest is then ignored.</summary>
    public bool TryRead(out Chunk chunk)
    {
        if (!Frames.TryRead(ref _rest, out var whole))
        {
            chunk = default;
            return false;
        }
        chunk = new Chunk(whole);
        return true;
    }
}

/// <summary>What chunks, parameters and causes share: two bytes of type, two of length, padding.</summary>
internal static class Frames
{
    public static bool TryRead(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> whole)
    {
        whole = default;
        if (rest.Length < Chunk.HeaderLength) return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if (length < Chunk.HeaderLength || length > rest.Length) return false;
        whole = rest[..length];
        // The last one may come without its padding: nothing behind it needs it.
        rest = rest[Math.Min(Chunk.Padded(length), rest.Length)..];
        return true;
    }
}
