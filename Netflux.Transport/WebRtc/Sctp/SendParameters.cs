namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>How one message is sent. RFC 3758 and RFC 7496: it is given up after so many retransmissions, or so much time; with neither it is reliable.</summary>
/// <param name="Ppid">Carried to the other side untouched.</param>
/// <param name="Unordered">It may overtake, and be overtaken, in its stream.</param>
/// <param name="RetransmitsMax">How often any part of it is sent again at most; 0 is never.</param>
/// <param name="Lifetime">How long it is worth sending, from now on.</param>
internal readonly record struct SendParameters(PayloadProtocolId Ppid, bool Unordered = false, ushort? RetransmitsMax = null, TimeSpan? Lifetime = null);
