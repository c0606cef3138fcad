using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Overlays.Gossip.Directed;
using Netflux.Overlays.Gossip.Roster;
using Netflux.Wire;

namespace Netflux.Overlays.Gossip;

/// <summary>
/// Messages of users in a gossip network. What is broadcast within one turn is one batch, signed once. The pace is that of the neighbours in the tree: a batch is consumed once half of those to
/// whom it went have taken it in. A neighbour that takes too little is told names only, until it has caught up; so the slow miss messages, and hold nobody up. What comes is credited at once,
/// unless subscribers here hold too much.
/// </summary>
internal sealed class GossipRoute : IMessageRoute, IDirectedPort
{
    /// <summary>The way of all broadcasts; no peer has this id.</summary>
    private static PeerId Tree => default;

    private readonly IMessageRoutePort _port;
    private readonly GossipOverlay _overlay;
    private readonly GossipRouteOptions _options;
    private readonly PeerId _self;
    private readonly DirectedSends _directed;

    private readonly SortedDictionary<PeerId, RouteChannel> _channels = [];
    private readonly List<ReadOnlyMemory<byte>> _gathered = [];
    private readonly Queue<Batch> _unpublished = new();
    private readonly Queue<Batch> _published = new();
    private readonly Dictionary<ulong, Batch> _bySequence = [];
    private int _gatheredBytes;
    private ulong _messagesTaken;
    private long _costTaken;
    private bool _isOpen;

    public GossipRoute(IMessageRoutePort port, GossipOverlay overlay, IPeerKeys keys, NetworkId network, GossipRouteOptions options)
    {
        (_port, _overlay, _options, _self) = (port, overlay, options, keys.Id);
        _directed = new DirectedSends(port, this, DirectedOptions.Default, keys, network, overlay.LastPublished.Run, GossipOptions.RoutedHopsMax);
    }

    public int FrameOverhead => GossipHeader.Size + BroadcastBatch.Overhead + BroadcastBatch.MessageOverhead;

    // ---- Who there is ----

    public void HandleOpened(Peer neighbour, long windowCost, Instant now)
    {
        OpenTree();
        HandleClosed(neighbour.Id, now);
        _channels.Add(neighbour.Id, new RouteChannel(windowCost));
    }

    public void HandleClosed(PeerId neighbour, Instant now)
    {
        if (!_channels.Remove(neighbour, out var closed)) return;
        foreach (var own in closed.TakeAll()) Land(own);
        Settle();
    }

    public void HandleJoining(Peer member, Instant now)
    {
        OpenTree();
        _directed.HandleJoining(member.Id);
        _port.OpenAuthor(member);
    }

    public void HandleLeaving(PeerId member, Instant now)
    {
        _directed.HandleLeaving(member);     // what was undelivered is told before the owner says that the member leaves
        _port.CloseAuthor(member);
    }

    public void HandleWanted(PeerId member, Instant now) => _directed.HandleWanted(member, now);

    public Instant? NextDeadline => _directed.NextDeadline;

    public void HandleDeadline(Instant now) => _directed.HandleDeadline(now);

    /// <summary>Broadcasts wait until <see cref="OpenSends"/>.</summary>
    public void OpenShut() => OpenTree(isShut: true);

    public void OpenSends() => _port.OpenShutWay(Tree);

    private void OpenTree(bool isShut = false)
    {
        if (_isOpen) return;
        _isOpen = true;
        _port.OpenWay(Tree, _options.WindowCost, takesBroadcasts: true, isShut);
    }

    // ---- Out ----

    public void HandOver(in HandOver handOver, Instant now)
    {
        if (handOver.Way != Tree)
        {
            // What was broadcast before it has its number first.
            if (_gathered.Count > 0) Publish();
            _directed.HandOver(handOver, now);
            return;
        }
        if (_gathered.Count > 0 && _gatheredBytes + handOver.Payload.Length > _options.BatchBytesMax) Publish();
        _gathered.Add(handOver.Payload);
        _gatheredBytes += BroadcastBatch.MessageOverhead + handOver.Payload.Length;
    }

    public void Flush(Instant now)
    {
        if (_gathered.Count > 0) Publish();
        Settle();
    }

    private void Publish()
    {
        var batch = BroadcastBatch.Allocate(BatchKind.Messages, _gatheredBytes);
        var (at, cost) = (BroadcastBatch.Overhead, 0L);
        foreach (var message in _gathered)
        {
            at = BroadcastBatch.WriteMessage(batch, at, message.Span);
            cost += MessageCost.Of(message.Length);
        }
        _unpublished.Enqueue(new Batch((ulong)_gathered.Count, cost));
        _gathered.Clear();
        _gatheredBytes = 0;
        _port.Say(new BroadcastWanted(batch));
    }

    public void Handle(OverlayInstruction instruction, Instant now)
    {
        switch (instruction)
        {
            case BatchPublished published:
                var batch = _unpublished.Dequeue();
                _published.Enqueue(batch);
                _bySequence[published.Sequence] = batch;
                batch.Sequence = published.Sequence;
                break;
            case SendBroadcast send when _channels.TryGetValue(send.To, out var channel): Send(send, channel); break;
            case DeliverMessages deliver: Deliver(deliver); break;
            case AnnounceMissed missed: _port.TellMissed(missed.Author, missed.First, missed.Last); break;
        }
    }

    private void Send(SendBroadcast send, RouteChannel channel)
    {
        if (send.Own > 0 && _bySequence.TryGetValue(send.Own, out var batch)) batch.Sent++;
        channel.Add(send.Body.Length, send.Own);
        _port.Send(send.To, FrameFlags.Broadcast, send.Body);
        if (channel.IsCongested || !channel.IsFull) return;
        channel.IsCongested = true;
        _port.Say(new NeighbourCongested(send.To));
    }

    public void HandleCredit(PeerId neighbour, ulong messages, long cost, Instant now)
    {
        if (!_channels.TryGetValue(neighbour, out var channel)) return;
        while (channel.TryTake(messages, out var own)) Land(own);
        if (channel.IsCongested && channel.IsCaughtUp)
        {
            channel.IsCongested = false;
            _port.Say(new NeighbourRelieved(neighbour));
        }
        Settle();
    }

    private void Land(ulong own)
    {
        if (own > 0 && _bySequence.TryGetValue(own, out var batch)) batch.Landed++;
    }

    /// <summary>Batches are consumed in their order.</summary>
    private void Settle()
    {
        var before = _messagesTaken;
        while (_published.TryPeek(out var batch) && IsTaken(batch))
        {
            _published.Dequeue();
            _bySequence.Remove(batch.Sequence);
            _messagesTaken += batch.Messages;
            _costTaken += batch.Cost;
        }
        if (_messagesTaken > before) _port.CreditWay(Tree, _messagesTaken, _costTaken);
    }

    /// <summary>Half of those to whom it went have it; where it went to nobody, as all are congested, it waits for one that is not.</summary>
    private bool IsTaken(Batch batch) => batch.Sent > 0 ? 2 * batch.Landed >= batch.Sent : _channels.Count == 0 || _channels.Values.Any(channel => !channel.IsCongested);

    // ---- In ----

    public void HandleMessage(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body, Instant now)
    {
        if (!_channels.TryGetValue(neighbour, out var channel)) return;
        channel.Received++;
        if (flags.HasFlag(FrameFlags.Broadcast))
        {
            _port.Say(new BroadcastReceived(neighbour, body));
            _directed.HandleBroadcasts(now);
        }
        else if (RoutedHeader.TryParse(body.Span, out var header))
        {
            if (header.To == _self) _directed.OnFrame(header, body, now);
            else if (header.Hops > 0) PassOn(neighbour, header, body);
        }
        if (_channels.TryGetValue(neighbour, out var still) && still == channel) Consume(neighbour, channel);
    }

    public void HandleConsumed(PeerId author, ulong messages, Instant now)
    {
        _directed.HandleConsumed(author, messages, now);
        foreach (var (neighbour, channel) in _channels) Consume(neighbour, channel);
    }

    private void Consume(PeerId neighbour, RouteChannel channel)
    {
        if (channel.Consumed == channel.Received || _port.HeldBytes > _options.HeldBytesMax) return;
        channel.Consumed = channel.Received;
        _port.Consume(neighbour, channel.Consumed);
    }

    private void Deliver(DeliverMessages deliver)
    {
        var content = deliver.Content;
        while (BroadcastBatch.TryReadMessage(ref content, out var message))
        {
            _directed.CountDelivery(deliver.Author);
            _port.Deliver(deliver.Author, FrameFlags.Broadcast, message);
        }
    }

    // ---- Between two members ----

    (PeerCard Card, BroadcastPlace Last)? IDirectedPort.FindMember(PeerId member) => _overlay.FindMember(member);

    bool IDirectedPort.HasWay(PeerId member) => _overlay.NextHop(member) is not null;

    void IDirectedPort.LookForWay(PeerId member) => _port.Say(new WayWanted(member));

    BroadcastPlace IDirectedPort.LastPublished => _overlay.LastPublished;

    void IDirectedPort.SendTowards(PeerId to, byte[] frame)
    {
        if (_overlay.NextHop(to) is { } next) SendFrame(next, frame);
    }

    private void PassOn(PeerId from, in RoutedHeader header, ReadOnlyMemory<byte> frame)
    {
        if (_overlay.NextHop(header.To) is not { } next || next == from) return;
        var copy = frame.ToArray();
        copy[1] = (byte)Math.Min(header.Hops - 1, GossipOptions.RoutedHopsMax);
        SendFrame(next, copy);
    }

    /// <summary>Where the neighbour takes no more, the frame is lost: its sender sees to it.</summary>
    private void SendFrame(PeerId next, byte[] frame)
    {
        if (!_channels.TryGetValue(next, out var channel) || channel.IsFull) return;
        channel.Add(frame.Length, 0);
        _port.Send(next, FrameFlags.None, frame);
    }

    /// <summary>Messages of users that were flushed at once.</summary>
    private sealed class Batch(ulong messages, long cost)
    {
        public ulong Messages => messages;
        public long Cost => cost;
        public ulong Sequence { get; set; }
        public int Sent { get; set; }
        public int Landed { get; set; }
    }
}
