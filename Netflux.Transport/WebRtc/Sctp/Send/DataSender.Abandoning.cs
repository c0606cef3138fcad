using System.Runtime.InteropServices;
using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Send;

// Partial reliability, RFC 3758: messages that are not worth sending any more, and telling the other to go on without them.
internal sealed partial class DataSender
{
    private readonly List<SkippedStream> _skipped = [];
    private bool _forwardDue;

    private bool MayAbandon(Tsn tsn, Instant now)
    {
        ref var chunk = ref _outstanding[tsn];
        return _partialReliability && (chunk.Transmissions > chunk.RetransmitsMax || chunk.ExpiresAt <= now);
    }

    /// <summary>RFC 3758 §3.5 A: with one of its fragments the whole message is given up, the part included that was not sent yet.</summary>
    private void AbandonMessageOf(Tsn tsn)
    {
        var chunk = _outstanding[tsn];
        var ended = AbandonFragments(tsn, chunk.Stream, chunk.Flags, chunk.Number);
        Abandoned++;
        _forwardDue = true;
        if (ended) return;
        _streams.DropFirst(_streams[chunk.Stream]);
        AddEndMark(chunk.Stream, chunk.Flags & DataFlags.Unordered, chunk.Number);
    }

    /// <summary>Drops the first message of a stream if its time is over. True if it was.</summary>
    private bool DropIfExpired(OutboundStream stream, Instant now)
    {
        ref var first = ref stream.Queue.First;
        if (first.ExpiresAt > now || !_partialReliability || first.Sent > 0 && _outstanding.IsFull) return false;
        var message = _streams.DropFirst(stream);
        Abandoned++;
        // Nothing of it was sent: it has no number, and nobody misses it.
        if (message.Sent == 0) return true;
        var unordered = message.Unordered ? DataFlags.Unordered : DataFlags.None;
        if (_outstanding.Count > 0) AbandonFragments(_outstanding.Next.Previous, stream.Id, unordered, message.Number);
        AddEndMark(stream.Id, unordered, message.Number);
        _forwardDue = true;
        return true;
    }

    /// <summary>Gives up all outstanding fragments of a message; true if its last one is among them.</summary>
    /// <param name="near">One of them, or where the last of them would be.</param>
    private bool AbandonFragments(Tsn near, StreamId stream, DataFlags flags, uint number)
    {
        if (_interleaving)
        {
            var ended = false;
            for (var tsn = _outstanding.Acknowledged.Next; tsn < _outstanding.Next; tsn = tsn.Next)
                if (IsPartOf(tsn, stream, flags, number)) ended |= AbandonChunk(tsn);
            return ended;
        }
        // Fragments of DATA have TSNs in a row (RFC 9260 §6.9), from B to E; the numbers of unordered ones tell nothing.
        for (var tsn = near; _outstanding.Contains(tsn) && IsPartOf(tsn, stream, flags, number); tsn = tsn.Previous)
        {
            if (tsn != near && (_outstanding[tsn].Flags & DataFlags.End) != 0) break;
            AbandonChunk(tsn);
            if ((_outstanding[tsn].Flags & DataFlags.Begin) != 0) break;
        }
        for (var tsn = near; _outstanding.Contains(tsn) && IsPartOf(tsn, stream, flags, number); tsn = tsn.Next)
        {
            if (tsn != near && (_outstanding[tsn].Flags & DataFlags.Begin) != 0) break;
            if (AbandonChunk(tsn)) return true;
        }
        return false;
    }

    private bool IsPartOf(Tsn tsn, StreamId stream, DataFlags flags, uint number)
    {
        ref var chunk = ref _outstanding[tsn];
        return chunk.Stream == stream && chunk.Number == number && ((chunk.Flags ^ flags) & DataFlags.Unordered) == 0;
    }

    /// <summary>True if it is the message's last fragment.</summary>
    private bool AbandonChunk(Tsn tsn)
    {
        ref var chunk = ref _outstanding[tsn];
        if (_outstanding.StateOf(tsn) == ChunkState.Acknowledged) _beyondBytes -= chunk.WireLength;
        _outstanding.Set(tsn, ChunkState.Abandoned);
        if (chunk.Slab is { } slab) _streams.Release(slab, chunk.Length);
        chunk.Slab = null;
        return (chunk.Flags & DataFlags.End) != 0;
    }

    /// <summary>
    /// A message that was given up in the middle gets one more TSN, which is never sent: all its fragments may be acknowledged already, and without it no FORWARD TSN would tell
    /// the other to drop them.
    /// </summary>
    private void AddEndMark(StreamId stream, DataFlags flags, uint number)
    {
        ref var mark = ref _outstanding.Add(0, ChunkState.Abandoned);
        mark.Stream = stream;
        mark.Flags = flags | DataFlags.End;
        mark.Number = number;
    }

    /// <summary>RFC 3758 §3.5 C, RFC 8260 §2.3.1: the given-up chunks right behind the cumulative TSN, and the last message in each of their streams.</summary>
    private int WriteForwardTsn(Span<byte> room, Instant now)
    {
        if (!_forwardDue) return 0;
        var roomForStreams = (room.Length - ForwardTsnChunk.FixedLength) / ForwardTsnChunk.SkippedLength(_interleaving);
        if (roomForStreams < 1) return 0;
        _forwardDue = false;
        var forward = _outstanding.Acknowledged;
        _skipped.Clear();
        for (var tsn = forward.Next; tsn < _outstanding.Next && _outstanding.StateOf(tsn) == ChunkState.Abandoned; tsn = tsn.Next)
        {
            ref var chunk = ref _outstanding[tsn];
            if (!Skip(chunk, roomForStreams)) break;
            forward = tsn;
        }
        if (forward == _outstanding.Acknowledged) return 0;
        // §3.5 C5: T3-rtx watches over it as over data.
        _timeoutAt ??= now + _timeout.Current;
        return ForwardTsnChunk.Write(room, _interleaving, forward, CollectionsMarshal.AsSpan(_skipped));
    }

    /// <summary>False if its stream has no place any more; the rest is told when the other has followed.</summary>
    private bool Skip(in OutstandingChunk chunk, int streamsMax)
    {
        var unordered = (chunk.Flags & DataFlags.Unordered) != 0;
        // RFC 3758 §3.2: unordered DATA has no SSN to skip.
        if (unordered && !_interleaving) return true;
        for (var i = _skipped.Count - 1; i >= 0; i--)
        {
            if (_skipped[i].Stream != chunk.Stream || _skipped[i].Unordered != unordered) continue;
            // In the order of TSNs the numbers of a stream rise.
            _skipped[i] = _skipped[i] with { Number = chunk.Number };
            return true;
        }
        if (_skipped.Count == streamsMax) return false;
        _skipped.Add(new(chunk.Stream, unordered, chunk.Number));
        return true;
    }
}
