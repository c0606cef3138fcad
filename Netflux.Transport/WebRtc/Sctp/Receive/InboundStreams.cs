using System.Diagnostics;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Receive;

/// <summary>
/// Hands whole messages to the application: unordered ones at once, ordered ones in the order of their numbers in their stream (RFC 9260 §6.5, §6.6). What is handed over still
/// counts against the window until it is taken.
/// </summary>
internal sealed class InboundStreams(ReceiveBuffer buffer, bool interleaving)
{
    private readonly StreamTable<Inbound> _table = new();
    private readonly RingQueue<SctpMessage> _ready = new();

    private struct Inbound
    {
        /// <summary>The number of the next ordered message; counts on where SSNs begin again at 0.</summary>
        public long Next;

        /// <summary>Those that came before their turn; null while there are none.</summary>
        public PriorityQueue<SctpMessage, long>? Early;
    }

    public long Delivered { get; private set; }

    /// <summary>Whether the application has something to take.</summary>
    public bool HasReady => _ready.Count > 0;

    public bool TryTake(out SctpMessage message)
    {
        if (!_ready.TryDequeue(out message)) return false;
        buffer.Discharge(message.Length);
        return true;
    }

    public void Add(bool unordered, uint number, in SctpMessage message)
    {
        if (unordered)
        {
            Deliver(message);
            return;
        }
        ref var stream = ref _table[message.Stream];
        var turn = Unwrap(stream.Next, number);
        if (turn < stream.Next)
        {
            // Its number is used up: its sender broke the rules, or had given it up.
            buffer.Drop(message.Pooled, message.Length);
            return;
        }
        if (turn > stream.Next)
        {
            (stream.Early ??= new()).Enqueue(message, turn);
            return;
        }
        Deliver(message);
        stream.Next++;
        if (stream.Early is not null) DeliverEarly(ref stream);
    }

    /// <summary>RFC 3758 §3.6: messages up to this number will not come; those that did come are handed over.</summary>
    public void Skip(StreamId id, uint number)
    {
        ref var stream = ref _table[id];
        var next = Unwrap(stream.Next, number) + 1;
        if (next <= stream.Next) return;
        while (stream.Early is { } early && early.TryPeek(out _, out var turn) && turn < next) Deliver(early.Dequeue());
        stream.Next = next;
        if (stream.Early is not null) DeliverEarly(ref stream);
    }

    /// <summary>RFC 6525 §5.2.2: numbers begin at 0 again.</summary>
    public void Reset(StreamId id)
    {
        ref var stream = ref _table[id];
        // The sender had sent all before it asked, so nothing can wait for a turn that would still come.
        while (stream.Early is { } early && early.TryDequeue(out var message, out _)) buffer.Drop(message.Pooled, message.Length);
        stream = default;
    }

    /// <summary>RFC 6525 §4.1: no streams named are all streams.</summary>
    public void ResetAll(Action<StreamId> reset)
    {
        var used = new List<StreamId>();
        _table.ForEach((id, stream) =>
        {
            if (stream.Next > 0 || stream.Early is not null) used.Add(id);
        });
        foreach (var id in used)
        {
            Reset(id);
            reset(id);
        }
    }

    public void Trim() => _ready.Trim();

    public void Drop()
    {
        _table.ForEach((_, stream) =>
        {
            while (stream.Early is { } early && early.TryDequeue(out var message, out var _)) buffer.Drop(message.Pooled, message.Length);
        });
    }

    /// <summary>The number as it would be without beginning again: the one nearest to what is expected.</summary>
    private long Unwrap(long next, uint number) => next + (interleaving ? (int)(number - (uint)next) : (short)((ushort)number - (ushort)next));

    private void DeliverEarly(ref Inbound stream)
    {
        var early = stream.Early!;
        while (early.TryPeek(out _, out var turn) && turn <= stream.Next)
        {
            var message = early.Dequeue();
            if (turn < stream.Next) buffer.Drop(message.Pooled, message.Length);
            else
            {
                Deliver(message);
                stream.Next++;
            }
        }
        if (early.Count == 0) stream.Early = null;
    }

    private void Deliver(in SctpMessage message)
    {
        Debug.Assert(message.Length > 0);
        Delivered++;
        _ready.Enqueue(message);
    }
}
