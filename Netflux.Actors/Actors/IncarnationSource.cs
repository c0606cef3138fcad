using Netflux.Identity;

namespace Netflux.Actors;

/// <summary>The incarnation of this run. It can be raised only while nobody has met it yet; it is read from several actors.</summary>
internal sealed class IncarnationSource(Incarnation first)
{
    private ulong _value = first.Value;
    private ulong _lastRun;

    public Incarnation Current => new(Volatile.Read(ref _value));

    /// <summary>Names a membership of this run, above all before it: who leaves a network and joins it again broadcasts from 1 anew.</summary>
    public Incarnation NextRun(DateTimeOffset wallClock)
    {
        var now = Math.Max((ulong)wallClock.ToUnixTimeMilliseconds(), Current.Value);
        ulong last, next;
        do
        {
            last = Volatile.Read(ref _lastRun);
            next = Math.Max(now, last + 1);
        }
        while (Interlocked.CompareExchange(ref _lastRun, next, last) != last);
        return new(next);
    }

    public void RaiseAbove(Incarnation seen) => Volatile.Write(ref _value, Math.Max(Current.Value, seen.Value + 1));
}
