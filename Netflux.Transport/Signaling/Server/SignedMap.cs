using Netflux.Identity;

namespace Netflux.Transport.Signaling.Server;

/// <summary>
/// The map of a network's members as its server signs it. Each change of it has a number, by which members find out whether all are told the same. All of it follows from what is stored, so that a
/// room that begins again, here or on another node, comes to the same; also where the network was forgotten in between.
/// </summary>
internal sealed class SignedMap
{
    private readonly MemberMap _map = new();
    private readonly SortedDictionary<PeerId, LinkedListNode<MemberRemoved>> _removals = [];
    private readonly LinkedList<MemberRemoved> _oldestFirst = new();
    private ReadOnlyMemory<byte> _previous, _signed;

    public ulong Epoch { get; private set; }

    /// <summary>Those with a record, in the order of ids.</summary>
    public IEnumerable<MemberRemoved> Removals => _removals.Values.Select(node => node.Value);

    /// <summary>The signed one of this member, which has not come back since.</summary>
    public MemberRemoved? RemovalOf(PeerId member) => _removals.GetValueOrDefault(member)?.Value;

    public void Apply(RoomEvent happened)
    {
        var root = _map.Root;
        switch (happened)
        {
            case MemberPut put:
                if (_removals.Remove(put.Member, out var before)) _oldestFirst.Remove(before);
                _map.Put(put.Member, put.Record);
                break;
            case MemberRemoved { Record.Length: 0 } removed: // written before removals were signed
                _map.Remove(removed.Member);
                break;
            case MemberRemoved removed: Remove(removed); break;
            case NetworkForgotten:
                _map.Clear();
                _removals.Clear();
                _oldestFirst.Clear();
                break;
            case MapCounted counted:
                (Epoch, _previous, _signed) = (counted.Epoch, counted.PreviousRoot, default);
                return;
        }
        if (_map.Root.Span.SequenceEqual(root.Span)) return;
        (Epoch, _previous, _signed) = (Epoch + 1, root, default);
    }

    public IEnumerable<RoomEvent> Compact() => Epoch == 0 ? [] : [.. _oldestFirst, new MapCounted(Epoch, _previous)];

    /// <summary>Signed once for each state of the map, when somebody is to be told.</summary>
    public ReadOnlyMemory<byte> Sign(IPeerKeys keys, NetworkId network, DateTimeOffset now)
    {
        if (_signed.Length == 0) _signed = TrackerRoot.Create(keys, network, Epoch, _map.Root, _previous, _map.Count - _removals.Count, now).Record;
        return _signed;
    }

    private void Remove(MemberRemoved removed)
    {
        _map.Put(removed.Member, removed.Record);
        if (_removals.TryGetValue(removed.Member, out var before)) _oldestFirst.Remove(before);
        _removals[removed.Member] = _oldestFirst.AddLast(removed);
        if (_removals.Count <= IdentityOptions.RemovalsMax) return;
        var oldest = _oldestFirst.First!.Value.Member;
        _oldestFirst.RemoveFirst();
        _removals.Remove(oldest);
        _map.Remove(oldest);
    }
}
