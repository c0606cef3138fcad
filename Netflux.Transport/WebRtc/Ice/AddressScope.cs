namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Which addresses can reach which.</summary>
internal static class AddressScope
{
    public static bool IsLinkLocal(this in TransportAddress address) => !address.IsIPv4 && address.Bits >> 118 == (UInt128)0b1111111010; // fe80::/10, RFC 4291 §2.5.6

    public static bool IsLoopback(this in TransportAddress address) => address.IsIPv4 ? (byte)(address.Bits >> 24) == 127 : address.Bits == UInt128.One;

    /// <summary>Whether one host may be meant: not unspecified, multicast or broadcast, and with a port.</summary>
    public static bool IsDestination(this in TransportAddress address)
    {
        if (address.Port == 0) return false;
        if (!address.IsIPv4) return address.Bits != UInt128.Zero && (byte)(address.Bits >> 120) != 0xFF; // ::, ff00::/8
        return (byte)(address.Bits >> 24) is > 0 and < 224; // 0.0.0.0/8, 224.0.0.0/4, 240.0.0.0/4
    }

    /// <summary>
    /// RFC 8445 §6.1.2.2: the same family, and link-local addresses only with one another. Loopback as well, so that no peer can make us knock at the services of our own host, unless we
    /// ourselves offer loopback.
    /// </summary>
    public static bool CanReach(this in TransportAddress local, in TransportAddress remote) =>
        local.IsIPv4 == remote.IsIPv4 && local.IsLinkLocal() == remote.IsLinkLocal() && local.IsLoopback() == remote.IsLoopback();

    /// <summary>The same address and port, in whichever zone: no description and no STUN message carries the zone of a link-local address.</summary>
    public static bool IsSameOnItsLink(this in TransportAddress address, in TransportAddress other) => address.Bits == other.Bits && address.Port == other.Port;

    /// <summary>A link-local address of the other side lies in the zone of ours.</summary>
    public static TransportAddress InZoneOf(this in TransportAddress address, in TransportAddress local) =>
        address.IsLinkLocal() ? address with { ScopeId = local.ScopeId } : address;
}
