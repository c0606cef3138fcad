using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>The flags of DATA and I-DATA (RFC 9260 §3.3.1, RFC 8260 §2.1).</summary>
[Flags]
internal enum DataFlags : byte
{
    None = 0,
    End = 1,
    Begin = 2,
    Unordered = 4,

    /// <summary>The receiver is asked to acknowledge at once.</summary>
    Immediate = 8,

    Whole = Begin | End,
}

/// <summary>
/// The header of DATA (RFC 9260 §3.3.1) or I-DATA (RFC 8260 §2.1), which differ in how they number what is inside a stream.
/// <code>
/// │   Type = 0    │  Res  │I│U│B│E│            Length             │    │   Type = 64   │  Res  │I│U│B│E│            Length             │
/// ├───────────────┴───────────────┴───────────────────────────────┤    ├───────────────┴───────────────┴───────────────────────────────┤
/// │                              TSN                              │    │                              TSN                              │
/// ├───────────────────────────────┬───────────────────────────────┤    ├───────────────────────────────┬───────────────────────────────┤
/// │           Stream              │  Stream sequence number (SSN) │    │           Stream              │           Reserved            │
/// ├───────────────────────────────┴───────────────────────────────┤    ├───────────────────────────────┴───────────────────────────────┤
/// │                 Payload protocol identifier                   │    │                   Message identifier (MID)                    │
/// ├───────────────────────────────────────────────────────────────┤    ├───────────────────────────────────────────────────────────────┤
/// │                            Payload                            │    │    With B: payload protocol identifier; else the number of    │
/// └───────────────────────────────────────────────────────────────┘    │              the fragment, from 0 (FSN)                       │
///                                                                      ├───────────────────────────────────────────────────────────────┤
///                                                                      │                            Payload                            │
///                                                                      └───────────────────────────────────────────────────────────────┘
/// </code>
/// </summary>
/// <param name="Number">The SSN or the MID.</param>
/// <param name="Ppid">In I-DATA only of the first fragment.</param>
/// <param name="Fragment">The FSN; 0 in DATA, whose fragments are in the order of their TSNs.</param>
internal readonly record struct DataHeader(Tsn Tsn, StreamId Stream, DataFlags Flags, uint Number, PayloadProtocolId Ppid, uint Fragment)
{
    public const int DataLength = 16;
    public const int IDataLength = 20;

    public bool IsBegin => (Flags & DataFlags.Begin) != 0;
    public bool IsEnd => (Flags & DataFlags.End) != 0;
    public bool IsWhole => (Flags & DataFlags.Whole) == DataFlags.Whole;
    public bool IsUnordered => (Flags & DataFlags.Unordered) != 0;
    public bool IsImmediate => (Flags & DataFlags.Immediate) != 0;

    public static bool TryParseData(in Chunk chunk, out DataHeader header, out ReadOnlySpan<byte> payload)
    {
        var whole = chunk.Whole;
        if (whole.Length <= DataLength)
        {
            // RFC 9260 §6.2: a DATA chunk without user data is an error, and the association is aborted; telling is the association's part.
            header = default;
            payload = default;
            return false;
        }
        header = new(
            new(BinaryPrimitives.ReadUInt32BigEndian(whole[4..])),
            new(BinaryPrimitives.ReadUInt16BigEndian(whole[8..])),
            (DataFlags)(chunk.Flags & 0x0F),
            BinaryPrimitives.ReadUInt16BigEndian(whole[10..]),
            (PayloadProtocolId)BinaryPrimitives.ReadUInt32BigEndian(whole[12..]),
            0);
        payload = whole[DataLength..];
        return true;
    }

    public static bool TryParseIData(in Chunk chunk, out DataHeader header, out ReadOnlySpan<byte> payload)
    {
        var whole = chunk.Whole;
        if (whole.Length <= IDataLength)
        {
            header = default;
            payload = default;
            return false;
        }
        var flags = (DataFlags)(chunk.Flags & 0x0F);
        var begins = (flags & DataFlags.Begin) != 0;
        var last = BinaryPrimitives.ReadUInt32BigEndian(whole[16..]);
        header = new(
            new(BinaryPrimitives.ReadUInt32BigEndian(whole[4..])),
            new(BinaryPrimitives.ReadUInt16BigEndian(whole[8..])),
            flags,
            BinaryPrimitives.ReadUInt32BigEndian(whole[12..]),
            begins ? (PayloadProtocolId)last : PayloadProtocolId.None,
            begins ? 0 : last);
        payload = whole[IDataLength..];
        return true;
    }

    /// <summary>Writes a DATA chunk's header for a payload of this length.</summary>
    public void WriteData(Span<byte> chunk, int payloadLength)
    {
        Chunk.WriteHeader(chunk, ChunkType.Data, (byte)Flags, DataLength + payloadLength);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[4..], Tsn.Value);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[8..], Stream.Value);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[10..], (ushort)Number);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[12..], (uint)Ppid);
    }

    /// <summary>Writes an I-DATA chunk's header for a payload of this length.</summary>
    public void WriteIData(Span<byte> chunk, int payloadLength)
    {
        Chunk.WriteHeader(chunk, ChunkType.IData, (byte)Flags, IDataLength + payloadLength);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[4..], Tsn.Value);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[8..], Stream.Value);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[10..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[12..], Number);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[16..], IsBegin ? (uint)Ppid : Fragment);
    }
}
