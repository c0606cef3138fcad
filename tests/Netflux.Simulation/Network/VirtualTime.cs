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
    private const int OrderBits = 50;    // the rest of 64 is for the ticks of a millisecond

    private readonly Box[] _near = new Box[Boxes];
    private readonly PriorityQueue<Due, (long Ticks, ulong Order)> _far = new();
    private readonly PriorityQueue<Due, ulong> _late = new();   // what was said for the box that is open
    private readonly Stack<(ulong[] Keys, Due[] Dues)> _spare = [];
    private Box _open;
    private int _next;       // of the open box
    private long _openBox = -1;
    private ulong _order;

    private readonly record struct Due(IHappening To, int Number, object? What);

    private struct Box
    {
        public ulong[]? Keys;
        public Due[] Dues;
        public int Count;
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
        if (_next >= _open.Count && !hasLate) return false;
        var isLate = _next >= _open.Count || (hasLate && late < _open.Keys![_next]);
        var key = isLate ? late : _open.Keys![_next];
        ticks = _openBox * TimeSpan.TicksPerMillisecond + (long)(key >> OrderBits);
        if (ticks > end.Ticks) return false;
        if (isLate)
        {
            due = _late.Dequeue();
        }
        else
        {
            due = _open.Dues[_next];
            _open.Dues[_next++] = default;
        }
        return true;
    }

    private void OpenNext()
    {
        if (_open.Keys is { } keys) _spare.Push((keys, _open.Dues));
        _openBox++;
        ref var box = ref _near[_openBox % Boxes];
        (_open, _next, box) = (box, 0, default);
        if (_open.Count > 1) Array.Sort(_open.Keys!, _open.Dues, 0, _open.Count);
        // The box at the other end of what is near now.
        var horizon = _openBox + Boxes - 1;
        while (_far.TryPeek(out _, out var at) && at.Ticks / TimeSpan.TicksPerMillisecond <= horizon)
        {
            Add(ref _near[at.Ticks / TimeSpan.TicksPerMillisecond % Boxes], KeyOf(at.Ticks, at.Order), _far.Dequeue());
        }
    }

    private void Add(ref Box box, ulong key, in Due due)
    {
        if (box.Keys is null) (box.Keys, box.Dues) = _spare.TryPop(out var spare) ? spare : (new ulong[16], new Due[16]);
        if (box.Count == box.Keys.Length)
        {
            Array.Resize(ref box.Keys, 2 * box.Count);
            Array.Resize(ref box.Dues, 2 * box.Count);
        }
        box.Keys[box.Count] = key;
        box.Dues[box.Count++] = due;
    }

    private static ulong KeyOf(long ticks, ulong order) => (ulong)(ticks % TimeSpan.TicksPerMillisecond) << OrderBits | order;

    private sealed class Act : IHappening
    {
        public static readonly Act Instance = new();

        public void Happen(int number, object? what) => ((Action)what!)();
    }
}
