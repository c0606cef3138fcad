using Netflux.Core;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>One message above 64 KiB that comes in: announced, then granted, then filled chunk by chunk.</summary>
internal sealed class Reassembly(int size, FrameFlags flags, ulong message)
{
    private byte[]? _bytes;
    private int _filled;

    public int Size => size;
    public FrameFlags Flags => flags;
    public ulong Message => message;
    public bool Granted { get; private set; }

    /// <summary>When a chunk, or the grant, was last seen.</summary>
    public Instant ProgressAt { get; private set; }

    public void Grant(Instant now) => (Granted, ProgressAt) = (true, now);

    /// <summary>Takes a chunk; <paramref name="whole"/> is the message when this was the last.</summary>
    public Violation? OnChunk(ReadOnlySpan<byte> chunk, bool last, Instant now, out byte[]? whole)
    {
        whole = null;
        if (!Granted) return Violation.Flooding("A chunk that was not granted.");
        if (chunk.Length == 0 || chunk.Length > size - _filled) return new(Links.CloseCode.TooLarge, "Chunks beyond the announced size.");
        // Memory is taken when the first chunk comes, not when the size is announced.
        _bytes ??= GC.AllocateUninitializedArray<byte>(size);
        chunk.CopyTo(_bytes.AsSpan(_filled));
        _filled += chunk.Length;
        ProgressAt = now;
        if (last != (_filled == size)) return Violation.Of("The last chunk is not where the message ends.");
        if (last) whole = _bytes;
        return null;
    }
}
