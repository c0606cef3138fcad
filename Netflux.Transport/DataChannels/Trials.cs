using Netflux.Messages;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.DataChannels;

/// <summary>What a connection tells of itself, in the words of the domain.</summary>
internal static class Trials
{
    /// <summary>There was no connection at all.</summary>
    public static readonly ConnectionTrial None = new("none", "", "", "", [], [], []);

    public static ConnectionTrial Of(ConnectionReport report) => new(
        report.State.ToString(), string.Join(' ', report.ServerTroubles.Select(trouble => trouble.ToString()).Prepend(report.Ice)), report.Dtls, report.Sctp, [.. report.Local.Select(Of)], [.. report.Remote.Select(Of)], [.. report.Pairs.Select(pair => Of(pair, report.Selected))]);

    private static LinkCandidate Of(CandidateReport candidate) => new(candidate.Type, candidate.Address);

    private static LinkCandidatePair Of(CandidatePairReport pair, CandidatePairReport? selected) =>
        new(Of(pair.Local), Of(pair.Remote), pair.State, pair == selected, pair.RoundTrip, pair.Why);
}
