using Netflux.Transport.WebRtc.Ice;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>Says what ICE reports in the words of a connection, whose owners do not know ICE.</summary>
internal static class ReportOf
{
    public static CandidateReport Candidate(LocalCandidate candidate) => new(TypeName(candidate.Type), candidate.Address.ToString());

    public static CandidateReport Candidate(RemoteCandidate candidate) => new(TypeName(candidate.Type), candidate.Name ?? candidate.Address.ToString());

    /// <summary>Only host candidates hide behind names of mDNS.</summary>
    public static CandidateReport Unresolved(string name) => new(TypeName(CandidateType.Host), name);

    public static CandidatePairReport Pair(PairReport pair, IceReport report) => new(
        new(TypeName(pair.LocalType), pair.LocalAddress.ToString()),
        new(TypeName(pair.RemoteType), pair.RemoteName ?? pair.Remote.ToString()),
        StateName(pair.State), pair.IsNominated, pair.RoundTrip, pair.Trouble ?? (pair.IsSelected ? report.Why : ""));

    private static string TypeName(CandidateType type) => type switch
    {
        CandidateType.Host => "host",
        CandidateType.ServerReflexive => "srflx",
        CandidateType.PeerReflexive => "prflx",
        CandidateType.Relayed => "relay",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    private static string StateName(PairState state) => state switch
    {
        PairState.Frozen => "frozen",
        PairState.Waiting => "waiting",
        PairState.InProgress => "in-progress",
        PairState.Succeeded => "succeeded",
        PairState.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };
}
