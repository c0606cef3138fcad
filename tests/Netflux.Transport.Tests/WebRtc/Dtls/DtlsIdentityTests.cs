using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Netflux.Transport.WebRtc.Dtls;

namespace Netflux.Transport.Tests.WebRtc.Dtls;

public class DtlsIdentityTests
{
    private static readonly DateTimeOffset s_today = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_is_a_key_of_P256_that_signed_its_own_certificate()
    {
        using var identity = DtlsIdentity.Create(s_today);
        using var certificate = X509CertificateLoader.LoadCertificate(identity.Certificate.Span);
        using var key = certificate.GetECDsaPublicKey()!;
        Assert.Equal("1.2.840.10045.3.1.7", key.ExportParameters(false).Curve.Oid.Value);
        Assert.Equal(identity.Key.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfo());
        Assert.Equal(certificate.Issuer, certificate.Subject);
        Assert.Equal(s_today.AddDays(-1).UtcDateTime, certificate.NotBefore.ToUniversalTime());
        Assert.Equal(s_today.AddDays(30).UtcDateTime, certificate.NotAfter.ToUniversalTime());
        Assert.Equal(SHA256.HashData(identity.Certificate.Span), identity.Fingerprint.Value);
    }

    [Fact]
    public void No_two_share_a_key_or_a_serial_number()
    {
        using var one = DtlsIdentity.Create(s_today);
        using var other = DtlsIdentity.Create(s_today);
        using var first = X509CertificateLoader.LoadCertificate(one.Certificate.Span);
        using var second = X509CertificateLoader.LoadCertificate(other.Certificate.Span);
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);
        Assert.NotEqual(one.Key.ExportSubjectPublicKeyInfo(), other.Key.ExportSubjectPublicKeyInfo());
    }
}
