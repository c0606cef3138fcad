namespace Netflux.Transport.WebRtc.Dcep;

/// <summary>What both ends of a data channel agree on (RFC 8831 §6.1, RFC 8832 §5.1).</summary>
/// <param name="Label">For the application; it need not be unique. At most 65,535 bytes of UTF-8.</param>
/// <param name="Protocol">The application's protocol, or nothing. At most 65,535 bytes of UTF-8.</param>
/// <param name="RetransmitsMax">How often a part is sent again before the message is given up; null is without end.</param>
/// <param name="Lifetime">How long a message is worth sending; null is without end. Not together with <paramref name="RetransmitsMax"/>.</param>
/// <param name="Priority">RFC 8831 §6.4 names 128, 256 (normal), 512 and 1024. Carried, not acted upon.</param>
internal sealed record ChannelTerms(string Label = "", string Protocol = "", bool Ordered = true, ushort? RetransmitsMax = null, TimeSpan? Lifetime = null, ushort Priority = 256);
