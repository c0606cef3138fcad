namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>What the two high bits of a type ask of those who do not know it (RFC 9260 §3.2 for chunks, §3.2.1 for parameters).</summary>
internal static class UnknownTypes
{
    /// <summary>1x: skip this one and go on; 0x: look at nothing behind it.</summary>
    public static bool IsSkipped(ChunkType type) => ((byte)type & 0x80) != 0;

    /// <summary>x1: say that it was not recognized.</summary>
    public static bool IsReported(ChunkType type) => ((byte)type & 0x40) != 0;

    public static bool IsSkipped(ParameterType type) => ((ushort)type & 0x8000) != 0;

    public static bool IsReported(ParameterType type) => ((ushort)type & 0x4000) != 0;
}
