using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;

namespace Netflux.Actors;

// Join requests that a tracking server keeps for somebody who is not connected.
public sealed partial class NetfluxFacade
{
    private sealed partial class JoinRequests
    {
        private readonly Dictionary<(PeerId From, InvitationId Id), DateTimeOffset> _answered = []; // until they end: the server, or a lie of it, may bring them again
        private readonly HashSet<NetworkId> _full = []; // at whose doors more may wait than there was room for

        // ---- Going out ----

        private void BeginKeeping(SendJoinRequest send, NetworkEntry network)
        {
            var keepFor = send.KeepFor ?? facade._setup.Options.JoinRequestKeptFor;
            if (keepFor <= TimeSpan.Zero || keepFor > IdentityOptions.KeptInvitationLifeMax)
                throw new NetfluxException(NetfluxError.InvalidOptions, $"KeepFor is {keepFor}; more than zero and at most {IdentityOptions.KeptInvitationLifeMax.TotalDays:0} days are kept.") { Peer = send.Peer };
            var through = facade._networks.Values.Where(entry => entry is { IsUp: true, IsTracked: true } && entry != network).Select(entry => entry.Genesis.Network).Order().ToList();
            if (through.Count == 0) throw NotConnected(send);
            if (network.Server is null)
                throw new NetfluxException(NetfluxError.UnknownPeer, $"{send.Peer} is not connected, and a network without a server cannot be joined later: create it at one.") { Peer = send.Peer, Network = send.Network };
            var open = facade.Open(send);
            // As it is written: whole milliseconds.
            var until = DateTimeOffset.FromUnixTimeMilliseconds((facade.WallClock + keepFor).ToUnixTimeMilliseconds());
            (open.Network, open.Peer, open.Keeping) = (send.Network, send.Peer, new KeepingRequest(until, new Queue<NetworkId>(through)));
            if (!TryAskNext(open)) throw NotConnected(send);
        }

        private static NetfluxException NotConnected(SendJoinRequest send) =>
            new(NetfluxError.UnknownPeer, $"{send.Peer} is not connected, and no tracking server knows it as a member of another network of this process, which would keep the join request.") { Peer = send.Peer, Network = send.Network };

        /// <summary>Looks for the peer in the list of the next network; false where there is no other, or it was found before.</summary>
        public bool TryAskNext(OpenRequest open)
        {
            if (open.Keeping is not { Kept: null } keeping) return false;
            while (keeping.Through.TryDequeue(out var network))
            {
                if (!facade._networks.TryGetValue(network, out var entry) || !entry.IsUp) continue;
                keeping.Asked = network;
                facade.SignalingAt(entry.Server!).Tell(new ListTracked(open.Id, network, open.Peer), Self);
                return true;
            }
            return false;
        }

        public void HandleFound(OpenRequest open, TrackedListed listed)
        {
            if (open.Keeping is not { Kept: null } keeping || listed.Network != keeping.Asked || !facade._networks.TryGetValue(listed.Network, out var through) || !through.IsUp) return;
            var found = listed.Members.Select(member => MemberRecord.TryParse(member.Record, through.Genesis, facade.WallClock, out var record, out _) ? record : null).FirstOrDefault(record => record?.Id == open.Peer);
            if (found is not null) Keep(open, keeping, through, found.Card);
            else if (!TryAskNext(open)) facade.Fail(open.Id, NetfluxError.UnknownPeer, NotConnected((SendJoinRequest)open.Request).Message);
        }

        private void Keep(OpenRequest open, KeepingRequest keeping, NetworkEntry through, PeerCard to)
        {
            if (!facade._networks.TryGetValue(open.Network!.Value, out var network) || !network.IsUp)
            {
                facade.Fail(open.Id, NetfluxError.NotAMember, $"This process is not a member of the network {open.Network} any more.");
                return;
            }
            Span<byte> drawn = stackalloc byte[InvitationId.Length];
            facade._setup.Random.Fill(drawn);
            InvitationId.TryRead(drawn, out var id);
            var by = through.Genesis.Network;
            var kept = new KeptInvitation(id, by, facade.RecordForServer(through.Genesis, through.Admission), InvitationFor(to.Id, network), facade.WallClock, keeping.Until);
            keeping.Kept = new JoinRequestKept(to.Id, network.Genesis.Network, id, by, keeping.Until);
            facade.SignalingAt(through.Server!).Tell(new LeaveInvitation(open.Id, by, id, to.Id, keeping.Until, KeptInvitation.Seal(kept, facade._setup.Keys, to, facade._setup.EphemeralKeys)), Self);
        }

        /// <summary>The request was given up: what the server keeps nevertheless is taken back.</summary>
        public void UndoKeeping(OpenRequest open)
        {
            if (open.Keeping?.Kept is { } kept) Remove(kept.Through, kept.Id);
        }

        private void BeginWithdraw(WithdrawJoinRequest withdraw)
        {
            var through = facade.Remembered(withdraw.Through);
            var open = facade.Open(withdraw);
            open.Network = withdraw.Through;
            facade.SignalingAt(through.Server!).Tell(new RemoveInvitation(open.Id, withdraw.Through, withdraw.Id), Self);
        }

        // ---- Coming in ----

        public void HandleCollected(InvitationCollected collected)
        {
            // One that comes before this peer is in the network comes again when it is.
            if (!facade._networks.TryGetValue(collected.Network, out var through) || !through.IsUp) return;
            EndExpired();
            if (_incoming.Values.Any(incoming => incoming.Kept is { } kept && kept.Id == collected.Id && kept.Sender.Id == collected.From)) return;
            if (_answered.ContainsKey((collected.From, collected.Id)))
            {
                Remove(collected.Network, collected.Id); // the server has not heard of the answer
                return;
            }
            var fault = KeptInvitation.TryOpen(collected.Sealed.Span, facade._setup.Keys, through.Genesis, collected.From, collected.Id, facade.WallClock, out var opened, out var why);
            if (fault is null && facade._networks.ContainsKey(opened!.Invitation.Genesis.Network)) fault = KeptInvitationFault.AlreadyMember;
            if (fault is { } dropped)
            {
                FacadeLog.JoinRequestDropped(facade._log, collected.Id, collected.Network, collected.From, dropped, why);
                Remove(collected.Network, collected.Id);
            }
            else if (IsFull(ofKept: true))
            {
                FacadeLog.JoinRequestLeft(facade._log, collected.Id, collected.From, facade._setup.Options.OpenJoinRequestsMax);
                _full.Add(collected.Network);
            }
            else
            {
                _incoming[++_lastId] = new Incoming(collected.From, 0, opened!.Invitation, opened);
                Show(_lastId, _incoming[_lastId]);
            }
        }

        private void ShowKept()
        {
            EndExpired();
            foreach (var (id, incoming) in _incoming.Where(pair => pair.Value is { Kept: not null, IsTaken: false })) Show(id, incoming);
        }

        public void HandleJoined(OpenRequest open)
        {
            if (open.Accepts is { } id && _incoming.Remove(id.Value, out var incoming)) EndKept(incoming.Kept!);
        }

        public void HandleFailed(OpenRequest open)
        {
            if (open.Accepts is { } id && _incoming.TryGetValue(id.Value, out var incoming)) _incoming[id.Value] = incoming with { IsTaken = false };
        }

        private void EndKept(KeptInvitation kept)
        {
            while (_answered.Count >= facade._setup.Options.AnsweredJoinRequestsMax) _answered.Remove(_answered.MinBy(pair => pair.Value).Key);
            _answered[(kept.Sender.Id, kept.Id)] = kept.Until;
            Remove(kept.Through, kept.Id);
            foreach (var network in _full.Order().ToList())
                if (_full.Remove(network) && facade._networks.TryGetValue(network, out var entry) && entry.IsUp) facade.CollectInvitationsOf(entry);
        }

        private void EndExpired()
        {
            var now = facade.WallClock - IdentityOptions.ClockTolerance;
            foreach (var (id, _) in _incoming.Where(pair => pair.Value is { Kept: { } kept, IsTaken: false } && kept.Until < now).ToList()) _incoming.Remove(id);
            foreach (var (key, _) in _answered.Where(pair => pair.Value < now).ToList()) _answered.Remove(key);
        }

        /// <summary>Nobody waits for the answer: what stays at the server ends with its time.</summary>
        private void Remove(NetworkId through, InvitationId id)
        {
            if (facade._networks.TryGetValue(through, out var entry) && entry is { IsUp: true, IsTracked: true }) facade.SignalingAt(entry.Server!).Tell(new RemoveInvitation(id, through, id), Self);
        }
    }
}
