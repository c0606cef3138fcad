namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>A server that helps to find a way (RFC 7064, RFC 7065): STUN tells the address behind a NAT, TURN relays.</summary>
/// <param name="Url"><c>stun:host[:port]</c>, or <c>turn:host[:port][?transport=udp|tcp]</c>.</param>
internal sealed record IceServer(string Url, string? Username = null, string? Password = null);
