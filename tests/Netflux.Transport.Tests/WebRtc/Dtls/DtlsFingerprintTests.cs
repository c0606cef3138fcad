using System.Security.Cryptography;
using Netflux.Transport.WebRtc.Dtls;

namespace Netflux.Transport.Tests.WebRtc.Dtls;

public class DtlsFingerprintTests
{
    private static readonly byte[] s_certificate = [1, 2, 3];

    [Theory, InlineData("sha-256", 32), InlineData("SHA-384", 48), InlineData("sha-512", 64)]
    public void Strong_hashes_of_their_length_are_taken(string name, int length)
    {
        Assert.True(DtlsFingerprint.TryCreate(name, new byte[length], out _));
        Assert.False(DtlsFingerprint.TryCreate(name, new byte[length - 1], out _));
        Assert.False(DtlsFingerprint.TryCreate(name, new byte[length + 1], out _));
    }

    [Theory, InlineData("sha-1", 20), InlineData("md5", 16), InlineData("md2", 16), InlineData("sha-224", 28), InlineData("", 0)]
    public void Weak_and_unknown_hashes_are_refused(string name, int length) => Assert.False(DtlsFingerprint.TryCreate(name, new byte[length], out _));

    [Fact]
    public void The_certificate_that_was_hashed_matches_and_no_other()
    {
        foreach (var hash in Enum.GetValues<DtlsHash>())
        {
            Assert.True(DtlsFingerprint.Match([DtlsFingerprint.Of(s_certificate, hash)], s_certificate));
            Assert.False(DtlsFingerprint.Match([DtlsFingerprint.Of(s_certificate, hash)], [1, 2, 4]));
        }
        Assert.False(DtlsFingerprint.Match([], s_certificate));
        Assert.Equal(SHA256.HashData(s_certificate), DtlsFingerprint.Of(s_certificate).Value);
    }

    [Fact]
    public void Of_several_the_strongest_hash_decides_and_one_of_it_is_enough()
    {
        var right256 = DtlsFingerprint.Of(s_certificate);
        var right512 = DtlsFingerprint.Of(s_certificate, DtlsHash.Sha512);
        var wrong512 = DtlsFingerprint.Of([9], DtlsHash.Sha512);
        Assert.False(DtlsFingerprint.Match([right256, wrong512], s_certificate));
        Assert.True(DtlsFingerprint.Match([DtlsFingerprint.Of([9]), right512], s_certificate));
        Assert.True(DtlsFingerprint.Match([wrong512, right512], s_certificate));
        Assert.True(DtlsFingerprint.Match([right512, wrong512], s_certificate));
    }

    [Fact]
    public void They_are_equal_by_value()
    {
        Assert.Equal(DtlsFingerprint.Of(s_certificate), DtlsFingerprint.Of(s_certificate));
        Assert.Equal(DtlsFingerprint.Of(s_certificate).GetHashCode(), DtlsFingerprint.Of(s_certificate).GetHashCode());
        Assert.NotEqual(DtlsFingerprint.Of(s_certificate), DtlsFingerprint.Of([9]));
    }
}
