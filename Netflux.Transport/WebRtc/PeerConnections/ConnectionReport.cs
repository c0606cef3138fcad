namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>What can be told of a connection, at any time and also after its end: for people who ask why it works, or why not.</summary>
/// <param name="Why">The sentence of the last change of state.</param>
/// <param name="ServerTroubles">What went wrong with STUN and TURN servers.</param>
/// <param name="Selected">The pair that carries the traffic, also one of <paramref name="Pairs"/>.</param>
internal sealed record ConnectionReport(
    PeerConnectionState State,
    string Why,
    bool IsOfferer,
    string Ice,
    string Dtls,
    string Sctp,
    IReadOnlyList<ServerTrouble> ServerTroubles,
    CandidatePairReport? Selected,
    IReadOnlyList<CandidateReport> Local,
    IReadOnlyList<CandidateReport> Remote,
    IReadOnlyList<CandidatePairReport> Pairs,
    long BytesSent,
    long BytesReceived,
    long PacketsSent,
    long PacketsReceived);

/// <param name="Url">The server's, as it was given.</param>
/// <param name="Why">A sentence.</param>
internal sealed record ServerTrouble(string Url, string Why)
{
    public override string ToString() => $"{Url}: {Why}";
}

/// <param name="Type">host, srflx, prflx or relay (RFC 8839 §5.1).</param>
/// <param name="Address">Address and port, or an mDNS name that was not resolved.</param>
internal sealed record CandidateReport(string Type, string Address);

/// <param name="State">In the words of RFC 8445 §6.1.2.6: frozen, waiting, in-progress, succeeded, failed.</param>
/// <param name="Why">Why it failed, or why it was selected; empty otherwise.</param>
internal sealed record CandidatePairReport(CandidateReport Local, CandidateReport Remote, string State, bool IsNominated, TimeSpan? RoundTrip, string Why);
