using System.Globalization;
using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Candidates of both sides, and the pairs that they make (RFC 8445 §6.1.2; one by one, RFC 8838 §11 and §12).</summary>
internal sealed partial class IceAgent
{
    private const string LocalDomain = ".local";
    private const int NameLengthMax = 255; // RFC 1035 §2.3.4

    private void HandleLocalCandidate(LocalCandidateFound found, Instant now)
    {
        if (!_local.TryAdd(found, out var candidate)) return;
        _instructions.Enqueue(new AnnounceCandidate(candidate));
        if (_session.Remote is null || !Ice.LocalCandidates.IsPaired(candidate)) return;
        foreach (var remote in _session.RemoteCandidates) AddPair(candidate, remote, now);
    }

    private void HandleBaseLost(IceBase lost)
    {
        _local.Remove(lost);
        foreach (var session in Sessions) session.Checklist.DropAll(pair => pair.Base == lost, "The socket is gone.");
        _session.EarlyChecks.RemoveAll(early => early.Base == lost);
        _checks.RemoveAll(check => check.Pair.Base == lost);
        if (_session.Selected?.Base == lost) Deselect();
        if (_path?.Pair.Base == lost) _path = null;
        if (_former is { } former && former.Pair.Base == lost) RetireFormer(former);
    }

    private IEnumerable<IceSession> Sessions => _former is { } former && former.Session != _session ? [_session, former.Session] : [_session];

    private void OnDescription(RemoteDescription description, Instant now)
    {
        if (_session.Remote is { } known)
        {
            if (known.AreSame(description.Credentials)) return;
            BeginSession(); // RFC 8839 §4.4.1.1.1: other credentials are a restart
        }
        var session = _session;
        session.Remote = description.Credentials;
        session.PatientUntil = now + _options.Patience;
        // RFC 8445 §6.1.1: a full agent controls a lite one, whoever offered.
        if (description.Lite && Role == IceRole.Controlled) ChangeRole(IceRole.Controlling);
        foreach (var fact in session.Undescribed) OnCandidate(fact, now);
        session.Undescribed.Clear();
        foreach (var early in session.EarlyChecks) OnAuthenticCheck(early, now);
        session.EarlyChecks.Clear();
    }

    private void OnCandidate(IceFact fact, Instant now)
    {
        var session = _session;
        if (session.Remote is not { } remote)
        {
            if (session.Undescribed.Count < _options.RemoteCandidatesMax) session.Undescribed.Add(fact);
            return;
        }
        switch (fact)
        {
            case RemoteCandidateFound found when found.Ufrag is null || found.Ufrag == remote.Ufrag:
                AddRemote(new(found.Type, found.Address, found.Priority, found.Foundation), now);
                break;
            case RemoteNameFound named when named.Ufrag is null || named.Ufrag == remote.Ufrag:
                OnName(named);
                break;
        }
    }

    /// <summary>
    /// Only names of multicast DNS are looked up: they stay on the link. Not done: other names (RFC 8839 §5.1 has FQDN), because no known agent announces them, and a stranger's
    /// choice of name would make us ask a public resolver.
    /// </summary>
    private void OnName(RemoteNameFound named)
    {
        if (!named.Name.EndsWith(LocalDomain, StringComparison.OrdinalIgnoreCase) || named.Name.Length > NameLengthMax || IsFull) return;
        if (_session.RemoteNames.Exists(known => IsName(known, named.Name) && known.Port == named.Port)) return;
        var isNew = !_session.RemoteNames.Exists(known => IsName(known, named.Name));
        _session.RemoteNames.Add(named);
        if (isNew) _instructions.Enqueue(new ResolveName(named.Name));
    }

    private void HandleResolved(NameResolved resolved, Instant now)
    {
        foreach (var named in _session.RemoteNames.Where(known => IsName(known, resolved.Name)).ToList())
            AddRemote(new(named.Type, TransportAddress.From(resolved.Address, named.Port), named.Priority, named.Foundation, named.Name), now);
    }

    private static bool IsName(RemoteNameFound known, string name) => string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>A name that was resolved counts twice, which the limit bears.</summary>
    private bool IsFull => _session.RemoteCandidates.Count(candidate => candidate.Type != CandidateType.PeerReflexive) + _session.RemoteNames.Count >= _options.RemoteCandidatesMax;

    private void AddRemote(RemoteCandidate candidate, Instant now)
    {
        var known = FindRemote(candidate.Address);
        if (!candidate.Address.IsDestination() || known is { Type: not CandidateType.PeerReflexive } || candidate.Name is null && IsFull) return;
        if (known is not null)
        {
            Announced(known, candidate);
            return;
        }
        _session.RemoteCandidates.Add(candidate);
        foreach (var local in _local.All.Where(Ice.LocalCandidates.IsPaired)) AddPair(local, candidate, now);
    }

    private RemoteCandidate? FindRemote(in TransportAddress address)
    {
        foreach (var candidate in _session.RemoteCandidates)
        {
            if (candidate.Address.IsSameOnItsLink(address)) return candidate;
        }
        return null;
    }

    /// <summary>RFC 8445 §7.3.1.3: what was found by its check is announced at last; its type, priority and foundation count from now on.</summary>
    private void Announced(RemoteCandidate known, RemoteCandidate announced)
    {
        _session.RemoteCandidates[_session.RemoteCandidates.IndexOf(known)] = announced;
        foreach (var pair in _session.Checklist.Pairs.Where(pair => pair.Remote == known))
        {
            pair.Remote = announced;
            pair.SetPriority(Role);
        }
    }

    /// <summary>The candidate at this address, or a peer-reflexive one with the priority that its check told (RFC 8445 §7.3.1.3). Null where there are too many in use.</summary>
    private RemoteCandidate? FindOrDiscoverRemote(TransportAddress from, uint priority)
    {
        if (FindRemote(from) is { } known) return known;
        var discovered = _session.RemoteCandidates.Where(candidate => candidate.Type == CandidateType.PeerReflexive).ToList();
        if (discovered.Count >= _options.PeerReflexiveMax)
        {
            if (discovered.Find(candidate => !_session.Checklist.Pairs.Any(pair => pair.Remote == candidate && IsKept(pair))) is not { } oldest) return null;
            _session.RemoteCandidates.Remove(oldest);
            DropPairs(pair => pair.Remote == oldest, "Another source of checks took its place.");
        }
        // RFC 8445 §7.3.1.3: a foundation that no other candidate has; announced ones have ice-chars only.
        var candidate = new RemoteCandidate(CandidateType.PeerReflexive, from, priority, string.Create(CultureInfo.InvariantCulture, $"prflx-{from}"));
        _session.RemoteCandidates.Add(candidate);
        return candidate;
    }

    private CandidatePair? AddPair(LocalCandidate local, RemoteCandidate remote, Instant now) =>
        local.BaseAddress.CanReach(remote.Address) ? FindOrAddPair(local, remote, remote.Address.InZoneOf(local.BaseAddress), now) : null;

    private CandidatePair? FindOrAddPair(LocalCandidate local, RemoteCandidate remote, TransportAddress to, Instant now)
    {
        // RFC 8445 §6.1.2.4: of pairs with the same base and the same remote address the best is enough.
        if (_session.Checklist.Find(local.Base, to) is { } same)
        {
            if (local.Priority > same.Local.Priority)
            {
                same.Local = local;
                same.SetPriority(Role);
            }
            return same;
        }
        var pair = new CandidatePair(local, remote, to, now);
        pair.SetPriority(Role);
        if (!_session.Checklist.TryAdd(pair, IsKept)) return null;
        _checks.RemoveAll(check => !IsHeld(check)); // of what gave way
        return pair;
    }

    /// <summary>What neither limits nor time take away.</summary>
    private bool IsKept(CandidatePair pair) => pair == _session.Selected || pair == _path?.Pair || pair.Nomination is not null;

    private void DropPairs(Predicate<CandidatePair> unwanted, string why)
    {
        _session.Checklist.DropAll(unwanted, why);
        _checks.RemoveAll(check => !IsHeld(check));
    }

    private bool IsHeld(ConnectivityCheck check) => check.Session != _session || _session.Checklist.Pairs.Contains(check.Pair);
}
