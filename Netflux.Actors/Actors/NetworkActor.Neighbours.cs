using Akka.Actor;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Overlays;
using Netflux.Overlays.Graphs;
using Netflux.Sessions;
using Netflux.Signaling;
using Netflux.Wire;

namespace Netflux.Actors;

// Neighbours: attaching to their sessions, finding links to them, and the frames that come from them.
internal sealed partial class NetworkActor
{
    private readonly TokenBucket _introductions;
    private readonly Dictionary<PeerId, PeerCard> _cards = [];
    private readonly Dictionary<PeerId, IReadOnlyList<PeerId>> _carriers = [];      // as the neighbours' actors know them
    private Peer? _leaving;                                                         // the neighbour dropped last, for the announcement that follows

    private IntroducerId ServerIntroducer => new($"door of {_id} at {_start.Server}");

    private IntroducerId MemberIntroducer => new($"members of {_id}");

    // ---- Attaching ----

    private void Connect(ConnectNeighbour connect)
    {
        var id = connect.Card.Id;
        Remember(connect.Card);
        if (connect.Record is { Addresses.Count: > 0 } record) _facade.Tell(new ForPeer(id, new LearnAddresses(record.Addresses)));
        if (_start.Signaling is not null) _facade.Tell(new ForPeer(id, new OfferIntroducer(ServerIntroducer, Self)));
        _carriers.Remove(id);
        OfferCarriers(id);
        AttachTo(id, _epochs[connect.NetworkEpoch]);
    }

    private void AttachTo(PeerId id, EpochChannels epoch)
    {
        var topology = _start.Genesis.Topology;
        var attach = new AttachNetwork(epoch.Id, (uint)epoch.Number, _self.Record, _setup.Options.Network.WindowCostFor(topology), topology.MessageBytesMax + _route.AtEpoch(epoch.Number).FrameOverhead, new Liveness(topology.PingAfter, topology.SuspectAfter, topology.ResumeWindow));
        _facade.Tell(new ForPeer(id, new AttachTo(Self, attach)));
    }

    private void HandleAsked(PeerAttachAsked asked)
    {
        if (_ending is null && EpochOf(asked.Network) is { } epoch && MemberRecord.TryParse(asked.Member, _start.Genesis, WallClock, out var member, out var why) && member.Id == asked.Peer)
        {
            _driver.Handle(new NeighbourAsks(member) { NetworkEpoch = epoch.Number });
            return;
        }
        NetworkLog.NotAdmitted(_log, _id, asked.Peer, _ending is null ? "its record is not valid" : "leaving");
        asked.Ref.Tell(new RefuseTo(asked.Network, NetfluxError.NotAdmitted));
    }

    private EpochChannels? EpochOf(NetworkId attached) => Array.Find(_epochs, epoch => epoch.Id == attached);

    /// <summary>The newest epoch with a channel to the peer; the first where there is none.</summary>
    private EpochChannels EpochWith(PeerId id) => _epochs[^1].Neighbours.ContainsKey(id) ? _epochs[^1] : _epochs[0];

    private Neighbour? FindNeighbour(PeerId id) => EpochWith(id).Neighbours.GetValueOrDefault(id);

    private bool IsNeighbour(PeerId id) => FindNeighbour(id) is not null;

    private void HandleOpened(PeerChannelOpened opened)
    {
        if (EpochOf(opened.Network) is not { } epoch) return;
        if (_ending is not null || !MemberRecord.TryParse(opened.Member, _start.Genesis, WallClock, out var member, out _) || member.Id != opened.Peer)
        {
            opened.Ref.Tell(new DetachFrom(epoch.Id, PeerLeavingReason.ProtocolViolated));
            _driver.Handle(new ConnectFailed(opened.Peer, NetfluxError.NotAdmitted) { NetworkEpoch = epoch.Number });
            return;
        }
        var neighbour = new Neighbour(new Peer(member.Id, member.DisplayName, opened.Ref), opened.Generation, opened.Path);
        epoch.Neighbours[opened.Peer] = neighbour;
        Remember(member.Card);
        if (member.Addresses.Count > 0) opened.Ref.Tell(new LearnAddresses(member.Addresses));
        if (_start.Signaling is not null) opened.Ref.Tell(new OfferIntroducer(ServerIntroducer, Self));
        _route.AtEpoch(epoch.Number).HandleOpened(neighbour.Peer, opened.WindowCost, Now);
        _driver.Handle(new NeighbourUp(member, opened.Path) { NetworkEpoch = epoch.Number });
        RelayNeighbourIsUp(opened.Peer, opened.Path);
        _roots.Handle(new RootNeighbourUp(opened.Peer));
        _carriers.Remove(opened.Peer);
        OfferCarriersToAll();
    }

    private void HandleClosed(PeerChannelClosed closed)
    {
        if (EpochOf(closed.Network) is not { } epoch || !epoch.Neighbours.TryGetValue(closed.Peer, out var neighbour) || neighbour.Generation != closed.Generation) return;
        CloseMember(closed.Peer, epoch);
        _driver.Handle(new NeighbourDown(closed.Peer, closed.Reason) { NetworkEpoch = epoch.Number });   // announces the leave, while the neighbour's name is still known
        epoch.Neighbours.Remove(closed.Peer);
        RootNeighbourIsGone(closed.Peer);
        _carriers.Remove(closed.Peer);
        OfferCarriersToAll();
    }

    private void Drop(PeerId member, EpochChannels epoch, PeerLeavingReason reason)
    {
        if (epoch.Neighbours.TryGetValue(member, out var neighbour))
        {
            CloseMember(member, epoch);
            _leaving = neighbour.Peer;
            epoch.Neighbours.Remove(member);
            RootNeighbourIsGone(member);
        }
        _carriers.Remove(member);
        _facade.Tell(new ForPeer(member, new DetachFrom(epoch.Id, reason)));
    }

    private void CloseMember(PeerId member, EpochChannels epoch)
    {
        _route.AtEpoch(epoch.Number).HandleClosed(member, Now);
        if (!_epochs.Any(other => other != epoch && other.Neighbours.ContainsKey(member))) RelayNeighbourIsGone(member);
    }

    /// <summary>The cards of neighbours, and of others while there is room: an open network lets anybody introduce itself.</summary>
    private void Remember(PeerCard card)
    {
        if (_cards.Count >= _setup.Options.Network.CardsMaxFor(_start.Genesis.Topology) && !_cards.ContainsKey(card.Id))
        {
            foreach (var id in _cards.Keys.Where(id => !IsNeighbour(id)).ToList()) _cards.Remove(id);
        }
        _cards[card.Id] = card;
    }

    private void HandleNotReached(PeerNotReached notReached)
    {
        if (IsNeighbour(notReached.Peer)) return;     // its session judges it
        foreach (var epoch in _epochs)
        {
            _facade.Tell(new ForPeer(notReached.Peer, new DetachFrom(epoch.Id, PeerLeavingReason.ConnectionLost)));
            _driver.Handle(new ConnectFailed(notReached.Peer, notReached.Why) { NetworkEpoch = epoch.Number });
        }
    }

    private void HandlePathChanged(PeerPathChanged changed)
    {
        if (!IsNeighbour(changed.Peer)) return;
        foreach (var epoch in _epochs)
        {
            if (epoch.Neighbours.TryGetValue(changed.Peer, out var neighbour)) epoch.Neighbours[changed.Peer] = neighbour with { Path = changed.Path };
        }
        RelayNeighbourIsUp(changed.Peer, changed.Path);
        _driver.Handle(new NeighbourPathChanged(changed.Peer, changed.Path));
    }

    // ---- Frames ----

    private void HandleFrames(PeerChannelFrames frames)
    {
        if (EpochOf(frames.Network) is not { } epoch || !epoch.Neighbours.TryGetValue(frames.Peer, out var neighbour) || neighbour.Generation != frames.Generation) return;
        var route = _route.AtEpoch(epoch.Number);
        foreach (var frame in frames.Frames)
        {
            switch (frame.Kind)
            {
                case FrameKind.Message: route.HandleMessage(frames.Peer, frame.Flags, frame.Body, Now); break;
                case FrameKind.Control:
                    _driver.Handle(new ControlReceived(frames.Peer, frame.Body, WallClock) { NetworkEpoch = epoch.Number });
                    OfferCarriersSoon();
                    break;
                case FrameKind.Relay: HandleRelayFrame(frames.Peer, frame.Body); break;
                case FrameKind.TrackerRoot: _roots.Handle(new RootFrameReceived(frames.Peer, frame.Body)); break;
                case FrameKind.Graph: _graph.Handle(new GraphFrameReceived(frames.Peer, frame.Body)); break;
            }
        }
        _messages.Drain();
    }

    private void HandleCredit(PeerChannelCredit credit)
    {
        if (EpochOf(credit.Network) is { } epoch && epoch.Neighbours.TryGetValue(credit.Peer, out var neighbour) && neighbour.Generation == credit.Generation)
            _route.AtEpoch(epoch.Number).HandleCredit(credit.Peer, credit.MessagesConsumed, credit.CostConsumed, Now);
    }

    private static void SendOnChannel(EpochChannels epoch, PeerId to, FrameKind kind, FrameFlags flags, ReadOnlyMemory<byte> body)
    {
        if (epoch.Neighbours.TryGetValue(to, out var neighbour)) neighbour.Ref.Tell(new SendOnChannel(epoch.Id, neighbour.Generation, kind, flags, body));
    }

    // ---- Introductions ----

    private void HandleIntroduce(IntroduceTo introduce)
    {
        if (!_cards.TryGetValue(introduce.To, out var card)) return;
        var introduction = new Introduction(_setup.Keys.Card, _id, null, _incarnation.Current, _setup.DisplayName, _start.Admission.Record,
            _self.Addresses, introduce.AnswerWanted, introduce.PleaseDial, WallClock, NetfluxFacade.NewNonce(_setup), introduce.Signal);
        var sealedBytes = Introduction.Seal(introduction, _setup.Keys, card, _setup.EphemeralKeys);
        if (introduce.Through == ServerIntroducer) _start.Signaling?.Tell(new SendIntroduction(introduce.To, _id.ToString(), sealedBytes));
        else if (_overlay.Carriers(introduce.To) is [var carrier, ..]) SendOnChannel(_epochs[_overlay.Epoch], carrier, FrameKind.Control, FrameFlags.None, _overlay.CarryIntroduction(introduce.To, sealedBytes));
        else _facade.Tell(new ForPeer(introduce.To, new IntroducerFailed(introduce.Through)));
    }

    private void TakeIntroduction(PeerId from, ReadOnlySpan<byte> sealedBytes, IntroducerId through)
    {
        if (_ending is not null || !_introductions.TryTake(Clock.Now(_scheduler)) || !Introduction.TryOpen(sealedBytes, _setup.Keys, WallClock, out var introduction)) return;
        if (introduction.Card.Id != from || introduction.Network != _id) return;
        if (!Admission.TryParse(introduction.Admission, _start.Genesis, WallClock, out var admission, out _) || admission.Member != from) return;
        Remember(introduction.Card);
        _facade.Tell(new ForPeer(from, new TakeIntroductionFrom(introduction, through, Self)));
    }

    private void OfferCarriers(PeerId id)
    {
        var carriers = _overlay.Carriers(id);
        if (_carriers.TryGetValue(id, out var known) && known.SequenceEqual(carriers)) return;
        _carriers[id] = carriers;
        _facade.Tell(new ForPeer(id, new OfferCarriers(_epochs[_overlay.Epoch].Id, carriers)));
        _facade.Tell(new ForPeer(id, carriers.Count > 0 ? new OfferIntroducer(MemberIntroducer, Self) : new WithdrawIntroducer(MemberIntroducer)));
    }

    /// <summary>Who vouches for whom changes with what members say; looked at a moment later, once for all that was said.</summary>
    private void OfferCarriersSoon()
    {
        if (!Timers.IsTimerActive(CarriersDue.Instance)) Timers.StartSingleTimer(CarriersDue.Instance, CarriersDue.Instance, _setup.Options.Network.CarriersDelay);
    }

    private void OfferCarriersToAll()
    {
        foreach (var id in _cards.Keys.Where(id => IsNeighbour(id)).Order().ToList()) OfferCarriers(id);
    }

    // ---- Looking again ----

    private void HandleOnline(IReadOnlyList<MemberOnline> online)
    {
        foreach (var member in online.Where(member => member.Card.Id != _setup.Keys.Id && !IsNeighbour(member.Card.Id)))
            _driver.Handle(new MemberHeard(new HeardMember(member.Card, member.Incarnation, member.DisplayName)));
    }

    /// <summary>One of those that see each other asks the server now and then who is there, and a member that sees nobody always: so parts that lost each other come together again.</summary>
    private void HandleLookAgain()
    {
        if (_ending is not null) return;
        if (_setup.Random.NextInt32(_overlay.Members.Count + 1) == 0) _start.Signaling?.Tell(new ListMembers(_id, _id));
        ScheduleLookAgain();
    }

    private void ScheduleLookAgain()
    {
        if (_start.Signaling is not null) Timers.StartSingleTimer(LookAgainDue.Instance, LookAgainDue.Instance, _setup.Options.Network.LookAgainInterval);
    }

    private void HandleOwnAddresses(OwnAddresses own)
    {
        _self = NewRecord(_self.Version + 1, own);
        _driver.Handle(new SelfChanged(_self));
    }

    private MemberRecord NewRecord(uint version, OwnAddresses own) => MemberRecord.Create(_setup.Keys, _start.Genesis, _incarnation.Current, version, _setup.DisplayName,
        _start.Admission, [.. own.Advertised.Take(MemberRecord.AddressesMax).Select(uri => uri.ToString())], _setup.Options.Relays);
}
