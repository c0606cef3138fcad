using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>
/// A certificate of which only the key is read, and that not before its fingerprint has matched: the fingerprint names it as a whole, so issuers, names, validity and
/// usage say nothing more (RFC 8122 §6).
/// </summary>
/// <param name="encoding">DER.</param>
/// <param name="verified">Called when a signature by its key was right.</param>
internal sealed class PlatformCertificate(byte[] encoding, Action verified) : TlsCertificate
{
    public BigInteger SerialNumber => throw Unused();

    // Asked for the channel binding tls-server-end-point (RFC 5929 §4), which nobody here uses; without it, none is computed.
    public string? SigAlgOid => null;

    public byte[] GetEncoded() => encoding;

    public short GetLegacySignatureAlgorithm() => SignatureAlgorithm.ecdsa;

    public bool SupportsSignatureAlgorithm(short signatureAlgorithm) => signatureAlgorithm == SignatureAlgorithm.ecdsa;

    public bool SupportsSignatureAlgorithmCA(short signatureAlgorithm) => SupportsSignatureAlgorithm(signatureAlgorithm);

    public byte[]? GetExtension(DerObjectIdentifier extensionOid) => null;

    public TlsCertificate CheckUsageInRole(int tlsCertificateRole) => this;

    public TlsVerifier CreateVerifier(short signatureAlgorithm) =>
        signatureAlgorithm == SignatureAlgorithm.ecdsa ? new Verifier(encoding, verified) : throw new TlsFatalAlert(AlertDescription.unsupported_certificate);

    public Tls13Verifier CreateVerifier(int signatureScheme) => throw Unused();

    public TlsEncryptor CreateEncryptor(int tlsCertificateRole) => throw Unused();

    public Asn1Encodable GetSigAlgParams() => throw Unused();

    private static TlsFatalAlert Unused() => new(AlertDescription.internal_error);

    private sealed class Verifier(byte[] encoding, Action verified) : TlsVerifier
    {
        public TlsStreamVerifier? GetStreamVerifier(DigitallySigned digitallySigned) => null;

        public bool VerifyRawSignature(DigitallySigned digitallySigned, byte[] hash)
        {
            try
            {
                using var key = ECDsa.Create();
                key.ImportSubjectPublicKeyInfo(ReadSubjectPublicKeyInfo(encoding).Span, out _);
                if (!key.VerifyHash(hash, digitallySigned.Signature, DSASignatureFormat.Rfc3279DerSequence)) return false;
                verified();
                return true;
            }
            catch (Exception e) when (e is CryptographicException or AsnContentException)
            {
                throw new TlsFatalAlert(AlertDescription.bad_certificate, e);
            }
        }

        // RFC 5280 §4.1: Certificate { TBSCertificate { [0] version OPTIONAL, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, … }, … }.
        // Loading it as a certificate costs more than checking the signature does.
        private static ReadOnlyMemory<byte> ReadSubjectPublicKeyInfo(byte[] certificate)
        {
            const int before = 5;
            var version = new Asn1Tag(TagClass.ContextSpecific, 0);
            var fields = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
            if (fields.HasData && fields.PeekTag().HasSameClassAndValue(version)) fields.ReadEncodedValue();
            for (var field = 0; field < before; field++) fields.ReadEncodedValue();
            return fields.ReadEncodedValue();
        }
    }
}
