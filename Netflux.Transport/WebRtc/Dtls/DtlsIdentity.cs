using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netflux.Transport.WebRtc.Dtls;

/// <summary>
/// A key of P-256 and the certificate that it signed itself (RFC 8827 §6.5). Nobody reads more of the certificate than its fingerprint and its key; its name is the
/// one that browsers use, so that it tells nothing of us. One serves all connections of a process.
/// </summary>
internal sealed class DtlsIdentity : IDisposable
{
    private static readonly TimeSpan s_before = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_after = TimeSpan.FromDays(30);

    private DtlsIdentity(ECDsa key, ReadOnlyMemory<byte> certificate)
    {
        (Key, Certificate) = (key, certificate);
        Fingerprint = DtlsFingerprint.Of(certificate.Span);
    }

    public ECDsa Key { get; }

    /// <summary>DER.</summary>
    public ReadOnlyMemory<byte> Certificate { get; }

    /// <summary>SHA-256.</summary>
    public DtlsFingerprint Fingerprint { get; }

    /// <param name="today">
    /// The time of day: the certificate is valid from a day before to 30 days after it, as browsers make theirs, so that clocks may differ. Peers that check the
    /// validity at all (RFC 8122 asks for none, and none of those tested does) do so in the handshake only. A process that runs longer goes on with it.
    /// </param>
    public static DtlsIdentity Create(DateTimeOffset today)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // Without basic constraints or key usage: no peer asks for them, and each is one more thing to refuse. The serial number is random.
        var request = new CertificateRequest("CN=WebRTC", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(today - s_before, today + s_after);
        return new(key, certificate.RawData);
    }

    /// <summary>A certificate and a key that come from elsewhere; nobody checks here that they belong together.</summary>
    public static DtlsIdentity With(ReadOnlyMemory<byte> certificate, ECDsa key) => new(key, certificate);

    public void Dispose() => Key.Dispose();
}
