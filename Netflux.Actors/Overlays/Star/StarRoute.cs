using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Wire;

namespace Netflux.Overlays.Star;

/// <summary>
/// Messages of users in a star: from their author to the hub, and from there to who is to have them, each frame signed by its author. Who consumed tells the author, through the hub; until all
/// have, the author keeps a frame, and gives it to the next hub again. So nothing is lost with a hub, and nothing comes twice.
/// </summary>
internal sealed class StarRoute(IMessageRoutePort port, StarOverlay overlay, IPeerKeys keys, Genesis genesis, Incarnation run, StarRouteOptions options) : IMessageRoute
{
    private readonly SortedDictionary<PeerId, StarChannel> _channels = [];
    private readonly SortedDictionary<PeerId, Queue<ReadOnlyMemory<byte>>> _waiting = [];     // at the hub: for members that are not attached yet, or take no more
    private readonly StarOutbox _outbox = new(keys, genesis.Network, run, options);
    private readonly StarInbox _inbox = new(options);
    private Instant? _againAt;
    private long _waitingBytes;

    public int FrameOverhead => StarFrame.Size + BroadcastBatch.Overhead + BroadcastBatch.MessageOverhead;

    // ---- Who there is ----

    public void HandleOpened(Peer neighbour, long windowCost, Instant now) => _channels[neighbour.Id] = new StarChannel(windowCost);

    public void HandleClosed(PeerId neighbour, Instant now) => _channels.Remove(neighbour);

    public void HandleJoining(Peer member, Instant now)
    {
        _inbox.Reset(member.Id);
        _outbox.Open(member.Id);
        port.OpenAuthor(member);
        port.OpenWay(member.Id, options.WindowCost, takesBroadcasts: true);
    }

    public void HandleRecovered(PeerId member, Instant now)
    {
        if (_outbox.IsWaitingFor(member)) SendAgain(now);
    }

    public void HandleLeaving(PeerId member, Instant now)
    {
        port.CloseWay(member);     // what was undelivered is told before the owner says that the member leaves
        port.CloseAuthor(member);
        _outbox.Close(member);
        _inbox.Reset(member);
        if (_waiting.Remove(member, out var waiting)) _waitingBytes -= waiting.Sum(frame => (long)frame.Length);
        ConsumeAll();     // its frames are nobody's any more
    }

    public void Handle(OverlayInstruction instruction, Instant now)
    {
        switch (instruction)
        {
            case AnnounceHub: HandleHub(now); break;
            case AnnounceAttached attached:
                DropEarly(attached.Member);
                SendWaiting(attached.Member, now);
                break;
        }
    }

    private void HandleHub(Instant now)
    {
        _inbox.TellAgain(now);
        _waiting.Clear();
        _waitingBytes = 0;
        foreach (var channel in _channels.Values) channel.FullSince = null;
        SendAgain(now);
        _againAt = now + options.AgainAfter;
        if (overlay.Rules) foreach (var neighbour in _channels.Keys.ToList()) DropEarly(neighbour);
        else if (overlay.Hub is { } hub) TakeEarly(hub, now);
    }

    /// <summary>Who has a frame already skips it.</summary>
    private void SendAgain(Instant now)
    {
        foreach (var frame in _outbox.Kept.ToList()) Dispatch(frame, now);
    }

    // ---- Out ----

    public void HandOver(in HandOver handOver, Instant now)
    {
        if (_outbox.Add(handOver) is { } before) Dispatch(before, now);
    }

    public void Flush(Instant now)
    {
        if (_outbox.Flush() is { } frame) Dispatch(frame, now);
    }

    /// <summary>While there is no hub, the frame is only kept.</summary>
    private void Dispatch(in KeptFrame frame, Instant now)
    {
        if (overlay.Rules) PassOn(keys.Id, frame.To, frame.Bytes, now);
        else if (overlay.Hub is { } hub) Send(hub, frame.Bytes);
    }

    private void Send(PeerId neighbour, ReadOnlyMemory<byte> frame)
    {
        if (!_channels.TryGetValue(neighbour, out var channel)) return;
        channel.Out.Add(frame.Length, 0);
        port.Send(neighbour, FrameFlags.None, frame);
    }

    // ---- As the hub ----

    private void PassOn(PeerId author, PeerId to, ReadOnlyMemory<byte> frame, Instant now)
    {
        if (overlay.IsNews(author)) port.Say(new MemberSpoke(author));      // who does not know an author takes nothing of it
        if (to != default) PassOnTo(to, frame, now);
        else foreach (var member in overlay.Members)
        {
            if (member.Id != author) PassOnTo(member.Id, frame, now);
        }
    }

    private void PassOnTo(PeerId member, ReadOnlyMemory<byte> frame, Instant now)
    {
        if (member == keys.Id) return;
        if (IsOpenTo(member, out var channel) && !channel.Out.IsFull && !_waiting.ContainsKey(member)) Send(member, frame);
        else if (overlay.IsMember(member) && (channel is not null || _waitingBytes + frame.Length <= options.WaitingBytesMax))
        {
            _waitingBytes += frame.Length;
            if (!_waiting.TryGetValue(member, out var waiting)) _waiting[member] = waiting = new();
            waiting.Enqueue(frame);
            if (channel is not null) channel.FullSince ??= now;
        }
    }

    private bool IsOpenTo(PeerId member, [NotNullWhen(true)] out StarChannel? channel)
    {
        channel = null;
        return overlay.NextHop(member) == member && _channels.TryGetValue(member, out channel);
    }

    private void SendWaiting(PeerId member, Instant now)
    {
        if (!_waiting.TryGetValue(member, out var waiting) || !IsOpenTo(member, out var channel)) return;
        while (!channel.Out.IsFull && waiting.TryDequeue(out var frame))
        {
            _waitingBytes -= frame.Length;
            Send(member, frame);
        }
        channel.FullSince = waiting.Count > 0 ? now : null;
        if (waiting.Count == 0) _waiting.Remove(member);
    }

    // ---- In ----

    public void HandleMessage(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body, Instant now)
    {
        if (!_channels.TryGetValue(neighbour, out var channel)) return;
        if (channel.Early.Count > 0 || IsEarly(neighbour)) channel.Early.Enqueue(body);
        else Take(neighbour, channel, body, now);
    }

    /// <summary>
    /// A hub passes on in order, from when it has taken us; until we know that, what it passes on waits here, without credit. Were it dropped, what follows would be taken, and the author, who
    /// sends it all again, would not be heard.
    /// </summary>
    private bool IsEarly(PeerId neighbour) => overlay.Rules ? overlay.IsGoingTo(neighbour) : overlay.Hub != neighbour;

    private void TakeEarly(PeerId hub, Instant now)
    {
        while (overlay.Hub == hub && _channels.TryGetValue(hub, out var channel) && channel.Early.TryDequeue(out var body)) Take(hub, channel, body, now);
    }

    /// <summary>It did not become our hub: its members give what they sent through it to us, or to another hub.</summary>
    private void DropEarly(PeerId neighbour)
    {
        if (!_channels.TryGetValue(neighbour, out var channel) || channel.Early.Count == 0) return;
        for (; channel.Early.Count > 0; channel.Early.Dequeue()) channel.In.Enqueue(default);
        Consume(neighbour, channel);
    }

    private void Take(PeerId neighbour, StarChannel channel, ReadOnlyMemory<byte> body, Instant now)
    {
        var (author, delivered) = StarFrame.TryParse(body.Span, out var frame) ? Take(neighbour, frame, body, now) : default;
        channel.In.Enqueue((author, delivered));
        Consume(neighbour, channel);
    }

    /// <summary>The hub takes frames of their authors alone, members what the hub passes on.</summary>
    private (PeerId Author, ulong Delivered) Take(PeerId neighbour, in StarFrame frame, ReadOnlyMemory<byte> body, Instant now)
    {
        if (overlay.Rules ? frame.From != neighbour || overlay.NextHop(neighbour) is null : neighbour != overlay.Hub) return default;
        var isForUs = frame.To == keys.Id || frame.IsToAll;
        if (overlay.Rules && frame.To != keys.Id)
        {
            if (frame.Kind == StarFrameKind.Data || !frame.IsToAll) PassOn(frame.From, frame.To, body, now);
        }
        if (!isForUs || frame.From == keys.Id) return default;
        if (frame.Kind == StarFrameKind.Data) return TakeData(frame, body, now);
        if (frame.Run == run && _outbox.HandleConsumed(frame.From, frame.Number) is var (messages, cost)) port.CreditWay(frame.From, messages, cost);
        return default;
    }

    /// <summary>What comes of a former member is void: users saw it leave, so nobody would consume it, and its credit would be gone.</summary>
    private (PeerId Author, ulong Delivered) TakeData(in StarFrame frame, ReadOnlyMemory<byte> body, Instant now)
    {
        if (!overlay.IsMember(frame.From) || !overlay.TryFind(frame.From, out var author) || author is null || !StarFrame.TryOpen(body, author.Card, genesis.Network, out var batch)) return default;
        if (!_inbox.TryTake(frame.From, frame.Run, frame.Number, now)) return default;
        var content = batch.Content;
        var messages = 0UL;
        for (; BroadcastBatch.TryReadMessage(ref content, out var message); messages++) port.Deliver(frame.From, frame.IsToAll ? FrameFlags.Broadcast : FrameFlags.None, message);
        return (frame.From, _inbox.HandleDelivered(frame.From, frame.Number, messages, now));
    }

    public void HandleCredit(PeerId neighbour, ulong messages, long cost, Instant now)
    {
        if (!_channels.TryGetValue(neighbour, out var channel)) return;
        while (channel.Out.TryTake(messages, out _)) channel.FullSince = null;
        SendWaiting(neighbour, now);
        ConsumeAll();
    }

    public void HandleConsumed(PeerId author, ulong messages, Instant now)
    {
        _inbox.HandleConsumed(author, messages, now);
        ConsumeAll();
    }

    private void ConsumeAll()
    {
        foreach (var (neighbour, channel) in _channels) Consume(neighbour, channel);
    }

    /// <summary>While a member takes no more, nobody's frames are credited: so what waits here is bounded by the windows of those who send.</summary>
    private void Consume(PeerId neighbour, StarChannel channel)
    {
        if (_channels.Values.Any(other => other.FullSince is not null)) return;
        var before = channel.Consumed;
        while (channel.In.Count > 0 && (channel.In[0].Delivered == 0 || _inbox.IsConsumed(channel.In[0].Author, channel.In[0].Delivered)))
        {
            channel.In.Dequeue();
            channel.Consumed++;
        }
        if (channel.Consumed > before) port.Consume(neighbour, channel.Consumed);
    }

    // ---- Time ----

    public Instant? NextDeadline
    {
        get
        {
            var next = Instant.Earlier(_inbox.NextDeadline, _againAt);
            if (genesis.Topology.SlowMember != SlowMemberPolicy.Drop) return next;
            foreach (var channel in _channels.Values) next = Instant.Earlier(next, PatienceEnds(channel));
            return next;
        }
    }

    /// <summary>The message that it is at may be a long one.</summary>
    private Instant? PatienceEnds(StarChannel channel) => channel.FullSince + genesis.Topology.SlowMemberGrace + SendQueueOptions.Default.LargeMessageTime(channel.Out.CurrentLength);

    public void HandleDeadline(Instant now)
    {
        foreach (var (author, authorRun, number) in _inbox.TakeAcks(now))
        {
            var frame = new byte[StarFrame.Size];
            new StarFrame(StarFrameKind.Consumed, keys.Id, author, authorRun, number).Write(frame);
            if (overlay.Rules) PassOnTo(author, frame, now);
            else if (overlay.Hub is { } hub) Send(hub, frame);
        }
        if (_againAt <= now)
        {
            _againAt = null;
            SendAgain(now);
        }
        if (genesis.Topology.SlowMember != SlowMemberPolicy.Drop) return;
        foreach (var (member, _) in _channels.Where(pair => PatienceEnds(pair.Value) <= now).ToList())
        {
            _channels[member].FullSince = null;
            port.Say(new NeighbourTooSlow(member));
        }
    }
}

/// <summary>A channel with a neighbour in a star: what went and was not credited, and what came and was not consumed.</summary>
internal sealed class StarChannel(long windowCost)
{
    public RouteChannel Out { get; } = new(windowCost);

    /// <summary>Frames that came: whose messages they brought, and how many deliveries of it must be consumed for them; 0 where none.</summary>
    public Ring<(PeerId Author, ulong Delivered)> In { get; } = new();

    /// <summary>Frames that came before the neighbour is our hub; bounded by the channel's credit.</summary>
    public Queue<ReadOnlyMemory<byte>> Early { get; } = new();

    public ulong Consumed { get; set; }

    /// <summary>Since when something waits for it, or since it last took something after that.</summary>
    public Instant? FullSince { get; set; }
}
