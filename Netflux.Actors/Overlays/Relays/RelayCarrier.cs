using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Wire;

namespace Netflux.Overlays.Relays;

/// <summary>
/// What a carrying member does: circuits between two of its neighbours. Each direction has a window: what an end has sent beyond what the far end has read, and this process has passed
/// on, is at most <see cref="RelayOptions.WindowCost"/>; an end that sends more is cut off. So a flooder, or two ends that agree to deceive, cannot make this process grow.
/// </summary>
internal sealed class RelayCarrier(PeerId self, bool carries, RelayOptions options, SortedDictionary<PeerId, LinkPath> neighbours, Queue<RelayInstruction> outbox)
{
    private readonly record struct Key(PeerId Opener, PeerId Acceptor, ulong Number) : IComparable<Key>
    {
        public int CompareTo(Key other) => (Opener, Acceptor, Number).CompareTo((other.Opener, other.Acceptor, other.Number));
        public bool Has(PeerId end) => Opener == end || Acceptor == end;
    }

    /// <summary>One direction of a circuit, in cost since it began: Sent ≥ Taken, Sent ≥ Read, and the sender was told of Told.</summary>
    private sealed class Flow
    {
        public long Sent { get; set; }
        public long Taken { get; set; }
        public long Read { get; set; }
        public long Told { get; set; }
    }

    private sealed class Circuit(Instant now)
    {
        public Flow FromOpener { get; } = new();
        public Flow FromAcceptor { get; } = new();
        public bool Opened { get; set; }
        public Instant MovedAt { get; set; } = now;
        public Flow FlowFrom(bool opener) => opener ? FromOpener : FromAcceptor;
    }

    private readonly SortedDictionary<Key, Circuit> _circuits = [];
    private readonly SortedDictionary<PeerId, TokenBucket> _opens = [];
    private readonly Dictionary<ulong, (Key Key, bool FromOpener, long Cost)> _tickets = [];
    private readonly SortedDictionary<PeerId, long> _untaken = []; // cost in each neighbour's session, also of circuits that are over
    private ulong _lastTicket;
    private Instant? _sweepAt;

    public Instant? NextDeadline => _sweepAt;

    public void OnFrame(PeerId from, RelayHeader header, ReadOnlyMemory<byte> record, Instant now)
    {
        var key = header.FromOpener ? new Key(from, header.FarEnd, header.Circuit) : new Key(header.FarEnd, from, header.Circuit);
        if (header.Step == RelayStep.Open)
        {
            OnOpen(key, header, now);
            return;
        }
        if (!_circuits.TryGetValue(key, out var circuit)) return;
        circuit.MovedAt = now;
        switch (header.Step)
        {
            case RelayStep.Opened when !header.FromOpener:
                circuit.Opened = true;
                Forward(key, header);
                break;
            case RelayStep.Data:
                OnData(key, circuit, header, record);
                break;
            case RelayStep.Read:
                OnRead(key, circuit, header);
                break;
            case RelayStep.Close:
                _circuits.Remove(key);
                Forward(key, header);
                break;
        }
    }

    private void OnOpen(Key key, RelayHeader header, Instant now)
    {
        if (!header.FromOpener || _circuits.ContainsKey(key)) return;
        if (!_opens.TryGetValue(key.Opener, out var opens)) _opens[key.Opener] = opens = new(options.OpensBurst, options.OpensPerSecond);
        // Every refusal reads the same: an end learns nothing of others' circuits.
        if (!opens.TryTake(now) || !MayCarry(key))
        {
            Send(key.Opener, key, RelayStep.Close, (ulong)CloseCode.RelayClosed);
            return;
        }
        _circuits.Add(key, new Circuit(now));
        _sweepAt ??= now + options.IdleTime;
        Forward(key, header);
    }

    private bool MayCarry(Key key) =>
        carries && key.Opener != key.Acceptor && key.Acceptor != self && IsDirect(key.Opener) && IsDirect(key.Acceptor)
        // Whoever opens, fills, closes and opens again waits until what it left behind has gone.
        && _untaken.GetValueOrDefault(key.Opener) <= options.WindowCost && _untaken.GetValueOrDefault(key.Acceptor) <= options.WindowCost
        && _circuits.Count < options.CarriedMax
        && _circuits.Keys.Count(other => other.Has(key.Opener)) < options.CarriedPerNeighbourMax
        && _circuits.Keys.Count(other => other.Has(key.Acceptor)) < options.CarriedPerNeighbourMax
        && _circuits.Keys.Count(other => other.Has(key.Opener) && other.Has(key.Acceptor)) < options.CarriedPerPairMax;

    private bool IsDirect(PeerId neighbour) => neighbours.TryGetValue(neighbour, out var path) && path == LinkPath.Direct;

    private void OnData(Key key, Circuit circuit, RelayHeader header, ReadOnlyMemory<byte> record)
    {
        var flow = circuit.FlowFrom(header.FromOpener);
        var cost = record.Length + (long)options.MessageCost;
        if (!circuit.Opened || record.Length > options.RecordBytesMax || flow.Sent + cost - flow.Told > options.WindowCost)
        {
            CloseBoth(key, !circuit.Opened ? CloseCode.ProtocolViolated : record.Length > options.RecordBytesMax ? CloseCode.TooLarge : CloseCode.Flooding);
            return;
        }
        flow.Sent += cost;
        var to = FarFrom(key, header.FromOpener);
        _tickets.Add(++_lastTicket, (key, header.FromOpener, cost));
        _untaken[to] = _untaken.GetValueOrDefault(to) + cost;
        outbox.Enqueue(new SendRelay(to, HeaderTo(key, !header.FromOpener, RelayStep.Data, 0).ToArray(), record, _lastTicket));
    }

    /// <summary>An end reads what the other sends: the report belongs to the flow in the other direction.</summary>
    private void OnRead(Key key, Circuit circuit, RelayHeader header)
    {
        var flow = circuit.FlowFrom(!header.FromOpener);
        if (header.Amount > (ulong)flow.Sent || (long)header.Amount < flow.Read)
        {
            CloseBoth(key, CloseCode.ProtocolViolated);
            return;
        }
        flow.Read = (long)header.Amount;
        TellSender(key, flow, !header.FromOpener);
    }

    public void HandleTaken(ulong ticket)
    {
        if (!_tickets.Remove(ticket, out var sent)) return;
        _untaken[FarFrom(sent.Key, sent.FromOpener)] -= sent.Cost;
        if (!_circuits.TryGetValue(sent.Key, out var circuit)) return;
        var flow = circuit.FlowFrom(sent.FromOpener);
        flow.Taken += sent.Cost;
        TellSender(sent.Key, flow, sent.FromOpener);
    }

    /// <summary>The sender may go on by what was both read there and taken here.</summary>
    private void TellSender(Key key, Flow flow, bool senderIsOpener)
    {
        var free = Math.Min(flow.Read, flow.Taken);
        if (free <= flow.Told) return;
        flow.Told = free;
        Send(senderIsOpener ? key.Opener : key.Acceptor, key, RelayStep.Read, (ulong)free);
    }

    // ---- The end of circuits ----

    public void HandleGone(PeerId neighbour)
    {
        foreach (var key in _circuits.Keys.Where(key => key.Has(neighbour)).ToArray())
        {
            _circuits.Remove(key);
            Send(key.Opener == neighbour ? key.Acceptor : key.Opener, key, RelayStep.Close, (ulong)CloseCode.RelayClosed);
        }
        _opens.Remove(neighbour);
        // Its session is over, and what was in it.
        foreach (var (ticket, _) in _tickets.Where(ticket => FarFrom(ticket.Value.Key, ticket.Value.FromOpener) == neighbour).ToArray()) _tickets.Remove(ticket);
        _untaken.Remove(neighbour);
    }

    public void HandleDeadline(Instant now)
    {
        if (_sweepAt is not { } due || due > now) return;
        foreach (var (key, circuit) in _circuits.ToArray())
            if (circuit.MovedAt + options.IdleTime <= now) CloseBoth(key, CloseCode.RelayClosed);
        _sweepAt = _circuits.Count == 0 ? null : _circuits.Values.Min(circuit => circuit.MovedAt) + options.IdleTime;
    }

    private void CloseBoth(Key key, CloseCode code)
    {
        _circuits.Remove(key);
        Send(key.Opener, key, RelayStep.Close, (ulong)code);
        Send(key.Acceptor, key, RelayStep.Close, (ulong)code);
    }

    // ---- Frames ----

    private static PeerId FarFrom(Key key, bool fromOpener) => fromOpener ? key.Acceptor : key.Opener;

    private static RelayHeader HeaderTo(Key key, bool toOpener, RelayStep step, ulong amount) =>
        new(step, FromCarrier: true, FromOpener: !toOpener, toOpener ? key.Acceptor : key.Opener, key.Number, amount);

    private void Forward(Key key, RelayHeader header) => Send(FarFrom(key, header.FromOpener), key, header.Step, header.Amount);

    private void Send(PeerId to, Key key, RelayStep step, ulong amount) =>
        outbox.Enqueue(new SendRelay(to, HeaderTo(key, to == key.Opener, step, amount).ToArray(), ReadOnlyMemory<byte>.Empty, 0));
}
