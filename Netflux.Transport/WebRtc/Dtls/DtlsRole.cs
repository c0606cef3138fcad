namespace Netflux.Transport.WebRtc.Dtls;

/// <summary>Who sends the ClientHello: of SDP's <c>setup</c> attribute the active side is the client, the passive one the server (RFC 8842 §5).</summary>
internal enum DtlsRole
{
    Client,
    Server,
}
