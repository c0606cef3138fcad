using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Netflux.Transport.WebRtc.Io.Handshakes;

/// <summary>The active side, as BouncyCastle asks it.</summary>
internal sealed class HandshakeClient(TlsCrypto crypto, HandshakeTerms terms) : AbstractTlsClient(crypto), TlsAuthentication
{
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

    public override IDictionary<int, byte[]> GetClientExtensions()
    {
        var extensions = TlsExtensionsUtilities.EnsureExtensionsInitialised(base.GetClientExtensions());
        TlsSrtpUtilities.AddUseSrtpExtension(extensions, new(HandshakeTerms.SrtpProfiles, []));
        return extensions;
    }

    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate) => terms.CheckCertificate(serverCertificate.Certificate);

    public TlsCredentials GetClientCredentials(CertificateRequest certificateRequest) => terms.Sign(Crypto);

    protected override ProtocolVersion[] GetSupportedVersions() => HandshakeTerms.Versions;

    protected override int[] GetSupportedCipherSuites() => HandshakeTerms.Suites;

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => HandshakeTerms.Groups;

    protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() => HandshakeTerms.Signatures;

    protected override IList<ServerName>? GetSniServerNames() => null;

    protected override CertificateStatusRequest? GetCertificateStatusRequest() => null;
}
