namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Where data goes: a pair, the session by whose credentials it is checked, and the other side's consent.</summary>
internal sealed record SendingPath(IceSession Session, CandidatePair Pair, Consent Consent, bool IsNominated);
