using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Star;

// What neighbours say.
internal sealed partial class StarOverlay
{
    private void OnControl(ControlReceived control, Instant now)
    {
        if (!_peers.TryFind(control.From, out var from) || from.Link is not StarLink.Up { Talk: var talk }) return;
        if (!StarControl.TryParse(control.Body, out var said)) talk.Invalid++;
        else switch (said)
        {
            case StarControl.Reign reign: OnReign(from, talk, reign.Record, now, control.WallClock); break;
            case StarControl.Orphan orphan: OnOrphan(from, talk, orphan, now, control.WallClock); break;
            case StarControl.Attach attach: OnAttach(from, talk, attach, now); break;
            case StarControl.Members members: OnMembers(from, talk, members, now, control.WallClock); break;
            case StarControl.Gone gone when IsOurHub(from.Id): _roster.Remove(gone.Member, gone.Reason, now); break;
            case StarControl.Silent silent when IsOurHub(from.Id):
                if (silent.Heard) _roster.Recover(silent.Member);
                else _roster.Suspect(silent.Member);
                break;
            case StarControl.Refusal refusal when _state is StarState.Attaching attaching && attaching.Target.Hub.Id == from.Id: OnRefusal(from, refusal.Why, now); break;
            case StarControl.Introduction introduction: OnIntroduction(from, talk, introduction, control.Body, now); break;
        }
        if (talk.Invalid <= _options.InvalidMax || _ended) return;
        _peers.Ban(from, now);
        if (Rules && _duties.IsMember(from.Id)) _duties.Remove(from.Id, PeerLeavingReason.ProtocolViolated, now);
        else if (IsOurHub(from.Id)) LoseHub(PeerLeavingReason.ProtocolViolated, now);
        if (_state is StarState.Attaching left && left.Target.Hub.Id == from.Id) GiveTargetUp(now);
    }

    private bool IsOurHub(PeerId id) => Standing is StarState.Attached attached && attached.Reign.Hub.Id == id;

    // ---- Reigns ----

    private void OnReign(StarPeer from, StarTalk talk, ReadOnlyMemory<byte> record, Instant now, DateTimeOffset wallClock)
    {
        if (!TryReadClaim(record, talk, now, wallClock, out var claim)) return;
        (talk.Claim, talk.OrphanOf) = (claim, null);
        switch (_state)
        {
            case not StarState.Attaching when claim.Hub.Id == Self.Id: break;       // what we were, or are
            case StarState.Attached attached: OnReignAsMember(from, talk, claim, attached, now); break;
            case StarState.Attaching attaching: OnReignOnTheWay(from, claim, attaching, now); break;
            case StarState.Orphaned orphaned when from.Id == orphaned.Lost.Hub.Id && claim.Hub.Id == from.Id && claim.Hub.Incarnation >= orphaned.Lost.Hub.Incarnation: GoTo(claim, now); break;
            case StarState.Ruling when claim.IsBetterThan(_duties.Renewed()): Yield(claim, now); break;
            case StarState.Ruling: TellWhereWeStand(from.Id, talk); break;
        }
    }

    private void OnReignAsMember(StarPeer from, StarTalk talk, Succession claim, StarState.Attached attached, Instant now)
    {
        var reign = attached.Reign;
        if (claim.Hub.Id == reign.Hub.Id)
        {
            if (claim.IsSameReignAs(reign))
            {
                if (from.Id == reign.Hub.Id && claim.IsBetterThan(reign)) _state = attached with { Reign = claim };
            }
            else if (claim.IsBetterThan(reign))
            {
                if (claim.Hub.Incarnation > reign.Hub.Incarnation) LoseHub(PeerLeavingReason.Restarted, now);
                GoTo(claim, now);
            }
        }
        else if (from.Id == reign.Hub.Id)
        {
            // Our hub follows another, so we do.
            if (MayGoTo(claim, now)) GoTo(claim, now, hubYielded: true);
            else LoseHub(PeerLeavingReason.Disconnected, now);
        }
        else if (!claim.IsBetterThan(reign)) TellWhereWeStand(from.Id, talk);
        else if (attached.Better is null || claim.IsBetterThan(attached.Better.Value.Claim))
        {
            // It is for our hub to judge, which knows how many it has now; where it does not answer, it is for us.
            if (_peers.IsUp(reign.Hub.Id)) Say(reign.Hub.Id, new StarControl.Reign(claim.Record));
            _state = attached with { Better = (claim, now + _options.YieldPatience) };
        }
    }

    private void OnReignOnTheWay(StarPeer from, Succession claim, StarState.Attaching attaching, Instant now)
    {
        var target = attaching.Target;
        if (claim.Hub.Id == Self.Id)
        {
            // Both yielded, each to what the other was a moment ago: both go on, with what they are now.
            if (from.Id != target.Hub.Id || attaching.Before is not StarState.Ruling || claim.Hub.Incarnation != Self.Incarnation) return;
            _state = attaching.Before;
            _duties.Renew();
            TellAllAnew();
        }
        else if (claim.Hub.Id == target.Hub.Id) GoTo(claim, now);
        else if ((from.Id == target.Hub.Id || claim.IsBetterThan(target)) && MayGoTo(claim, now)) GoTo(claim, now, attaching.HubYielded || IsOurHub(from.Id));
    }

    private void TellAllAnew()
    {
        foreach (var (peer, link) in _peers.Up)
        {
            link.Talk.Told = null;
            TellWhereWeStand(peer.Id, link.Talk);
        }
    }

    private bool TryReadClaim(ReadOnlyMemory<byte> record, StarTalk talk, Instant now, DateTimeOffset wallClock, [NotNullWhen(true)] out Succession? claim)
    {
        claim = null;
        // Most that is said of hubs is known to the byte; that is not verified again.
        Succession?[] known = [talk.Claim, ReignNow, (_state as StarState.Attaching)?.Target];
        foreach (var one in known)
            if (one is not null && one.Record.Span.SequenceEqual(record.Span)) claim = one;
        if (claim is not null) return true;
        if (!talk.Verifications.TryTake(4, now)) return false;
        if (Succession.TryParse(record, _genesis, wallClock, bytes => FindVerified(bytes, known), out claim)) return true;
        talk.Invalid++;
        return false;
    }

    private MemberRecord? FindVerified(ReadOnlyMemory<byte> bytes, Succession?[] known)
    {
        foreach (var one in known)
            if (one is not null && one.Hub.Record.Span.SequenceEqual(bytes.Span)) return one.Hub;
        return _roster.TryFindBytes(bytes.Span, out var record) ? record : null;
    }

    // ---- Members without a hub ----

    private void OnOrphan(StarPeer from, StarTalk talk, StarControl.Orphan orphan, Instant now, DateTimeOffset wallClock)
    {
        talk.OrphanOf = orphan.Epoch;
        // Of a hub of which another told us, what it said before it became one may arrive later.
        if (_state is StarState.Attaching { Target: var target } && target.Hub.Id == from.Id && (orphan.Epoch >= target.Epoch || from.Contact.Record?.Incarnation > target.Hub.Incarnation)) GiveTargetUp(now);
        if (orphan.Proof.Length > 0 && Standing is StarState.Attached { Reign: var reign })
        {
            if (!talk.Verifications.TryTake(3, now)) return;
            if (!MemberRecord.TryParse(orphan.Proof, _genesis, wallClock, out var proof, out _)) talk.Invalid++;
            else if (proof.Id == reign.Hub.Id && proof.Incarnation > reign.Hub.Incarnation)
            {
                _peers.TryMeet(StarContact.Of(proof), now);     // so that we can prove it to others
                LoseHub(PeerLeavingReason.Restarted, now);
            }
        }
        if (_state is StarState.Looking or StarState.Orphaned) return;
        talk.Told = null;       // it may have heard of our hub before, and needs to hear of it again
        TellWhereWeStand(from.Id, talk);
    }

    // ---- The hub and its members ----

    private void OnAttach(StarPeer from, StarTalk talk, StarControl.Attach attach, Instant now)
    {
        if (_state is not StarState.Ruling)
        {
            talk.Told = null;
            TellWhereWeStand(from.Id, talk);
        }
        else if (from.Contact.Record is { } record)
        {
            talk.OrphanOf = null;
            if (!_duties.TryAttach(record, attach, talk, now)) Say(from.Id, new StarControl.Refusal(NetfluxError.NetworkFull));
        }
    }

    private void OnRefusal(StarPeer from, NetfluxError why, Instant now)
    {
        if (!_ready) End(PeerLeavingReason.Left, new JoinFailed(why), now);
        else GiveTargetUp(now);
    }

    private void OnMembers(StarPeer from, StarTalk talk, StarControl.Members members, Instant now, DateTimeOffset wallClock)
    {
        if (_state is StarState.Ruling)
        {
            // A member speaks of itself alone.
            if (_duties.IsMember(from.Id) && members.Records is [var own] && TryReadMember(own, talk, now, wallClock, out var itself) && itself.Id == from.Id) _duties.Update(itself, now);
            return;
        }
        var attaching = _state as StarState.Attaching;
        var isTarget = attaching?.Target.Hub.Id == from.Id;
        if (!isTarget && !IsOurHub(from.Id)) return;
        if (members.Begins) talk.Listed = [from.Id];
        var missing = 0;
        // Twice the places: halves that grew apart may be together.
        if (members.Records.Count + members.Known.Count > 2 * _places) talk.Invalid++;
        foreach (var bytes in members.Records.Take(2 * _places))
        {
            if (TryReadMember(bytes, talk, now, wallClock, out var record)) Take(record, talk, now);
            else missing++;
        }
        foreach (var hash in members.Known.Take(2 * _places))
        {
            if (_roster.TryFindByHash(hash, out var record)) Take(record, talk, now);
            else missing++;
        }
        if (members.Ends && talk.Listed is { } listed)
        {
            talk.Listed = null;
            if (isTarget) BecomeMemberOf(attaching!.Target, listed, now);
            else _roster.DoubtOthers(listed, now);
        }
        if (missing > 0 && talk.ListsAnswered.TryTake(now)) AskToAttach(from.Id);
    }

    private void Take(MemberRecord record, StarTalk talk, Instant now)
    {
        if (talk.Listed?.Count < 2 * _places) talk.Listed.Add(record.Id);     // no more are members
        if (record.Id != Self.Id) _roster.Confirm(record, now);
    }

    private bool TryReadMember(ReadOnlyMemory<byte> bytes, StarTalk talk, Instant now, DateTimeOffset wallClock, [NotNullWhen(true)] out MemberRecord? record)
    {
        if (_roster.TryFindBytes(bytes.Span, out record)) return true;
        if (!talk.Verifications.TryTake(3, now)) return false;
        if (MemberRecord.TryParse(bytes, _genesis, wallClock, out record, out _)) return true;
        talk.Invalid++;
        return false;
    }

    // ---- Introductions ----

    /// <summary>One hop at most: what we pass on must be the sender's own, so what a carrier passed on goes no further.</summary>
    private void OnIntroduction(StarPeer from, StarTalk talk, StarControl.Introduction introduction, ReadOnlyMemory<byte> body, Instant now)
    {
        if (introduction.Sealed.Length > _options.IntroductionBytesMax || !talk.Introductions.TryTake(now)) return;
        if (introduction.To == Self.Id && introduction.From != Self.Id) _outbox.Enqueue(new TakeIntroduction(introduction.From, introduction.Sealed));
        else if (introduction.From == from.Id && introduction.To != from.Id && _peers.IsUp(introduction.To)) _outbox.Enqueue(new SendControl(introduction.To, body));
    }
}
