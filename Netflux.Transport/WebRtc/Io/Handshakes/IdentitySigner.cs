using System.Security.Cryptography;
using Netflux.Transport.WebRtc.Dtls;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>Our certificate, and signatures by its key (ECDSA with SHA-256).</summary>
internal sealed class IdentitySigner(TlsCrypto crypto, DtlsIdentity identity) : TlsCredentialedSigner
{
    public static readonly SignatureAndHashAlgorithm Algorithm = SignatureAndHashAlgorithm.GetInstance(Org.BouncyCastle.Tls.HashAlgorithm.sha256, Org.BouncyCastle.Tls.SignatureAlgorithm.ecdsa);

    public Certificate Certificate { get; } = new([crypto.CreateCertificate(CertificateType.X509, identity.Certificate.ToArray())]);

    public SignatureAndHashAlgorithm SignatureAndHashAlgorithm => Algorithm;

    public byte[] GenerateRawSignature(byte[] hash) => identity.Key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);

    public TlsStreamSigner? GetStreamSigner() => null;
}
