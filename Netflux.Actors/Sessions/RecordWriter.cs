using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>Fills one record with frames.</summary>
internal ref struct RecordWriter(Span<byte> record)
{
    private readonly Span<byte> _record = record;

    public int Written { get; private set; }

    public readonly int Capacity => _record.Length;

    public readonly int Free => _record.Length - Written;

    private readonly Span<byte> Rest => _record[Written..];

    /// <summary>Room for a header and at least one byte behind it: a header is never split.</summary>
    public readonly bool HasRoomForFrame => Free > FrameHeader.Size;

    public void WriteHeader(FrameHeader header)
    {
        header.Write(Rest);
        Written += FrameHeader.Size;
    }

    public int WriteSome(scoped ReadOnlySpan<byte> body)
    {
        var part = body[..Math.Min(body.Length, Free)];
        part.CopyTo(Rest);
        Written += part.Length;
        return part.Length;
    }

    /// <summary>An unnumbered frame, which is never split.</summary>
    public bool TryWriteWhole(FrameKind kind, scoped ReadOnlySpan<byte> body)
    {
        if (Free < FrameHeader.Size + body.Length) return false;
        WriteHeader(new FrameHeader(kind, FrameFlags.None, 0, body.Length, 0));
        WriteSome(body);
        return true;
    }

    public bool TryWriteWhole(FrameKind kind, ulong number)
    {
        Span<byte> body = stackalloc byte[NumberBody.Size];
        NumberBody.Write(body, number);
        return TryWriteWhole(kind, body);
    }
}
