using System.Net;
using System.Net.Sockets;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>What to advertise and what to answer to, from where the listener is bound. Decides only; binds nothing.</summary>
internal static class ListenAddresses
{
    /// <param name="bound">As the server reports them after binding, for example <c>http://127.0.0.1:41234</c> or <c>http://[::]:5080</c>.</param>
    /// <param name="machine">The addresses of this machine.</param>
    /// <param name="machineName">Its name, by which others on the same network may dial.</param>
    public static ListeningOn Of(IReadOnlyList<Uri> bound, WebSocketLinkOptions options, IReadOnlyList<IPAddress> machine, string machineName)
    {
        var reachable = bound.SelectMany(address => Reachable(address, machine)).Distinct().ToList();
        var advertised = options.AdvertiseUrls.Count > 0 ? options.AdvertiseUrls.Select(LinkAddress).ToList() : Advertise(reachable);
        var own = advertised.Concat(reachable).Concat(bound.SelectMany(address => Names(address, machineName))).Select(Authorities.Of).Concat(options.Authorities);
        return new(advertised, own.Distinct(StringComparer.OrdinalIgnoreCase).ToList());
    }

    /// <summary>The address of the link endpoint at a base address; http stands for ws.</summary>
    public static Uri LinkAddress(Uri at) => LinkAddress(at, at.Host);

    private static Uri LinkAddress(Uri at, string host)
    {
        var scheme = at.Scheme is "https" or "wss" ? "wss" : "ws";
        return new UriBuilder(scheme, host, at.Port, WebSocketLinkOptions.LinkPath).Uri;
    }

    /// <summary>Where a bound address can be dialled: itself, or for a wildcard each of the machine's addresses.</summary>
    private static IEnumerable<Uri> Reachable(Uri bound, IReadOnlyList<IPAddress> machine)
    {
        if (!IsWildcard(bound, out var family)) return [LinkAddress(bound)];
        return from address in machine
               where family != AddressFamily.InterNetwork || address.AddressFamily == AddressFamily.InterNetwork
               // A link-local IPv6 address says nothing without the interface, which differs at the other end (RFC 4007 §6).
               where !(address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv6LinkLocal)
               select LinkAddress(bound, address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString());
    }

    /// <summary>Loopback is worth advertising only where there is nothing else.</summary>
    private static List<Uri> Advertise(List<Uri> reachable)
    {
        var others = reachable.FindAll(address => !DialRule.IsLoopback(address));
        return others.Count > 0 ? others : reachable;
    }

    private static IEnumerable<Uri> Names(Uri bound, string machineName)
    {
        if (IsWildcard(bound, out _)) return [LinkAddress(bound, "localhost"), LinkAddress(bound, machineName)];
        return DialRule.IsLoopback(bound) ? [LinkAddress(bound, "localhost")] : [];
    }

    private static bool IsWildcard(Uri bound, out AddressFamily family)
    {
        family = default;
        if (!IPAddress.TryParse(bound.Host, out var address)) return false;
        family = address.AddressFamily;
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
    }
}
