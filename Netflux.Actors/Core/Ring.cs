using System.Runtime.CompilerServices;

namespace Netflux.Core;

/// <summary>
/// A queue in one array that doubles when it is full, so that an item costs no allocation. Items are reached by their place from the head; a burst's memory is given back.
/// </summary>
internal sealed class Ring<T>
{
    private const int CapacityKept = 1024; // guess: what an ordinary burst needs

    private T[] _items = [];
    private int _head;

    public int Count { get; private set; }

    public ref T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return ref _items[(_head + index) & (_items.Length - 1)];
        }
    }

    public void Enqueue(in T item)
    {
        if (Count == _items.Length) Grow();
        _items[(_head + Count) & (_items.Length - 1)] = item;
        Count++;
    }

    public T Dequeue()
    {
        var item = this[0];
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _items[_head] = default!;
        _head = (_head + 1) & (_items.Length - 1);
        if (--Count == 0 && _items.Length > CapacityKept) Clear();
        return item;
    }

    public bool TryDequeue(out T item)
    {
        var any = Count > 0;
        item = any ? Dequeue() : default!;
        return any;
    }

    /// <summary>Keeps the items that the predicate wants, in their order.</summary>
    public void Keep(Predicate<T> wanted)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (wanted(this[i])) this[kept++] = this[i];
        }
        for (var i = kept; i < Count; i++) this[i] = default!;
        Count = kept;
    }

    public void Clear() => (_items, _head, Count) = ([], 0, 0);

    private void Grow()
    {
        var larger = new T[Math.Max(2, _items.Length * 2)];     // most rings of an idle session hold one thing at a time
        for (var i = 0; i < Count; i++) larger[i] = this[i];
        (_items, _head) = (larger, 0);
    }
}
