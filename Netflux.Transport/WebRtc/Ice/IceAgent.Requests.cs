using Netflux.Core;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>The other side's checks (RFC 8445 §7.3). What is not authenticated is refused or dropped, and leaves no trace.</summary>
internal sealed partial class IceAgent
{
    private void OnRequest(IceBase local, in TransportAddress from, in StunMessage request, Instant now)
    {
        // Where only relays are used, a socket is a base that has no candidate. Whoever looks for us there, knowing the password, is to find nobody.
        if (!_local.Has(local)) return;
        // RFC 8489 §9.1.3: without username or integrity 400, with wrong ones 401.
        if (!IceRouting.TryReadUfrag(request, out var ufrag) || !request.Has(StunAttributeType.MessageIntegrity) && !request.Has(StunAttributeType.MessageIntegritySha256))
        {
            Refuse(local, from, request, StunErrorCode.BadRequest, "Bad Request", now);
            return;
        }
        if (FindSession(ufrag) is not { } session || !request.VerifyIntegrity(session.Local.Key.Span))
        {
            Refuse(local, from, request, StunErrorCode.Unauthenticated, "Unauthenticated", now);
            return;
        }
        var key = session.Local.Key.Span;
        Span<StunAttributeType> unknown = stackalloc StunAttributeType[IceMessages.UnknownMax];
        var unknownCount = request.GetUnknown(unknown);
        if (unknownCount > 0)
        {
            Answer(local, from, request, IceMessages.Error(request, StunErrorCode.UnknownAttribute, "Unknown Attribute", key, unknown[..unknownCount]));
            return;
        }
        if (!IsRoleAgreed(request))
        {
            Answer(local, from, request, IceMessages.Error(request, StunErrorCode.RoleConflict, "Role Conflict", key));
            return;
        }
        var isHeld = session != _session || TryHold(local, from, HoldReason.Asked);
        if (isHeld) Answer(local, from, request, session);
        if (session != _session)
        {
            if (_former?.Pair is { } pair && pair.IsAt(local, from)) pair.RequestsReceived++;
            return;
        }
        request.TryGetUInt32(StunAttributeType.Priority, out var priority);
        var check = new EarlyCheck(local, from, priority, request.Has(StunAttributeType.UseCandidate));
        if (session.Remote is not null) OnAuthenticCheck(check, now);
        else Remember(check);
    }

    private IceSession? FindSession(ReadOnlySpan<byte> ufrag)
    {
        if (System.Text.Ascii.Equals(ufrag, _session.Local.Ufrag)) return _session;
        return _former is { } former && System.Text.Ascii.Equals(ufrag, former.Session.Local.Ufrag) ? former.Session : null;
    }

    private void Refuse(IceBase local, in TransportAddress to, in StunMessage request, StunErrorCode code, string reason, Instant now)
    {
        if (_refusals.TryTake(now)) Answer(local, to, request, IceMessages.Error(request, code, reason, key: default));
    }

    /// <summary>RFC 8445 §7.3.1.1: where both claim the same role, the larger tiebreaker controls. True unless it is the other side that must change.</summary>
    private bool IsRoleAgreed(in StunMessage request)
    {
        switch (Role)
        {
            case IceRole.Controlling when request.TryGetUInt64(StunAttributeType.IceControlling, out var theirs):
                if (_tieBreaker >= theirs) return false;
                ChangeRole(IceRole.Controlled);
                return true;
            case IceRole.Controlled when request.TryGetUInt64(StunAttributeType.IceControlled, out var theirs):
                if (_tieBreaker < theirs) return false;
                ChangeRole(IceRole.Controlling);
                return true;
            default:
                return true;
        }
    }

    /// <summary>RFC 8445 §7.3: the other side has our description and we not yet its. It knows our password: that is enough to answer, and to be found by it.</summary>
    private void Remember(EarlyCheck check)
    {
        var known = _session.IndexOfEarly(check.Base, check.From);
        if (known >= 0) _session.EarlyChecks[known] = check with { UseCandidate = check.UseCandidate || _session.EarlyChecks[known].UseCandidate };
        else if (_session.EarlyChecks.Count < _options.EarlyChecksMax) _session.EarlyChecks.Add(check);
    }

    /// <summary>RFC 8445 §7.3.1.3 to §7.3.1.5: the source may be new, the pair is checked in the other direction at once, and it may be the one to use.</summary>
    private void OnAuthenticCheck(in EarlyCheck check, Instant now)
    {
        if (_local.Receiving(check.Base, check.From) is not { } local) return; // no candidate of this base was found yet; its check will be repeated
        if (FindOrDiscoverRemote(check.From, check.Priority) is not { } remote || FindOrAddPair(local, remote, check.From, now) is not { } pair) return;
        var nominates = check.UseCandidate && Role == IceRole.Controlled;
        // A NAT may have given the other side a new address, or it has moved to another pair: is the one in use still good?
        if (_path is { } path && path.Pair == _session.Selected && path.Pair != pair && (pair.RequestsReceived == 0 || nominates)) path.Consent.Doubt();
        pair.RequestsReceived++;
        pair.HeardAt = now;
        if (!MayCheck(pair))
        {
            Fail(pair, TakenElsewhere);
            return;
        }
        Trigger(pair, now);
        if (!nominates) return;
        pair.UseCandidateAt = now;
        if (pair.IsValid && now < pair.AnsweredAt + _options.ConsentExpiry) BecomeNominated(pair, "nominated by the other side", now);
    }

    /// <summary>
    /// RFC 8445 §7.3.1.4: a pair that the other side can use in one direction is checked in the other. The RFC queues the check for the next tick of Ta; here it goes at once, because each
    /// is paid for by an authenticated request, and a pair has no more than one in Ta.
    /// </summary>
    private void Trigger(CandidatePair pair, Instant now)
    {
        if (pair.TriggeredAt is { } at && now < at + _options.TriggeredInterval) return;
        // A valid pair that is not in use is asked again before its answer is too old to count, and when the one in use no longer answers.
        var isOld = pair != _path?.Pair && (now >= pair.AnsweredAt + _options.ConsentExpiry / 2 || _path?.Consent.UnansweredSince > pair.AnsweredAt);
        if (pair.IsValid && !isOld) return;
        pair.TriggeredAt = now;
        SendCheck(_session, pair, pair.IsValid ? CheckKind.Consent : CheckKind.Triggered, now);
    }
}
