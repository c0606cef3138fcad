using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>
/// The common header, RFC 9260 §3.1.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// ├───────────────────────────────┼───────────────────────────────┤
/// │          Source port          │       Destination port        │
/// ├───────────────────────────────┴───────────────────────────────┤
/// │                       Verification tag                        │
/// ├───────────────────────────────────────────────────────────────┤
/// │       Checksum: CRC32c, its least significant byte first      │
/// └───────────────────────────────────────────────────────────────┘
/// </code>
/// </summary>
internal readonly record struct PacketHeader(ushort SourcePort, ushort DestinationPort, uint VerificationTag, uint Checksum)
{
    public const int Length = 12;

    public static bool TryParse(ReadOnlySpan<byte> packet, out PacketHeader header)
    {
        if (packet.Length < Length)
        {
            header = default;
            return false;
        }
        header = new(BinaryPrimitives.ReadUInt16BigEndian(packet), BinaryPrimitives.ReadUInt16BigEndian(packet[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(packet[4..]), BinaryPrimitives.ReadUInt32LittleEndian(packet[8..]));
        return true;
    }

    /// <summary>Writes the header before its packet's chunks are there; <see cref="Seal"/> adds the checksum.</summary>
    public static void Write(Span<byte> packet, ushort sourcePort, ushort destinationPort, uint verificationTag)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], destinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], verificationTag);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[8..], 0);
    }

    public static void Seal(Span<byte> packet) => BinaryPrimitives.WriteUInt32LittleEndian(packet[8..], Crc32C.ComputePacket(packet));
}
