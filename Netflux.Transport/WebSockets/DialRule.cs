using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Netflux.Transport.WebSockets;

/// <summary>Where an address leads, as far as that decides who may be sent there.</summary>
internal enum AddressKind
{
    Public,
    Loopback,
    /// <summary>RFC 3927, RFC 4291 §2.5.6.</summary>
    LinkLocal,
    /// <summary>RFC 1918.</summary>
    Private,
    /// <summary>RFC 6598, behind a carrier's translator.</summary>
    Shared,
    /// <summary>RFC 4193, and the site-local addresses that it replaced.</summary>
    UniqueLocal,
    /// <summary>Multicast, unspecified, reserved: no peer is there.</summary>
    Never,
}

/// <summary>
/// DESIGN §10: an address that another peer advertised is dialled only as ws or wss on the fixed path, and a private address only if we have one of the same kind, or the
/// options say so. Otherwise any member could make this process knock at services of its own machine or network.
/// </summary>
internal sealed class DialRule
{
    /// <summary>How long the machine's own addresses are believed. Source: guess; a laptop that changes its network tries again within a back-off.</summary>
    private const long OwnAddressesMilliseconds = 10_000;

    private readonly WebSocketLinkOptions _options;
    private readonly Func<IEnumerable<IPAddress>> _ownAddresses;
    private volatile bool _onLoopback;
    private HashSet<AddressKind> _ownKinds = [];
    private long _ownKindsUntil = long.MinValue;

    public DialRule(WebSocketLinkOptions options, Func<IEnumerable<IPAddress>>? ownAddresses = null)
    {
        _options = options;
        _ownAddresses = ownAddresses ?? MachineAddresses;
        _onLoopback = options.DialLoopback || options.ListenUrls.Any(IsLoopback);
    }

    /// <summary>This process has to do with others on this machine: it listens on loopback, or the user's server is there.</summary>
    public void AllowLoopback() => _onLoopback = true;

    public bool MayDial(Uri address)
    {
        if (!_options.DialPeers) return false;
        if (!address.IsAbsoluteUri || address.Scheme is not ("ws" or "wss")) return false;
        if (address.AbsolutePath != WebSocketLinkOptions.LinkPath || address.Query.Length > 0 || address.Fragment.Length > 0 || address.UserInfo.Length > 0 || address.Port == 0) return false;
        if (address.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6) return IPAddress.TryParse(address.Host, out var literal) && MayConnect(literal);
        if (address.HostNameType != UriHostNameType.Dns) return false;
        return !IsLoopback(address) || _onLoopback;
    }

    /// <summary>Said of every address that a name resolves to, at the moment of connecting: a name cannot point elsewhere afterwards.</summary>
    public bool MayConnect(IPAddress address) => KindOf(address) switch
    {
        AddressKind.Public => true,
        AddressKind.Never => false,
        AddressKind.Loopback => _onLoopback,
        var kind => _options.DialPrivate || OwnKinds().Contains(kind),
    };

    public static AddressKind KindOf(IPAddress address)
    {
        if (Embedded(address) is { } embedded) address = embedded;
        if (IPAddress.IsLoopback(address)) return AddressKind.Loopback;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (length == 4)
        {
            return (bytes[0], bytes[1]) switch
            {
                (0 or >= 224, _) => AddressKind.Never,
                (10, _) or (172, >= 16 and < 32) or (192, 168) => AddressKind.Private,
                (100, >= 64 and < 128) => AddressKind.Shared,
                (169, 254) => AddressKind.LinkLocal,
                _ => AddressKind.Public,
            };
        }
        if (address.IsIPv6Multicast || address.Equals(IPAddress.IPv6Any)) return AddressKind.Never;
        if (address.IsIPv6LinkLocal) return AddressKind.LinkLocal;
        return address.IsIPv6UniqueLocal || address.IsIPv6SiteLocal ? AddressKind.UniqueLocal : AddressKind.Public;
    }

    /// <summary>The IPv4 address that an IPv6 address only wraps: mapped (RFC 4291 §2.5.5.2), translated (RFC 6052 §2.1), 6to4 (RFC 3056 §2).</summary>
    private static IPAddress? Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return null;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        ReadOnlySpan<byte> translated = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
        if (bytes.StartsWith(translated)) return new(bytes[12..]);
        return bytes is [0x20, 0x02, ..] ? new(bytes[2..6]) : null;
    }

    public static bool IsLoopback(Uri address) =>
        address.IdnHost.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || address.IdnHost.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(address.Host, out var literal) && KindOf(literal) == AddressKind.Loopback;

    /// <summary>The addresses of this machine's interfaces that are up.</summary>
    public static IEnumerable<IPAddress> MachineAddresses() =>
        from card in NetworkInterface.GetAllNetworkInterfaces()
        where card.OperationalStatus == OperationalStatus.Up
        from unicast in card.GetIPProperties().UnicastAddresses
        select unicast.Address;

    private HashSet<AddressKind> OwnKinds()
    {
        var now = Environment.TickCount64;
        if (now >= Volatile.Read(ref _ownKindsUntil))
        {
            _ownKinds = [.. _ownAddresses().Select(KindOf)];
            Volatile.Write(ref _ownKindsUntil, now + OwnAddressesMilliseconds);
        }
        return _ownKinds;
    }
}
