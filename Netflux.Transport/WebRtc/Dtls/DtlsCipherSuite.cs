namespace Netflux.Transport.WebRtc.Dtls;

/// <summary>The suites that are offered and taken (RFC 5289 §3.2), with their numbers of the registry.</summary>
internal enum DtlsCipherSuite : ushort
{
    EcdheEcdsaAes128GcmSha256 = 0xC02B,
    EcdheEcdsaAes256GcmSha384 = 0xC02C,
}
