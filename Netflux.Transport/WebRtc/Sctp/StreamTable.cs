namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>
/// What is kept for each stream, by its number. Numbers of data channels are small and near one another (RFC 8831 §6.5), so the table is an array of pages, of which those
/// in use exist; it is not enumerated by anybody, and a peer that names every stream fills 1,024 pages.
/// </summary>
internal sealed class StreamTable<T>
{
    private const int PageBits = 6;
    private const int PageLength = 1 << PageBits;

    private T[]?[] _pages = [];

    /// <summary>The place of a stream, made on the first use.</summary>
    public ref T this[StreamId stream]
    {
        get
        {
            var page = stream.Value >> PageBits;
            if (page >= _pages.Length) Array.Resize(ref _pages, page + 1);
            return ref (_pages[page] ??= new T[PageLength])[stream.Value & (PageLength - 1)];
        }
    }

    /// <summary>What is kept for a stream, without making a place.</summary>
    public T? Find(StreamId stream)
    {
        var page = stream.Value >> PageBits;
        return page < _pages.Length && _pages[page] is { } items ? items[stream.Value & (PageLength - 1)] : default;
    }

    /// <summary>Does something to every place that exists, in the order of streams.</summary>
    public void ForEach(Action<StreamId, T> action)
    {
        for (var page = 0; page < _pages.Length; page++)
            if (_pages[page] is { } items)
                for (var i = 0; i < items.Length; i++) action(new((ushort)((page << PageBits) | i)), items[i]);
    }
}
