namespace Netflux.Transport.WebRtc.Dtls;

/// <summary>The description of an alert (RFC 5246 §7.2); those that are named are the ones that something here depends on.</summary>
internal enum DtlsAlert : byte
{
    CloseNotify = 0,
    HandshakeFailure = 40,
    BadCertificate = 42,
    IllegalParameter = 47,
    DecryptError = 51,
    InternalError = 80,
    UserCanceled = 90,
}
