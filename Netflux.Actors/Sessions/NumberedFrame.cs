using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>A frame that is acknowledged, or waits to be sent. It refers to its body; nothing copies it before it is written into a record.</summary>
internal readonly record struct NumberedFrame(FrameKind Kind, FrameFlags Flags, ushort Channel, ReadOnlyMemory<byte> Body)
{
    /// <summary>What it takes of the bounded buffers.</summary>
    public int Size => FrameHeader.Size + Body.Length;
}
