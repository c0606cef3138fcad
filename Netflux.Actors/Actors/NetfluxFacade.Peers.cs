using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Sessions;
using Netflux.Signaling;

namespace Netflux.Actors;

// Peers: their actors, meeting points, and the end of it all.
public sealed partial class NetfluxFacade
{
    private sealed class PeerEntry(PeerId id, IActorRef actor)
    {
        private long _routed;
        public IActorRef Ref { get; } = actor;
        /// <summary>Tells the actor, so that it is not let go while this is on its way.</summary>
        public void Route(object message, IActorRef sender)
        {
            _routed++;
            Ref.Tell(new Routed(message), sender);
        }
        public bool HasSeenAll(long routedSeen) => routedSeen == _routed;
        public string Name { get; set; } = "";
        public PeerCard? Card { get; set; }
        public Incarnation Incarnation { get; set; }
        public bool IsConnected { get; set; }
        public Peer Handle => new(id, Name, Ref);
    }

    private readonly HashSet<IActorRef> _released = [];   // peers' actors that are stopping with the facade's leave
    private IActorRef? _offlineRequester;

    private PeerEntry EnsurePeer(PeerId id)
    {
        if (_peers.TryGetValue(id, out var entry)) return entry;
        var self = Self;
        var listening = _own.Advertised.Count > 0;
        var actor = Context.ActorOf(Akka.Actor.Props.Create(() => new PeerActor(_setup, self, _links, _incarnation, id, _reassembly, listening)), $"peer-{id}-{++_made}");
        Context.Watch(actor);
        return _peers[id] = new PeerEntry(id, actor);
    }

    /// <summary>A stranger came, and there is no room for another.</summary>
    private bool IsCrowdedFor(PeerId stranger) => _peers.Count >= _setup.Options.PeersMax && !_peers.ContainsKey(stranger);

    private void HandlePeerIdle(PeerIdle idle)
    {
        if (!_peers.TryGetValue(idle.Peer, out var entry) || !entry.Ref.Equals(Sender) || !entry.HasSeenAll(idle.RoutedSeen)) return;
        _peers.Remove(idle.Peer);
        _released.Add(entry.Ref);
        entry.Ref.Tell(new PeerReleased());
    }

    private void HandleSessionBegan(PeerSessionBegan began)
    {
        if (!_peers.TryGetValue(began.Peer, out var entry)) return;
        if (!entry.IsConnected) NetfluxTelemetry.Peers.Add(1);
        (entry.Name, entry.Card, entry.Incarnation, entry.IsConnected) = (began.DisplayName, began.Card, began.Incarnation, true);
        FacadeLog.PeerConnected(_log, began.Peer, began.DisplayName);
        foreach (var open in _requests.FindAll(open => open.Request is ConnectPeer && open.Peer == began.Peer))
        {
            EndMeeting(open);
            Answer(open.Id, new PeerConnected(entry.Handle));
        }
    }

    private void HandleSessionEnded(PeerSessionEnded ended)
    {
        if (_peers.TryGetValue(ended.Peer, out var entry) && entry.IsConnected)
        {
            entry.IsConnected = false;
            NetfluxTelemetry.Peers.Add(-1);
        }
        FacadeLog.PeerDisconnected(_log, ended.Peer, ended.Reason);
        _joinRequests.HandlePeerGone(ended.Peer);
    }

    // ---- Meeting points ----

    private void BeginConnect(ConnectPeer connect)
    {
        if (!MeetingAddress.TryParse(connect.Url, out var server, out var key, out var why)) throw new NetfluxException(NetfluxError.InvalidAddress, why);
        var open = Open(connect, _setup.Options.ConnectTimeout);
        (open.Server, open.MeetingKey) = (server, key);
        SignalingAt(server).Tell(new WaitAtMeetingPoint(open.Id, key, Self));
    }

    private void HandlePeerMet(PeerMet met)
    {
        if (met.Token is not RequestId id || !_requests.TryGet(id, out var open))
        {
            Sender.Tell(new LeaveMeetingPoint(met.Key));
            return;
        }
        var connect = (ConnectPeer)open.Request;
        var entry = EnsurePeer(met.Other.Card.Id);
        open.Peer = met.Other.Card.Id;
        entry.Card ??= met.Other.Card;
        entry.Route(new OfferIntroducer(IntroducerOf(open), Self), Self);
        entry.Route(new KeepConnected(connect.Subscriber, connect.Window), Self);
        if (!entry.IsConnected) return;
        EndMeeting(open);
        Answer(open.Id, new PeerConnected(entry.Handle));
    }

    private static IntroducerId IntroducerOf(OpenRequest meeting) => new($"meet/{meeting.MeetingKey} at {meeting.Server}");

    private void EndMeeting(OpenRequest open)
    {
        if (open.Server is not null && _signaling.TryGetValue(open.Server, out var signaling)) signaling.Tell(new LeaveMeetingPoint(open.MeetingKey!));
        if (open.Peer is { } peer && _peers.TryGetValue(peer, out var entry)) entry.Route(new WithdrawIntroducer(IntroducerOf(open)), Self);
    }

    private void UndoConnect(OpenRequest open)
    {
        EndMeeting(open);
        if (open.Peer is { } peer && _peers.TryGetValue(peer, out var entry)) entry.Route(new EndPeer(PeerLeavingReason.Disconnected), Self);
    }

    private void FailConnects(PeerId peer, NetfluxError error, string text)
    {
        if (error == NetfluxError.PeerUnreachable) return;     // the search goes on until the request's deadline
        foreach (var open in _requests.FindAll(open => open.Request is ConnectPeer && open.Peer == peer))
        {
            EndMeeting(open);
            Fail(open.Id, error, text);
        }
    }

    // ---- Introductions through servers ----

    private void HandleIntroduce(IntroduceTo introduce)
    {
        var open = _requests.Find(open => open.Request is ConnectPeer && open.Peer == introduce.To && IntroducerOf(open) == introduce.Through);
        if (open is null || !_peers.TryGetValue(introduce.To, out var entry) || entry.Card is null) return;
        var introduction = new Introduction(_setup.Keys.Card, null, open.MeetingKey, _incarnation.Current, _setup.DisplayName, default,
            [.. _own.Advertised.Select(uri => uri.ToString())], introduce.AnswerWanted, introduce.PleaseDial, WallClock, NewNonce(_setup), introduce.Signal);
        SignalingAt(open.Server!).Tell(new SendIntroduction(introduce.To, $"meet/{open.MeetingKey}", Introduction.Seal(introduction, _setup.Keys, entry.Card, _setup.EphemeralKeys)));
    }

    internal static byte[] NewNonce(NetfluxSetup setup)
    {
        var nonce = new byte[16];
        setup.Random.Fill(nonce);
        return nonce;
    }

    private void HandleIntroduction(IntroductionArrived arrived)
    {
        if (NetworkId.TryParse(arrived.Room, out var network))
        {
            TellNetwork(network, arrived);
            return;
        }
        var open = _requests.Find(open => open.Request is ConnectPeer && open.Peer == arrived.From && $"meet/{open.MeetingKey}" == arrived.Room);
        if (open is null || !Introduction.TryOpen(arrived.Sealed.Span, _setup.Keys, WallClock, out var introduction)) return;
        if (introduction.Card.Id != arrived.From || introduction.MeetingKey != open.MeetingKey) return;
        EnsurePeer(arrived.From).Route(new TakeIntroductionFrom(introduction, IntroducerOf(open), Self), Self);
    }

    private void HandleIntroductionFailed(IntroductionFailed failed)
    {
        if (NetworkId.TryParse(failed.Room, out var network))
        {
            TellNetwork(network, failed);
            return;
        }
        var open = _requests.Find(open => open.Request is ConnectPeer && open.Peer == failed.To && $"meet/{open.MeetingKey}" == failed.Room);
        if (open is not null) EnsurePeer(failed.To).Route(new IntroducerFailed(IntroducerOf(open)), Self);
    }

    // ---- Ends ----

    private void HandleNewerIncarnation(NewerIncarnationSeen seen)
    {
        // Raised only while nobody has met this incarnation: else two copies of one identity would outbid each other for ever.
        if (!seen.Online && !_peers.Values.Any(peer => peer.IsConnected) && !_networks.Values.Any(network => network.IsUp)) _incarnation.RaiseAbove(seen.Seen);
        else HandleReplaced(seen.Seen);
    }

    private void HandleReplaced(Incarnation newer)
    {
        if (newer <= _incarnation.Current || _refusal is not null) return;
        FacadeLog.Replaced(_log, newer);
        Refuse(new NetfluxException(NetfluxError.Replaced, "A newer run of this identity has taken its place; stop that one, or give this one an identity of its own."));
        EndAll(PeerLeavingReason.WentOffline, NetfluxError.Replaced);
    }

    private void HandleGoOffline()
    {
        _offlineRequester = Sender;
        if (_refusal?.Error != NetfluxError.Stopping) Refuse(new NetfluxException(NetfluxError.Stopping, "Netflux is shutting down."));
        _setup.Listener?.Stop();
        EndAll(PeerLeavingReason.WentOffline, NetfluxError.Stopping);
        _scheduler.ScheduleTellOnce(_setup.Options.LeaveTimeout, _offlineRequester, new WentOffline(), Self);
        StopWhenOffline();
    }

    private void Refuse(NetfluxException refusal)
    {
        _refusal = refusal;
        foreach (var open in _requests.FindAll(_ => true)) Fail(open.Id, refusal.Error, refusal.Message);
        ResumeEarly();
    }

    private void EndAll(PeerLeavingReason reason, NetfluxError error)
    {
        foreach (var network in _networks.Values) network.Ref.Tell(new EndNetwork(reason, null, error));
        if (_networks.Count == 0) EndPeers(reason);
    }

    private void EndPeers(PeerLeavingReason reason)
    {
        foreach (var peer in _peers.Values) peer.Route(new EndPeer(reason), Self);
    }

    private void StopWhenOffline()
    {
        if (_refusal?.Error is not (NetfluxError.Stopping or NetfluxError.Replaced) || _networks.Count > 0) return;
        if (_peers.Count > 0) EndPeers(PeerLeavingReason.WentOffline);
        else _offlineRequester?.Tell(new WentOffline(), Self);
    }

    private void HandleTerminated(IActorRef actor)
    {
        if (_released.Remove(actor))
        {
            StopWhenOffline();
            return;
        }
        foreach (var (id, entry) in _networks.Where(pair => pair.Value.Ref.Equals(actor)).ToList())
        {
            // A bug stopped it: its own last words told the subscribers, here its open requests are answered.
            _networks.Remove(id);
            CloseDoorOf(id, entry.Server);
            foreach (var open in _requests.FindAll(open => open.Network == id)) Fail(open.Id, NetfluxError.Faulted, $"An error inside Netflux ended the network {id}; the log has it. Join it again.");
        }
        foreach (var (id, _) in _peers.Where(pair => pair.Value.Ref.Equals(actor)).ToList())
        {
            if (_peers.Remove(id, out var gone) && gone.IsConnected) NetfluxTelemetry.Peers.Add(-1);
            _joinRequests.HandlePeerGone(id);
            foreach (var open in _requests.FindAll(open => open.Peer == id)) Fail(open.Id, NetfluxError.Faulted, $"An error inside Netflux ended the connection to {id}; the log has it. Try again.");
        }
        foreach (var (server, _) in _signaling.Where(pair => pair.Value.Equals(actor)).ToList())
        {
            _signaling.Remove(server);
            foreach (var open in _requests.FindAll(open => open.Server == server && open.Network is null && open.Peer is null)) Fail(open.Id, NetfluxError.Faulted, $"An error inside Netflux ended the connection to {server}; the log has it. Try again.");
        }
        StopWhenOffline();
    }
}

internal static partial class FacadeLog
{
    [LoggerMessage(EventId = 1200, Level = LogLevel.Information, Message = "Netflux is up as {Peer} ({Name}), incarnation {Incarnation}")]
    public static partial void Started(ILogger log, PeerId peer, string name, Incarnation incarnation);

    [LoggerMessage(EventId = 1201, Level = LogLevel.Information, Message = "{Request} {Id} failed: {Error}, {Text}")]
    public static partial void RequestFailed(ILogger log, RequestId id, string request, NetfluxError error, string text);

    [LoggerMessage(EventId = 1202, Level = LogLevel.Error, Message = "Not listening: {Why}")]
    public static partial void NotListening(ILogger log, string why);

    [LoggerMessage(EventId = 1203, Level = LogLevel.Information, Message = "Member of network {Network} ({Name})")]
    public static partial void NetworkUp(ILogger log, NetworkId network, string? name);

    [LoggerMessage(EventId = 1204, Level = LogLevel.Information, Message = "Connected to peer {Peer} ({Name})")]
    public static partial void PeerConnected(ILogger log, PeerId peer, string name);

    [LoggerMessage(EventId = 1205, Level = LogLevel.Information, Message = "Peer {Peer} is gone: {Reason}")]
    public static partial void PeerDisconnected(ILogger log, PeerId peer, PeerLeavingReason reason);

    [LoggerMessage(EventId = 1206, Level = LogLevel.Warning, Message = "The newer incarnation {Newer} of this identity has taken its place")]
    public static partial void Replaced(ILogger log, Incarnation newer);

    [LoggerMessage(EventId = 1207, Level = LogLevel.Warning, Message = "Network {Network} lost its name {Name} at the server: {Why}")]
    public static partial void NameConflict(ILogger log, NetworkId network, string name, string why);

    [LoggerMessage(EventId = 1210, Level = LogLevel.Warning, Message = "A kept join request {Id}, which the server of {Network} says is of {From}, is dropped: {Fault}. {Why}")]
    public static partial void JoinRequestDropped(ILogger log, InvitationId id, NetworkId network, PeerId from, KeptInvitationFault fault, string why);

    [LoggerMessage(EventId = 1211, Level = LogLevel.Warning, Message = "The kept join request {Id} of {From} stays at its server: {Open} others are not answered yet")]
    public static partial void JoinRequestLeft(ILogger log, InvitationId id, PeerId from, int open);

    [LoggerMessage(EventId = 1212, Level = LogLevel.Information, Message = "The server did not remove the kept join request {Id} ({Error}): {Why}")]
    public static partial void NotRemoved(ILogger log, InvitationId id, NetfluxError error, string why);
}
