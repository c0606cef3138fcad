using System.Globalization;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>What an agent knows and has tried, as it was at one moment: for people who ask why a connection goes this way, or does not come about.</summary>
/// <param name="Why">Of the state.</param>
/// <param name="Restarts">How many sessions there were before this one.</param>
/// <param name="UnresolvedNames">Names of the other side's candidates for which no address is known. Its checks may come all the same.</param>
/// <param name="Pairs">The best first; pairs that were given up are among them.</param>
internal sealed record IceReport(
    IceState State, string Why, IceRole Role, string LocalUfrag, string? RemoteUfrag, int Restarts,
    IReadOnlyList<LocalCandidate> LocalCandidates, IReadOnlyList<RemoteCandidate> RemoteCandidates, IReadOnlyList<string> UnresolvedNames, bool RemoteCandidatesEnded,
    IReadOnlyList<PairReport> Pairs)
{
    public PairReport? Selected => Pairs.FirstOrDefault(pair => pair.IsSelected);
}

/// <summary>One pair.</summary>
/// <param name="LocalAddress">The address of our base.</param>
/// <param name="Mapped">As the other side saw our base, where it has answered.</param>
/// <param name="IsSelected">Data goes over it.</param>
/// <param name="ChecksSent">Requests of ours, repetitions among them.</param>
/// <param name="Trouble">Why it failed, or was given up; or what stood in its way before it worked.</param>
internal sealed record PairReport(
    IceBase Base, TransportAddress LocalAddress, CandidateType LocalType, TransportAddress Remote, CandidateType RemoteType, string? RemoteName, TransportAddress? Mapped,
    ulong Priority, PairState State, bool IsNominated, bool IsSelected, TimeSpan? RoundTrip, int ChecksSent, int AnswersReceived, int RequestsReceived, string? Trouble)
{
    public static PairReport Of(CandidatePair pair, bool isSelected) => new(
        pair.Base, pair.Local.BaseAddress, pair.Local.Type, pair.To, pair.Remote.Type, pair.Remote.Name, pair.Mapped,
        pair.Priority, pair.State, pair.IsNominated, isSelected, pair.RoundTrip, pair.ChecksSent, pair.AnswersReceived, pair.RequestsReceived, pair.Trouble);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{LocalType} {LocalAddress} → {RemoteType} {RemoteName ?? Remote.ToString()}: {State}{(IsSelected ? ", selected" : "")}{(IsNominated ? ", nominated" : "")}, {ChecksSent} checks, {AnswersReceived} answers, {RequestsReceived} requests{(RoundTrip is { } trip ? $", {trip.TotalMilliseconds:0.###} ms" : "")}{(Trouble is { } trouble ? $": {trouble}" : "")}");
}
