namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Who nominates (RFC 8445 §6.1.1): the controlling agent. The offerer is, unless the other is lite; a conflict is repaired by the tiebreakers (§7.3.1.1).</summary>
internal enum IceRole
{
    Controlling,
    Controlled,
}
