namespace Netflux.Transport.WebRtc.Ice;

/// <summary>An address at which this agent can be reached, as it is announced.</summary>
/// <param name="Base">Where it is sent from.</param>
/// <param name="Address">What the other side sends to.</param>
/// <param name="BaseAddress">The address of the base; the same as <paramref name="Address"/> for host and relayed candidates.</param>
/// <param name="Related">What is announced for diagnosis (RFC 8839 §5.1, raddr and rport): the base of a reflexive candidate, the mapped address of a relayed one.</param>
/// <param name="LocalPreference">Of this base among ours (RFC 8445 §5.1.2.2).</param>
/// <param name="Foundation">Equal where type, base address and server are (RFC 8445 §5.1.1.3).</param>
internal sealed record LocalCandidate(
    IceBase Base, CandidateType Type, TransportAddress Address, TransportAddress BaseAddress, TransportAddress? Related, int LocalPreference, string Foundation)
{
    public uint Priority => CandidatePriority.Of(Type, LocalPreference);

    /// <summary>What a candidate would have that the other side discovers by a check from this base (RFC 8445 §7.1.1).</summary>
    public uint PeerReflexivePriority => CandidatePriority.Of(CandidateType.PeerReflexive, LocalPreference);
}
