using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>Looks into packets, and makes some.</summary>
internal static class SctpPackets
{
    public delegate int ChunkWriter(Span<byte> chunk);

    public static List<ChunkType> ChunksOf(ReadOnlySpan<byte> packet)
    {
        var types = new List<ChunkType>();
        var reader = new ChunkReader(packet[PacketHeader.Length..]);
        while (reader.TryRead(out var chunk)) types.Add(chunk.Type);
        return types;
    }

    /// <summary>The TSNs of data in a packet.</summary>
    public static List<Tsn> TsnsOf(ReadOnlySpan<byte> packet)
    {
        var tsns = new List<Tsn>();
        var reader = new ChunkReader(packet[PacketHeader.Length..]);
        while (reader.TryRead(out var chunk))
            if (chunk.Type == ChunkType.Data && DataHeader.TryParseData(chunk, out var header, out _) || chunk.Type == ChunkType.IData && DataHeader.TryParseIData(chunk, out header, out _)) tsns.Add(header.Tsn);
        return tsns;
    }

    /// <summary>A packet of the same sender to the same receiver with one other chunk.</summary>
    public static byte[] Like(ReadOnlySpan<byte> packet, ChunkWriter write)
    {
        var made = new byte[2048];
        packet[..PacketHeader.Length].CopyTo(made);
        var length = PacketHeader.Length + Chunk.Padded(write(made.AsSpan(PacketHeader.Length)));
        PacketHeader.Seal(made.AsSpan(0, length));
        return made[..length];
    }
}
