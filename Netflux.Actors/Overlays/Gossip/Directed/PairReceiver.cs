using System.Buffers.Binary;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Overlays.Gossip.Roster;
using Netflux.Wire;

namespace Netflux.Overlays.Gossip.Directed;

/// <summary>A message of a pair that waits for what its sender broadcast before it.</summary>
internal readonly record struct WaitingMessage(BroadcastPlace After, FrameFlags Flags, ReadOnlyMemory<byte> Payload, Instant GiveUpAt);

/// <summary>What comes from one run of a member: each once, in order, and not before the broadcasts that were sent before it.</summary>
internal sealed class PairReceiver(DirectedOptions options, PairSeal seal)
{
    /// <summary>Before the payload: the sender's last broadcast, and the flags.</summary>
    public const int OrderBytes = 17;

    private readonly Ring<WaitingMessage> _waiting = new();
    private readonly Ring<(ulong Delivery, int Cost)> _delivered = new();
    private ulong _received, _consumed;
    private long _costConsumed, _outstanding;
    private Instant? _ackAt;

    public PairSeal Seal => seal;

    /// <summary>Something waits for a broadcast.</summary>
    public bool IsWaiting => _waiting.Count > 0;

    /// <summary>Bytes of what waits.</summary>
    public long WaitingBytes { get; private set; }

    public Instant? NextDeadline => Instant.Earlier(_ackAt, _waiting.Count > 0 ? _waiting[0].GiveUpAt : null);

    /// <summary>A frame of this pair that opened. What is not the next one is sent again.</summary>
    public void HandleData(ulong number, ReadOnlyMemory<byte> text, bool hasRoom, Instant now)
    {
        if (text.Length < OrderBytes) return;
        AckSoon(now);
        if (number != _received + 1 || !hasRoom) return;
        var cost = MessageCost.Of(text.Length - OrderBytes);
        if (_outstanding > 0 && _outstanding + cost > options.WindowCost) return;
        _received++;
        _outstanding += cost;
        var order = text.Span[..OrderBytes];
        var flags = (FrameFlags)order[16] & FrameFlags.ConfirmSoon;
        var after = new BroadcastPlace(new Incarnation(BinaryPrimitives.ReadUInt64BigEndian(order)), BinaryPrimitives.ReadUInt64BigEndian(order[8..]));
        WaitingBytes += text.Length - OrderBytes;
        _waiting.Enqueue(new WaitingMessage(after, flags, text[OrderBytes..], now + options.OrderPatience));
    }

    /// <summary>The next message, if all that was broadcast before it was delivered, or is given up.</summary>
    public bool TryTake(BroadcastPlace broadcastsDelivered, Instant now, out WaitingMessage message)
    {
        message = _waiting.Count > 0 ? _waiting[0] : default;
        if (_waiting.Count == 0 || (message.After.CompareTo(broadcastsDelivered) > 0 && message.GiveUpAt > now)) return false;
        _waiting.Dequeue();
        WaitingBytes -= message.Payload.Length;
        return true;
    }

    /// <summary>It is this delivery of all that came from its author.</summary>
    public void HandleDelivered(ulong delivery, in WaitingMessage message) => _delivered.Enqueue((delivery, MessageCost.Of(message.Payload.Length)));

    /// <summary>So many deliveries of its author were consumed.</summary>
    public void HandleConsumed(ulong deliveries, Instant now)
    {
        while (_delivered.Count > 0 && _delivered[0].Delivery <= deliveries)
        {
            var (_, cost) = _delivered.Dequeue();
            _consumed++;
            _costConsumed += cost;
            _outstanding -= cost;
            AckSoon(now);
        }
    }

    /// <summary>The acknowledgement that is due now; null where none is.</summary>
    /// <param name="number">Above all that were used before.</param>
    public byte[]? TakeAck(byte hops, ulong number, Instant now)
    {
        if (_ackAt is not { } due || due > now) return null;
        _ackAt = null;
        Span<byte> text = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64BigEndian(text, _received);
        BinaryPrimitives.WriteUInt64BigEndian(text[8..], _consumed);
        BinaryPrimitives.WriteInt64BigEndian(text[16..], _costConsumed);
        return seal.Seal(RoutedKind.Ack, hops, number, text, []);
    }

    private void AckSoon(Instant now) => _ackAt ??= now + options.AckDelay;
}
