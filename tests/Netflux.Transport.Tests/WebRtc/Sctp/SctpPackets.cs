using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>Looks into packets.</summary>
internal static class SctpPackets
{
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
}
