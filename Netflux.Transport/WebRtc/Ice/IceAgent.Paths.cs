using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Which pair data goes over (RFC 8445 §12.1), and that its other end goes on consenting (RFC 7675).</summary>
internal sealed partial class IceAgent
{
    private void KeepPath(Instant now)
    {
        FollowNomination(now);
        ChoosePath(now);
        while (_path is { } path && path.Consent.IsExpired(now))
        {
            HandleConsentLost(path, now);
            ChoosePath(now);
        }
        if (_path is { } alive && alive.Consent.IsCheckDue(now))
        {
            SendCheck(alive.Session, alive.Pair, CheckKind.Consent, now);
            alive.Consent.HandleSent(now);
        }
    }

    /// <summary>
    /// The controlling side decides (RFC 8445 §8.1.1). It may have moved on from the pair in use, which then falls silent, or may rank the pairs otherwise than this side, having been
    /// told of other candidates: what it goes on asking for is taken, though its priority be lower.
    /// </summary>
    private void FollowNomination(Instant now)
    {
        if (Role != IceRole.Controlled || _session.Selected is not { } selected) return;
        if (_session.Checklist.LastAskedFor() is not { } wanted || wanted == selected) return;
        var isMoved = IsPathSilent(now) && wanted.UseCandidateAt >= _path!.Consent.AnsweredAt;
        var isPreferred = wanted.UseCandidateAt >= (selected.UseCandidateAt ?? Instant.Zero) + _options.SwitchTime;
        if (isMoved || isPreferred) Select(wanted, "nominated by the other side", now);
    }

    private void HandleConsentLost(SendingPath path, Instant now) =>
        LosePath(path, $"Consent expired: {path.Pair.To} has not answered for {_options.ConsentExpiry.TotalSeconds:0} s.", now);

    private void LosePath(SendingPath path, string trouble, Instant now)
    {
        if (path.Session != _session)
        {
            path.Pair.Trouble = trouble;
            _path = null;
            if (_former is { } former) RetireFormer(former);
            return;
        }
        Fail(path.Pair, trouble);
        // What was never worth a check is not tried after half a minute of silence: a restart finds what there is now (RFC 7675 §5.1).
        DropPairs(pair => pair.State is PairState.Frozen or PairState.Waiting, "Another pair was in use, until it was lost.");
        _session.PatientUntil = now;
        _session.Loss = trouble;
    }

    private void ChoosePath(Instant now)
    {
        var (session, pair) = FindPath(now);
        if (pair is null)
        {
            _path = null;
            return;
        }
        var isNominated = pair == session.Selected;
        if (_path is { } path && path.Pair == pair)
        {
            if (path.IsNominated == isNominated) return;
            _path = path with { IsNominated = isNominated };
        }
        else
        {
            _path = new(session, pair, new Consent(_options, _random, pair.AnsweredAt!.Value), isNominated);
        }
        _instructions.Enqueue(new PairSelected(pair.Base, pair.To, isNominated, isNominated ? session.SelectedWhy : "the best that works so far", pair.RoundTrip));
        if (session == _session && _former is { RetireAt: null } former) _former = former with { RetireAt = now + _options.FormerKept };
    }

    /// <summary>
    /// What both have agreed on; before that, the best that works. After a restart the former pair goes on until there is agreement on a new one (RFC 8445 §9), unless it is silent.
    /// </summary>
    private (IceSession Session, CandidatePair? Pair) FindPath(Instant now)
    {
        if (_session.Selected is { } selected) return (_session, selected);
        var best = _session.Checklist.BestValid(now);
        if (_former is { RetireAt: null } former && !(best is not null && _path?.Pair == former.Pair && _path.Consent.IsSilent(now))) return (former.Session, former.Pair);
        return (_session, best);
    }

    // ---- What is forgotten ----

    private void Forget(Instant now)
    {
        if (_former is { RetireAt: { } retire } former && now >= retire) RetireFormer(former);
        if (NextForgotten <= now) ForgetIdle(now);
    }

    private void ForgetIdle(Instant now) =>
        DropPairs(pair => IsForgettable(pair) && now >= pair.HeardAt + _options.IdlePairKept, "Nothing was heard of it while another pair was in use.");

    private Instant? NextForgotten
    {
        get
        {
            Instant? next = null;
            if (_session.Selected is null) return next;
            foreach (var pair in _session.Checklist.All)
            {
                if (IsForgettable(pair)) next = Instant.Earlier(next, pair.HeardAt + _options.IdlePairKept);
            }
            return next;
        }
    }

    private bool IsForgettable(CandidatePair pair) => _session.Selected is not null && !IsKept(pair) && !pair.IsOpen;
}
