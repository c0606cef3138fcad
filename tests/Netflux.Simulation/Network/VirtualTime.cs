using Netflux.Core;

namespace Netflux.Simulation.Network;

/// <summary>To whom something happens. What happens is a number and an object of its own choice: an event costs no closure.</summary>
internal interface IHappening
{
    void Happen(int number, object? what);
}

/// <summary>
/// What happens, and when. Two things at one moment happen in the order in which they were said. The near future lies in boxes of a millisecond, each sorted when its time comes: a heap of millions
/// of events would be a cache miss for each of its levels.
/// </summary>
internal sealed class VirtualTime
{
    private const int Boxes = 1 << 14;   // 16 s
    private const int ChunkSize = 32;
    private const int OrderBits = 50;    // the rest of 64 is for the ticks of a millisecond

    private readonly Box[] _near = new Box[Boxes];
    private readonly PriorityQueue<Due, (long Ticks, ulong Order)> _far = new();
    private readonly PriorityQueue<Due, ulong> _late = new();   // what was said for the box that is open
    private readonly Stack<Chunk> _spare = [];
    private ulong[] _keys = new ulong[ChunkSize];   // of the open box, sorted
    private Due[] _dues = new Due[ChunkSize];
    private int _count, _next;
    private long _openBox = -1;
    private ulong _order;

    private readonly record struct Due(IHappening To, int Number, object? What);

    private struct Box
    {
        public Chunk? Last;
        public int Count;
    }

    /// <summary>So boxes share their memory: those of a crowded moment leave nothing behind.</summary>
    private sealed class Chunk
    {
        public readonly ulong[] Keys = new ulong[ChunkSize];
        public readonly Due[] Dues = new Due[ChunkSize];
        public Chunk? Before;
    }

    public Instant Now { get; private set; }

    /// <summary>How much has happened.</summary>
    public long Events { get; private set; }

    public void At(Instant due, IHappening to, int number = 0, object? what = null)
    {
        var ticks = Math.Max(due.Ticks, Now.Ticks);
        var box = ticks / TimeSpan.TicksPerMillisecond;
        var happening = new Due(to, number, what);
        if (box <= _openBox) _late.Enqueue(happening, KeyOf(ticks, _order++));
        else if (box - _openBox < Boxes) Add(ref _near[box % Boxes], KeyOf(ticks, _order++), happening);
        else _far.Enqueue(happening, (ticks, _order++));
    }

    public void At(Instant due, Action action) => At(due, Act.Instance, 0, action);

    public void After(TimeSpan delay, Action action) => At(Now + delay, action);

    public void RunUntil(Instant end)
    {
        var last = end.Ticks / TimeSpan.TicksPerMillisecond;
        while (true)
        {
            if (TryTake(end, out var ticks, out var due))
            {
                Now = new Instant(ticks);
                Events++;
                due.To.Happen(due.Number, due.What);
            }
            else if (_openBox < last)
            {
                OpenNext();
            }
            else
            {
                break;
            }
        }
        Now = end;
    }

    /// <summary>The next of the open box, as long as it is not after the end.</summary>
    private bool TryTake(Instant end, out long ticks, out Due due)
    {
        (ticks, due) = (0, default);
        var hasLate = _late.TryPeek(out _, out var late);
        if (_next >= _count && !hasLate) return false;
        var isLate = _next >= _count || (hasLate && late < _keys[_next]);
        var key = isLate ? late : _keys[_next];
        ticks = _openBox * TimeSpan.TicksPerMillisecond + (long)(key >> OrderBits);
        if (ticks > end.Ticks) return false;
        if (isLate)
        {
            due = _late.Dequeue();
        }
        else
        {
            due = _dues[_next];
            _dues[_next++] = default;
        }
        return true;
    }

    private void OpenNext()
    {
        _openBox++;
        Empty(ref _near[_openBox % Boxes]);
        if (_count > 1) Array.Sort(_keys, _dues, 0, _count);
        // The box at the other end of what is near now.
        var horizon = _openBox + Boxes - 1;
        while (_far.TryPeek(out _, out var at) && at.Ticks / TimeSpan.TicksPerMillisecond <= horizon)
        {
            Add(ref _near[at.Ticks / TimeSpan.TicksPerMillisecond % Boxes], KeyOf(at.Ticks, at.Order), _far.Dequeue());
        }
    }

    private void Empty(ref Box box)
    {
        (_count, _next) = (box.Count, 0);
        if (_count > _keys.Length) (_keys, _dues) = (new ulong[2 * _count], new Due[2 * _count]);
        var rest = _count;
        while (box.Last is { } chunk)
        {
            var filled = (rest - 1) % ChunkSize + 1;
            rest -= filled;
            Array.Copy(chunk.Keys, 0, _keys, rest, filled);
            Array.Copy(chunk.Dues, 0, _dues, rest, filled);
            Array.Clear(chunk.Dues);
            (box.Last, chunk.Before) = (chunk.Before, null);
            _spare.Push(chunk);
        }
        box.Count = 0;
    }

    private void Add(ref Box box, ulong key, in Due due)
    {
        var at = box.Count++ % ChunkSize;
        if (at == 0)
        {
            var chunk = _spare.TryPop(out var spare) ? spare : new Chunk();
            (chunk.Before, box.Last) = (box.Last, chunk);
        }
        box.Last!.Keys[at] = key;
        box.Last.Dues[at] = due;
    }

    private static ulong KeyOf(long ticks, ulong order) => (ulong)(ticks % TimeSpan.TicksPerMillisecond) << OrderBits | order;

    private sealed class Act : IHappening
    {
        public static readonly Act Instance = new();

        public void Happen(int number, object? what) => ((Action)what!)();
    }
}
