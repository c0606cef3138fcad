using System.Buffers.Binary;
using System.Numerics;
using Netflux.Core;

namespace Netflux.TestKit;

/// <summary>Numbers that a seed decides: xoshiro256** (Blackman and Vigna, 2018), its state filled by SplitMix64 as its authors advise. Not for keys outside tests, and for one thread at a time.</summary>
internal sealed class SeededRandom : IRandomSource
{
    private ulong _s0, _s1, _s2, _s3;

    public SeededRandom(ulong seed)
    {
        Seed = seed;
        var state = seed;
        (_s0, _s1, _s2, _s3) = (SplitMix64(ref state), SplitMix64(ref state), SplitMix64(ref state), SplitMix64(ref state));
    }

    public ulong Seed { get; }

    /// <summary>A source for one named part of a test, so that what one part draws does not shift what another draws.</summary>
    public static SeededRandom For(ulong seed, string part)
    {
        var state = seed;
        foreach (var c in part) state = SplitMix64(ref state) ^ c;
        return new SeededRandom(SplitMix64(ref state));
    }

    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>From 0 up to, but not including, the bound.</summary>
    public int Next(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>From 0 up to, but not including, 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with this probability. Nothing is drawn where it is zero.</summary>
    public bool Chance(double probability) => probability > 0 && NextDouble() < probability;

    public void Fill(Span<byte> destination)
    {
        Span<byte> eight = stackalloc byte[8];
        for (; destination.Length > 0; destination = destination[Math.Min(8, destination.Length)..])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(eight, Next());
            eight[..Math.Min(8, destination.Length)].CopyTo(destination);
        }
    }

    private static ulong SplitMix64(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
