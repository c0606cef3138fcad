using Akka.Actor;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Sessions;

namespace Netflux.Actors;

// Links: those that were proven, and the search for more.
internal sealed partial class PeerActor
{
    private void HandleProven(ProvenLink proven)
    {
        _ownLinks[proven.Proven.Link] = proven;
        Context.Watch(proven.Link);
        proven.Link.Tell(new OwnLink(Self));
        ReachMayHaveChanged();
        Say(proven.Proven);
    }

    private void HandleLost(LinkLost lost)
    {
        if (!_ownLinks.Remove(lost.Link)) return;
        ReachMayHaveChanged();
        Say(lost);
    }

    private LinkPath Path => _reach == LinkReach.Relayed ? LinkPath.Relayed : LinkPath.Direct;

    private void ReachMayHaveChanged()
    {
        var reach = _ownLinks.Count == 0 ? LinkReach.None : _ownLinks.Values.All(link => link.Proven.Kind == LinkKind.Relayed) ? LinkReach.Relayed : LinkReach.Direct;
        if (reach == _reach) return;
        _reach = reach;
        _searchDriver.Handle(new ReachChanged(reach));
        if (reach != LinkReach.None) TellNetworks(network => network.Owner.Tell(new PeerPathChanged(_remote, Path)));
    }

    private void HandleTerminated(IActorRef terminated)
    {
        var link = _ownLinks.FirstOrDefault(pair => pair.Value.Link.Equals(terminated));
        if (link.Value is not null) HandleLost(new LinkLost(link.Key, CloseCode.Lost, "the link has stopped"));
        else foreach (var (id, _) in _networks.Where(pair => pair.Value.Owner.Equals(terminated)).ToList()) HandleDetach(new DetachFrom(id, PeerLeavingReason.Faulted));
    }

    private void HandleNotProven(LinkNotProven notProven)
    {
        if (notProven.Code == CloseCode.Replaced && notProven.Seen is { } newer) _facade.Tell(new SelfIsReplaced(newer));
        _searchDriver.Handle(notProven.Token switch
        {
            Uri address => new DialFailed(address),
            RelayWay way => new RelayFailed(way),
            _ => throw new InvalidOperationException($"unknown token {notProven.Token}"),
        });
    }

    private void HandleAddresses(IReadOnlyList<string> addresses)
    {
        if (Dialable(addresses) is { Count: > 0 } dialable) _searchDriver.Handle(new AddressesLearned(dialable));
    }

    private List<Uri> Dialable(IReadOnlyList<string> addresses) =>
        [.. addresses.Select(text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : null).OfType<Uri>().Where(_setup.Dialer.MayDial)];

    private void HandleIntroduction(TakeIntroductionFrom taken)
    {
        CheckLater();
        _introducers[taken.Through] = taken.Owner;
        TellIntroducers();
        var introduction = taken.Introduction;
        _searchDriver.Handle(new IntroductionReceived(taken.Through, introduction.AnswerWanted, introduction.PleaseDial, Dialable(introduction.Addresses)));
    }

    private void TellIntroducers() => _searchDriver.Handle(new IntroducersChanged([.. _introducers.Keys.OrderBy(id => id.Value, StringComparer.Ordinal)]));

    private void TellCarriers() => _searchDriver.Handle(new CarriersChanged(
        [.. _carriers.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value.Select(carrier => new RelayWay(pair.Key, carrier)))]));

    private void Carry(LinkSearchInstruction instruction)
    {
        switch (instruction)
        {
            case Dial dial:
                _setup.Dialer.Dial(dial.Address, dial.Address, Self);
                break;
            case Introduce introduce:
                if (_introducers.TryGetValue(introduce.Through, out var introducer)) introducer.Tell(new IntroduceTo(_remote, introduce.Through, introduce.AnswerWanted, introduce.PleaseDial));
                break;
            case OpenRelay open:
                if (_networks.TryGetValue(open.Way.Network, out var network)) network.Owner.Tell(new OpenRelayTo(_remote, open.Way));
                else Self.Tell(new LinkNotProven(open.Way, CloseCode.RelayClosed, "the network is not shared any more", null));
                break;
            case SearchFailed failed:
                TellNetworks(network => network.Owner.Tell(new PeerNotReached(_remote, failed.Why, failed.Text)));
                _facade.Tell(new PeerUnreachable(_remote, failed.Why, failed.Text));
                break;
        }
    }
}
