using Akka.Actor;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Sessions;

namespace Netflux.Actors;

// Networks that are shared with the peer, and what the session says to them.
internal sealed partial class PeerActor
{
    private void HandleAttach(AttachTo attach)
    {
        var id = attach.Attach.Network;
        // Said again for an open channel, as when both sides ask at once, it changes nothing: the channel and what is sent on it stay.
        if (!_networks.TryGetValue(id, out var known) || !known.Owner.Equals(attach.Owner))
        {
            Context.Watch(attach.Owner);
            _networks[id] = new SharedNetwork(attach.Owner, ++_generation);
        }
        Say(attach.Attach);
    }

    private void HandleDetach(DetachFrom detach)
    {
        if (!_networks.Remove(detach.Network, out var network)) return;
        if (!_networks.Values.Any(other => other.Owner.Equals(network.Owner))) Context.Unwatch(network.Owner);
        if (_carriers.Remove(detach.Network)) TellCarriers();
        Say(new DetachNetwork(detach.Network, detach.Reason));
        StopWhenIdle();
    }

    private void TellNetworks(Action<SharedNetwork> tell)
    {
        foreach (var network in _networks.Values.ToList()) tell(network);
    }

    private void Carry(SessionInstruction instruction)
    {
        switch (instruction)
        {
            case FindLink: _searchDriver.Handle(new SearchStarted()); break;
            case StopFindingLink: _searchDriver.Handle(new SearchStopped()); break;
            case CloseLink close:
                if (!_ownLinks.Remove(close.Link, out var link)) break;
                _history.HandleClosed(link.Key, $"{close.Code}: {close.Text}", WallClock);
                link.Link.Tell(new CloseLinkWith(close.Code, close.Text, close.SeenIncarnation));
                ReachMayHaveChanged();
                break;
            case SessionBegan began:
                (_name, _connected) = (began.DisplayName, true);
                _facade.Tell(new PeerSessionBegan(_remote, _name, began.Remote, began.Incarnation));
                _outside.OpenAuthor(Peer);
                _outside.OpenWay(_remote, _setup.Options.Session.OutsideWindowCost, takesBroadcasts: true);
                break;
            case SessionSuspected:
                NetfluxTelemetry.Suspected.Add(1);
                TellNetworks(network => network.Owner.Tell(new PeerSilent(_remote)));
                break;
            case SessionRecovered: TellNetworks(network => network.Owner.Tell(new PeerHeardAgain(_remote))); break;
            case SessionEnded ended:
                _connected = false;
                if (ended.Reason != PeerLeavingReason.Restarted) _keep = false;   // users were told that it is over; only they begin anew
                CloseOutside(ended.Reason);
                _facade.Tell(new PeerSessionEnded(_remote, ended.Reason));
                StopWhenIdle();
                break;
            case SelfReplaced replaced: _facade.Tell(new SelfIsReplaced(replaced.Newer)); break;
            case AttachRequested asked:
                _facade.Tell(new ForNetwork(asked.Network, _remote, new PeerAttachAsked(asked.Network, _remote, Self, asked.Member)));
                break;
            case ChannelOpened opened when _networks.TryGetValue(opened.Network, out var network):
                network.Generation = ++_generation;
                network.Tickets.Clear();
                network.Owner.Tell(new PeerChannelOpened(opened.Network, _remote, Self, network.Generation, opened.Member, opened.WindowCost, Path));
                break;
            case ChannelRefused refused when _networks.Remove(refused.Network, out var network):
                network.Owner.Tell(new PeerChannelRefused(refused.Network, _remote, refused.Why));
                StopWhenIdle();
                break;
            case ChannelClosed closed when _networks.Remove(closed.Network, out var network):
                network.Owner.Tell(new PeerChannelClosed(closed.Network, _remote, network.Generation, closed.Reason));
                StopWhenIdle();
                break;
            case RelayedFrameArrived arrived when _networks.TryGetValue(arrived.Network, out var network):
                if (network.Tickets.TryDequeue(out var ticket) && ticket != 0) network.Owner.Tell(new RelayedFrameTaken(ticket));
                break;
            case ChannelCredit { Network: { } id } credit when _networks.TryGetValue(id, out var network):
                network.Owner.Tell(new PeerChannelCredit(id, _remote, network.Generation, credit.MessagesConsumed, credit.CostConsumed));
                break;
            case ChannelCredit { Network: null } credit: _outside.CreditWay(_remote, credit.MessagesConsumed, credit.CostConsumed); break;
            case ChannelFrames { Network: { } id } frames when _networks.TryGetValue(id, out var network):
                network.Owner.Tell(new PeerChannelFrames(id, _remote, network.Generation, frames.Frames));
                break;
            case ChannelFrames { Network: null } frames: HandleOutsideFrames(frames.Frames); break;
            case InvitationReceived received: _facade.Tell(new InvitationArrived(_remote, received.Id, received.Invitation)); break;
            case InvitationAnswered answered: _facade.Tell(new InvitationAnswer(_remote, answered.Id, answered.Reason, answered.Why)); break;
        }
    }
}
