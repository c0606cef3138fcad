using System.Buffers;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>Chunks beside data that wait for the next packet: few, rare, and bounded, since most of them are what a peer asked for.</summary>
internal sealed class Answers(SctpOptions options)
{
    private readonly Queue<Answer> _queue = new();

    /// <param name="Tag">The verification tag of its packet.</param>
    /// <param name="Alone">INIT, INIT ACK and SHUTDOWN COMPLETE share a packet with nothing (RFC 9260 §6.10).</param>
    /// <param name="Checksummed">Whether its packet has a checksum in any case (RFC 9653 §5.1).</param>
    private readonly record struct Answer(uint Tag, byte[] Pooled, int Length, bool Alone, bool Checksummed)
    {
        public ReadOnlySpan<byte> Chunk => Pooled.AsSpan(0, Length);
    }

    public bool IsEmpty => _queue.Count == 0;

    public void Add(uint tag, ReadOnlySpan<byte> chunk, bool alone = false, bool checksummed = false)
    {
        if (_queue.Count == options.AnswersQueuedMax) return;
        var pooled = ArrayPool<byte>.Shared.Rent(chunk.Length);
        chunk.CopyTo(pooled);
        _queue.Enqueue(new(tag, pooled, chunk.Length, alone, checksummed));
    }

    public void Clear()
    {
        while (_queue.TryDequeue(out var answer)) ArrayPool<byte>.Shared.Return(answer.Pooled);
    }

    /// <summary>Writes what fits one packet, with one tag; returns the length of the chunks.</summary>
    /// <param name="tag">The tag that the packet must have.</param>
    /// <param name="full">Whether nothing else may go into the packet.</param>
    public int Write(Span<byte> room, out uint tag, out bool full, out bool checksummed)
    {
        tag = 0;
        full = checksummed = false;
        var at = 0;
        while (!full && _queue.TryPeek(out var next))
        {
            var length = Chunk.Padded(next.Length);
            if (at > 0 && (next.Tag != tag || next.Alone || length > room.Length - at)) break;
            _queue.Dequeue();
            // What fits no packet is not sent at all.
            if (length <= room.Length)
            {
                next.Chunk.CopyTo(room[at..]);
                room[(at + next.Length)..(at + length)].Clear();
                at += length;
                tag = next.Tag;
                full = next.Alone;
                checksummed |= next.Checksummed;
            }
            ArrayPool<byte>.Shared.Return(next.Pooled);
        }
        return at;
    }
}
