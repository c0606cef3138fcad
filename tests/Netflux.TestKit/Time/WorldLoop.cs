using System.Collections.Concurrent;
using System.Globalization;
using Akka.Dispatch;

namespace Netflux.TestKit;

/// <summary>
/// The one thread of a world: what is runnable now (mailboxes, continuations) and what is due later. Everything runnable runs before time moves,
/// and time moves to the next deadline, never past it. Which of several runnable mailboxes goes first is drawn from the seed.
/// </summary>
internal sealed class WorldLoop : IDisposable
{
    /// <summary>The wall clock at the beginning of every world.</summary>
    public static readonly DateTimeOffset Beginning = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ConcurrentDictionary<string, WorldLoop> s_loops = new(StringComparer.Ordinal);
    private static long s_lastId;

    private readonly Lock _gate = new();
    private readonly List<IRunnable> _runnable = [];
    private readonly PriorityQueue<VirtualTimer, (long At, long Order)> _timers = new();
    private readonly SeededRandom? _order;
    private readonly int _runsPerStepMax;
    private readonly SynchronizationContext _context;
    private readonly Queue<IRunnable> _continuations = new();
    private long _now;
    private long _lastTimer;
    private int _running;

    public WorldLoop(SeededRandom? order, int runsPerStepMax)
    {
        (_order, _runsPerStepMax) = (order, runsPerStepMax);
        _context = new WorldSynchronizationContext(this);
        Id = Interlocked.Increment(ref s_lastId).ToString(CultureInfo.InvariantCulture);
        s_loops[Id] = this;
    }

    /// <summary>Names the loop in the configuration of its actor system, from which scheduler and dispatchers find it.</summary>
    public string Id { get; }

    /// <summary>How long the world has been running, in its own time.</summary>
    public TimeSpan Elapsed => new(Interlocked.Read(ref _now));

    /// <summary>The wall clock of the world.</summary>
    public DateTimeOffset Now => Beginning + Elapsed + WallClockSet;

    /// <summary>By how much the wall clock was set; the monotonic one never is.</summary>
    public TimeSpan WallClockSet { get; set; }

    /// <summary>Whether the caller is inside something that the loop runs.</summary>
    public bool IsRunning => Volatile.Read(ref _running) > 0;

    /// <summary>Whether something can run now.</summary>
    public bool HasWork
    {
        get
        {
            lock (_gate) return _runnable.Count + _continuations.Count > 0;
        }
    }

    /// <summary>Raised before anything runs at a new time.</summary>
    public Action? TimeMoved { get; set; }

    public static WorldLoop Find(string id) =>
        s_loops.TryGetValue(id, out var loop) ? loop : throw new InvalidOperationException("The world of this actor system is disposed.");

    public void Dispose() => s_loops.TryRemove(Id, out _);

    public void Post(IRunnable runnable)
    {
        lock (_gate) _runnable.Add(runnable);
    }

    /// <summary>Continuations keep their order among themselves, as a user interface's would.</summary>
    public void PostContinuation(IRunnable runnable)
    {
        lock (_gate) _continuations.Enqueue(runnable);
    }

    public VirtualTimer Schedule(TimeSpan delay, Action action, Func<bool>? isCancelled = null)
    {
        lock (_gate)
        {
            var timer = new VirtualTimer(_now + Math.Max(0, delay.Ticks), action, isCancelled);
            _timers.Enqueue(timer, (timer.At, ++_lastTimer));
            return timer;
        }
    }

    /// <summary>How many timers wait, cancelled ones not counted.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_gate) return _timers.UnorderedItems.Count(item => !item.Element.IsCancelled);
        }
    }

    /// <summary>When something is due next; null when nothing is.</summary>
    public TimeSpan? NextDeadline
    {
        get
        {
            lock (_gate)
            {
                while (_timers.TryPeek(out var timer, out _) && timer.IsCancelled) _timers.Dequeue();
                return _timers.TryPeek(out var next, out _) ? new TimeSpan(next.At) : null;
            }
        }
    }

    /// <summary>Runs all that is runnable, and all that becomes so, without moving time. False if there was nothing.</summary>
    public bool Settle()
    {
        var outer = SynchronizationContext.Current;
        if (Interlocked.Increment(ref _running) > 64) throw new InvalidOperationException("A world cannot be pumped from within itself that deeply.");
        SynchronizationContext.SetSynchronizationContext(_context);
        try
        {
            var runs = 0;
            for (; HasWork; runs++)
            {
                if (runs == _runsPerStepMax)
                    throw new InvalidOperationException($"The world does not settle at {Elapsed}: after {runs:N0} runs there is still something to do. Two actors may be answering each other for ever.");
                if (TryTake(out var runnable)) runnable.Run();
            }
            return runs > 0;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>Settles, then moves to the next deadline that is not after <paramref name="limit"/>, runs what is due there, and settles. False if there is none: time has not moved.</summary>
    public bool Step(TimeSpan limit)
    {
        Settle();
        if (NextDeadline is not { } next || next > limit) return false;
        MoveTo(next);
        RunDue();
        Settle();
        return true;
    }

    /// <summary>Steps deadline by deadline until this moment, and leaves the clock there.</summary>
    public void AdvanceTo(TimeSpan moment)
    {
        while (Step(moment)) { }
        MoveTo(moment);
    }

    private void MoveTo(TimeSpan moment)
    {
        if (moment.Ticks <= _now) return;
        Interlocked.Exchange(ref _now, moment.Ticks);
        TimeMoved?.Invoke();
    }

    private void RunDue()
    {
        // Those of one deadline run in the order in which they were set; what they make runnable waits until all of them ran.
        while (true)
        {
            VirtualTimer timer;
            lock (_gate)
            {
                if (!_timers.TryPeek(out timer!, out _) || timer.At > _now) return;
                _timers.Dequeue();
            }
            if (!timer.IsCancelled) timer.Fire();
        }
    }

    private bool TryTake(out IRunnable runnable)
    {
        lock (_gate)
        {
            if (_runnable.Count == 0) return _continuations.TryDequeue(out runnable!);
            var index = _order is null || _runnable.Count == 1 ? 0 : _order.Next(_runnable.Count);
            runnable = _runnable[index];
            if (_order is null)
            {
                _runnable.RemoveAt(0);
                return true;
            }
            _runnable[index] = _runnable[^1];
            _runnable.RemoveAt(_runnable.Count - 1);
            return true;
        }
    }
}

/// <summary>Something due at a moment of the world's clock.</summary>
internal sealed class VirtualTimer(long at, Action action, Func<bool>? isCancelled)
{
    private bool _cancelled;

    public long At => at;

    public bool IsCancelled => _cancelled || isCancelled?.Invoke() == true;

    public void Cancel() => _cancelled = true;

    public void Fire() => action();
}
