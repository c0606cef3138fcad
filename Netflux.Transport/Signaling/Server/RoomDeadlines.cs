using System.Diagnostics.CodeAnalysis;
using Netflux.Core;

namespace Netflux.Transport.Signaling.Server;

/// <summary>When each room next looks at the clock. Kept sorted, by time and then by the order in which it was set, so that runs repeat exactly.</summary>
internal sealed class RoomDeadlines
{
    private readonly SortedDictionary<(Instant At, long Order), RoomId> _sorted = [];
    private readonly Dictionary<RoomId, (Instant At, long Order)> _byRoom = [];
    private long _order;

    public Instant? Next => _sorted.Count > 0 ? _sorted.First().Key.At : null;

    public void Set(RoomId room, Instant? at)
    {
        if (_byRoom.TryGetValue(room, out var before))
        {
            if (before.At == at) return;
            _sorted.Remove(before);
            _byRoom.Remove(room);
        }
        if (at is not { } due) return;
        var key = (due, ++_order);
        _sorted.Add(key, room);
        _byRoom.Add(room, key);
    }

    public bool TryTakeDue(Instant now, [NotNullWhen(true)] out RoomId room)
    {
        room = default;
        if (_sorted.Count == 0 || _sorted.First() is var (key, first) && key.At > now) return false;
        room = _sorted.First().Value;
        _sorted.Remove(_sorted.First().Key);
        _byRoom.Remove(room);
        return true;
    }
}
