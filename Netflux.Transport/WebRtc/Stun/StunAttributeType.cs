namespace Netflux.Transport.WebRtc.Stun;

/// <summary>
/// The attributes that are known here (RFC 8489 §18.3, RFC 8445 §20.1, RFC 8656 §18). Types below 0x8000 must be understood by who receives them, the others may be skipped.
/// </summary>
internal enum StunAttributeType
{
    MappedAddress = 0x0001,
    Username = 0x0006,
    MessageIntegrity = 0x0008,
    ErrorCode = 0x0009,
    UnknownAttributes = 0x000A,
    ChannelNumber = 0x000C,
    Lifetime = 0x000D,
    XorPeerAddress = 0x0012,
    Data = 0x0013,
    Realm = 0x0014,
    Nonce = 0x0015,
    XorRelayedAddress = 0x0016,
    RequestedAddressFamily = 0x0017,
    RequestedTransport = 0x0019,
    DontFragment = 0x001A,
    MessageIntegritySha256 = 0x001C,
    PasswordAlgorithm = 0x001D,
    Userhash = 0x001E,
    XorMappedAddress = 0x0020,
    Priority = 0x0024,
    UseCandidate = 0x0025,
    PasswordAlgorithms = 0x8002,
    AlternateDomain = 0x8003,
    Software = 0x8022,
    AlternateServer = 0x8023,
    Fingerprint = 0x8028,
    IceControlled = 0x8029,
    IceControlling = 0x802A,
}

internal static class StunAttributeTypes
{
    /// <summary>RFC 8489 §14: types from 0x0000 to 0x7FFF are comprehension-required.</summary>
    public static bool MustBeUnderstood(this StunAttributeType type) => (int)type < 0x8000;

    public static bool IsKnown(this StunAttributeType type) => Enum.IsDefined(type);
}
