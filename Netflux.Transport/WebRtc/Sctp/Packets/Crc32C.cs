using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>The checksum of RFC 9260 appendix A: CRC32c, by the processor's instruction where it has one.</summary>
internal static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Append(uint.MaxValue, bytes);

    /// <summary>The checksum of a packet as if its own checksum field, bytes 8 to 11, were zero.</summary>
    public static uint ComputePacket(ReadOnlySpan<byte> packet)
    {
        // Eight bytes of ports and tag, then the field as zeros.
        var crc = BitOperations.Crc32C(uint.MaxValue, BinaryPrimitives.ReadUInt64LittleEndian(packet));
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Append(crc, packet[PacketHeader.Length..]);
    }

    private static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        if (BitConverter.IsLittleEndian)
            foreach (var word in words) crc = BitOperations.Crc32C(crc, word);
        else
            foreach (var word in words) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReverseEndianness(word));
        foreach (var one in bytes[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, one);
        return crc;
    }
}
