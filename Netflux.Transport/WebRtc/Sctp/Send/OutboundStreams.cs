using Netflux.Core;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>
/// The outgoing streams and the order in which they send, round robin (RFC 8260 §3.1). Without interleaving a message that has begun goes on until its end, as its fragments must
/// have TSNs in a row (RFC 9260 §6.9). With it, those that have begun send a chunk each; but no more begin than the other has room for, or it would sit on parts of many
/// messages without the room to complete any.
/// </summary>
internal sealed class OutboundStreams(SctpOptions options, Queue<SctpEvent> events)
{
    private readonly StreamTable<OutboundStream?> _table = new();
    private readonly RingQueue<OutboundStream> _waiting = new();  // whose next message has not begun
    private readonly RingQueue<OutboundStream> _begun = new();    // whose first message has its turn
    private readonly SendBuffer _buffer = new();
    private long _begunBytes;

    /// <summary>How long the messages that have begun may be together; at least one may always begin. Nothing: one after another.</summary>
    public long InterleavedBytesMax { get; set; }

    /// <summary>Messages that are accepted, and not yet sent as a whole.</summary>
    public int QueuedMessages { get; private set; }

    /// <summary>Payload that is accepted, and not yet acknowledged or given up.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Whether something waits to be sent.</summary>
    public bool HasSendable => _begun.Count > 0 || _waiting.Count > 0;

    /// <summary>The stream whose turn it is, or none; its queue may have become empty, and then <see cref="PassTurn"/> is due.</summary>
    public OutboundStream? First
    {
        get
        {
            while (_waiting.Count > 0 && (_begun.Count == 0 || _begunBytes + _waiting.First.Queue.First.Length <= InterleavedBytesMax))
            {
                var stream = _waiting.Dequeue();
                _begunBytes += stream.Queue.First.Length;
                _begun.Enqueue(stream);
            }
            return _begun.Count > 0 ? _begun.First : null;
        }
    }

    public OutboundStream this[StreamId id]
    {
        get
        {
            ref var place = ref _table[id];
            return place ??= new OutboundStream(id);
        }
    }

    public OutboundStream? Find(StreamId id) => _table.Find(id);

    public bool TryEnqueue(StreamId id, in SendParameters how, ReadOnlySpan<byte> payload, Instant now)
    {
        if (payload.IsEmpty || payload.Length > options.SentMessageBytesMax || HeldBytes + payload.Length > options.SendBufferBytes) return false;
        var stream = this[id];
        if (stream.Reset != OutboundReset.None) return false;
        var slab = _buffer.Store(payload, out var offset);
        stream.Queue.Enqueue(new OutboundMessage
        {
            Slab = slab,
            Offset = offset,
            Length = payload.Length,
            Ppid = how.Ppid,
            Unordered = how.Unordered,
            RetransmitsMax = how.RetransmitsMax ?? OutstandingChunk.Unlimited,
            ExpiresAt = how.Lifetime is { } lifetime ? now + lifetime : new Instant(long.MaxValue),
        });
        QueuedMessages++;
        HeldBytes += payload.Length;
        stream.Buffered += payload.Length;
        Schedule(stream);
        return true;
    }

    /// <summary>The chunk's payload is needed no more.</summary>
    public void Release(Slab slab, int length)
    {
        HeldBytes -= length;
        _buffer.Release(slab);
    }

    /// <summary>Another holder of the same payload: a chunk that was cut from a message.</summary>
    public static void Hold(Slab slab) => slab.References++;

    /// <summary>A part of the first message of this stream was sent; ends the message if that was its rest, and gives the turn on where it may.</summary>
    public void HandleSent(OutboundStream stream, int length)
    {
        ref var message = ref stream.Queue.First;
        message.Sent += length;
        message.NextFragment++;
        LessBuffered(stream, length);
        if (message.Sent == message.Length) EndMessage(stream);
        else if (_begun.Count > 1) PassTurn(stream);
    }

    /// <summary>Drops the first message of a stream that has begun, or has its turn, or what is left of it. Returns it as it was.</summary>
    public OutboundMessage DropFirst(OutboundStream stream)
    {
        var message = stream.Queue.First;
        LessBuffered(stream, message.Length - message.Sent);
        HeldBytes -= message.Length - message.Sent;
        EndMessage(stream);
        return message;
    }

    /// <summary>The next stream has its turn; this one comes again if it has something left.</summary>
    public void PassTurn(OutboundStream stream)
    {
        _begun.Dequeue();
        if (stream.Queue.Count > 0) _begun.Enqueue(stream);
        else stream.Scheduled = false;
    }

    /// <summary>RFC 6525 §5.1.2: the reset comes after what is queued. False if one is under way.</summary>
    public bool TryBeginReset(StreamId id)
    {
        var stream = this[id];
        if (stream.Reset != OutboundReset.None) return false;
        stream.Reset = stream.Queue.Count == 0 ? OutboundReset.Ready : OutboundReset.Draining;
        return true;
    }

    /// <summary>The answer to a reset: with it the numbers begin anew.</summary>
    public void EndReset(StreamId id, bool performed)
    {
        var stream = this[id];
        stream.Reset = OutboundReset.None;
        if (performed) (stream.NextOrdered, stream.NextUnordered) = (0, 0);
    }

    public void Trim()
    {
        _waiting.Trim();
        _begun.Trim();
        _buffer.Trim();
        _table.ForEach(static (_, stream) => stream?.Queue.Trim());
    }

    private void Schedule(OutboundStream stream)
    {
        if (stream.Scheduled || stream.Queue.Count == 0) return;
        stream.Scheduled = true;
        _waiting.Enqueue(stream);
    }

    private void EndMessage(OutboundStream stream)
    {
        var message = stream.Queue.Dequeue();
        _buffer.Release(message.Slab);
        _begunBytes -= message.Length;
        QueuedMessages--;
        if (_begun.First == stream)
        {
            _begun.Dequeue();
            stream.Scheduled = false;
            Schedule(stream);
        }
        // Given up in the middle of the round, it keeps its place there for its next message.
        else if (stream.Queue.Count > 0) _begunBytes += stream.Queue.First.Length;
        if (stream.Queue.Count == 0 && stream.Reset == OutboundReset.Draining) stream.Reset = OutboundReset.Ready;
    }

    private void LessBuffered(OutboundStream stream, int length)
    {
        var before = stream.Buffered;
        stream.Buffered -= length;
        if (before > stream.LowThreshold && stream.Buffered <= stream.LowThreshold) events.Enqueue(stream.Low);
    }
}
