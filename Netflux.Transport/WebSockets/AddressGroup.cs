using System.Net;

namespace Netflux.Transport.WebSockets;

/// <summary>What counts as one address where addresses are counted: one site has a whole /64 of IPv6 addresses at will (RFC 6177 §2).</summary>
internal static class AddressGroup
{
    public static IPAddress Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (bytes.Length != 16) return address;
        bytes.AsSpan(8).Clear();
        return new(bytes);
    }

    /// <summary>Of a link's other end, which is not everywhere an IP address.</summary>
    public static string Of(string remote) => IPAddress.TryParse(remote, out var address) ? Of(address).ToString() : remote;
}
