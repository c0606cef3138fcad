using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Netflux.Transport.WebRtc;

/// <summary>
/// An IP address and a UDP port (RFC 8445 §4, "transport address") as a value: it is compared, hashed and carried without allocation.
/// </summary>
/// <param name="Bits">The address as a number; an IPv4 address is its IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2).</param>
/// <param name="Port">The port.</param>
/// <param name="ScopeId">The zone of a link-local IPv6 address (RFC 4007), else 0.</param>
internal readonly record struct TransportAddress(UInt128 Bits, ushort Port, uint ScopeId = 0)
{
    private static readonly UInt128 s_mapped = (UInt128)0xFFFF << 32;

    public bool IsIPv4 => Bits >> 32 == s_mapped >> 32;

    public AddressFamily Family => IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;

    public IPAddress Address
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
            return IsIPv4 ? new IPAddress(bytes[12..]) : new IPAddress(bytes, ScopeId);
        }
    }

    public static TransportAddress From(IPAddress address, int port)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (length == 4) return FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes), (ushort)port);
        var bits = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return new(bits, (ushort)port, address.IsIPv6LinkLocal ? (uint)address.ScopeId : 0);
    }

    public static TransportAddress From(IPEndPoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return From(endpoint.Address, endpoint.Port);
    }

    public static TransportAddress FromIPv4(uint address, ushort port) => new(s_mapped | address, port);

    public IPEndPoint ToEndPoint() => new(Address, Port);

    /// <summary>What a socket wrote into a <see cref="SocketAddress"/>. False for other families than IPv4 and IPv6.</summary>
    public static bool TryRead(SocketAddress socketAddress, out TransportAddress address)
    {
        ArgumentNullException.ThrowIfNull(socketAddress);
        var bytes = socketAddress.Buffer.Span[..socketAddress.Size];
        switch (socketAddress.Family)
        {
            case AddressFamily.InterNetwork when bytes.Length >= 8:
                address = FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
                return true;
            case AddressFamily.InterNetworkV6 when bytes.Length >= 28:
                // sockaddr_in6: the zone is in the order of the machine, all else in that of the network.
                var bits = BinaryPrimitives.ReadUInt128BigEndian(bytes[8..]);
                var scope = bits >> 118 == (UInt128)0b1111111010 ? MemoryMarshal.Read<uint>(bytes[24..]) : 0;
                address = new(bits, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), scope);
                return true;
            default:
                address = default;
                return false;
        }
    }

    /// <summary>As sockets take it. Allocates: made once for each remote address, not for each datagram.</summary>
    public SocketAddress ToSocketAddress() => ToEndPoint().Serialize();

    public static bool TryParse(ReadOnlySpan<char> address, ReadOnlySpan<char> port, [NotNullWhen(true)] out TransportAddress? parsed)
    {
        parsed = IPAddress.TryParse(address, out var ip) && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? From(ip, number) : null;
        return parsed is not null;
    }

    public override string ToString() => IsIPv4 ? string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}") : string.Create(CultureInfo.InvariantCulture, $"[{Address}]:{Port}");
}
