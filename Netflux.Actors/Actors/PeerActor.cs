using System.Buffers;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Sessions;
using Netflux.Sessions.Handshake;
using Netflux.Wire;

namespace Netflux.Actors;

/// <summary>One remote peer: drives its session and the search for a link, and stands between its links and the networks that are shared with it.</summary>
internal sealed partial class PeerActor : UntypedActor, IWithTimers
{
    private static readonly object FlushDue = new FlushDueMessage();

    private readonly IScheduler _scheduler = Context.System.Scheduler;
    private readonly NetfluxSetup _setup;
    private readonly IActorRef _facade;
    private readonly IActorRef _links;
    private readonly PeerId _remote;
    private readonly ILogger _log;
    private readonly bool _listening;
    private readonly PeerSession _session;
    private readonly CoreDriver<SessionFact, SessionInstruction> _sessionDriver;
    private readonly CoreDriver<LinkSearchFact, LinkSearchInstruction> _searchDriver;
    private readonly Dictionary<LinkId, ProvenLink> _ownLinks = [];
    private readonly Dictionary<NetworkId, SharedNetwork> _networks = [];
    private readonly Dictionary<IntroducerId, IActorRef> _introducers = [];
    private readonly Dictionary<NetworkId, IReadOnlyList<PeerId>> _carriers = [];
    private string _name = "";
    private LinkReach _reach;
    private bool _connected;     // a session is up
    private bool _keep;          // a meeting point's peer stays without a network
    private bool _ending;
    private bool _flushDue;
    private long _routedSeen;
    private int _generation;

    public PeerActor(NetfluxSetup setup, IActorRef facade, IActorRef links, IncarnationSource incarnation, PeerId remote, ReassemblyBudget budget, bool listening)
    {
        (_setup, _facade, _links, _remote) = (setup, facade, links, remote);
        _log = setup.Logging.CreateLogger("Netflux.Peers");
        _session = new PeerSession(setup.Keys.Id, () => incarnation.Current, remote, setup.Options.Session, budget);
        _sessionDriver = new(Context, _session, Carry, _log, $"peer-{remote.Short}/session");
        _searchDriver = new(Context, new LinkSearch(setup.Keys.Id, remote, setup.Connector is not null, setup.Options.LinkSearch, setup.Random), Carry, _log, $"peer-{remote.Short}/search");
        _listening = listening;
        _outside = new(Context, this, OutsideLimits, setup.Options.RequestTimeout);
    }

    protected override void PreStart()
    {
        _searchDriver.Handle(new OwnAddressesChanged(_listening));
        CheckLater();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private Peer Peer => new(_remote, _name, Self);

    private Instant Now => Clock.Now(_scheduler);

    protected override void OnReceive(object message)
    {
        if (message is Routed routed)
        {
            _routedSeen++;
            message = routed.Message;
        }
        switch (message)
        {
            // Data path first.
            case SendOnChannel send: HandleSend(send); break;
            case RecordReceived record: HandleRecord(record); break;
            case LinkWritten written: _sessionDriver.Handle(written); FlushSoon(); break;
            case FlushDueMessage: _flushDue = false; Flush(); break;
            case ConsumeOnChannel consume: HandleConsume(consume); break;
            case DeadlineDue due: HandleDue(due); break;

            // Links.
            case ProvenLink proven: HandleProven(proven); break;
            case LinkLost lost: HandleLost(lost); break;
            case Terminated terminated when !_outside.TryHandle(terminated): HandleTerminated(terminated.ActorRef); break;
            case Terminated: break;
            case LinkDialled dialled: _links.Tell(new BuildLink(dialled.Link, LinkRole.Dialler, _remote, Self, dialled.Address)); break;
            case LinkDialFailed failed: HandleDialFailed(failed); break;
            case DataChannelDescribed described: _searchDriver.Handle(new DescriptionMade(described.Connection, described.Sdp)); break;
            case DataChannelCandidate candidate: _searchDriver.Handle(new CandidateFound(candidate.Connection, candidate.Line)); break;
            case DataChannelOpened opened: HandleOpened(opened); break;
            case DataChannelNotOpened failed: HandleNotOpened(failed.Connection, failed.Why); break;
            case LinkNotProven notProven: HandleNotProven(notProven); break;

            // Ways to find one.
            case LearnAddresses learn: HandleAddresses(learn.Addresses); break;
            case OfferIntroducer offer: _introducers[offer.Id] = offer.Owner; TellIntroducers(); break;
            case WithdrawIntroducer withdraw: _introducers.Remove(withdraw.Id); TellIntroducers(); break;
            case OfferCarriers offer: _carriers[offer.Network] = offer.Carriers; TellCarriers(); break;
            case IntroducerFailed failed: _searchDriver.Handle(new IntroductionUndelivered(failed.Id)); break;
            case TakeIntroductionFrom taken: HandleIntroduction(taken); break;
            case OwnAddresses own: _searchDriver.Handle(new OwnAddressesChanged(own.Advertised.Count > 0)); break;

            // Networks.
            case AttachTo attach: HandleAttach(attach); break;
            case RefuseTo refuse: Say(new RefuseAttach(refuse.Network, refuse.Why)); break;
            case DetachFrom detach: HandleDetach(detach); break;
            case OfferInvitationTo offer: Say(new OfferInvitation(offer.Id, offer.Invitation)); break;
            case AnswerInvitationOf answer: Say(new AnswerInvitation(answer.Id, answer.Reason, answer.Why)); break;

            // The facade and users.
            case KeepConnected keep: HandleKeep(keep); break;
            case GetLinkReport: Sender.Tell(new LinkReport(_remote, _history.Attempts), Self); break;
            case GetPeerId: Sender.Tell(new PeerIdentified(_remote), Self); break;
            case SendJoinRequest request: _facade.Forward(request with { Peer = _remote }); break;
            case DisconnectPeer disconnect: HandleDisconnect(disconnect); break;
            case EndPeer end: HandleEnd(end.Reason); break;
            case IdleCheckDue: StopWhenIdle(); break;
            case PeerReleased: Context.Stop(Self); break;
            default:
                if (!_outside.TryHandle(message)) Unhandled(message);
                break;
        }
    }

    // ---- Data path ----

    private void HandleSend(SendOnChannel send)
    {
        if (!_networks.TryGetValue(send.Network, out var network) || network.Generation != send.Generation) return;
        if (!_session.TrySend(send.Network, send.Kind, send.Flags, send.Body, Now)) return;
        if (send.Kind == FrameKind.Relay) network.Tickets.Enqueue(send.Ticket);
        FlushSoon();
    }

    private void HandleRecord(RecordReceived received)
    {
        _session.HandleRecord(received.Link, received.Record, Now);
        _sessionDriver.Drain();
        if (_ownLinks.TryGetValue(received.Link, out var link)) link.Link.Tell(RecordConsumed.Instance);
        FlushSoon();
    }

    private void HandleConsume(ConsumeOnChannel consume)
    {
        if (!_networks.TryGetValue(consume.Network, out var network) || network.Generation != consume.Generation) return;
        Say(new ConsumeMessages(consume.Network, consume.UpTo));
    }

    private void HandleDue(DeadlineDue due)
    {
        if (_sessionDriver.HandleDue(due)) FlushSoon();
        else if (!_searchDriver.HandleDue(due)) _outside.TryHandle(due);
    }

    /// <summary>Says something to the session, and writes what follows from it once the mailbox has been worked off up to here: so frames of one burst share records.</summary>
    private void Say(SessionFact fact)
    {
        _sessionDriver.Handle(fact);
        FlushSoon();
    }

    private void FlushSoon()
    {
        if (_flushDue) return;
        _flushDue = true;
        Self.Tell(FlushDue);
    }

    private void Flush()
    {
        while (_session.TryGetWritableLink(out var link, out var bytesMax))
        {
            var buffer = ArrayPool<byte>.Shared.Rent(bytesMax + RecordProtection.OverheadMax);
            var length = _session.WriteRecord(link, buffer.AsSpan(0, bytesMax), Now);
            if (length > 0 && _ownLinks.TryGetValue(link, out var own)) own.Link.Tell(new SendRecord(buffer, length));
            else ArrayPool<byte>.Shared.Return(buffer);
            if (length == 0) break;
        }
        _sessionDriver.Drain();
    }

    // ---- Life ----

    private void HandleKeep(KeepConnected keep)
    {
        _keep = true;
        if (keep.Subscriber is not null) _outside.TrySubscribe(keep.Subscriber, keep.Window);
        Say(new KeepOpen(true));
    }

    private void HandleDisconnect(DisconnectPeer disconnect)
    {
        if (_networks.Count > 0)
        {
            Sender.Tell(new Status.Failure(new NetfluxException(NetfluxError.SharedNetworks, $"{Peer} shares {_networks.Count} network(s) with this process; leave them first.")
                { Request = disconnect.RequestId, Peer = _remote }));
            return;
        }
        _disconnecting.Add(Sender);
        HandleEnd(PeerLeavingReason.Disconnected);
    }

    private void HandleEnd(PeerLeavingReason reason)
    {
        (_keep, _ending) = (false, true);
        Say(new EndSession(reason));
        StopWhenIdle();
    }

    /// <summary>An actor made for an introduction that came to nothing goes again.</summary>
    private void CheckLater() => Timers.StartSingleTimer(IdleCheckDue.Instance, IdleCheckDue.Instance, _setup.Options.IdlePeerKept);

    private void StopWhenIdle()
    {
        if (_networks.Count > 0 || _connected || (_keep && !_ending)) return;
        _searchDriver.Handle(new SearchStopped());
        _facade.Tell(new PeerIdle(_remote, _routedSeen));
        CheckLater();     // something may be on its way that comes to nothing
    }

    protected override void PostStop()
    {
        _sessionDriver.Stop();
        _searchDriver.Stop();
        _outside.Stop();
        foreach (var (id, network) in _networks) network.Owner.Tell(new PeerChannelClosed(id, _remote, network.Generation, PeerLeavingReason.Faulted));   // none is left but after an exception
        foreach (var link in _ownLinks.Values) link.Link.Tell(new CloseLinkWith(CloseCode.Done, "the session has ended"));
        foreach (var opening in _opening.Values) opening.Connection.Abandon();
    }

    private sealed class SharedNetwork(IActorRef owner, int generation)
    {
        public IActorRef Owner { get; } = owner;
        public int Generation { get; set; } = generation;
        /// <summary>Of the relayed frames handed to the session that have not arrived at the other side, in order.</summary>
        public Queue<ulong> Tickets { get; } = [];
    }

    private sealed class FlushDueMessage;

    private sealed record IdleCheckDue
    {
        public static readonly IdleCheckDue Instance = new();
    }
}
