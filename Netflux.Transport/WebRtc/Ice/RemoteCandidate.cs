namespace Netflux.Transport.WebRtc.Ice;

/// <summary>An address of the other side: announced, or the source of a check.</summary>
/// <param name="Name">The .local name behind which a browser hides the address, where it was announced so.</param>
internal sealed record RemoteCandidate(CandidateType Type, TransportAddress Address, uint Priority, string Foundation, string? Name = null);
