namespace Netflux.Transport.WebRtc.Ice;

internal sealed partial class IceAgent
{
    /// <summary>Every candidate, every pair and what became of it, at this moment.</summary>
    public IceReport Report() => new(
        _state, _path is { } path ? $"{DescribeState()} Selected: {(path.IsNominated ? path.Session.SelectedWhy : "the best that works so far")}." : DescribeState(),
        Role, _session.Local.Ufrag, _session.Remote?.Ufrag, _restarts,
        [.. _local.All], [.. _session.RemoteCandidates],
        [.. _session.RemoteNames.Select(named => named.Name).Distinct().Where(name => !_session.RemoteCandidates.Exists(candidate => candidate.Name == name))],
        _session.RemoteEnded,
        [.. Sessions.SelectMany(session => session.Checklist.Pairs.Select(pair => PairReport.Of(pair, pair == _path?.Pair)).Concat(session.Checklist.Dropped))
            .OrderByDescending(pair => pair.Priority)]);
}
