using Netflux.Core;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>What has deadlines, and work that is to be done on the thread of the port.</summary>
internal interface IDeadlineOwner
{
    /// <summary>Does what is due and returns when it wants to be called next; null is never.</summary>
    Instant? HandleDue(Instant now);
}

/// <summary>
/// The one thread that wakes connections when time has passed, or when somebody asks for it. Deadlines move with nearly every packet, mostly back; so an
/// owner is woken at the earliest time that it ever asked for, says then when it really wants to be, and no packet costs more than a comparison.
/// </summary>
internal sealed class DeadlineThread : IDisposable
{
    private const long NotAsleep = long.MinValue;

    private const int ThreadStackBytes = 256 * 1024; // guess: the listener's code runs here, too

    private static readonly TimeSpan s_stopPatience = TimeSpan.FromSeconds(1); // guess: a listener that blocks is not waited for longer

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _earlier = new(false);
    private readonly PriorityQueue<Entry, long> _due = new();
    private readonly Queue<Entry> _woken = new();
    private long _sleepsUntil = NotAsleep; // of the thread, which looks into both queues before it sleeps
    private volatile bool _isDisposed;
    private bool _hasStopped;
    private bool _isTimesTurn;

    private readonly Thread _thread;

    public DeadlineThread()
    {
        _thread = new(Run, ThreadStackBytes) { IsBackground = true, Name = "netflux-rtc" };
        _thread.Start();
    }

    /// <summary>An owner's place in the queue.</summary>
    public sealed class Entry(IDeadlineOwner owner)
    {
        internal readonly IDeadlineOwner Owner = owner;

        /// <summary>The earliest time for which it is queued; what stands in the queue for later is stale.</summary>
        internal long At = long.MaxValue;

        /// <summary>Whether it stands among those that are to be woken now.</summary>
        internal bool IsWoken;
    }

    /// <summary>Places in the queue, stale ones among them.</summary>
    public int Queued
    {
        get { lock (_gate) return _due.Count; }
    }

    /// <summary>Wakes the owner at this time at the latest.</summary>
    public void Schedule(Entry entry, Instant deadline)
    {
        if (deadline.Ticks >= Volatile.Read(ref entry.At)) return;
        bool wake;
        lock (_gate)
        {
            if (deadline.Ticks >= entry.At || _hasStopped) return;
            Volatile.Write(ref entry.At, deadline.Ticks);
            _due.Enqueue(entry, deadline.Ticks);
            wake = deadline.Ticks < _sleepsUntil;
        }
        if (wake) _earlier.Set();
    }

    /// <summary>Wakes the owner as soon as may be. Its place in the queue stays as it is: this happens for every burst, and each would leave a stale place.</summary>
    public void Wake(Entry entry)
    {
        if (Volatile.Read(ref entry.IsWoken)) return;
        bool wake;
        lock (_gate)
        {
            if (entry.IsWoken || _hasStopped) return;
            Volatile.Write(ref entry.IsWoken, true);
            _woken.Enqueue(entry);
            wake = _sleepsUntil != NotAsleep;
        }
        if (wake) _earlier.Set();
    }

    /// <summary>What is due already is done; what is not, never.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _earlier.Set();
        if (Thread.CurrentThread != _thread) _thread.Join(s_stopPatience);
    }

    private void Run()
    {
        while (true)
        {
            Entry? due;
            var wait = Timeout.Infinite;
            lock (_gate)
            {
                var now = RtcClock.Now.Ticks;
                due = TakeDue(now);
                if (due is null && _isDisposed)
                {
                    _hasStopped = true;
                    _due.Clear();
                    return;
                }
                _sleepsUntil = due is not null ? NotAsleep : _due.TryPeek(out _, out var at) ? at : long.MaxValue;
                if (_sleepsUntil is not (NotAsleep or long.MaxValue)) wait = (int)Math.Min((_sleepsUntil - now + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond, int.MaxValue);
            }
            if (due is null) _earlier.WaitOne(wait);
            else if (due.Owner.HandleDue(RtcClock.Now) is { } next) Schedule(due, next);
        }
    }

    /// <summary>Those that are woken and those whose time has come take turns: who is woken again and again, as by a burst that does not end, holds up nobody's deadline.</summary>
    private Entry? TakeDue(long now)
    {
        _isTimesTurn = !_isTimesTurn;
        return _isTimesTurn ? TakeTimed(now) ?? TakeWoken() : TakeWoken() ?? TakeTimed(now);
    }

    private Entry? TakeWoken()
    {
        if (!_woken.TryDequeue(out var woken)) return null;
        Volatile.Write(ref woken.IsWoken, false);
        return woken;
    }

    private Entry? TakeTimed(long now)
    {
        while (_due.TryPeek(out var entry, out var at) && at <= now)
        {
            _due.Dequeue();
            if (entry.At != at) continue;
            Volatile.Write(ref entry.At, long.MaxValue);
            return entry;
        }
        return null;
    }
}
