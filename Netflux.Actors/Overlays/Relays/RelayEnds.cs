using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Wire;

namespace Netflux.Overlays.Relays;

/// <summary>The ends of circuits in this process: open, accept, write within the window, read, close.</summary>
internal sealed class RelayEnds(PeerId self, RelayOptions options, SortedDictionary<PeerId, LinkPath> neighbours, Queue<RelayInstruction> outbox)
{
    private readonly record struct Key(PeerId Carrier, PeerId Peer, bool OpenedHere, ulong Number);

    private sealed class End(CircuitId id, Key key, Instant? openBy)
    {
        public CircuitId Id { get; } = id;
        public Key Key { get; } = key;
        public Instant? OpenBy { get; set; } = openBy;    // null: it is open
        public Queue<ReadOnlyMemory<byte>> Waiting { get; } = new(); // what the local writer told beyond the window; it stops when it is not told of writes
        public long Sent { get; set; }
        public long FarRead { get; set; }
        public long Received { get; set; }
        public long Read { get; set; }
        public long ReadTold { get; set; }
        public Queue<int> Unread { get; } = new();        // costs are per message, the reader reports bytes
        public int UnreadTaken { get; set; }
    }

    private readonly Dictionary<Key, End> _byKey = [];
    private readonly SortedDictionary<long, End> _ends = [];
    private ulong _lastNumber;
    private long _lastAccepted;

    public Instant? NextDeadline
    {
        get
        {
            Instant? next = null;
            foreach (var end in _ends.Values) next = Instant.Earlier(next, end.OpenBy);
            return next;
        }
    }

    public void HandleDeadline(Instant now)
    {
        foreach (var end in _ends.Values.Where(end => end.OpenBy <= now).ToArray())
        {
            Say(end, RelayStep.Close, (ulong)CloseCode.RelayClosed);
            Finish(end, CloseCode.RelayClosed, "The far end did not answer through the carrier.");
        }
    }

    // ---- The users of circuits ----

    public void HandleOpen(OpenCircuit open, Instant now)
    {
        if (!neighbours.TryGetValue(open.Via, out var path) || path != LinkPath.Direct || open.To == self || open.To == open.Via)
        {
            outbox.Enqueue(new CircuitClosed(open.Circuit, CloseCode.RelayClosed, "The carrier is not linked directly."));
            return;
        }
        var end = new End(open.Circuit, new Key(open.Via, open.To, OpenedHere: true, ++_lastNumber), now + options.OpenTimeout);
        Add(end);
        Say(end, RelayStep.Open, 0);
    }

    public void HandleWrite(WriteCircuit write)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(write.Record.Length, options.RecordBytesMax);
        if (!_ends.TryGetValue(write.Circuit.Value, out var end)) return;
        end.Waiting.Enqueue(write.Record);
        Flush(end);
    }

    public void HandleRead(ReadCircuit read)
    {
        if (!_ends.TryGetValue(read.Circuit.Value, out var end)) return;
        end.UnreadTaken += read.Bytes;
        while (end.Unread.TryPeek(out var bytes) && bytes <= end.UnreadTaken)
        {
            end.Unread.Dequeue();
            end.UnreadTaken -= bytes;
            end.Read += CostOf(bytes);
        }
        // A quarter of the window at a time: few frames, and never less than three quarters for the writer.
        if (end.Read - end.ReadTold < options.WindowCost / 4) return;
        end.ReadTold = end.Read;
        Say(end, RelayStep.Read, (ulong)end.Read);
    }

    public void HandleClose(CloseCircuit close)
    {
        if (!_ends.TryGetValue(close.Circuit.Value, out var end)) return;
        Say(end, RelayStep.Close, (ulong)close.Code);
        Finish(end, close.Code, "Closed here.");
    }

    public void HandleGone(PeerId carrier)
    {
        foreach (var end in _ends.Values.Where(end => end.Key.Carrier == carrier).ToArray())
            Finish(end, CloseCode.RelayClosed, "The carrier is not linked directly any more.");
    }

    // ---- What carriers say ----

    public void OnFrame(PeerId carrier, RelayHeader header, ReadOnlyMemory<byte> record, Instant now)
    {
        var key = new Key(carrier, header.FarEnd, OpenedHere: !header.FromOpener, header.Circuit);
        if (header.Step == RelayStep.Open)
        {
            OnOpen(key);
            return;
        }
        if (!_byKey.TryGetValue(key, out var end)) return;
        switch (header.Step)
        {
            case RelayStep.Opened when end.OpenBy is not null:
                end.OpenBy = null;
                outbox.Enqueue(new CircuitOpened(end.Id, key.Peer, carrier, LinkRole.Dialler));
                Flush(end);
                break;
            case RelayStep.Data when end.OpenBy is null:
                OnData(end, record);
                break;
            case RelayStep.Read when header.Amount <= (ulong)end.Sent && (long)header.Amount >= end.FarRead:
                end.FarRead = (long)header.Amount;
                Flush(end);
                break;
            case RelayStep.Close:
                var code = Enum.IsDefined((CloseCode)Math.Min(header.Amount, int.MaxValue)) ? (CloseCode)header.Amount : CloseCode.RelayClosed;
                Finish(end, code, "Closed by the far end or the carrier.");
                break;
            default:
                Say(end, RelayStep.Close, (ulong)CloseCode.ProtocolViolated);
                Finish(end, CloseCode.ProtocolViolated, "The carrier sent what does not fit the circuit.");
                break;
        }
    }

    private void OnOpen(Key key)
    {
        if (key.OpenedHere || _byKey.ContainsKey(key)) return;
        var direct = neighbours.TryGetValue(key.Carrier, out var path) && path == LinkPath.Direct;
        var accepted = _ends.Values.Count(end => !end.Key.OpenedHere);
        var ofPeer = _ends.Values.Count(end => !end.Key.OpenedHere && end.Key.Peer == key.Peer);
        if (!direct || key.Peer == self || accepted >= options.AcceptedMax || ofPeer >= options.AcceptedPerPeerMax)
        {
            Say(key, RelayStep.Close, (ulong)CloseCode.RelayClosed);
            return;
        }
        var end = new End(new CircuitId(--_lastAccepted), key, openBy: null);
        Add(end);
        Say(end, RelayStep.Opened, 0);
        outbox.Enqueue(new CircuitOpened(end.Id, key.Peer, key.Carrier, LinkRole.Listener));
    }

    private void OnData(End end, ReadOnlyMemory<byte> record)
    {
        end.Received += CostOf(record.Length);
        // Within what we have reported as read the carrier holds the far end to its window; a carrier that does not is cut off here.
        if (record.Length > options.RecordBytesMax || end.Received - end.ReadTold > options.WindowCost)
        {
            Say(end, RelayStep.Close, (ulong)CloseCode.Flooding);
            Finish(end, CloseCode.Flooding, "More came through the carrier than was granted.");
            return;
        }
        end.Unread.Enqueue(record.Length);
        outbox.Enqueue(new CircuitReceived(end.Id, record));
    }

    // ---- Ends ----

    private void Flush(End end)
    {
        if (end.OpenBy is not null) return;
        var written = 0;
        while (end.Waiting.TryPeek(out var record) && end.Sent + CostOf(record.Length) - end.FarRead <= options.WindowCost)
        {
            end.Waiting.Dequeue();
            end.Sent += CostOf(record.Length);
            written += record.Length;
            outbox.Enqueue(new SendRelay(end.Key.Carrier, HeaderOf(end.Key, RelayStep.Data, 0).ToArray(), record, 0));
        }
        if (written > 0) outbox.Enqueue(new CircuitWritten(end.Id, written));
    }

    private long CostOf(int bytes) => bytes + (long)options.MessageCost;

    private void Add(End end)
    {
        _byKey.Add(end.Key, end);
        _ends.Add(end.Id.Value, end);
    }

    private void Finish(End end, CloseCode code, string text)
    {
        _byKey.Remove(end.Key);
        _ends.Remove(end.Id.Value);
        outbox.Enqueue(new CircuitClosed(end.Id, code, text));
    }

    private void Say(End end, RelayStep step, ulong amount) => Say(end.Key, step, amount);

    private void Say(Key key, RelayStep step, ulong amount) =>
        outbox.Enqueue(new SendRelay(key.Carrier, HeaderOf(key, step, amount).ToArray(), ReadOnlyMemory<byte>.Empty, 0));

    private static RelayHeader HeaderOf(Key key, RelayStep step, ulong amount) => new(step, FromCarrier: false, FromOpener: key.OpenedHere, key.Peer, key.Number, amount);
}
