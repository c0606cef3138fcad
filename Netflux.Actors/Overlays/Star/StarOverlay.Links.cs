using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Star;

// Links: what becomes of them, and with whom they are wanted.
internal sealed partial class StarOverlay
{
    private readonly SortedDictionary<PeerId, (StarContact Contact, TimeSpan RetryMax)> _wanted = [];

    // ---- What happens to links ----

    private void HandleAsks(MemberRecord record, Instant now)
    {
        if (record.Id == Self.Id || _peers.IsBanned(record.Id, now)) _outbox.Enqueue(new RefuseNeighbour(record.Id, NetfluxError.NotAdmitted));
        else if (_peers.TryMeet(StarContact.Of(record), now) is not { } peer) _outbox.Enqueue(new RefuseNeighbour(record.Id, NetfluxError.NetworkFull));
        else
        {
            if (peer.Link is StarLink.Unlinked link) peer.Link = new StarLink.Connecting(now, link.Attempts);
            peer.WantedAt = now;
            _outbox.Enqueue(new AdmitNeighbour(record.Id));
        }
    }

    private void HandleUp(MemberRecord record, LinkPath path, Instant now)
    {
        if (record.Id == Self.Id || _peers.IsBanned(record.Id, now))
        {
            _outbox.Enqueue(new DropNeighbour(record.Id, PeerLeavingReason.ProtocolViolated));
            return;
        }
        if (_peers.TryMeet(StarContact.Of(record), now) is not { } peer)
        {
            _outbox.Enqueue(new DropNeighbour(record.Id, PeerLeavingReason.NetworkFull));
            return;
        }
        var wasUp = peer.IsUp;
        var talk = _peers.HandleUp(peer, path);
        _lost.HandleUp(record.Id, now);
        HandleNewerRun(record, now);
        if (wasUp)
        {
            // What was said last on the attachment before may be lost with it.
            talk.Told = null;
            if (IsOurHub(record.Id)) AskToAttach(record.Id);
            HandleRecovered(record.Id, now);
        }
        if (Rules && _duties.IsMember(record.Id)) _duties.Update(record, now);
        TellWhereWeStand(record.Id, talk);
        if (_state is StarState.Attaching attaching && attaching.Target.Hub.Id == record.Id) AskToAttach(record.Id);
    }

    /// <summary>A peer is here in a newer run than the one that was a member: that one has ended, whatever its link says.</summary>
    private void HandleNewerRun(MemberRecord record, Instant now)
    {
        if (Standing is StarState.Attached { Reign: var reign } && record.Id == reign.Hub.Id && record.Incarnation > reign.Hub.Incarnation) LoseHub(PeerLeavingReason.Restarted, now);
        else if (Rules && _roster.TryFind(record.Id, out var known) && record.Incarnation > known.Incarnation) _duties.Remove(record.Id, PeerLeavingReason.Restarted, now);
    }

    private void HandleDown(PeerId id, PeerLeavingReason reason, Instant now)
    {
        if (!_peers.TryFind(id, out var peer)) return;
        if (peer.Link is StarLink.Connecting) HandleFailed(id, NetfluxError.PeerUnreachable, now);
        if (!peer.IsUp) return;
        _peers.HandleDown(peer, reason, now);
        if (Standing is StarState.Attached attached && attached.Reign.Hub.Id == id) LoseHub(reason, now);
        else if (Standing is StarState.Orphaned orphaned && orphaned.Lost.Hub.Id == id) HandleLostHubDown(orphaned, reason, now);
        else if (Rules) HandleMemberDown(peer, reason, now);
        if (_state is StarState.Attaching attaching && attaching.Target.Hub.Id == id) GiveTargetUp(now);
    }

    private void HandleMemberDown(StarPeer peer, PeerLeavingReason reason, Instant now)
    {
        if (!_duties.IsMember(peer.Id)) return;
        if (reason == PeerLeavingReason.Disconnected)
        {
            // It needs us no more, so it follows another hub. Perhaps so do we, in a moment.
            _duties.LetGo(peer.Id, now);
            _roster.Doubt(peer.Id, now);
            _lost.Add(peer.Contact, _options.HeardMemory, now);
            return;
        }
        _duties.Remove(peer.Id, reason, now);
    }

    private void HandleFailed(PeerId id, NetfluxError why, Instant now)
    {
        _peers.HandleFailed(id, why, _wanted.TryGetValue(id, out var wish) ? wish.RetryMax : _options.RetryMax, now);
        _lost.HandleFailed(id, now);
    }

    private void HandleTooSlow(PeerId id, Instant now)
    {
        if (!_peers.TryFind(id, out var peer) || !peer.IsUp) return;
        _peers.Drop(peer, PeerLeavingReason.TooSlow, now);
        if (Rules && _duties.IsMember(id)) _duties.Remove(id, PeerLeavingReason.TooSlow, now);
        else if (Hub == id) LoseHub(PeerLeavingReason.Disconnected, now);
    }

    private void HandleSuspected(PeerId id, Instant now)
    {
        if (!HandleLinkChanged(id, link => link with { Suspected = true })) return;
        if (Rules && _duties.IsMember(id))
        {
            _roster.Suspect(id);
            _duties.TellSilent(id, heard: false);
        }
        else if (Standing is StarState.Attached attached && attached.Reign.Hub.Id == id)
        {
            _roster.Suspect(id);
            Stand(attached with { SuspectedSince = now });
        }
    }

    private void HandleRecovered(PeerId id, Instant now)
    {
        if (!HandleLinkChanged(id, link => link with { Suspected = false })) return;
        if (Rules && _duties.IsMember(id))
        {
            _roster.Recover(id);
            _duties.TellSilent(id, heard: true);
        }
        else if (Standing is StarState.Attached attached && attached.Reign.Hub.Id == id)
        {
            _roster.Recover(id);
            Stand(attached with { SuspectedSince = null });
        }
        else if (Standing is StarState.Orphaned { HubGone: false } orphaned && orphaned.Lost.Hub.Id == id) ReturnToHub(orphaned, now);
    }

    private bool HandleLinkChanged(PeerId id, Func<StarLink.Up, StarLink.Up> change)
    {
        if (!_peers.TryFind(id, out var peer) || peer.Link is not StarLink.Up link) return false;
        peer.Link = change(link);
        return peer.Link != link;
    }

    // ---- What is wanted ----

    /// <summary>With whom we want links now.</summary>
    private void Want(Instant now)
    {
        _wanted.Clear();
        foreach (var contact in _lost.Sought) Want(contact, _options.RetryMax);
        if (_state is StarState.Attaching attaching) Want(StarContact.Of(attaching.Target.Hub), _options.RetryMax);
        switch (Standing)
        {
            case StarState.Looking looking:
                foreach (var contact in HelpersFor(looking, now)) Want(contact, _options.RetryMax);
                break;
            case StarState.Attached attached:
                if (SuccessorIn(attached.Reign) is { } successor) Want(successor, _options.IdleRetryMax);
                Want(StarContact.Of(attached.Reign.Hub), _options.RetryMax);
                break;
            case StarState.Orphaned orphaned when OnlyHub is null:
                foreach (var contact in _vote.Sought(orphaned, Self.Id, now)) Want(contact, _options.RetryMax);
                break;
            case StarState.Orphaned orphaned:
                Want(StarContact.Of(orphaned.Lost.Hub), _options.RetryMax);
                break;
        }
    }

    private void Want(StarContact contact, TimeSpan retryMax)
    {
        if (contact.Id != Self.Id) _wanted[contact.Id] = (contact, retryMax);
    }

    /// <summary>More with time, those that have not failed first; a fixed hub before all.</summary>
    private IEnumerable<StarContact> HelpersFor(StarState.Looking looking, Instant now)
    {
        var count = Math.Min(_options.HelpersMax, _options.HelpersMin + (int)(now - looking.Since).TotalSeconds);
        return _contacts.OrderBy(contact => contact.Id == OnlyHub ? 0 : 1).ThenBy(contact => _peers.TryFind(contact.Id, out var peer) && peer.FailedAt is { } at ? at : Instant.Zero).Take(count);
    }

    private StarContact? SuccessorIn(Succession reign)
    {
        foreach (var id in reign.Successors)
            if (id != Self.Id) return _roster.Contains(id) && _roster.TryFind(id, out var record) ? StarContact.Of(record) : null;
        return null;
    }

    /// <summary>Whether a link that we do not seek is worth keeping.</summary>
    private bool IsOfUse(StarPeer peer) => _state switch
    {
        StarState.Ruling => _duties.IsMember(peer.Id) || _roster.Contains(peer.Id),     // those in doubt may be about to attach
        StarState.Attached attached => !peer.Opened && _roster.Contains(peer.Id) && RankOf(Self.Id, attached.Reign) < _options.SuccessorsLinked,
        _ => true,
    };
}
