using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>The addresses of this machine that become host candidates.</summary>
internal static class HostAddresses
{
    /// <summary>Source: guess; a machine with many container networks has some dozens, and pairs grow with the product of both sides' candidates.</summary>
    private const int AddressesMax = 16;

    /// <summary>
    /// RFC 8445 §5.1.1.1: no loopback addresses, unless they are wanted, or there are no others; neither deprecated site-local nor IPv4-mapped ones.
    /// Link-local IPv6 addresses only where there is nothing better: the other side needs to be told the zone, which a candidate cannot.
    /// </summary>
    public static IReadOnlyList<IPAddress> Find(RtcPortOptions options)
    {
        if (options.Addresses.Count > 0) return options.Addresses;
        var all = Up().Where(address => options.Loopback is not false || !IPAddress.IsLoopback(address)).ToList();
        var better = all.Where(address => !IPAddress.IsLoopback(address) && !IsLinkLocal(address)).ToList();
        if (better.Count == 0) return [.. all.Where(address => !address.IsIPv6LinkLocal).Take(AddressesMax)];
        if (options.Loopback is true) better.AddRange(all.Where(IPAddress.IsLoopback));
        return [.. better.Take(AddressesMax)];
    }

    private static List<IPAddress> Up()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces().Where(one => one.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
                .SelectMany(one => one.GetIPProperties().UnicastAddresses).Select(one => one.Address)
                .Where(address => address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && !address.IsIPv6SiteLocal && !address.IsIPv4MappedToIPv6).Distinct()];
        }
        catch (NetworkInformationException)
        {
            return [IPAddress.Loopback]; // a sandbox that hides its interfaces
        }
    }

    private static bool IsLinkLocal(IPAddress address) =>
        address.IsIPv6LinkLocal || address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..];
}
