namespace Netflux.Transport.WebRtc.Stun;

/// <summary>
/// Why a request was refused (RFC 8489 §14.8, RFC 8445 §20.2, RFC 8656 §19). A server may send a number that is not named here; its hundred tells what kind of failure it is.
/// </summary>
internal enum StunErrorCode
{
    TryAlternate = 300,
    BadRequest = 400,
    Unauthenticated = 401,
    Forbidden = 403,
    UnknownAttribute = 420,
    AllocationMismatch = 437,
    StaleNonce = 438,
    AddressFamilyNotSupported = 440,
    WrongCredentials = 441,
    UnsupportedTransportProtocol = 442,
    PeerAddressFamilyMismatch = 443,
    AllocationQuotaReached = 486,
    RoleConflict = 487,
    ServerError = 500,
    InsufficientCapacity = 508,
}
