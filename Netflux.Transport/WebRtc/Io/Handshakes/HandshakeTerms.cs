using Netflux.Transport.WebRtc.Dtls;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>What both roles ask of the other side, and what went wrong. The name of a failure is kept here, because BouncyCastle knows only numbers of alerts.</summary>
internal sealed class HandshakeTerms(DtlsIdentity identity, DtlsHandshakeRequest request)
{
    public static readonly int[] Suites = [(int)DtlsCipherSuite.EcdheEcdsaAes128GcmSha256, (int)DtlsCipherSuite.EcdheEcdsaAes256GcmSha384];

    public static readonly SignatureAndHashAlgorithm[] Signatures = [IdentitySigner.Algorithm];

    /// <summary>
    /// P-256 alone. RFC 8827 §6.5 has every endpoint support it, and it is the platform's; X25519 is not, costs more in managed code than P-256 in native code, and
    /// would gain no peer.
    /// </summary>
    public static readonly int[] Groups = [NamedGroup.secp256r1];

    public static readonly ProtocolVersion[] Versions = ProtocolVersion.DTLSv12.Only();

    /// <summary>
    /// RFC 5764 §4.1.2: the two profiles that RFC 8827 §6.5 and RFC 7714 name. No media is ever sent here, but pion's WebRTC (v3) fails a connection for which
    /// no profile was agreed, data channels or not.
    /// </summary>
    public static readonly int[] SrtpProfiles = [SrtpProtectionProfile.SRTP_AEAD_AES_128_GCM, SrtpProtectionProfile.SRTP_AES128_CM_HMAC_SHA1_80];

    private DtlsFailure? _failure;

    public int FirstResendMillis => Math.Max(1, (int)request.FirstResend.TotalMilliseconds);

    public int MessageBytesMax => request.Options.HandshakeMessageBytesMax;

    public TlsCredentialedSigner Sign(TlsCrypto crypto) => new IdentitySigner(crypto, identity);

    /// <summary>Throws, and so ends the handshake, before anything that the certificate's owner said is used.</summary>
    public void CheckCertificate(Certificate? chain)
    {
        if (chain is { IsEmpty: false } && DtlsFingerprint.Match(request.Fingerprints, chain.GetCertificateAt(0).GetEncoded())) return;
        _failure = new DtlsFingerprintMismatch();
        throw new TlsFatalAlert(AlertDescription.bad_certificate);
    }

    /// <summary>An alert is about to be sent.</summary>
    public void NoteAlert(SecurityParameters parameters, short description)
    {
        // The extension is looked at after the version was agreed, and before anything else is refused with this alert.
        if (description == AlertDescription.handshake_failure && parameters.NegotiatedVersion is not null && !parameters.IsExtendedMasterSecret)
            _failure ??= new DtlsNoExtendedMasterSecret();
    }

    public DtlsFailure FailureOf(Exception exception) => _failure ?? exception switch
    {
        TlsFatalAlertReceived received => new DtlsAlertReceived((DtlsAlert)received.AlertDescription),
        TlsFatalAlert { AlertDescription: AlertDescription.internal_error } alert => new DtlsInternalError(alert.ToString()),
        TlsFatalAlert alert => new DtlsAlertSent((DtlsAlert)alert.AlertDescription, (alert.InnerException ?? alert).Message),
        _ => new DtlsInternalError(exception.ToString()),
    };
}
