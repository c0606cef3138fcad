using Netflux.Core;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>
/// What this side sends under sequence numbers. A frame gets its number when it is picked for the wire: credit and control first, then the channels in turns
/// of one chunk. It stays here until it is acknowledged, and a new link writes again from the first that is not.
/// </summary>
internal sealed class SendStream(SessionOptions options)
{
    private readonly Ring<NumberedFrame> _unacknowledged = new();
    private readonly Ring<NumberedFrame> _control = new();
    private readonly Ring<SendChannel> _round = new();
    private readonly Ring<ushort> _relayedArrived = new();   // the channels of relayed frames that were acknowledged
    private readonly CreditReturn _credit = new(options.CreditDelay);
    private int _cursor;          // into _unacknowledged: the next to write on the link in use
    private long _unacknowledgedBytes;
    private long _controlBytes;
    private int _turnBytes;       // what the first of the round may still write in its turn
    private bool _relayedOverflow;
    private NumberedFrame? _farewell;

    public CreditReturn Credit => _credit;

    /// <summary>Every frame up to this one has arrived.</summary>
    public ulong AcknowledgedUpTo { get; private set; }

    private ulong Last => AcknowledgedUpTo + (ulong)_unacknowledged.Count;

    /// <summary>More control or relayed frames wait than any honest conversation needs.</summary>
    public bool IsOverflowing => _controlBytes > options.ControlQueueBytesMax || _relayedOverflow;

    public bool HasWork => _cursor < _unacknowledged.Count || (MayPick && (_credit.IsDue || _control.Count > 0 || _round.Count > 0 || FarewellCanGo));

    /// <summary>The session's last frame was written, and nothing is behind it.</summary>
    public bool FarewellWritten { get; private set; }

    public SessionLoad Load => new(_unacknowledged.Count, _unacknowledgedBytes);

    /// <summary>Every frame has arrived, and nothing waits.</summary>
    public bool IsDone => _unacknowledged.Count == 0 && !HasWork;

    private bool MayPick => _unacknowledgedBytes < options.UnacknowledgedBytesMax && !FarewellWritten;

    private bool FarewellCanGo => _farewell is not null && _control.Count == 0 && _round.Count == 0;

    public void QueueControl(FrameKind kind, ReadOnlyMemory<byte> body) => Queue(new(kind, FrameFlags.None, 0, body));

    public void Queue(NumberedFrame control)
    {
        _control.Enqueue(control);
        _controlBytes += control.Size;
    }

    /// <summary>Something of the channel may have become sendable: a message, credit, a grant.</summary>
    public void Offer(SendChannel channel)
    {
        _relayedOverflow |= channel.RelayedBytes > options.RelayedQueueBytesMax;
        if (channel.InRound || !channel.CanSend) return;
        channel.InRound = true;
        _round.Enqueue(channel);
    }

    /// <summary>The last frame of the session: it goes when nothing else can.</summary>
    public void QueueFarewell(FrameKind kind, ReadOnlyMemory<byte> body) => _farewell = new(kind, FrameFlags.None, 0, body);

    /// <summary>Another link is in use: what is not acknowledged is written again.</summary>
    public void Rewind() => _cursor = 0;

    public Violation? OnAck(ulong upTo, out bool isNew)
    {
        isNew = upTo > AcknowledgedUpTo;
        if (upTo > Last) return Violation.Of("An acknowledgement of what was never sent.");
        while (AcknowledgedUpTo < upTo)
        {
            var arrived = _unacknowledged.Dequeue();
            _unacknowledgedBytes -= arrived.Size;
            if (arrived.Kind == FrameKind.Relay) _relayedArrived.Enqueue(arrived.Channel);
            AcknowledgedUpTo++;
            if (_cursor > 0) _cursor--;
        }
        return null;
    }

    /// <summary>The channel of the next relayed frame that has arrived at the other side: its memory is free.</summary>
    public bool TryTakeRelayedArrived(out ushort channel)
    {
        channel = _relayedArrived.Count > 0 ? _relayedArrived.Dequeue() : default;
        return channel != 0;
    }

    /// <summary>The next frame to write, with its number.</summary>
    public bool TryNext(out NumberedFrame frame, out ulong sequence)
    {
        sequence = 0;
        if (_cursor < _unacknowledged.Count) frame = _unacknowledged[_cursor];
        else if (!MayPick || !TryPick(out frame))
        {
            frame = default;
            return false;
        }
        else
        {
            _unacknowledged.Enqueue(frame);
            _unacknowledgedBytes += frame.Size;
        }
        sequence = AcknowledgedUpTo + (ulong)++_cursor;
        return true;
    }

    private bool TryPick(out NumberedFrame frame)
    {
        if (_credit.TryTake(out var channel))
        {
            frame = new(FrameKind.Credit, FrameFlags.None, 0, channel.Receive.TakeCredit(channel.RemoteNumber).ToBytes());
            return true;
        }
        if (_control.Count > 0)
        {
            frame = _control.Dequeue();
            _controlBytes -= frame.Size;
            return true;
        }
        if (TryPickInTurn(out frame)) return true;
        if (!FarewellCanGo) return false;
        (frame, FarewellWritten) = (_farewell!.Value, true);
        return true;
    }

    private bool TryPickInTurn(out NumberedFrame frame)
    {
        while (_round.Count > 0)
        {
            var channel = _round[0];
            if (_turnBytes < options.ChunkBytes && channel.TryPick(out frame))
            {
                _turnBytes += frame.Size;
                return true;
            }
            EndTurn(channel);
        }
        frame = default;
        return false;
    }

    private void EndTurn(SendChannel channel)
    {
        _round.Dequeue();
        _turnBytes = 0;
        channel.InRound = false;
        Offer(channel);
    }
}

/// <summary>Frames that were sent and are not acknowledged, and their bytes.</summary>
internal readonly record struct SessionLoad(int Unacknowledged, long UnacknowledgedBytes);
