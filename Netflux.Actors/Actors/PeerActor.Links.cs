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
    private readonly LinkHistory _history = new();
    private readonly Dictionary<OfferId, (IPeerConnection Connection, LinkRole Role)> _opening = [];   // data channels; the search bounds them

    private DateTimeOffset WallClock => _scheduler.Now;

    private void HandleProven(ProvenLink proven)
    {
        if (proven.Token is null) _history.Begin(proven.Key, proven.Proven.Kind == LinkKind.Relayed ? LinkWay.Relayed : LinkWay.Accepted, proven.RemoteAddress, WallClock);
        _history.HandleUp(proven.Key, WallClock);
        _ownLinks[proven.Proven.Link] = proven;
        Context.Watch(proven.Link);
        proven.Link.Tell(new OwnLink(Self));
        ReachMayHaveChanged();
        Say(proven.Proven);
    }

    private void HandleLost(LinkLost lost)
    {
        if (!_ownLinks.Remove(lost.Link, out var link)) return;
        _history.HandleClosed(link.Key, $"{lost.Code}: {lost.Text}", WallClock);
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
        _history.HandleFailed(notProven.Token!, $"{notProven.Code}: {notProven.Text}", WallClock);
        _searchDriver.Handle(notProven.Token switch
        {
            Uri address => new DialFailed(address),
            RelayWay way => new RelayFailed(way),
            OfferId connection => new ConnectionFailed(connection),
            _ => throw new InvalidOperationException($"unknown token {notProven.Token}"),
        });
    }

    private void HandleDialFailed(LinkDialFailed failed)
    {
        _history.HandleFailed(failed.Address, failed.Why, WallClock);
        _searchDriver.Handle(new DialFailed(failed.Address));
    }

    // ---- Data channels ----

    private void Begin(OfferId id, LinkRole role, Func<IPeerConnector, IPeerConnection> begin)
    {
        if (_setup.Connector is not { } connector) throw new InvalidOperationException("The search opens data channels, and there is nothing to open them with.");
        var connection = begin(connector);
        _opening[id] = (connection, role);
        _history.Begin(id, role == LinkRole.Dialler ? LinkWay.Offered : LinkWay.Answered, $"data channel {id}", WallClock, connection.Report);
    }

    private void HandleOpened(DataChannelOpened opened)
    {
        if (!_opening.Remove(opened.Connection, out var opening))
        {
            opened.Link.Close(CloseCode.Done, "it is not needed any more");     // given up at the same moment
            return;
        }
        _searchDriver.Handle(new ConnectionUp(opened.Connection));
        _links.Tell(new BuildLink(opened.Link, opening.Role, _remote, Self, opened.Connection));
    }

    private void HandleNotOpened(OfferId id, string why)
    {
        if (!_opening.Remove(id)) return;
        _history.HandleFailed(id, why, WallClock);
        _searchDriver.Handle(new ConnectionFailed(id));
    }

    private void Abandon(AbandonConnection abandon)
    {
        if (!_opening.Remove(abandon.Connection, out var opening)) return;
        _history.HandleAbandoned(abandon.Connection, abandon.Why, WallClock);
        opening.Connection.Abandon();
    }

    // ---- Ways to find a link ----

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
        _searchDriver.Handle(new IntroductionReceived(taken.Through, introduction.AnswerWanted, introduction.PleaseDial, Dialable(introduction.Addresses), introduction.Signal));
    }

    private void TellIntroducers() => _searchDriver.Handle(new IntroducersChanged([.. _introducers.Keys.OrderBy(id => id.Value, StringComparer.Ordinal)]));

    private void TellCarriers() => _searchDriver.Handle(new CarriersChanged(
        [.. _carriers.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value.Select(carrier => new RelayWay(pair.Key, carrier)))]));

    private void Carry(LinkSearchInstruction instruction)
    {
        switch (instruction)
        {
            case Dial dial:
                _history.Begin(dial.Address, LinkWay.Dialled, dial.Address.ToString(), WallClock);
                _setup.Dialer.Dial(dial.Address, dial.Address, Self);
                break;
            case Introduce introduce:
                if (_introducers.TryGetValue(introduce.Through, out var introducer)) introducer.Tell(new IntroduceTo(_remote, introduce.Through, introduce.AnswerWanted, introduce.PleaseDial, introduce.Signal));
                break;
            case OfferConnection offer: Begin(offer.Connection, LinkRole.Dialler, connector => connector.Offer(offer.Connection, Self)); break;
            case AnswerConnection answer: Begin(answer.Connection, LinkRole.Listener, connector => connector.Answer(answer.Connection, answer.Offer, Self)); break;
            case TakeAnswer take when _opening.TryGetValue(take.Connection, out var opening): opening.Connection.TakeAnswer(take.Answer); break;
            case TakeCandidates take when _opening.TryGetValue(take.Connection, out var opening): opening.Connection.TakeCandidates(take.Lines, take.Last); break;
            case AbandonConnection abandon: Abandon(abandon); break;
            case OpenRelay open:
                _history.Begin(open.Way, LinkWay.Relayed, $"by way of {open.Way.Carrier}", WallClock);
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
