namespace Netflux.Transport.WebRtc.Ice;

/// <summary>
/// Where an agent sends from (RFC 8445 §4, "base"): a socket, or an allocation on a TURN server; the driver knows which. Several host candidates may share one, as those of a socket that
/// is bound to all interfaces do: then the system chooses the address, and one pair for each remote address is enough.
/// </summary>
internal readonly record struct IceBase(int Id);
