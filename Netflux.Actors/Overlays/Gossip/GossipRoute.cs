using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Wire;

namespace Netflux.Overlays.Gossip;

/// <summary>
/// Messages of users in a gossip network. What is broadcast within one turn is one batch, signed once. The pace is that of the neighbours in the tree: a batch is consumed once half of those to
/// whom it went have taken it in. A neighbour that takes too little is told names only, until it has caught up; so the slow miss messages, and hold nobody up. What comes is credited at once,
/// unless subscribers here hold too much.
/// </summary>
internal sealed class GossipRoute(IMessageRoutePort port, GossipRouteOptions options) : IMessageRoute
{
    /// <summary>The way of all broadcasts; no peer has this id.</summary>
    private static PeerId Tree => default;

    private readonly SortedDictionary<PeerId, Channel> _channels = [];
    private readonly List<ReadOnlyMemory<byte>> _gathered = [];
    private readonly Queue<Batch> _unpublished = new();
    private readonly Queue<Batch> _published = new();
    private readonly Dictionary<ulong, Batch> _bySequence = [];
    private int _gatheredBytes;
    private ulong _messagesTaken;
    private long _costTaken;
    private bool _isOpen;

    public int FrameOverhead => GossipHeader.Size + BroadcastBatch.Overhead + BroadcastBatch.MessageOverhead;

    // ---- Who there is ----

    public void HandleOpened(Peer neighbour, long windowCost, Instant now)
    {
        OpenTree();
        HandleClosed(neighbour.Id, now);
        _channels.Add(neighbour.Id, new Channel(windowCost));
    }

    public void HandleClosed(PeerId neighbour, Instant now)
    {
        if (!_channels.Remove(neighbour, out var closed)) return;
        foreach (var frame in closed.TakeAll()) Land(frame.Own);
        Settle();
    }

    public void HandleJoining(Peer member, Instant now)
    {
        OpenTree();
        port.OpenAuthor(member);
    }

    public void HandleLeaving(PeerId member, Instant now) => port.CloseAuthor(member);

    private void OpenTree()
    {
        if (_isOpen) return;
        _isOpen = true;
        port.OpenWay(Tree, options.WindowCost, takesBroadcasts: true);
    }

    // ---- Out ----

    public void HandOver(in HandOver handOver, Instant now)
    {
        if (_gathered.Count > 0 && _gatheredBytes + handOver.Payload.Length > options.BatchBytesMax) Publish();
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
        port.Say(new BroadcastWanted(batch));
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
            case AnnounceMissed missed: port.TellMissed(missed.Author, missed.First, missed.Last); break;
        }
    }

    private void Send(SendBroadcast send, Channel channel)
    {
        if (send.Own > 0 && _bySequence.TryGetValue(send.Own, out var batch)) batch.Sent++;
        channel.Add(send.Body.Length, send.Own);
        port.Send(send.To, FrameFlags.Broadcast, send.Body);
        if (channel.IsCongested || !channel.IsFull) return;
        channel.IsCongested = true;
        port.Say(new NeighbourCongested(send.To));
    }

    public void HandleCredit(PeerId neighbour, ulong messages, long cost, Instant now)
    {
        if (!_channels.TryGetValue(neighbour, out var channel)) return;
        while (channel.TryTake(messages, out var frame)) Land(frame.Own);
        if (channel.IsCongested && channel.IsCaughtUp)
        {
            channel.IsCongested = false;
            port.Say(new NeighbourRelieved(neighbour));
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
        if (_messagesTaken > before) port.CreditWay(Tree, _messagesTaken, _costTaken);
    }

    /// <summary>Half of those to whom it went have it; where it went to nobody, as all are congested, it waits for one that is not.</summary>
    private bool IsTaken(Batch batch) => batch.Sent > 0 ? 2 * batch.Landed >= batch.Sent : _channels.Count == 0 || _channels.Values.Any(channel => !channel.IsCongested);

    // ---- In ----

    public void HandleMessage(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body, Instant now)
    {
        if (!_channels.TryGetValue(neighbour, out var channel)) return;
        channel.Received++;
        port.Say(new BroadcastReceived(neighbour, body));
        if (_channels.TryGetValue(neighbour, out var still) && still == channel) Consume(neighbour, channel);
    }

    public void HandleConsumed(PeerId author, ulong messages, Instant now)
    {
        foreach (var (neighbour, channel) in _channels) Consume(neighbour, channel);
    }

    private void Consume(PeerId neighbour, Channel channel)
    {
        if (channel.Consumed == channel.Received || port.HeldBytes > options.HeldBytesMax) return;
        channel.Consumed = channel.Received;
        port.Consume(neighbour, channel.Consumed);
    }

    private void Deliver(DeliverMessages deliver)
    {
        var content = deliver.Content;
        while (BroadcastBatch.TryReadMessage(ref content, out var message)) port.Deliver(deliver.Author, FrameFlags.Broadcast, message);
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

    /// <summary>A channel with a neighbour: what went and was not consumed, and what came.</summary>
    private sealed class Channel(long windowCost)
    {
        private readonly Ring<(int Cost, ulong Own)> _sent = new();
        private long _outstanding;
        private ulong _landed;

        public ulong Received { get; set; }
        public ulong Consumed { get; set; }
        public bool IsCongested { get; set; }

        /// <summary>Half of the window: what was gathered and not sent yet still fits.</summary>
        public bool IsFull => _outstanding > windowCost / 2;

        public bool IsCaughtUp => _outstanding <= windowCost / 8;

        public void Add(int length, ulong own)
        {
            var cost = MessageCost.Of(length);
            _outstanding += cost;
            _sent.Enqueue((cost, own));
        }

        public bool TryTake(ulong upTo, out (int Cost, ulong Own) frame)
        {
            frame = default;
            if (_landed >= upTo || !_sent.TryDequeue(out frame)) return false;
            _landed++;
            _outstanding -= frame.Cost;
            return true;
        }

        public IEnumerable<(int Cost, ulong Own)> TakeAll()
        {
            while (_sent.TryDequeue(out var frame)) yield return frame;
        }
    }
}
