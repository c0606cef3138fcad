using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>A server that helps to find a way (RFC 7064, RFC 7065): STUN tells the address behind a NAT, TURN relays.</summary>
/// <param name="Url"><c>stun:host[:port]</c>, or <c>turn:host[:port][?transport=udp|tcp]</c>.</param>
internal sealed record IceServer(string Url, string? Username = null, string? Password = null);

/// <summary>What the URL of a server says.</summary>
internal sealed record IceServerUrl(bool IsTurn, string Host, ushort Port, bool IsTcp)
{
    private const ushort PortDefault = 3478; // RFC 7064 §3.2, RFC 7065 §3.2

    /// <summary>False for what is neither, and for <c>stuns</c> and <c>turns</c>: not done, because TLS to a server protects only what DTLS protects already, and addresses.</summary>
    public static bool TryParse(string url, [NotNullWhen(true)] out IceServerUrl? parsed)
    {
        parsed = null;
        var isTurn = url.StartsWith("turn:", StringComparison.OrdinalIgnoreCase);
        if (!isTurn && !url.StartsWith("stun:", StringComparison.OrdinalIgnoreCase)) return false;
        var (place, query) = url[5..].Split('?', 2) is [var before, var after] ? (before, after) : (url[5..], "");
        var isTcp = isTurn && query.Equals("transport=tcp", StringComparison.OrdinalIgnoreCase);
        if (query.Length > 0 && !isTcp && !(isTurn && query.Equals("transport=udp", StringComparison.OrdinalIgnoreCase))) return false;
        // The port follows the last colon, unless that is inside an IPv6 address.
        var colon = place.LastIndexOf(':');
        if (colon < place.LastIndexOf(']')) colon = -1;
        var host = (colon < 0 ? place : place[..colon]).Trim('[', ']');
        var port = PortDefault;
        if (host.Length == 0 || colon >= 0 && !ushort.TryParse(place.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)) return false;
        parsed = new(isTurn, host, port, isTcp);
        return true;
    }
}
