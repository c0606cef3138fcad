using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>
/// On which pair both sides agree (RFC 8445 §8). The controlling side asks for it in a further check of a pair that is valid already (regular nomination); a peer that asks in every check
/// (the aggressive nomination of RFC 5245) is understood: the best of what it nominates counts.
/// </summary>
internal sealed partial class IceAgent
{
    private void Nominate(Instant now)
    {
        if (Role != IceRole.Controlling || _session.Remote is null) return;
        if (FindToNominate(now) is { } pair) SendCheck(_session, pair, CheckKind.Nominating, now);
    }

    private CandidatePair? FindToNominate(Instant now)
    {
        if (_session.Checklist.BestValid(now) is not { } best) return null;
        if (_session.Selected is not { } selected)
        {
            if (best.Nomination is not null || IsBetterBeingNominated(best)) return null;
            return now >= NominateAt(best) ? best : null;
        }
        if (IsPathSilent(now)) return FindInsteadOf(selected);
        var mayBeBetter = best.Priority > selected.Priority && now < _session.SelectedSince + _options.SwitchTime;
        return mayBeBetter && best is { Nomination: null, IsNominated: false } ? best : null;
    }

    private bool IsBetterBeingNominated(CandidatePair than) => _session.Checklist.Pairs.Any(pair => pair.Nomination is not null && pair.Priority > than.Priority);

    /// <summary>A direct pair is nominated at once; one over a relay waits a little for those that are still being tried and would be better.</summary>
    private Instant NominateAt(CandidatePair pair)
    {
        var since = pair.ValidSince!.Value;
        return pair.IsRelayed && _session.Checklist.Pairs.Any(other => other.IsOpen && other.Priority > pair.Priority) ? since + _options.NominationPatience : since;
    }

    private Instant? NominationDeadline(Instant now)
    {
        if (Role != IceRole.Controlling || _session.Remote is null || _session.Selected is not null) return null;
        return _session.Checklist.BestValid(now) is { Nomination: null } best && NominateAt(best) is var at && at > now ? at : null;
    }

    /// <summary>The pair in use is silent, and another one has shown life since: the other side has moved (a NAT rebound), or a path broke.</summary>
    private CandidatePair? FindInsteadOf(CandidatePair selected)
    {
        var since = _path?.Consent.AnsweredAt;
        return _session.Checklist.Pairs
            .Where(pair => pair != selected && pair.IsValid && pair.Nomination is null && pair.AnsweredAt >= since)
            .MaxBy(pair => pair.Priority);
    }

    private bool IsPathSilent(Instant now) => _path is { } path && path.Pair == _session.Selected && path.Consent.IsSilent(now);

    private void BecomeNominated(CandidatePair pair, string why, Instant now)
    {
        pair.IsNominated = true;
        // RFC 8445 §8.1.1 selects the pair that was nominated; of several the one with the highest priority, as RFC 5245 §8.1.1.2 has it, unless the one in use has fallen silent.
        if (_session.Selected is not { } selected || pair.Priority > selected.Priority || selected != pair && IsPathSilent(now)) Select(pair, why, now);
    }

    private void Select(CandidatePair pair, string why, Instant now)
    {
        if (_session.Selected is { } selected && IsPathSilent(now)) Fail(selected, "It fell silent, and another pair did not.");
        _session.Selected = pair;
        _session.SelectedSince ??= now;
        _session.SelectedWhy = why;
        StopLesserChecks(now);
    }

    private void Deselect()
    {
        _session.Selected = null;
        _session.SelectedSince = null;
    }

    /// <summary>RFC 8445 §8.1.2: pairs that wait are given up, and checks under way are not repeated, except where the pair would be better.</summary>
    private void StopLesserChecks(Instant now)
    {
        foreach (var check in _checks)
        {
            if (check.Session == _session && check.Pair.State == PairState.InProgress && check.Pair.Priority < CheckFloor) check.StopRepeating(now + _options.AnswerWait);
        }
        DropPairs(pair => pair.State is PairState.Frozen or PairState.Waiting && pair.Priority < CheckFloor, "A better pair was nominated before its turn.");
    }
}
