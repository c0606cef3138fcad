using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;

namespace Netflux.Actors;

// Join requests: invitations that go out, and the one answerer of those that come in.
public sealed partial class NetfluxFacade
{
    private readonly JoinRequests _joinRequests;

    private sealed class JoinRequests(NetfluxFacade facade)
    {
        private sealed record Incoming(PeerId From, ulong Invitation, InvitationRecord Record);

        private readonly Dictionary<JoinRequestId, Incoming> _incoming = [];
        private IActorRef? _answerer;
        private long _lastId;
        private ulong _lastInvitation;

        private IActorRef Sender => facade.Sender;

        private IActorRef Self => facade.Self;

        public void Begin(NetfluxRequest request)
        {
            switch (request)
            {
                case SendJoinRequest send: BeginSend(send); break;
                case AnswerJoinRequests answer: BeginAnswering(answer.Answerer); break;
                case StopAnsweringJoinRequests stop: EndAnswering(stop.Answerer); break;
                case AcceptJoinRequest accept: BeginAccept(accept); break;
                case DeclineJoinRequest decline: Decline(decline); break;
            }
        }

        // ---- Going out ----

        private void BeginSend(SendJoinRequest send)
        {
            var network = facade.Joined(send.Network);
            var peer = facade.Connected(send.Peer);
            if (!network.Admission.MayInvite)
                throw new NetfluxException(NetfluxError.NotAdmitted, "This process was admitted to the network without the right to invite.") { Network = send.Network };
            var open = facade.Open(send);
            (open.Network, open.Peer, open.Invitation) = (send.Network, send.Peer, ++_lastInvitation);
            var admission = Admission.Issue(facade._setup.Keys, network.Genesis, send.Peer, network.Admission, mayInvite: true, facade.WallClock, null);
            var invitation = InvitationRecord.Create(facade._setup.Keys, network.Genesis, admission, network.Handle!.Name, network.Server?.ToString());
            peer.Route(new OfferInvitationTo(open.Invitation, invitation.Record), facade.Self);
        }

        public void HandleAnswer(InvitationAnswer answer)
        {
            var open = facade._requests.Find(open => open.Request is SendJoinRequest && open.Peer == answer.From && open.Invitation == answer.Id);
            if (open is null) return;
            var network = open.Network!.Value;
            facade.Answer(open.Id, answer.Reason is { } reason
                ? new JoinRequestDeclined(answer.From, network, reason, answer.Why)
                : new JoinRequestAccepted(answer.From, network));
        }

        /// <summary>An invitation that nobody answered in time is a decline with that reason, not a failure.</summary>
        public bool TryExpire(OpenRequest open)
        {
            if (open.Request is not SendJoinRequest send) return false;
            NetfluxTelemetry.End(open, null, facade.Now);
            open.Requester.Tell(new JoinRequestDeclined(send.Peer, send.Network, JoinRequestDeclinedReason.TimedOut, "The peer did not answer in time."), Self);
            return true;
        }

        public void HandlePeerGone(PeerId peer)
        {
            foreach (var open in facade._requests.FindAll(open => open.Request is SendJoinRequest && open.Peer == peer))
                facade.Answer(open.Id, new JoinRequestDeclined(peer, open.Network!.Value, JoinRequestDeclinedReason.ConnectionLost, "The connection to the peer ended first."));
            foreach (var (id, _) in _incoming.Where(pair => pair.Value.From == peer).ToList()) _incoming.Remove(id);
        }

        // ---- Coming in ----

        private void BeginAnswering(IActorRef answerer)
        {
            if (_answerer is not null && !_answerer.Equals(answerer))
                throw new NetfluxException(NetfluxError.AnswererTaken, "Another actor answers join requests; it has to say StopAnsweringJoinRequests first.");
            if (_answerer is null) Context.WatchWith(answerer, new StopAnsweringJoinRequests(answerer));
            _answerer = answerer;
            Sender.Tell(new AnsweringJoinRequests(answerer), Self);
        }

        private void EndAnswering(IActorRef answerer)
        {
            if (answerer.Equals(_answerer))
            {
                Context.Unwatch(answerer);
                _answerer = null;
            }
            if (!Sender.IsNobody() && !Sender.Equals(answerer) || _answerer is null) Sender.Tell(new AnsweringJoinRequests(_answerer), Self);
        }

        public void HandleArrived(InvitationArrived arrived)
        {
            if (!facade._peers.TryGetValue(arrived.From, out var peer)) return;
            if (!InvitationRecord.TryParse(arrived.Invitation, facade._setup.Keys.Id, facade.WallClock, out var record, out var why) || record.From != arrived.From)
                Answer(arrived.From, arrived.Id, JoinRequestDeclinedReason.Declined, $"The invitation is not valid: {why}");
            else if (facade._networks.ContainsKey(record.Genesis.Network))
                Answer(arrived.From, arrived.Id, JoinRequestDeclinedReason.AlreadyMember, "");
            else if (_answerer is null)
                Answer(arrived.From, arrived.Id, JoinRequestDeclinedReason.NobodyAnswering, "");
            else if (_incoming.Count >= facade._setup.Options.OpenJoinRequestsMax)
                Answer(arrived.From, arrived.Id, JoinRequestDeclinedReason.TooMany, "");
            else
            {
                var id = new JoinRequestId(++_lastId);
                _incoming[id] = new Incoming(arrived.From, arrived.Id, record);
                _answerer.Tell(new JoinRequest(id, peer.Handle, new Invitation(record.Genesis.Network, record.Name, record.Genesis.Topology)), Self);
            }
        }

        private void BeginAccept(AcceptJoinRequest accept)
        {
            var incoming = Take(accept.Id);
            var genesis = incoming.Record.Genesis;
            if (facade._networks.ContainsKey(genesis.Network))
            {
                Answer(incoming.From, incoming.Invitation, JoinRequestDeclinedReason.AlreadyMember, "");
                throw Already(genesis.Network);
            }
            var inviter = facade.Connected(incoming.From);
            var open = facade.Open(accept);
            open.Name = incoming.Record.Name;
            Answer(incoming.From, incoming.Invitation, null, "");
            facade.StartNetwork(open, genesis, [], incoming.Record.Admission, new HeardMember(inviter.Card!, inviter.Incarnation, inviter.Name));
        }

        private void Decline(DeclineJoinRequest decline)
        {
            var incoming = Take(decline.Id);
            Answer(incoming.From, incoming.Invitation, JoinRequestDeclinedReason.Declined, decline.Why);
            Sender.Tell(new JoinRequestClosed(decline.Id), Self);
        }

        private Incoming Take(JoinRequestId id) => _incoming.Remove(id, out var incoming) ? incoming
            : throw new NetfluxException(NetfluxError.UnknownRequest, "No open join request has this id: it was answered already, or the peer that asked is gone.");

        private void Answer(PeerId to, ulong invitation, JoinRequestDeclinedReason? reason, string why)
        {
            if (facade._peers.TryGetValue(to, out var peer)) peer.Route(new AnswerInvitationOf(invitation, reason, why), facade.Self);
        }
    }
}
