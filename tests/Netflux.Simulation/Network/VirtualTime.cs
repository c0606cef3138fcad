using Netflux.Core;

namespace Netflux.Simulation.Network;

/// <summary>What happens, and when. Two things at one moment happen in the order in which they were said.</summary>
internal sealed class VirtualTime
{
    private readonly PriorityQueue<Action, Moment> _events = new();
    private long _order;

    private readonly record struct Moment(long Ticks, long Order) : IComparable<Moment>
    {
        public int CompareTo(Moment other) => Ticks != other.Ticks ? Ticks.CompareTo(other.Ticks) : Order.CompareTo(other.Order);
    }

    public Instant Now { get; private set; }

    /// <summary>How much has happened.</summary>
    public long Events { get; private set; }

    public void At(Instant due, Action action) => _events.Enqueue(action, new Moment(Math.Max(due.Ticks, Now.Ticks), _order++));

    public void After(TimeSpan delay, Action action) => At(Now + delay, action);

    public void RunUntil(Instant end)
    {
        while (_events.TryPeek(out var action, out var moment) && moment.Ticks <= end.Ticks)
        {
            _events.Dequeue();
            Now = new Instant(moment.Ticks);
            Events++;
            action();
        }
        Now = end;
    }
}
