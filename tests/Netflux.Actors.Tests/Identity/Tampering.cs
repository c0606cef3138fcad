using CsCheck;

namespace Netflux.Identity;

/// <summary>What every signed or sealed record has to withstand.</summary>
internal static class Tampering
{
    /// <summary>Every truncation, every changed byte, an added byte, and random bytes are refused and never throw.</summary>
    public static void IsRefused(byte[] good, Func<byte[], bool> parses)
    {
        Assert.True(parses(good));
        for (var length = 0; length < good.Length; length++) Assert.False(parses(good[..length]), $"cut to {length} bytes");
        for (var at = 0; at < good.Length; at++)
        {
            var bad = (byte[])good.Clone();
            bad[at] ^= (byte)(1 << at % 8);
            Assert.False(parses(bad), $"byte {at} changed");
        }
        Assert.False(parses([.. good, 0]));
        Assert.False(parses([.. good, 0x20, 0x01])); // an unknown field of protobuf
        Assert.False(parses([.. good, .. good]));
        Gen.Byte.Array[0, 300].Sample(bytes => !parses(bytes), iter: 200, seed: Environment.GetEnvironmentVariable("SEED"));
    }
}
