using System.Buffers.Binary;

namespace Netflux.Core;

/// <summary>The port through which cores draw randomness: the platform's in production, seeded in tests.</summary>
internal interface IRandomSource
{
    void Fill(Span<byte> destination);
}

internal static class RandomSourceExtensions
{
    public static ulong NextUInt64(this IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    /// <summary>A number from 0 up to, but not including, <paramref name="bound"/>. The bias of the remainder is below 2⁻³² for bounds that fit 32 bits.</summary>
    public static int NextInt32(this IRandomSource random, int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return (int)(random.NextUInt64() % (ulong)bound);
    }

    /// <summary>A span between <paramref name="span"/> times 1 − <paramref name="spread"/> and times 1 + <paramref name="spread"/>, so that many peers do not act at once.</summary>
    public static TimeSpan Jitter(this IRandomSource random, TimeSpan span, double spread)
    {
        var unit = (random.NextUInt64() >> 11) * (1.0 / (1UL << 53));
        return span * (1 - spread + 2 * spread * unit);
    }
}
