using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Signaling;

namespace Netflux.Actors;

// Join requests: invitations that go out, and the one answerer of those that come in.
public sealed partial class NetfluxFacade
{
    private readonly JoinRequests _joinRequests;

    private sealed partial class JoinRequests(NetfluxFacade facade)
    {
        /// <param name="From">Who invites.</param>
        /// <param name="Invitation">The number under which it is answered, where it came from the peer itself.</param>
        /// <param name="Record">What it says.</param>
        /// <param name="Kept">Where it came from a server.</param>
        private sealed record Incoming(PeerId From, ulong Invitation, InvitationRecord Record, KeptInvitation? Kept = null)
        {
            /// <summary>It is being accepted; if that fails, it is open again.</summary>
            public bool IsTaken { get; init; }
        }

        private readonly SortedDictionary<long, Incoming> _incoming = [];
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
                case WithdrawJoinRequest withdraw: BeginWithdraw(withdraw); break;
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
            if (!network.Admission.MayInvite)
                throw new NetfluxException(NetfluxError.NotAdmitted, "This process was admitted to the network without the right to invite.") { Network = send.Network };
            if (!facade._peers.TryGetValue(send.Peer, out var peer) || !peer.IsConnected)
            {
                BeginKeeping(send, network);
                return;
            }
            var open = facade.Open(send);
            (open.Network, open.Peer, open.Invitation) = (send.Network, send.Peer, ++_lastInvitation);
            peer.Route(new OfferInvitationTo(open.Invitation, InvitationFor(send.Peer, network).Record), facade.Self);
        }

        private InvitationRecord InvitationFor(PeerId peer, NetworkEntry network)
        {
            var admission = Admission.Issue(facade._setup.Keys, network.Genesis, peer, network.Admission, mayInvite: true, facade.WallClock, null);
            return InvitationRecord.Create(facade._setup.Keys, network.Genesis, admission, network.Handle!.Name, network.Server?.ToString(), network.IsTracked);
        }

        public void HandleAnswer(InvitationAnswer answer)
        {
            var open = facade._requests.Find(open => IsOffered(open) && open.Peer == answer.From && open.Invitation == answer.Id);
            if (open is null) return;
            var network = open.Network!.Value;
            facade.Answer(open.Id, answer.Reason is { } reason
                ? new JoinRequestDeclined(answer.From, network, reason, answer.Why)
                : new JoinRequestAccepted(answer.From, network));
        }

        private static bool IsOffered(OpenRequest open) => open is { Request: SendJoinRequest, Keeping: null };

        /// <summary>An invitation that nobody answered in time is a decline with that reason, not a failure.</summary>
        public bool TryExpire(OpenRequest open)
        {
            if (!IsOffered(open)) return false;
            NetfluxTelemetry.End(open, null, facade.Now);
            open.Requester.Tell(new JoinRequestDeclined(open.Peer!.Value, open.Network!.Value, JoinRequestDeclinedReason.TimedOut, "The peer did not answer in time."), Self);
            return true;
        }

        public void HandlePeerGone(PeerId peer)
        {
            foreach (var open in facade._requests.FindAll(open => IsOffered(open) && open.Peer == peer))
                facade.Answer(open.Id, new JoinRequestDeclined(peer, open.Network!.Value, JoinRequestDeclinedReason.ConnectionLost, "The connection to the peer ended first."));
            foreach (var (id, _) in _incoming.Where(pair => pair.Value is { Kept: null } incoming && incoming.From == peer).ToList()) _incoming.Remove(id);
        }

        // ---- Coming in ----

        private void BeginAnswering(IActorRef answerer)
        {
            if (_answerer is not null && !_answerer.Equals(answerer))
                throw new NetfluxException(NetfluxError.AnswererTaken, "Another actor answers join requests; it has to say StopAnsweringJoinRequests first.");
            var isNew = _answerer is null;
            if (isNew) Context.WatchWith(answerer, new StopAnsweringJoinRequests(answerer));
            _answerer = answerer;
            Sender.Tell(new AnsweringJoinRequests(answerer), Self);
            if (isNew) ShowKept();
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
            if (!facade._peers.ContainsKey(arrived.From)) return;
            if (!InvitationRecord.TryParse(arrived.Invitation, facade._setup.Keys.Id, facade.WallClock, out var record, out var why) || record.From != arrived.From)
                Answer(arrived.From, arrived.Id, JoinRequestDeclinedReason.Declined, $"The invitation is not valid: {why}");
            else if (facade._networks.ContainsKey(record.Genesis.Network))
                Answer(arrived.From, arrived.Id, JoinRequestDeclinedReason.AlreadyMember, "");
            else if (_answerer is null)
                Answer(arrived.From, arrived.Id, JoinRequestDeclinedReason.NobodyAnswering, "");
            else if (IsFull(ofKept: false))
                Answer(arrived.From, arrived.Id, JoinRequestDeclinedReason.TooMany, "");
            else
            {
                _incoming[++_lastId] = new Incoming(arrived.From, arrived.Id, record);
                Show(_lastId, _incoming[_lastId]);
            }
        }

        /// <summary>Those that are kept stay, and take no places of the others.</summary>
        private bool IsFull(bool ofKept) => _incoming.Values.Count(incoming => incoming.Kept is not null == ofKept) >= facade._setup.Options.OpenJoinRequestsMax;

        private void Show(long id, Incoming incoming)
        {
            if (_answerer is null) return;
            var from = facade._peers.TryGetValue(incoming.From, out var peer) && (incoming.Kept is null || peer.IsConnected) ? peer.Handle
                : new Peer(incoming.From, incoming.Kept?.Sender.DisplayName ?? "", ActorRefs.Nobody);
            var (record, sent) = (incoming.Record, incoming.Kept?.SentAt);
            _answerer.Tell(new JoinRequest(new JoinRequestId(id), from, new Invitation(record.Genesis.Network, record.Name, record.Genesis.Topology)) { SentAt = sent }, Self);
        }

        private void BeginAccept(AcceptJoinRequest accept)
        {
            var incoming = Find(accept.Id);
            var record = incoming.Record;
            if (facade._networks.ContainsKey(record.Genesis.Network))
            {
                Close(accept.Id, incoming, JoinRequestDeclinedReason.AlreadyMember, "");
                throw Already(record.Genesis.Network);
            }
            var inviter = facade._peers.TryGetValue(incoming.From, out var peer) && peer.IsConnected ? new HeardMember(peer.Card!, peer.Incarnation, peer.Name) : null;
            var server = record.Server is null || (inviter is not null && !record.IsTracked) ? null : ServerNamedIn(record);
            if (server is null && inviter is null)
                throw new NetfluxException(NetfluxError.PeerUnreachable, "No server keeps this network's door, and the peer that invites is not connected: accept once it is.") { Network = record.Genesis.Network, Peer = incoming.From };
            var open = facade.Open(accept);
            (open.Name, open.Admission, open.Inviter, open.Server) = (record.Name, record.Admission, inviter, server);
            if (incoming.Kept is null) Close(accept.Id, incoming, null, "");
            else
            {
                open.Accepts = accept.Id;
                _incoming[accept.Id.Value] = incoming with { IsTaken = true };
            }
            if (server is null) facade.StartNetwork(open, record.Genesis, []);
            else facade.SignalingAt(server).Tell(new OpenDoor(open.Id, record.Genesis.Network.ToString(), record.Genesis.Record, DoorMode.Join, false, Self), Self);
        }

        private static Uri ServerNamedIn(InvitationRecord record) =>
            Uri.TryCreate(record.Server, UriKind.Absolute, out var url) ? ServerOf(url) : throw new NetfluxException(NetfluxError.InvalidAddress, "The invitation names a server by something that is no address.") { Network = record.Genesis.Network };

        private void Decline(DeclineJoinRequest decline)
        {
            Close(decline.Id, Find(decline.Id), JoinRequestDeclinedReason.Declined, decline.Why);
            Sender.Tell(new JoinRequestClosed(decline.Id), Self);
        }

        private Incoming Find(JoinRequestId id)
        {
            EndExpired();
            return _incoming.TryGetValue(id.Value, out var incoming) && !incoming.IsTaken ? incoming
                : throw new NetfluxException(NetfluxError.UnknownRequest, "No open join request has this id: it was answered already, its time is over, or the peer that asked is gone.");
        }

        private void Close(JoinRequestId id, Incoming incoming, JoinRequestDeclinedReason? reason, string why)
        {
            _incoming.Remove(id.Value);
            if (incoming.Kept is { } kept) EndKept(kept);
            else Answer(incoming.From, incoming.Invitation, reason, why);
        }

        private void Answer(PeerId to, ulong invitation, JoinRequestDeclinedReason? reason, string why)
        {
            if (facade._peers.TryGetValue(to, out var peer)) peer.Route(new AnswerInvitationOf(invitation, reason, why), facade.Self);
        }
    }
}
