using System.Security.Cryptography;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;
using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>
/// What BouncyCastle computes with in one handshake: the platform where it can (elliptic curves, certificates, AES-GCM, which it does several times faster), and
/// BouncyCastle's own hashes. The keys of the records stay in <see cref="DtlsRecords"/>.
/// </summary>
internal sealed class HandshakeCrypto(DtlsRole role, IRecordCiphers ciphers) : BcTlsCrypto(s_random)
{
    // Of the platform; BouncyCastle's own generator would be seeded from it for each handshake.
    private static readonly SecureRandom s_random = new(new CryptoApiRandomGenerator(), 0);

    /// <summary>Null until both sides agreed on keys.</summary>
    public EpochCipher? Cipher { get; private set; }

    public DtlsCipherSuite Suite { get; private set; }

    /// <summary>As a server: whether the client has proven that its certificate's key is its own, which is the last of its messages in epoch 0.</summary>
    public bool IsPeerVerified { get; private set; }

    public override TlsCipher CreateCipher(TlsCryptoParameters cryptoParams, int encryptionAlgorithm, int macAlgorithm)
    {
        var suite = (DtlsCipherSuite)cryptoParams.SecurityParameters.CipherSuite;
        Span<byte> block = stackalloc byte[DtlsRecordKeys.BlockBytes(suite)];
        TlsImplUtilities.CalculateKeyBlock(cryptoParams, block);
        Suite = suite;
        return Cipher = new EpochCipher(new(new(block, role), ciphers));
    }

    public override TlsECDomain CreateECDomain(TlsECConfig ecConfig) =>
        ecConfig?.NamedGroup == NamedGroup.secp256r1 ? new P256Domain(this) : throw new TlsFatalAlert(AlertDescription.illegal_parameter);

    public override TlsCertificate CreateCertificate(short type, byte[] encoding) =>
        type == CertificateType.X509 ? new PlatformCertificate(encoding, () => IsPeerVerified = true) : throw new TlsFatalAlert(AlertDescription.unsupported_certificate);

    public override TlsNonceGenerator CreateNonceGenerator(ReadOnlySpan<byte> additionalSeedMaterial) => new PlatformNonces();

    private sealed class PlatformNonces : TlsNonceGenerator
    {
        public byte[] GenerateNonce(int size) => RandomNumberGenerator.GetBytes(size);
    }

    private sealed class P256Domain(HandshakeCrypto crypto) : TlsECDomain
    {
        public TlsAgreement CreateECDH() => new P256Agreement(crypto);
    }
}
