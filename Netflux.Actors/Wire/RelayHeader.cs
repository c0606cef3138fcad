using System.Buffers.Binary;
using Netflux.Identity;

namespace Netflux.Wire;

/// <summary>What a frame of a relayed link does.</summary>
internal enum RelayStep : byte
{
    /// <summary>The opener asks for a circuit to the far end; the carrier asks the far end.</summary>
    Open = 1,
    /// <summary>The far end has taken it.</summary>
    Opened = 2,
    /// <summary>One message of the relayed link follows the header.</summary>
    Data = 3,
    /// <summary>The far end's reader is done with <see cref="RelayHeader.Amount"/> of cost since the circuit began.</summary>
    Read = 4,
    /// <summary>The circuit is over; <see cref="RelayHeader.Amount"/> is a <see cref="Links.CloseCode"/>.</summary>
    Close = 5,
}

/// <summary>
/// The fixed header of every <see cref="FrameKind.Relay"/> frame, 38 bytes, big endian:
/// <code>
///  0               1               2               3
/// +---------------+---------------+-------------------------------+
/// |     step      |     flags     |                               |
/// +---------------+---------------+                               +
/// |        far end: PeerId, 20 bytes; to the carrier, the one     |
/// |        that is meant; from the carrier, the one that says it  |
/// |                               +-------------------------------+
/// |                               |                               |
/// +-------------------------------+  circuit, u64, chosen by the  +
/// |                                  opener, once per far end     |
/// |                               +-------------------------------+
/// |                               |       amount, u64             |
/// +-------------------------------+                               +
/// |                                                               |
/// |                               +-------------------------------+
/// |                               |  a message, with Data only …
/// </code>
/// Flag 1: on its way from the carrier to an end, otherwise to the carrier. Flag 2: the end that opened the circuit is the one that says it (to the carrier: the sender; from it: the far end).
/// </summary>
internal readonly record struct RelayHeader(RelayStep Step, bool FromCarrier, bool FromOpener, PeerId FarEnd, ulong Circuit, ulong Amount)
{
    public const int Size = 2 + PeerId.Length + 16;

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        bytes[0] = (byte)Step;
        bytes[1] = (byte)((FromCarrier ? 1 : 0) | (FromOpener ? 2 : 0));
        FarEnd.Write(bytes.AsSpan(2));
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(2 + PeerId.Length), Circuit);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(10 + PeerId.Length), Amount);
        return bytes;
    }

    /// <summary>False if the header is cut short, its step or a flag is unknown, or a message follows where none belongs.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, out RelayHeader header)
    {
        header = default;
        if (source.Length < Size || source[0] is < (byte)RelayStep.Open or > (byte)RelayStep.Close || source[1] > 3) return false;
        var step = (RelayStep)source[0];
        if (step != RelayStep.Data && source.Length != Size) return false;
        header = new(step, (source[1] & 1) != 0, (source[1] & 2) != 0, PeerId.FromBytes(source.Slice(2, PeerId.Length)),
            BinaryPrimitives.ReadUInt64BigEndian(source[(2 + PeerId.Length)..]), BinaryPrimitives.ReadUInt64BigEndian(source[(10 + PeerId.Length)..]));
        return true;
    }
}
