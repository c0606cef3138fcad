using System.Globalization;
using System.Numerics;
using Netflux.Identity;

namespace Netflux.TestKit;

public class SeededKeysTests
{
    // RFC 6979 A.2.5: P-256 with SHA-256.
    [Theory]
    [InlineData("sample", "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")]
    [InlineData("test", "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083")]
    public void SignaturesAreThoseOfTheRfc(string message, string expected)
    {
        var key = BigInteger.Parse("0c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Assert.Equal(expected, Convert.ToHexStringLower(DeterministicEcdsa.Sign(key, System.Text.Encoding.ASCII.GetBytes(message))));
    }

    [Fact]
    public void ASeedDecidesKeysCardsAndSignatures()
    {
        using var one = new SeededPeerKeys(5);
        using var again = new SeededPeerKeys(5);
        using var other = new SeededPeerKeys(6);
        Assert.Equal(one.Card.Bytes.ToArray(), again.Card.Bytes.ToArray());
        Assert.Equal(one.Sign("purpose", [1, 2]), again.Sign("purpose", [1, 2]));
        Assert.NotEqual(one.Id, other.Id);
        Assert.True(SignedRecords.Verify(one.Card.SigningPoint, "purpose", [1, 2], one.Sign("purpose", [1, 2])));
        Assert.False(SignedRecords.Verify(one.Card.SigningPoint, "purpose", [1, 3], one.Sign("purpose", [1, 2])));
    }

    [Fact]
    public void ASeedDecidesEphemeralKeysAndNumbers()
    {
        var (one, again) = (new SeededEphemeralKeys(5), new SeededEphemeralKeys(5));
        using var first = one.Create();
        using var firstAgain = again.Create();
        using var second = one.Create();
        Assert.Equal(first.PublicPoint.ToArray(), firstAgain.PublicPoint.ToArray());
        Assert.NotEqual(first.PublicPoint.ToArray(), second.PublicPoint.ToArray());
        var (whole, parts) = (new byte[19], new byte[19]);
        new SeededRandom(1).Fill(whole);
        new SeededRandom(1).Fill(parts.AsSpan(0, 16));
        Assert.Equal(whole[..16], parts[..16]);
        Assert.NotEqual(new SeededRandom(1).Next(), new SeededRandom(2).Next());
    }
}
