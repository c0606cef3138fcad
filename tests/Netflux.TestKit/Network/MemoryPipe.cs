namespace Netflux.TestKit;

/// <summary>One direction of a raw link: takes messages while there is room, carries each for as long as the pair's faults say, and never changes their order.</summary>
internal sealed class MemoryPipe(MemoryNetwork network, LinkFaults faults, MemoryLinkEnd from, MemoryLinkEnd to)
{
    /// <summary>Guess: the kernel's send and receive buffers of one connection together. A receiver that does not read holds its sender after this many bytes.</summary>
    private const int BufferBytes = 256 << 10;

    private readonly Queue<Message> _waiting = new();
    private readonly LinkedList<Message> _underWay = new();
    private int _inside;          // bytes taken from the sender and not read by the receiver
    private TimeSpan _lineFree;
    private TimeSpan _lastArrival;

    /// <summary>A machine of this link lost power: nothing moves any more.</summary>
    public bool IsDead { get; set; }

    public void Send(byte[] pooled, int length)
    {
        _waiting.Enqueue(new Message(pooled, length, null));
        Pump();
    }

    /// <summary>Runs this when all that was sent before has arrived.</summary>
    public void SendClose(Action arrived)
    {
        _waiting.Enqueue(new Message([], 0, arrived));
        Pump();
    }

    /// <summary>The receiver took this much out: there is room again.</summary>
    public void Read(int length)
    {
        _inside -= length;
        Pump();
    }

    /// <summary>Everything under way arrives now.</summary>
    public void DeliverAll()
    {
        while (!IsDead && _underWay.First is { } first && !faults.IsHoled(from.Host.Name))
        {
            _underWay.RemoveFirst();
            Deliver(first.Value);
        }
    }

    /// <summary>Everything under way is lost.</summary>
    public void Drop()
    {
        foreach (var message in _underWay) Forget(message);
        foreach (var message in _waiting) Forget(message);
        _underWay.Clear();
        _waiting.Clear();
    }

    /// <summary>A black hole healed: what was overdue arrives, in order.</summary>
    public void Resume()
    {
        while (_underWay.First is { } first && first.Value.Arrival <= network.Loop.Elapsed && TryArrive(first.Value)) { }
    }

    private void Pump()
    {
        while (!IsDead && _waiting.TryPeek(out var message) && (_inside == 0 || _inside + message.Length <= BufferBytes))
        {
            _waiting.Dequeue();
            _inside += message.Length;
            if (message.Length > 0) from.Written(message.Length);
            Depart(message);
        }
    }

    private void Depart(Message message)
    {
        var now = network.Loop.Elapsed;
        var trip = faults.Trip(from.Host.Name, message.Length);
        _lineFree = (_lineFree > now ? _lineFree : now) + trip.OnTheLine;
        var arrival = _lineFree + trip.Latency;
        // In order: a message that was lost and sent again holds those behind it.
        _lastArrival = message.Arrival = arrival > _lastArrival ? arrival : _lastArrival;
        message.Break = trip.Break;
        _underWay.AddLast(message);
        network.Loop.Schedule(message.Arrival - now, () => TryArrive(message));
    }

    private bool TryArrive(Message message)
    {
        if (IsDead || _underWay.First?.Value != message || faults.IsHoled(from.Host.Name)) return false;
        _underWay.RemoveFirst();
        if (message.Break == LinkBreak.BeforeArrival)
        {
            Forget(message);
            faults.CutLinkOf(from);
            return true;
        }
        Deliver(message);
        if (message.Break == LinkBreak.AfterArrival) faults.CutLinkOf(from);
        return true;
    }

    private void Deliver(Message message)
    {
        if (message.Arrived is { } arrived) arrived();
        else
        {
            faults.Passed(message.Length);
            to.Arrived(message.Pooled, message.Length);
        }
    }

    private static void Forget(Message message)
    {
        if (message.Arrived is null) MemoryNetwork.Return(message.Pooled);
    }

    private sealed class Message(byte[] pooled, int length, Action? arrived)
    {
        public byte[] Pooled => pooled;
        public int Length => length;
        public Action? Arrived => arrived;
        public TimeSpan Arrival { get; set; }
        public LinkBreak Break { get; set; }
    }
}

internal enum LinkBreak
{
    None,
    BeforeArrival,
    AfterArrival,
}
