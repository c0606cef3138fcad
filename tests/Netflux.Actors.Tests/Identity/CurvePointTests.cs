using Netflux.TestKit;

namespace Netflux.Identity;

public class CurvePointTests
{
    // SP 800-186 §3.2.1.3: the base point of P-256.
    private const string Base = "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";

    [Theory]
    [InlineData(Base, true)]
    [InlineData("046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F4", false)] // not on the curve
    [InlineData("0400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", false)] // cut oddly below
    [InlineData("04FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF66485C780E2F83D72433BD5D84A06BB6541C2AF31DAE871728BF856A174F93F4", false)] // x = p, as x = 0 would be
    [InlineData("036B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296", false)] // compressed
    [InlineData("00", false)]
    [InlineData("", false)]
    public void OnlyUncompressedPointsOnTheCurveAreTaken(string hex, bool expected)
    {
        var point = Convert.FromHexString(hex.Length % 2 == 0 ? hex : hex[..^1]);
        Assert.Equal(expected, CurvePoint.TryImportVerifier(point, out var verifier));
        Assert.Equal(expected, CurvePoint.TryImportAgreement(point, out var agreement));
        using var keys = new SeededPeerKeys(1);
        Assert.Equal(expected, keys.TryAgree(point, new byte[32]));
        verifier?.Dispose();
        agreement?.Dispose();
    }

    [Fact]
    public void BothSidesAgree()
    {
        using var alice = new SeededPeerKeys(1);
        using var ephemeral = new SeededEphemeralKeys(5).Create();
        var (one, other) = (new byte[32], new byte[32]);
        Assert.True(alice.TryAgree(ephemeral.PublicPoint, one));
        Assert.True(ephemeral.TryAgree(alice.Card.SealingPoint, other));
        Assert.Equal(one, other);
    }
}
