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
    private const int ThreadStackBytes = 256 * 1024; // guess: the listener's code runs here, too

    private static readonly TimeSpan s_stopPatience = TimeSpan.FromSeconds(1); // guess: a listener that blocks is not waited for longer

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _earlier = new(false);
    private readonly PriorityQueue<Entry, long> _due = new();
    private long _wakesAt = long.MaxValue;
    private volatile bool _isDisposed;
    private bool _hasStopped;

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
            wake = deadline.Ticks < _wakesAt;
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
            Entry? due = null;
            var wait = Timeout.Infinite;
            lock (_gate)
            {
                var now = RtcClock.Now.Ticks;
                _wakesAt = long.MaxValue;
                while (_due.TryPeek(out var entry, out var at) && due is null && wait == Timeout.Infinite)
                {
                    if (at > now)
                    {
                        _wakesAt = at;
                        wait = (int)Math.Min((at - now + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond, int.MaxValue);
                        break;
                    }
                    _due.Dequeue();
                    if (entry.At != at) continue;
                    Volatile.Write(ref entry.At, long.MaxValue);
                    due = entry;
                }
                if (due is null && _isDisposed)
                {
                    _hasStopped = true;
                    _due.Clear();
                    return;
                }
            }
            if (due is null) _earlier.WaitOne(wait);
            else if (due.Owner.HandleDue(RtcClock.Now) is { } next) Schedule(due, next);
        }
    }
}
