using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Sessions;
using Netflux.Wire;

namespace Netflux.Simulation.Network.Sessions;

/// <summary>
/// One side of what two nodes have with each other: drives a production session as the actor of a peer does, finds links for it, and has one channel for the network, as the drivers of gossip
/// have. It decides nothing but when to dial.
/// </summary>
internal sealed class SessionEnd(SessionHost host, int peer) : IHappening
{
    /// <summary>What happens to it.</summary>
    public const int Due = 0, DialFailed = 1, DialDue = 2;

    private static readonly LinkSearchOptions s_search = new();

    private readonly PeerSession _session = new(World.IdOf(host.Node), host.Run, World.IdOf(peer), host.Network.Options, host.Budget);
    private readonly List<RecordLink> _links = new(1);
    private RouteChannel? _channel;      // while it is open
    private byte[]? _first;              // said once it is
    private CoreTimer _timer;
    private TimeSpan _pause = s_search.RetryMin;
    private int _unsaid;                 // bytes of records that the link has passed on
    private bool _isAttached, _hasSession, _isFinding, _isDialling, _isDraining;

    public SessionHost Host => host;
    public int Node => host.Node;
    public int Peer => peer;
    public bool IsOpen => _channel is not null;
    public bool IsTouched { get; set; }
    public PeerSession Session => _session;

    private SessionNetwork Network => host.Network;

    private World World => host.Network.World;

    // ---- What the node does ----

    public void Open(byte[] first)
    {
        if (IsOpen)
        {
            Send(FrameKind.Control, FrameFlags.None, first);
            return;
        }
        (_first, _isAttached) = (first, true);
        Say(Network.Attachment);
    }

    public void Send(object message)
    {
        if (_channel is not { } channel) return;
        var body = Network.Frames.Write(message);
        if (!GossipFrames.IsBroadcast(message))
        {
            Send(FrameKind.Control, FrameFlags.None, body);
            return;
        }
        channel.Add(body.Length, 0);
        Send(FrameKind.Message, FrameFlags.Broadcast, body);
        if (channel.IsCongested || !channel.IsFull) return;
        channel.IsCongested = true;
        host.User.HandleCongestion(peer, isCongested: true);
    }

    public void Close()
    {
        if (!IsOpen && _first is null) return;
        Detach(PeerLeavingReason.Disconnected);
    }

    public void Leave()
    {
        if (_isAttached) Detach(PeerLeavingReason.Left);
        Say(new EndSession(PeerLeavingReason.Left));
    }

    public void Crash()
    {
        foreach (var link in _links) link.Crash(this, World.Setup.Network.SilenceMs > 0);
    }

    private void Detach(PeerLeavingReason reason)
    {
        (_channel, _first, _isAttached) = (null, null, false);
        Say(new DetachNetwork(SessionNetwork.Network, reason));
    }

    private void Send(FrameKind kind, FrameFlags flags, byte[] body)
    {
        if (!_session.TrySend(SessionNetwork.Network, kind, flags, body, World.Now)) return;
        foreach (var watcher in World.Watchers) watcher.HandleFrameSent(Node, peer, kind, body);
        host.Touch(this);
    }

    // ---- What links do ----

    public void HandleProven(RecordLink link, LinkRole role, SessionId fresh)
    {
        host.Enter();
        _links.Add(link);
        (_isDialling, _pause) = (role != LinkRole.Dialler && _isDialling, s_search.RetryMin);
        var theirs = new Incarnation(World.Nodes[peer].Run);
        Say(new LinkProven(link.Id, LinkKind.Memory, role, CheapKeys.AnyCard, theirs, "", fresh, World.Setup.Network.RecordBytesMax));
        host.Exit();
    }

    public void HandleLost(RecordLink link, LinkLost lost)
    {
        host.Enter();
        _links.Remove(link);
        Say(lost);
        host.Exit();
    }

    public void HandleRecord(RecordLink link, byte[] record)
    {
        host.Enter();
        foreach (var watcher in World.Watchers) watcher.HandleRecord(peer, Node, record.Length);
        _session.HandleRecord(link.Id, record, World.Now);
        Drain();
        host.Exit();
    }

    void IHappening.Happen(int number, object? what)
    {
        if (host.IsGone) return;
        host.Enter();
        switch (number)
        {
            case Due when _timer.Fired(World.Now):
                if (_session.NextDeadline <= World.Now) _session.HandleDeadline(World.Now);
                Drain();
                break;
            case DialFailed: HandleDialFailed(); break;
            case DialDue when !_isDialling && _isFinding: Dial(); break;
        }
        host.Exit();
    }

    private RecordLink? Find(LinkId id)
    {
        foreach (var link in _links)
        {
            if (link.Id == id) return link;
        }
        return null;
    }

    // ---- Looking for a link ----

    private void Dial()
    {
        _isDialling = true;
        Network.Dial(this);
    }

    private void HandleDialFailed()
    {
        _isDialling = false;
        if (!_isFinding) return;
        if (_hasSession)
        {
            World.Time.At(World.Now + _pause, this, DialDue);
            _pause = _pause * 2 < s_search.RetryMax ? _pause * 2 : s_search.RetryMax;
            return;
        }
        // Nobody there: the attempt is over.
        Detach(PeerLeavingReason.ConnectionLost);
        host.User.HandleLinkGone(peer);
    }

    // ---- Driving ----

    private void Say(SessionFact fact)
    {
        if (World.Mutation.Alter(fact) is { } altered) _session.Handle(altered, World.Now);
        Drain();
    }

    private void Drain()
    {
        host.Touch(this);
        if (_isDraining) return;
        _isDraining = true;
        while (_session.TryTake(out var instruction))
        {
            if (World.Mutation.Alter(instruction) is { } altered) CarryOut(altered);
        }
        _isDraining = false;
    }

    private void CarryOut(SessionInstruction instruction)
    {
        switch (instruction)
        {
            case FindLink:
                _isFinding = true;
                // Where both look, the one with the larger id lets the other dial first.
                if (World.IdOf(Node) < World.IdOf(peer)) Dial();
                else World.Time.At(World.Now + s_search.PolitePause, this, DialDue);
                break;
            case StopFindingLink: _isFinding = false; break;
            case CloseLink close when Find(close.Link) is { } link:
                _links.Remove(link);
                link.Close(this, close.Code, close.Text, close.SeenIncarnation);
                break;
            case SessionBegan: _hasSession = true; break;
            case SessionEnded ended: HandleEnded(ended.Reason); break;
            case AttachRequested when host.IsUp:
                _isAttached = true;
                Say(Network.Attachment);
                break;
            case AttachRequested: Say(new RefuseAttach(SessionNetwork.Network, NetfluxError.NotAMember)); break;
            case ChannelOpened opened: HandleOpened(opened.WindowCost); break;
            case ChannelRefused or ChannelClosed:
                (_channel, _first, _isAttached) = (null, null, false);
                Tell();
                break;
            case ChannelCredit credit: HandleCredit(credit); break;
            case ChannelFrames frames: HandleFrames(frames.Frames); break;
        }
    }

    private void Tell()
    {
        if (host.IsUp) host.User.HandleLinkGone(peer);
    }

    private void HandleEnded(PeerLeavingReason why)
    {
        (_hasSession, _isAttached, _first) = (false, false, null);
        foreach (var watcher in World.Watchers) watcher.HandleSessionEnded(Node, peer, why);
    }

    private void HandleOpened(long windowCost)
    {
        _channel = new RouteChannel(windowCost);
        foreach (var watcher in World.Watchers) watcher.HandleChannelOpened(Node, peer);
        if (_first is not { } first) return;
        _first = null;
        Send(FrameKind.Control, FrameFlags.None, first);
    }

    private void HandleCredit(ChannelCredit credit)
    {
        if (_channel is not { } channel) return;
        while (channel.TryTake(credit.MessagesConsumed, out _)) { }
        if (!channel.IsCongested || !channel.IsCaughtUp) return;
        channel.IsCongested = false;
        if (host.IsUp) host.User.HandleCongestion(peer, isCongested: false);
    }

    private void HandleFrames(List<ReceivedFrame> frames)
    {
        var channel = _channel;
        foreach (var frame in frames)
        {
            if (channel is null || channel != _channel || !host.IsUp) return;
            foreach (var watcher in World.Watchers) watcher.HandleFrameDelivered(peer, Node, frame.Kind, frame.Body);
            if (frame.Kind == FrameKind.Message) channel.Received++;
            if (GossipFrames.Read(frame) is { } message) host.User.HandleMessage(peer, message);
        }
        if (channel is null || channel != _channel || channel.Consumed == channel.Received) return;
        channel.Consumed = channel.Received;
        Say(new ConsumeMessages(SessionNetwork.Network, channel.Consumed));
    }

    // ---- Writing ----

    public void Flush()
    {
        do Drain();
        while (Write());
        _timer.Set(_session.NextDeadline, World.Time, this, Due);
        if (!_hasSession && !_isAttached && !_isDialling && !_isFinding && _links.Count == 0) host.Forget(this);
    }

    /// <summary>True if something was written, from which more may follow.</summary>
    private bool Write()
    {
        var any = false;
        while (_session.TryGetWritableLink(out var id, out var bytesMax))
        {
            var written = _session.WriteRecord(id, Network.Buffer.AsSpan(0, bytesMax), World.Now);
            if (written == 0) break;
            any = true;
            var record = World.Mutation.Alter(Node, peer, id, Network.Buffer.AsSpan(0, written));
            if (record.Length > 0) Find(id)?.Send(this, record);
            _unsaid += written;
            // A link passes on what it gets at once; it is said when it comes to something.
            if (_unsaid < Network.Options.LinkBufferBytesMax / 4) continue;
            _session.Handle(new LinkWritten(id, _unsaid), World.Now);
            _unsaid = 0;
        }
        return any;
    }
}
