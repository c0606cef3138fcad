using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Star;

// Hubs: coming to one, losing it, and becoming one.
internal sealed partial class StarOverlay
{
    private readonly SortedDictionary<PeerId, Instant> _unreached = [];     // hubs that we could not reach, and until when we leave them alone

    /// <summary>Changes where we stand, whether or not we are on the way to another hub.</summary>
    private void Stand(StarState standing) => _state = _state is StarState.Attaching attaching ? attaching with { Before = standing } : standing;

    private void AdvanceReign(Instant now)
    {
        if (Standing is StarState.Attached { SuspectedSince: { } since } && since + _options.HubGrace <= now) LoseHub(null, now);
        if (_state is StarState.Attaching attaching && attaching.Since + _options.AttachPatience <= now) GiveTargetUp(now);
        if (_state is StarState.Attached { Better: { } better } attached && better.Until <= now)
        {
            _state = attached with { Better = null };
            if (better.Claim.IsBetterThan(attached.Reign)) GoTo(better.Claim, now);
        }
        if (_state is StarState.Looking or StarState.Orphaned) ConsiderClaims(now);
        if (Standing is StarState.Orphaned orphaned && OnlyHub is null && _vote.TryOpen(orphaned, Self.Id, now) is { } waiting) Rule(Epoch + 1, waiting, now);
        if (_state is StarState.Looking looking && MayFound(looking, now)) Rule(Epoch + 1, _peers.Up.Count(), now);
    }

    private Instant? ReignDeadline(Instant now)
    {
        Instant? next = null;
        if (_state is StarState.Attaching attaching) next = attaching.Since + _options.AttachPatience;
        if (_state is StarState.Attached { Better: { } better }) next = better.Until;
        if (_state is StarState.Looking or StarState.Orphaned)
            foreach (var until in _unreached.Values)
                if (until > now) next = Instant.Earlier(next, until);
        return Standing switch
        {
            StarState.Attached { SuspectedSince: { } since } => Instant.Earlier(next, since + _options.HubGrace),
            StarState.Orphaned orphaned when OnlyHub is null => Instant.Earlier(next, _vote.NextDeadline(orphaned, now)),
            StarState.Looking looking => Instant.Earlier(next, LookingDeadline(looking, now)),
            _ => next,
        };
    }

    /// <summary>A further helper each second, and the waits.</summary>
    private Instant? LookingDeadline(StarState.Looking looking, Instant now)
    {
        Instant? next = looking.Since + TimeSpan.FromSeconds(1 + Math.Floor((now - looking.Since).TotalSeconds));
        if (next > looking.Since + _options.JoinTimeout) next = null;
        foreach (var wait in new[] { _options.FoundingWait, _options.LonerWait })
            if (looking.Since + wait > now) next = Instant.Earlier(next, looking.Since + wait);
        return next;
    }

    // ---- To a hub ----

    /// <summary>A member without a hub goes to the best of which its neighbours speak.</summary>
    private void ConsiderClaims(Instant now)
    {
        Succession? best = null;
        foreach (var (_, link) in _peers.Up)
            if (!link.Suspected && link.Talk.Claim is { } claim && link.Talk.OrphanOf is null && MayGoTo(claim, now) && (best is null || claim.IsBetterThan(best))) best = claim;
        if (best is not null) GoTo(best, now);
    }

    private bool MayGoTo(Succession claim, Instant now)
    {
        if (claim.Hub.Id == Self.Id || (_unreached.TryGetValue(claim.Hub.Id, out var until) && until > now)) return false;
        if (_state is not StarState.Orphaned orphaned) return true;
        var same = claim.Hub.Id == orphaned.Lost.Hub.Id && claim.Hub.Incarnation <= orphaned.Lost.Hub.Incarnation;
        // Of the hub that we lost: where it ended, others have not heard of it yet; where the link has, we try again.
        if (same) return !orphaned.HubGone && !_peers.IsUp(claim.Hub.Id);
        return claim.IsBetterThan(orphaned.Lost) || orphaned.Since + _options.OrphanPatience <= now;
    }

    private void GoTo(Succession claim, Instant now, bool hubYielded = false)
    {
        if (_state is StarState.Attaching already && already.Target.Hub.Id == claim.Hub.Id)
        {
            _state = already with { Target = claim.IsBetterThan(already.Target) ? claim : already.Target, HubYielded = already.HubYielded || hubYielded };
            return;
        }
        _state = new StarState.Attaching(claim, now, Standing, hubYielded);
        _peers.Hurry(claim.Hub.Id, now);
        if (_peers.IsUp(claim.Hub.Id)) AskToAttach(claim.Hub.Id);
    }

    /// <summary>The link to the hub may be older than our record is; then it hears of it as soon as it has taken us.</summary>
    private void AskToAttach(PeerId hub)
    {
        Say(hub, new StarControl.Attach(_roster.Hashes, WasMember: _ready));
        if (_hasChanged) TellSelf(hub);
    }

    private void TellSelf(PeerId hub) => Say(hub, new StarControl.Members([Self.Record], [], false, false));

    /// <summary>The hub to which we went cannot be reached, or is none.</summary>
    private void GiveTargetUp(Instant now)
    {
        if (_state is not StarState.Attaching attaching) return;
        foreach (var id in _unreached.Where(hub => hub.Value <= now).Select(hub => hub.Key).ToList()) _unreached.Remove(id);
        if (_unreached.Count < _places) _unreached[attaching.Target.Hub.Id] = now + _options.UnreachedHubPause;
        _state = attaching.Before;
        if (attaching.HubYielded && _state is StarState.Attached) LoseHub(PeerLeavingReason.Disconnected, now);
        else if (_state is StarState.Ruling) TellAllWhereWeStand();
    }

    /// <summary>The hub has taken us, and its list is here.</summary>
    private void BecomeMemberOf(Succession reign, IReadOnlySet<PeerId> listed, Instant now)
    {
        if (Rules) _duties.End();
        var changed = !(Standing is StarState.Attached before && before.Reign.IsSameReignAs(reign));
        _roster.Confirm(reign.Hub, now);
        _roster.DoubtOthers(listed, now);
        _state = new StarState.Attached(reign, _peers.TryFind(reign.Hub.Id, out var peer) && peer.IsHeard ? null : now, null);
        Epoch = reign.Epoch;
        if (changed) _outbox.Enqueue(new AnnounceHub(reign.Hub.Id, reign.Epoch));
        BecomeReady();
        TellAllWhereWeStand();
    }

    // ---- Without a hub ----

    /// <summary>Null as the reason: it is silent for longer than the grace. Otherwise its link ended.</summary>
    private void LoseHub(PeerLeavingReason? reason, Instant now)
    {
        if (Standing is not StarState.Attached { Reign: var lost }) return;
        _outbox.Enqueue(new AnnounceHubLost(lost.Hub.Id, Waits: OnlyHub is not null));
        switch (reason)
        {
            case PeerLeavingReason.TooSlow or PeerLeavingReason.NetworkFull or PeerLeavingReason.ProtocolViolated:
                // It put us out, so we are out of the network; we ask again, and are to blame ourselves.
                foreach (var record in _roster.Members.Where(record => _contacts.All(known => known.Id != record.Id)).Take(_places)) _contacts.Add(StarContact.Of(record));
                if (_contacts.Count > 2 * _places) _contacts.RemoveRange(0, _contacts.Count - 2 * _places);
                _roster.Clear(reason.Value, now);
                Stand(new StarState.Looking(now));
                return;
            case PeerLeavingReason.Disconnected:
                _roster.Doubt(lost.Hub.Id, now);
                break;
            case { } why:
                _roster.Remove(lost.Hub.Id, why, now);
                break;
        }
        Stand(new StarState.Orphaned(lost, now, HasEnded(reason)));
        if (OnlyHub is not null)
            foreach (var id in _roster.Ids) _roster.Suspect(id);
        foreach (var id in _vote.OrderOf(lost, Self.Id)) _peers.Hurry(id, now);
        TellAllWhereWeStand();
    }

    private static bool HasEnded(PeerLeavingReason? reason) => reason is PeerLeavingReason.Left or PeerLeavingReason.WentOffline or PeerLeavingReason.Restarted;

    private void HandleLostHubDown(StarState.Orphaned orphaned, PeerLeavingReason reason, Instant now)
    {
        if (reason != PeerLeavingReason.Disconnected) _roster.Remove(orphaned.Lost.Hub.Id, reason, now);
        Stand(orphaned with { HubGone = orphaned.HubGone || HasEnded(reason) });
    }

    /// <summary>The hub is heard again. What it said meanwhile may have been lost with a doubt, so we ask for the list.</summary>
    private void ReturnToHub(StarState.Orphaned orphaned, Instant now)
    {
        Stand(new StarState.Attached(orphaned.Lost, null, null));
        _roster.Recover(orphaned.Lost.Hub.Id);
        _outbox.Enqueue(new AnnounceHub(orphaned.Lost.Hub.Id, orphaned.Lost.Epoch));
        AskToAttach(orphaned.Lost.Hub.Id);
        TellAllWhereWeStand();
    }

    /// <summary>All that we reach look for a hub themselves, and ours is the smallest id; or we were put out and reach nobody.</summary>
    private bool MayFound(StarState.Looking looking, Instant now)
    {
        if (OnlyHub is not null) return false;
        if (!_peers.Up.Any()) return _ready && looking.Since + _options.LonerWait <= now;
        return looking.Since + _options.FoundingWait <= now && _peers.Up.All(up => up.Link.Talk.OrphanOf == 0 && Self.Id < up.Peer.Id);
    }

    // ---- As the hub ----

    private void Rule(ulong epoch, int waiting, Instant now)
    {
        Epoch = Math.Min(epoch, Succession.EpochMax);      // beyond it, members and ids decide
        _duties.Open(Self, Epoch, waiting);
        _state = new StarState.Ruling();
        _outbox.Enqueue(new AnnounceHub(Self.Id, Epoch));
        _roster.DoubtOthers(new HashSet<PeerId>(), now);
        BecomeReady();
        TellAllWhereWeStand();
    }

    private void AdvanceDuties(Instant now)
    {
        var before = _duties.Reign;
        _duties.HandleDeadline(signs: _state is StarState.Ruling, now);
        if (_duties.Reign == before) return;
        foreach (var (peer, link) in _peers.Up)     // the members were told
            if (!_duties.IsMember(peer.Id)) TellWhereWeStand(peer.Id, link.Talk);
    }

    /// <summary>A better hub is there: our members hear of it, and we go to it. Until it has taken us, we go on, but sign no more: it would seem as if we had come back.</summary>
    private void Yield(Succession claim, Instant now)
    {
        foreach (var id in _duties.Members)
            if (_peers.IsUp(id)) Say(id, new StarControl.Reign(claim.Record));
        GoTo(claim, now);
    }

    // ---- Telling ----

    private void TellAllWhereWeStand()
    {
        foreach (var (peer, link) in _peers.Up) TellWhereWeStand(peer.Id, link.Talk);
    }

    private void TellWhereWeStand(PeerId to, StarTalk talk)
    {
        var reign = _state switch
        {
            StarState.Attaching attaching => attaching.Target,
            StarState.Attached attached => attached.Reign,
            StarState.Ruling => _duties.Reign,
            _ => null,
        };
        if (reign is null)
        {
            talk.Told = null;
            var proof = _state is StarState.Orphaned { Lost: var lost } && _peers.TryFind(lost.Hub.Id, out var hub) && hub.Contact.Record is { } record && record.Incarnation > lost.Hub.Incarnation ? record.Record : default;
            Say(to, new StarControl.Orphan(_state is StarState.Orphaned orphaned ? orphaned.Lost.Epoch : 0, proof));
        }
        // Of ourselves every list, for another hub compares numbers of members; of others only which hub it is.
        else if (talk.Told is null || (_state is StarState.Ruling ? talk.Told != reign : !talk.Told.IsSameReignAs(reign)))
        {
            talk.Told = reign;
            Say(to, new StarControl.Reign(reign.Record));
        }
    }
}
