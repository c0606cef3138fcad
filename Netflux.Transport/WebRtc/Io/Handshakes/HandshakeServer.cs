using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>The passive side, as BouncyCastle asks it.</summary>
internal sealed class HandshakeServer(TlsCrypto crypto, HandshakeTerms terms) : AbstractTlsServer(crypto)
{
    private int? _srtpProfile;

    public override int GetHandshakeTimeoutMillis() => 0;

    public override int GetHandshakeResendTimeMillis() => terms.FirstResendMillis;

    public override int GetMaxHandshakeMessageSize() => terms.MessageBytesMax;

    public override bool RequiresExtendedMasterSecret() => true;

    public override bool ShouldCheckSigAlgOfPeerCerts() => false;

    // Nothing is ever renegotiated here, so who does not know RFC 5746 is no danger.
    public override void NotifySecureRenegotiation(bool secureRenegotiation)
    {
    }

    public override void NotifyAlertRaised(short alertLevel, short alertDescription, string message, Exception cause) =>
        terms.NoteAlert(m_context.SecurityParameters, alertDescription);

    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        base.ProcessClientExtensions(clientExtensions);
        var offered = TlsSrtpUtilities.GetUseSrtpExtension(clientExtensions)?.ProtectionProfiles ?? [];
        foreach (var profile in offered.Intersect(HandshakeTerms.SrtpProfiles).Take(1)) _srtpProfile = profile;
    }

    public override IDictionary<int, byte[]> GetServerExtensions()
    {
        var extensions = TlsExtensionsUtilities.EnsureExtensionsInitialised(base.GetServerExtensions());
        // RFC 5764 §4.1.1: one profile of those that were offered, and no answer where none fits.
        if (_srtpProfile is { } profile) TlsSrtpUtilities.AddUseSrtpExtension(extensions, new([profile], []));
        return extensions;
    }

    public override int[] GetSupportedGroups() => HandshakeTerms.Groups;

    // BouncyCastle would take the client's first group in TLS 1.2, whether it is one of ours or not. Without one of ours no suite can be chosen (handshake_failure).
    protected override int GetMaximumNegotiableCurveBits() => m_context.SecurityParameters.ClientSupportedGroups is { } groups && !groups.Contains(NamedGroup.secp256r1) ? 0 : NamedGroup.GetCurveBits(NamedGroup.secp256r1);

    protected override int SelectECDH(int minimumCurveBits) => NamedGroup.secp256r1;

    public override TlsCredentials GetCredentials() => terms.Sign(Crypto);

    public override CertificateRequest GetCertificateRequest() => new([ClientCertificateType.ecdsa_sign], HandshakeTerms.Signatures, null);

    public override void NotifyClientCertificate(Certificate clientCertificate) => terms.CheckCertificate(clientCertificate);

    protected override ProtocolVersion[] GetSupportedVersions() => HandshakeTerms.Versions;

    protected override int[] GetSupportedCipherSuites() => HandshakeTerms.Suites;

    protected override bool AllowCertificateStatus() => false;

    protected override bool AllowMultiCertStatus() => false;

    protected override bool AllowTrustedCAIndication() => false;
}
