using Netflux.Core;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>
/// The sending half of a channel: what waits, the credit of the other side, and one large message on its way. Messages keep their order;
/// relayed frames have a queue of their own, because a receiver that does not consume must not hold up what others send through it.
/// </summary>
internal sealed class SendChannel(ushort number, long windowCost, int chunkBytes)
{
    private readonly Ring<NumberedFrame> _messages = new();
    private readonly Ring<NumberedFrame> _relayed = new();
    private readonly int _chunkBodyMax = chunkBytes - FrameHeader.Size;
    private LargeMessage? _large;
    private NumberedFrame? _farewell;
    private bool _relayedNext;

    private ulong _messagesSent;
    private long _costSent;
    private ulong _messagesConsumed;
    private long _costConsumed;

    public ushort Number => number;

    /// <summary>Whether the channel stands in the round of the <see cref="SendStream"/>; kept by it.</summary>
    public bool InRound { get; set; }

    public bool IsEmpty => _messages.Count == 0 && _relayed.Count == 0 && _large is null;

    /// <summary>Relayed frames that wait, headers included.</summary>
    public long RelayedBytes { get; private set; }

    /// <summary>All that waited has gone, and the farewell too.</summary>
    public bool IsGone => IsEmpty && _farewell is null;

    /// <summary>Whether <see cref="TryPick"/> has something now.</summary>
    public bool CanSend => _relayed.Count > 0 || MessageCanGo || (_farewell is not null && IsEmpty);

    private bool MessageCanGo => _large is { } large ? large.Granted : _messages.Count > 0 && HasCredit(_messages[0].Body.Length);

    public void Queue(FrameFlags flags, ReadOnlyMemory<byte> body) => _messages.Enqueue(new(FrameKind.Message, flags, number, body));

    public void QueueRelayed(FrameFlags flags, ReadOnlyMemory<byte> body)
    {
        var frame = new NumberedFrame(FrameKind.Relay, flags, number, body);
        RelayedBytes += frame.Size;
        _relayed.Enqueue(frame);
    }

    /// <summary>The last frame, to go when all that waits has gone.</summary>
    public void QueueFarewell(NumberedFrame farewell) => _farewell = farewell;

    /// <summary>The farewell, if it has not gone: the other side asked for it, or the time is over. What waits is forgotten.</summary>
    public bool TryTakeFarewell(out NumberedFrame farewell)
    {
        farewell = _farewell ?? default;
        var taken = _farewell is not null;
        _farewell = null;
        Drop();
        return taken;
    }

    public void Drop()
    {
        _messages.Clear();
        _relayed.Clear();
        RelayedBytes = 0;
        _large = null;
    }

    /// <summary>The next frame of the channel. Relayed frames and messages take turns.</summary>
    public bool TryPick(out NumberedFrame frame)
    {
        var message = MessageCanGo;
        if (_relayed.Count > 0 && (_relayedNext || !message))
        {
            _relayedNext = false;
            frame = _relayed.Dequeue();
            RelayedBytes -= frame.Size;
            return true;
        }
        if (message)
        {
            _relayedNext = true;
            frame = PickMessage();
            return true;
        }
        frame = _farewell ?? default;
        if (_farewell is null || !IsEmpty) return false;
        _farewell = null;
        return true;
    }

    /// <summary>What the other side has consumed, cumulative.</summary>
    public Violation? OnCredit(ulong messages, long cost)
    {
        if (messages > _messagesSent || cost > _costSent) return Violation.Of("Credit for messages that were not sent.");
        _messagesConsumed = Math.Max(_messagesConsumed, messages);
        _costConsumed = Math.Max(_costConsumed, cost);
        return null;
    }

    public Violation? OnGrant(ulong message)
    {
        if (_large is not { Granted: false } large || message != _messagesSent) return Violation.Of("A grant for a message that does not wait for one.");
        large.Granted = true;
        return null;
    }

    private NumberedFrame PickMessage()
    {
        if (_large is { } large) return PickChunk(large);
        var message = _messages.Dequeue();
        _messagesSent++;
        _costSent += MessageCost.Of(message.Body.Length);
        if (message.Body.Length <= MessageCost.WholeBytesMax) return message;
        _large = new LargeMessage(message);
        return new(FrameKind.MessageStart, message.Flags, number, NumberBody.ToBytes((ulong)message.Body.Length));
    }

    private NumberedFrame PickChunk(LargeMessage large)
    {
        var rest = large.Message.Body[large.Offset..];
        var last = rest.Length <= _chunkBodyMax;
        if (last) _large = null;
        else large.Offset += _chunkBodyMax;
        return new(FrameKind.MessageChunk, last ? FrameFlags.Last : FrameFlags.None, number, last ? rest : rest[.._chunkBodyMax]);
    }

    // One message may always be on its way, so that a window below one message slows but never blocks.
    private bool HasCredit(int length)
    {
        var outstanding = _costSent - _costConsumed;
        return outstanding == 0 || outstanding + MessageCost.Of(length) <= windowCost;
    }

    /// <summary>A message above 64 KiB that was announced: first it waits for its grant, then it goes chunk by chunk.</summary>
    private sealed class LargeMessage(NumberedFrame message)
    {
        public NumberedFrame Message => message;
        public bool Granted { get; set; }
        public int Offset { get; set; }
    }
}
