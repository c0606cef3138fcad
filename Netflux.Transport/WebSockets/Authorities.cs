namespace Netflux.Transport.WebSockets;

/// <summary>Authorities as the Host header of a dialler spells them (RFC 9110 §7.2): <c>host[:port]</c>, the scheme's own port left out, names in their ASCII form.</summary>
internal static class Authorities
{
    public static string Of(Uri address)
    {
        var host = address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost;
        return address.IsDefaultPort ? host : $"{host}:{address.Port}";
    }
}
