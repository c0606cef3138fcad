namespace Netflux.Transport.WebRtc.Ice;

/// <summary>How an address was found (RFC 8445 §4).</summary>
internal enum CandidateType
{
    /// <summary>An address of an interface.</summary>
    Host,

    /// <summary>As a STUN server sees a base.</summary>
    ServerReflexive,

    /// <summary>As the other agent sees a base: the source of a check that nobody announced.</summary>
    PeerReflexive,

    /// <summary>An address of a TURN server.</summary>
    Relayed,
}
