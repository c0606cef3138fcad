using System.Buffers.Binary;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Overlays.Gossip.Roster;
using Netflux.Wire;

namespace Netflux.Overlays.Gossip.Directed;

/// <summary>What directed sends need of the overlay and of the channels.</summary>
internal interface IDirectedPort
{
    /// <summary>The card of a member, and the place of its last broadcast that was delivered here; null where it is not one.</summary>
    (PeerCard Card, BroadcastPlace Last)? FindMember(PeerId member);

    bool HasWay(PeerId member);

    void LookForWay(PeerId member);

    /// <summary>Our last broadcast.</summary>
    BroadcastPlace LastPublished { get; }

    /// <summary>Towards the receiver; what cannot go now is lost, and sent again by who cares.</summary>
    void SendTowards(PeerId to, byte[] frame);
}

/// <summary>
/// Sends from one member to another that may be far away: each pair has a stream of its own, sealed end to end, acknowledged end to end, and carried by members that know a neighbour on the way.
/// In order for each pair, each once, and after the broadcasts that were sent before; what cannot be brought is told.
/// </summary>
internal sealed class DirectedSends(IMessageRoutePort messages, IDirectedPort port, DirectedOptions options, IPeerKeys keys, NetworkId network, Incarnation run, byte hops)
{
    /// <summary>A member to whom somebody here sends.</summary>
    private sealed class Outgoing(Instant now)
    {
        /// <summary>Null while no way is known.</summary>
        public PairSender? Sender { get; set; }
        public Instant LookUntil { get; set; } = now;
        public Instant LookAgainAt { get; set; } = now;
    }

    private static readonly WayClosed s_unreachable = new(NetfluxError.PeerUnreachable, "no way to it was found in the network; send it again, as ways change");

    private readonly SortedDictionary<PeerId, Outgoing> _outgoing = [];
    private readonly SortedDictionary<PeerId, PairReceiver> _incoming = [];
    private readonly HashSet<PeerId> _waiting = [];                   // authors of whom something waits for a broadcast
    private readonly Dictionary<PeerId, ulong> _deliveries = [];      // messages of each member that went to subscribers
    private readonly TokenBucket _begun = new(options.StreamsBurst, options.StreamsPerSecond);
    private long _waitingBytes;      // of what waits for a broadcast
    private ulong _streams, _acks;
    private int _shut;      // outgoing without a way
    private Instant? _deadline;
    private bool _changed;

    public Instant? NextDeadline
    {
        get
        {
            if (!_changed) return _deadline;
            _changed = false;
            Instant? next = null;
            foreach (var outgoing in _outgoing.Values) next = Instant.Earlier(next, outgoing.Sender is { } sender ? sender.NextDeadline : Instant.Earlier(outgoing.LookUntil, outgoing.LookAgainAt));
            foreach (var incoming in _incoming.Values) next = Instant.Earlier(next, incoming.NextDeadline);
            return _deadline = next;
        }
    }

    // ---- Out ----

    /// <summary>Somebody here wants to send to the member: it has a way in the queue from now on, which is shut until a way in the network is known.</summary>
    public void HandleWanted(PeerId member, Instant now)
    {
        if (_outgoing.TryGetValue(member, out var known) && known.Sender is { } before && IsOtherRun(member, before)) Close(member, known);
        if (_outgoing.ContainsKey(member) || port.FindMember(member) is null) return;
        _changed = true;
        MakeRoom(now);
        if (_outgoing.Count >= options.PairsMax) return;
        _shut++;
        _outgoing.Add(member, new Outgoing(now) { LookUntil = now + options.WayPatience });
        messages.OpenWay(member, options.WindowCost, takesBroadcasts: false, isShut: true);
        TryOpen(member, _outgoing[member], now);
    }

    private void MakeRoom(Instant now)
    {
        if (_outgoing.Count < options.PairsMax) return;
        foreach (var (member, outgoing) in _outgoing.Where(pair => pair.Value.Sender is { IsIdle: true } sender && now - sender.UsedAt >= options.IdleTime).ToList()) Close(member, outgoing);
    }

    private void TryOpen(PeerId member, Outgoing outgoing, Instant now)
    {
        if (outgoing.Sender is not null || port.FindMember(member) is not { } found) return;
        _changed = true;
        if (found.Last.Run.Value > 0 && port.HasWay(member))
        {
            if (PairSeal.Create(keys, found.Card, new PairStream(keys.Id, run.Value + ++_streams, member, found.Last.Run), network) is not { } seal)
            {
                outgoing.LookAgainAt = outgoing.LookUntil;
                return;
            }
            outgoing.Sender = new PairSender(options, seal, now);
            _shut--;
            messages.OpenShutWay(member);
        }
        else if (outgoing.LookAgainAt <= now)
        {
            outgoing.LookAgainAt = now + options.FindAgain;
            port.LookForWay(member);
        }
    }

    public void HandOver(in HandOver handOver, Instant now)
    {
        if (!_outgoing.TryGetValue(handOver.Way, out var outgoing) || outgoing.Sender is not { } sender) return;
        _changed = true;
        port.SendTowards(handOver.Way, sender.Write(port.LastPublished, handOver.Flags, handOver.Payload.Span, hops, now));
    }

    private void Close(PeerId member, Outgoing outgoing)
    {
        _changed = true;
        _outgoing.Remove(member);
        if (outgoing.Sender is null) _shut--;
        outgoing.Sender?.Seal.Dispose();
        messages.CloseWay(member, s_unreachable);
    }

    // ---- In ----

    /// <summary>A frame for us.</summary>
    public void OnFrame(in RoutedHeader header, ReadOnlyMemory<byte> frame, Instant now)
    {
        _changed = true;
        if (header.Kind == RoutedKind.Ack) OnAck(header, frame, now);
        else OnData(header, frame, now);
    }

    private void OnAck(in RoutedHeader header, ReadOnlyMemory<byte> frame, Instant now)
    {
        if (!_outgoing.TryGetValue(header.From, out var outgoing) || outgoing.Sender is not { } sender || sender.Seal.Stream.Number != header.Stream) return;
        if (!sender.Seal.TryOpen(header, frame.Span, out var text) || text.Length != 24) return;
        sender.HandleAcknowledged(BinaryPrimitives.ReadUInt64BigEndian(text), now);
        messages.CreditWay(header.From, BinaryPrimitives.ReadUInt64BigEndian(text.AsSpan(8)), BinaryPrimitives.ReadInt64BigEndian(text.AsSpan(16)));
    }

    private void OnData(in RoutedHeader header, ReadOnlyMemory<byte> frame, Instant now)
    {
        if (header.Run != run || port.FindMember(header.From) is not { } found) return;
        byte[]? text;
        if (!_incoming.TryGetValue(header.From, out var receiver) || header.Stream > receiver.Seal.Stream.Number)
        {
            if (!_begun.TryTake(now)) return;
            // The first that opens begins a stream and ends the one before.
            if (PairSeal.Create(keys, found.Card, new PairStream(header.From, header.Stream, keys.Id, run), network) is not { } seal) return;
            if (!seal.TryOpen(header, frame.Span, out text))
            {
                seal.Dispose();
                return;
            }
            if (receiver is not null) End(receiver);
            _incoming[header.From] = receiver = new PairReceiver(options, seal);
        }
        else if (header.Stream < receiver.Seal.Stream.Number || !receiver.Seal.TryOpen(header, frame.Span, out text)) return;
        var before = receiver.WaitingBytes;
        receiver.HandleData(header.Number, text, messages.HeldBytes + _waitingBytes <= options.HeldBytesMax, now);
        _waitingBytes += receiver.WaitingBytes - before;
        Deliver(header.From, receiver, found.Last, now);
    }

    private void End(PairReceiver receiver)
    {
        _waitingBytes -= receiver.WaitingBytes;
        receiver.Seal.Dispose();
    }

    private void Deliver(PeerId from, PairReceiver receiver, BroadcastPlace broadcasts, Instant now)
    {
        while (receiver.TryTake(broadcasts, now, out var message))
        {
            _waitingBytes -= message.Payload.Length;
            receiver.HandleDelivered(CountDelivery(from), message);
            messages.Deliver(from, message.Flags, message.Payload);
        }
        if (receiver.IsWaiting) _waiting.Add(from);
        else _waiting.Remove(from);
    }

    /// <summary>Users see the member from now on: what they consume of it counts from 1.</summary>
    public void HandleJoining(PeerId member) => _deliveries[member] = 0;

    /// <summary>A message of this author goes to subscribers; 0 where users do not see the author.</summary>
    public ulong CountDelivery(PeerId author) => _deliveries.TryGetValue(author, out var before) ? _deliveries[author] = before + 1 : 0;

    public void HandleConsumed(PeerId author, ulong deliveries, Instant now)
    {
        if (!_incoming.TryGetValue(author, out var receiver)) return;
        _changed = true;
        receiver.HandleConsumed(deliveries, now);
    }

    public void HandleLeaving(PeerId member)
    {
        if (_outgoing.TryGetValue(member, out var outgoing)) Close(member, outgoing);
        if (_incoming.Remove(member, out var receiver)) End(receiver);
        _deliveries.Remove(member);
        _waiting.Remove(member);
        _changed = true;
    }

    // ---- Time ----

    /// <summary>Broadcasts came: what waited for them goes on, and ways may be known that were not.</summary>
    public void HandleBroadcasts(Instant now)
    {
        foreach (var author in _waiting.Count > 0 ? _waiting.Order().ToList() : [])
        {
            if (_incoming.TryGetValue(author, out var receiver) && port.FindMember(author) is { } found) Deliver(author, receiver, found.Last, now);
        }
        foreach (var (member, outgoing) in _shut > 0 ? _outgoing.Where(pair => pair.Value.Sender is null).ToList() : []) TryOpen(member, outgoing, now);
    }

    public void HandleDeadline(Instant now)
    {
        if (NextDeadline is not { } due || due > now) return;
        _changed = true;
        HandleOutgoing(now);
        HandleIncoming(now);
    }

    private void HandleOutgoing(Instant now)
    {
        foreach (var (member, outgoing) in _outgoing.ToList())
        {
            if (outgoing.Sender is not { } sender)
            {
                TryOpen(member, outgoing, now);
                if (outgoing.Sender is null && outgoing.LookUntil <= now) Close(member, outgoing);
                continue;
            }
            if (sender.HasFailed(now) || IsOtherRun(member, sender))
            {
                Close(member, outgoing);
                continue;
            }
            var due = sender.TakeDue(now);
            // What was not acknowledged may have met a member on the way that knows none: the answer mends it for all.
            if (due.Count > 0) port.LookForWay(member);
            foreach (var frame in due) port.SendTowards(member, frame);
        }
    }

    private void HandleIncoming(Instant now)
    {
        foreach (var (from, receiver) in _incoming.ToList())
        {
            if (port.FindMember(from) is { } found) Deliver(from, receiver, found.Last, now);
            if (receiver.TakeAck(hops, _acks + 1, now) is not { } ack) continue;
            _acks++;
            port.SendTowards(from, ack);
        }
    }

    /// <summary>It left and came again: what was sent to the run before does not arrive.</summary>
    private bool IsOtherRun(PeerId member, PairSender sender) => port.FindMember(member) is not { } found || found.Last.Run != sender.Seal.Stream.Run;
}
