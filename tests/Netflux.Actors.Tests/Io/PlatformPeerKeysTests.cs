using Netflux.Identity;
using Netflux.TestKit;

namespace Netflux.Io;

public class PlatformPeerKeysTests
{
    [Fact]
    public void AnIdentityWithoutAFileSignsAndAgrees()
    {
        using var keys = PlatformPeerKeys.CreateEphemeral();
        using var other = new SeededPeerKeys(1);
        Assert.True(PeerCard.TryParse(keys.Card.Bytes.Span, out _));
        Assert.True(SignedRecords.Verify(keys.Card.SigningPoint, "p", [1], keys.Sign("p", [1])));
        var (one, two) = (new byte[32], new byte[32]);
        Assert.True(keys.TryAgree(other.Card.SealingPoint, one));
        Assert.True(other.TryAgree(keys.Card.SealingPoint, two));
        Assert.Equal(one, two);
    }

    [Fact]
    public void ManyThreadsUseItAtOnce()
    {
        using var keys = PlatformPeerKeys.CreateEphemeral();
        var point = keys.Card.SealingPoint.ToArray();
        var expected = new byte[32];
        Assert.True(keys.TryAgree(point, expected));
        Parallel.For(0, 200, i =>
        {
            Assert.True(SignedRecords.Verify(keys.Card.SigningPoint, "p", [(byte)i], keys.Sign("p", [(byte)i])));
            var secret = new byte[32];
            Assert.True(keys.TryAgree(point, secret));
            Assert.Equal(expected, secret);
        });
    }
}
