namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>The payload protocol identifier of a message (RFC 9260 §3.3.1); SCTP carries it and does not look at it. These are the ones of data channels, RFC 8831 §8.</summary>
internal enum PayloadProtocolId : uint
{
    None = 0,
    Dcep = 50,
    String = 51,
    BinaryPartial = 52,   // deprecated
    Binary = 53,
    StringPartial = 54,   // deprecated
    StringEmpty = 56,
    BinaryEmpty = 57,
}
