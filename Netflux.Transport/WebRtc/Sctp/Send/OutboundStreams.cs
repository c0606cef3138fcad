using Netflux.Core;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>
/// The outgoing streams and the order in which they send: one after another, a message each or, where messages are interleaved, a chunk each (RFC 8260 §3.1, round robin).
/// Without interleaving a message that has begun goes on until its end, as its fragments must have TSNs in a row (RFC 9260 §6.9).
/// </summary>
internal sealed class OutboundStreams(SctpOptions options, Queue<SctpEvent> events)
{
    private readonly StreamTable<OutboundStream?> _table = new();
    private readonly RingQueue<OutboundStream> _round = new();
    private readonly SendBuffer _buffer = new();

    /// <summary>Messages that are accepted, and not yet sent as a whole.</summary>
    public int QueuedMessages { get; private set; }

    /// <summary>Payload that is accepted, and not yet acknowledged or given up.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Whether something waits that could be sent now.</summary>
    public bool HasSendable => _round.Count > 0;

    /// <summary>Where the first of the round's message is in the middle of; nothing of another stream may come between.</summary>
    public OutboundStream? First => _round.Count > 0 ? _round.First : null;

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
    public void HandleSent(OutboundStream stream, int length, bool interleaving)
    {
        ref var message = ref stream.Queue.First;
        message.Sent += length;
        message.NextFragment++;
        LessBuffered(stream, length);
        var ended = message.Sent == message.Length;
        if (ended) EndMessage(stream);
        if (ended || interleaving) PassTurn(stream);
    }

    /// <summary>Drops the first message of a stream, or what is left of it. Returns it as it was.</summary>
    public OutboundMessage DropFirst(OutboundStream stream)
    {
        var message = stream.Queue.First;
        LessBuffered(stream, message.Length - message.Sent);
        HeldBytes -= message.Length - message.Sent;
        EndMessage(stream);
        return message;
    }

    /// <summary>Takes the stream that has sent nothing, or ended its message, out of the first place.</summary>
    public void PassTurn(OutboundStream stream)
    {
        if (First != stream) return;
        _round.Dequeue();
        stream.Scheduled = false;
        Schedule(stream);
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
        _round.Trim();
        _buffer.Trim();
        _table.ForEach(static (_, stream) => stream?.Queue.Trim());
    }

    private void Schedule(OutboundStream stream)
    {
        if (stream.Scheduled || stream.Queue.Count == 0) return;
        stream.Scheduled = true;
        _round.Enqueue(stream);
    }

    private void EndMessage(OutboundStream stream)
    {
        _buffer.Release(stream.Queue.Dequeue().Slab);
        QueuedMessages--;
        if (stream.Queue.Count == 0 && stream.Reset == OutboundReset.Draining) stream.Reset = OutboundReset.Ready;
    }

    private void LessBuffered(OutboundStream stream, int length)
    {
        var before = stream.Buffered;
        stream.Buffered -= length;
        if (before > stream.LowThreshold && stream.Buffered <= stream.LowThreshold) events.Enqueue(stream.Low);
    }
}
