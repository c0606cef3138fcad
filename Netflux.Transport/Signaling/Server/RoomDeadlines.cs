using System.Diagnostics.CodeAnalysis;
using Netflux.Core;

namespace Netflux.Transport.Signaling.Server;

/// <summary>When each room next looks at the clock. Kept sorted, by time and then by the order in which it was set, so that runs repeat exactly.</summary>
internal sealed class RoomDeadlines
{
    private readonly record struct Due(Instant At, long Order, RoomId Room) : IComparable<Due>
    {
        public int CompareTo(Due other) => At != other.At ? At.CompareTo(other.At) : Order.CompareTo(other.Order);
    }

    private readonly SortedSet<Due> _sorted = [];
    private readonly Dictionary<RoomId, Due> _byRoom = [];
    private long _order;

    public Instant? Next => _sorted.Count > 0 ? _sorted.Min.At : null;

    public void Set(RoomId room, Instant? at)
    {
        if (_byRoom.TryGetValue(room, out var before))
        {
            if (before.At == at) return;
            _sorted.Remove(before);
            _byRoom.Remove(room);
        }
        if (at is not { } due) return;
        var next = new Due(due, ++_order, room);
        _sorted.Add(next);
        _byRoom.Add(room, next);
    }

    public bool TryTakeDue(Instant now, [NotNullWhen(true)] out RoomId room)
    {
        room = default;
        if (_sorted.Count == 0 || _sorted.Min is var next && next.At > now) return false;
        room = next.Room;
        _sorted.Remove(next);
        _byRoom.Remove(room);
        return true;
    }
}
