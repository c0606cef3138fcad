using System.Globalization;
using Netflux.Core;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Our checks: sent in turn, repeated, answered, refused, given up (RFC 8445 §6.1.4.2, §7.2).</summary>
internal sealed partial class IceAgent
{
    /// <summary>RFC 8445 §8.1.2: once a pair is nominated, lesser ones are not checked any more.</summary>
    private ulong CheckFloor => _session.Selected?.Priority ?? 0;

    private void StartChecks(Instant now)
    {
        if (_session.Remote is null) return;
        while (_session.Checklist.NextToCheck(CheckFloor) is { } next && _pacer.TryTake(now))
        {
            if (MayCheck(next)) SendCheck(_session, next, CheckKind.Ordinary, now);
            else Fail(next, TakenElsewhere);
        }
    }

    private bool MayCheck(CandidatePair pair) => TryHold(pair.Base, pair.To, HoldReason.Checking) || _addresses.MayTake;

    private ConnectivityCheck SendCheck(IceSession session, CandidatePair pair, CheckKind kind, Instant now)
    {
        // Data's own checks repeat the nomination, so that who lost the pair, or sees it from another address, takes it up again.
        var useCandidate = kind == CheckKind.Nominating || kind == CheckKind.Consent && Role == IceRole.Controlling && pair.IsNominated;
        var request = new IceRequest(StunTransactionId.Draw(_random), pair.Local.PeerReflexivePriority, Role, _tieBreaker, useCandidate);
        ForgetOldest(pair);
        var check = MakeCheck(session, pair, kind, request, now);
        _checks.Add(check);
        switch (kind)
        {
            case CheckKind.Consent:
                check.StopRepeating(now + _options.AnswerWait);
                break;
            case CheckKind.Nominating:
                pair.Nomination = check;
                break;
            default:
                pair.Check?.StopRepeating(now + _options.AnswerWait);
                pair.Check = check;
                pair.State = PairState.InProgress;
                break;
        }
        Send(check);
        return check;
    }

    private ConnectivityCheck MakeCheck(IceSession session, CandidatePair pair, CheckKind kind, in IceRequest request, Instant now)
    {
        if (!_spareChecks.TryPop(out var spare)) return new(session, pair, kind, request, TimesOfCheck(), now);
        spare.Begin(session, pair, kind, request, TimesOfCheck(), now);
        return spare;
    }

    /// <summary>A check of consent is over. Nothing else knows of it, so it may become the next one.</summary>
    private void Spare(ConnectivityCheck check)
    {
        if (check.Kind == CheckKind.Consent && _spareChecks.Count < _options.ChecksPerPairMax) _spareChecks.Push(check);
    }

    /// <summary>RFC 8445 §14.3: the first timeout is 500 ms, or Ta for each pair that waits or is being checked, whichever is more.</summary>
    private StunOptions TimesOfCheck()
    {
        var paced = _options.CheckInterval * _session.Checklist.OpenCount;
        return paced > _options.Checks.RtoInitial ? _options.Checks with { RtoInitial = paced } : _options.Checks;
    }

    private void ForgetOldest(CandidatePair pair)
    {
        var count = 0;
        ConnectivityCheck? oldest = null;
        foreach (var check in _checks)
        {
            if (check.Pair != pair) continue;
            count++;
            if (check != pair.Check && check != pair.Nomination) oldest ??= check;
        }
        if (count < _options.ChecksPerPairMax || oldest is null) return;
        _checks.Remove(oldest);
        Spare(oldest);
    }

    private void HandleChecksDue(Instant now)
    {
        for (var i = 0; i < _checks.Count; i++)
        {
            var check = _checks[i];
            switch (check.HandleDeadline(now))
            {
                case StunTransactionStep.SendAgain:
                    Send(check);
                    break;
                case StunTransactionStep.TimedOut:
                    _checks.RemoveAt(i--);
                    if (check == check.Pair.Check || check == check.Pair.Nomination) Fail(check.Pair, "No answer came.");
                    Spare(check);
                    break;
            }
        }
    }

    private void OnResponse(IceBase local, TransportAddress from, in StunMessage response, Instant now)
    {
        if (FindCheck(response) is not { } check || !response.VerifyIntegrity(check.Session.Remote!.Key.Span)) return;
        _checks.Remove(check);
        HandleAnswered(check, local, from, response, now);
        Spare(check);
    }

    private void HandleAnswered(ConnectivityCheck check, IceBase local, TransportAddress from, in StunMessage response, Instant now)
    {
        var pair = check.Pair;
        // RFC 8445 §7.2.5.2.1: the answer must come from where the check went, to where it came from; else the way is not the same in both directions.
        if (pair.Base != local || !pair.To.IsSameOnItsLink(from))
        {
            if (check == pair.Check || check == pair.Nomination) Fail(pair, $"The answer came from {from}.");
            return;
        }
        pair.AnswersReceived++;
        pair.AnsweredAt = pair.HeardAt = now;
        if (check.Sent == 1) pair.RoundTrip = now - check.StartedAt; // Karn: of a repeated request nobody knows which one was answered
        if (response.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped)) SetMapped(pair, mapped.InZoneOf(pair.Local.BaseAddress));
        if (_path?.Pair == pair) _path.Consent.HandleAnswered(now);
        if (check.Session != _session) return;
        if (check == pair.Check) pair.Check = null;
        if (!TrySucceed(pair, now)) return;
        if (check.Kind == CheckKind.Nominating)
        {
            pair.Nomination = null;
            if (check.Role == IceRole.Controlling) BecomeNominated(pair, "nominated by this side", now);
        }
    }

    private void SetMapped(CandidatePair pair, TransportAddress mapped)
    {
        if (pair.Mapped == mapped) return;
        pair.SetMapped(mapped, _local.Find(pair.Base, mapped)?.Priority ?? pair.Local.PeerReflexivePriority, Role);
    }

    private bool TrySucceed(CandidatePair pair, Instant now)
    {
        if (!pair.IsValid)
        {
            if (!TryHold(pair.Base, pair.To, HoldReason.Answered))
            {
                Fail(pair, TakenElsewhere);
                return false;
            }
            pair.State = PairState.Succeeded;
            pair.ValidSince = now;
            pair.Check?.StopRepeating(now + _options.AnswerWait);
            pair.Check = null;
            _session.Checklist.Unfreeze(pair);
        }
        // RFC 8445 §7.3.1.5: the nomination came before our own check had its answer.
        if (Role == IceRole.Controlled && pair is { UseCandidateAt: not null, IsNominated: false }) BecomeNominated(pair, "nominated by the other side", now);
        return true;
    }

    private void OnErrorResponse(in StunMessage response, Instant now)
    {
        if (FindCheck(response) is not { } check || !response.TryGetError(out var code, out _)) return;
        if (!response.VerifyIntegrity(check.Session.Remote!.Key.Span))
        {
            // RFC 8489 §9.1.4: as if it had not come, since anyone can say so; the check goes on. It helps who looks for the reason.
            check.Pair.Trouble = string.Create(CultureInfo.InvariantCulture, $"Refused with {(int)code} ({code}), without proof of the other side's password.");
            return;
        }
        _checks.Remove(check);
        var pair = check.Pair;
        if (pair.Check == check) pair.Check = null;
        if (pair.Nomination == check) pair.Nomination = null;
        if (code == StunErrorCode.RoleConflict)
        {
            // RFC 8445 §7.2.5.1: the other side has the larger tiebreaker; unless the role was changed meanwhile, take the other, and check again, in turn.
            if (check.Role == Role) ChangeRole(Role == IceRole.Controlling ? IceRole.Controlled : IceRole.Controlling);
            pair.Trouble = "Role conflict, repaired.";
            if (check.Session == _session && !pair.IsValid && pair.Check is null) pair.State = PairState.Waiting;
            return;
        }
        if (check.Session == _session && check.Kind != CheckKind.Consent) Fail(pair, string.Create(CultureInfo.InvariantCulture, $"Refused with {(int)code} ({code})."));
    }

    private ConnectivityCheck? FindCheck(in StunMessage response)
    {
        var id = response.Id;
        foreach (var check in _checks)
        {
            if (check.Id == id) return check;
        }
        return null;
    }

    private void Fail(CandidatePair pair, string why)
    {
        pair.State = PairState.Failed;
        pair.Trouble = why;
        pair.IsNominated = false;
        pair.UseCandidateAt = null;
        pair.Check = null;
        pair.Nomination = null;
        if (_session.Selected == pair) Deselect();
        if (_path?.Pair == pair) _path = null;
    }
}
