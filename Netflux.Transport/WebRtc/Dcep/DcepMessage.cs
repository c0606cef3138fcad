using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Netflux.Transport.WebRtc.Dcep;

/// <summary>
/// A message of the Data Channel Establishment Protocol (RFC 8832 §5), carried in the channel's own stream, ordered and reliably, with PPID 50.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | Type 3 = OPEN |  Channel Type |            Priority           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |        Reliability Parameter: retransmissions, or ms          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |         Label Length          |       Protocol Length         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                Label, then Protocol, both UTF-8               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// | Type 2 = ACK  |
/// </code>
/// The channel type's highest bit is set for unordered channels; the others say 0 reliable, 1 so many retransmissions, 2 so many milliseconds.
/// </summary>
internal abstract record DcepMessage
{
    private const byte TypeAck = 2, TypeOpen = 3;
    private const byte Reliable = 0, Retransmits = 1, Timed = 2, Unordered = 0x80;
    private const int OpenHeader = 12;

    private DcepMessage()
    {
    }

    public sealed record Open(ChannelTerms Terms) : DcepMessage;

    public sealed record Ack : DcepMessage
    {
        public static readonly Ack Instance = new();
    }

    public int Length => this is Open { Terms: var terms } ? OpenHeader + Encoding.UTF8.GetByteCount(terms.Label) + Encoding.UTF8.GetByteCount(terms.Protocol) : 1;

    /// <summary>False for unknown types, unknown channel types, and lengths that do not add up. Bytes that are no UTF-8 are read as replacement characters: names are for people.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out DcepMessage? message)
    {
        message = bytes switch
        {
            [TypeAck, ..] => Ack.Instance, // pion's has four bytes
            [TypeOpen, ..] => ParseOpen(bytes),
            _ => null,
        };
        return message is not null;
    }

    public int Write(Span<byte> destination)
    {
        if (this is not Open { Terms: var terms })
        {
            destination[0] = TypeAck;
            return 1;
        }
        var (reliability, parameter) = terms switch
        {
            { RetransmitsMax: { } retransmits } => (Retransmits, retransmits),
            { Lifetime: { } lifetime } => (Timed, (uint)Math.Clamp(lifetime.TotalMilliseconds, 0, uint.MaxValue)),
            _ => (Reliable, 0u),
        };
        destination[0] = TypeOpen;
        destination[1] = terms.Ordered ? reliability : (byte)(reliability | Unordered);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], terms.Priority);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], parameter);
        var label = Encoding.UTF8.GetBytes(terms.Label, destination[OpenHeader..]);
        var protocol = Encoding.UTF8.GetBytes(terms.Protocol, destination[(OpenHeader + label)..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination[8..], (ushort)label);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], (ushort)protocol);
        return OpenHeader + label + protocol;
    }

    private static Open? ParseOpen(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < OpenHeader) return null;
        var label = BinaryPrimitives.ReadUInt16BigEndian(bytes[8..]);
        var protocol = BinaryPrimitives.ReadUInt16BigEndian(bytes[10..]);
        var reliability = bytes[1] & ~Unordered;
        if (bytes.Length != OpenHeader + label + protocol || reliability > Timed) return null;
        var parameter = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        return new(new(
            Encoding.UTF8.GetString(bytes.Slice(OpenHeader, label)),
            Encoding.UTF8.GetString(bytes.Slice(OpenHeader + label, protocol)),
            Ordered: (bytes[1] & Unordered) == 0,
            // W3C WebRTC §6.2 has 16 bits for it; beyond, the path is long dead before it counts.
            RetransmitsMax: reliability == Retransmits ? (ushort)Math.Min(parameter, ushort.MaxValue) : null,
            Lifetime: reliability == Timed ? TimeSpan.FromMilliseconds(parameter) : null,
            Priority: BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])));
    }
}
