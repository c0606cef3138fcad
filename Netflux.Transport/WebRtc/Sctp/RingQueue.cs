using System.Runtime.CompilerServices;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>A queue whose first element can be changed in place, and which gives its memory back.</summary>
internal sealed class RingQueue<T>
{
    private T[] _items = [];
    private int _head;

    public int Count { get; private set; }

    public ref T First => ref _items[_head];

    public void Enqueue(in T item)
    {
        if (Count == _items.Length) Grow();
        _items[(_head + Count++) & (_items.Length - 1)] = item;
    }

    public T Dequeue()
    {
        var item = _items[_head];
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _items[_head] = default!;
        _head = (_head + 1) & (_items.Length - 1);
        Count--;
        return item;
    }

    public bool TryDequeue(out T item)
    {
        if (Count == 0)
        {
            item = default!;
            return false;
        }
        item = Dequeue();
        return true;
    }

    /// <summary>An empty queue keeps nothing.</summary>
    public void Trim()
    {
        if (Count > 0) return;
        _items = [];
        _head = 0;
    }

    private void Grow()
    {
        var grown = new T[Math.Max(4, _items.Length * 2)];
        for (var i = 0; i < Count; i++) grown[i] = _items[(_head + i) & (_items.Length - 1)];
        _items = grown;
        _head = 0;
    }
}
