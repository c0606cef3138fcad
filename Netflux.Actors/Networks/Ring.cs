namespace Netflux.Networks;

/// <summary>A queue of structs in one array that doubles when it is full, so that a message costs no allocation. Items are reached by their place from the head.</summary>
internal sealed class Ring<T>
{
    private T[] _items = new T[16];
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

    public bool TryDequeue(out T item)
    {
        if (Count == 0)
        {
            item = default!;
            return false;
        }
        ref var slot = ref _items[_head];
        item = slot;
        slot = default!;
        _head = (_head + 1) & (_items.Length - 1);
        Count--;
        return true;
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

    private void Grow()
    {
        var larger = new T[_items.Length * 2];
        for (var i = 0; i < Count; i++) larger[i] = this[i];
        _items = larger;
        _head = 0;
    }
}
