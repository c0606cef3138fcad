using System.Buffers;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>A piece of pooled memory that holds the payloads of some messages, until nobody needs any of them.</summary>
internal sealed class Slab
{
    public byte[] Bytes = [];
    public int Used;

    /// <summary>Queued messages and outstanding chunks whose payload lies here.</summary>
    public int References;
}

/// <summary>
/// Where payloads lie from when they are accepted until they are acknowledged. Messages share slabs, so that small ones cost no array each; slabs grow with what is
/// buffered, so that an association which says little holds little.
/// </summary>
internal sealed class SendBuffer
{
    // Source: arithmetic. A slab of 64 KiB holds 500 messages of 100 bytes, and the first one is a quarter of a page of memory.
    private const int SlabBytesMin = 1024;
    private const int SlabBytesMax = 64 * 1024;

    // Objects without memory, kept to be used again. Source: guess, what 2 MiB in flight hold.
    private const int SparesMax = 32;

    private readonly Stack<Slab> _spares = new();
    private Slab? _open;
    private int _live;

    /// <summary>Copies a payload in; the caller holds one reference to the slab.</summary>
    public Slab Store(ReadOnlySpan<byte> payload, out int offset)
    {
        var slab = _open;
        if (slab is null || slab.Bytes.Length - slab.Used < payload.Length) slab = Open(payload.Length);
        offset = slab.Used;
        payload.CopyTo(slab.Bytes.AsSpan(offset));
        slab.Used += payload.Length;
        slab.References++;
        return slab;
    }

    public void Release(Slab slab)
    {
        if (--slab.References > 0) return;
        if (slab == _open) _open = null;
        ArrayPool<byte>.Shared.Return(slab.Bytes);
        slab.Bytes = [];
        _live--;
        if (_spares.Count < SparesMax) _spares.Push(slab);
    }

    /// <summary>Gives up what is kept for later.</summary>
    public void Trim() => _spares.Clear();

    private Slab Open(int length)
    {
        var size = Math.Min(SlabBytesMin << Math.Min(_live, 6), SlabBytesMax);
        var slab = _spares.TryPop(out var spare) ? spare : new Slab();
        slab.Bytes = ArrayPool<byte>.Shared.Rent(Math.Max(size, length));
        slab.Used = 0;
        slab.References = 0;
        _live++;
        return _open = slab;
    }
}
