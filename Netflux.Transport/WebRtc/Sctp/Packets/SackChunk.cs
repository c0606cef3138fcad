using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>A run of TSNs that arrived beyond the cumulative TSN, as distances from it (RFC 9260 §3.3.4).</summary>
internal readonly record struct GapBlock(ushort Start, ushort End);

/// <summary>
/// SACK, RFC 9260 §3.3.4: everything up to the cumulative TSN has arrived, and beyond it the gap blocks. It is read in place.
/// <code>
/// │   Type = 3    │   Flags = 0   │            Length             │
/// ├───────────────┴───────────────┴───────────────────────────────┤
/// │                      Cumulative TSN ack                       │
/// ├───────────────────────────────────────────────────────────────┤
/// │           Advertised receiver window credit (a_rwnd)          │
/// ├───────────────────────────────┬───────────────────────────────┤
/// │     Number of gap blocks      │   Number of duplicate TSNs    │
/// ├───────────────────────────────┼───────────────────────────────┤
/// │      Start of a gap block     │      End of a gap block       │  each from the cumulative TSN
/// ├───────────────────────────────┴───────────────────────────────┤
/// │                        Duplicate TSN                          │  each
/// └───────────────────────────────────────────────────────────────┘
/// </code>
/// </summary>
internal readonly ref struct SackChunk
{
    public const int FixedLength = 16;
    public const int BlockLength = 4;

    private readonly ReadOnlySpan<byte> _blocks;
    private readonly ReadOnlySpan<byte> _duplicates;

    private SackChunk(ReadOnlySpan<byte> whole, int blocks, int duplicates)
    {
        CumulativeTsn = new(BinaryPrimitives.ReadUInt32BigEndian(whole[4..]));
        ReceiverWindow = BinaryPrimitives.ReadUInt32BigEndian(whole[8..]);
        _blocks = whole.Slice(FixedLength, blocks * BlockLength);
        _duplicates = whole.Slice(FixedLength + _blocks.Length, duplicates * sizeof(uint));
    }

    private SackChunk(Tsn cumulativeTsn, uint receiverWindow)
    {
        CumulativeTsn = cumulativeTsn;
        ReceiverWindow = receiverWindow;
    }

    /// <summary>What a SHUTDOWN says (RFC 9260 §9.2): nothing beyond the cumulative TSN.</summary>
    public static SackChunk Cumulative(Tsn tsn, uint receiverWindow) => new(tsn, receiverWindow);

    public Tsn CumulativeTsn { get; }

    public uint ReceiverWindow { get; }

    public int BlockCount => _blocks.Length / BlockLength;

    public int DuplicateCount => _duplicates.Length / sizeof(uint);

    public GapBlock Block(int index) =>
        new(BinaryPrimitives.ReadUInt16BigEndian(_blocks[(index * BlockLength)..]), BinaryPrimitives.ReadUInt16BigEndian(_blocks[(index * BlockLength + 2)..]));

    public Tsn Duplicate(int index) => new(BinaryPrimitives.ReadUInt32BigEndian(_duplicates[(index * sizeof(uint))..]));

    public static bool TryParse(in Chunk chunk, out SackChunk sack)
    {
        sack = default;
        var whole = chunk.Whole;
        if (whole.Length < FixedLength) return false;
        int blocks = BinaryPrimitives.ReadUInt16BigEndian(whole[12..]), duplicates = BinaryPrimitives.ReadUInt16BigEndian(whole[14..]);
        if (whole.Length != FixedLength + (blocks + duplicates) * BlockLength) return false;
        sack = new SackChunk(whole, blocks, duplicates);
        return true;
    }

    /// <summary>Writes the fixed part around blocks and duplicates that already stand behind it; returns the chunk's length.</summary>
    public static int WriteAround(Span<byte> chunk, Tsn cumulativeTsn, uint receiverWindow, int blocks, int duplicates)
    {
        var length = FixedLength + (blocks + duplicates) * BlockLength;
        Chunk.WriteHeader(chunk, ChunkType.Sack, 0, length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[4..], cumulativeTsn.Value);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[8..], receiverWindow);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[12..], (ushort)blocks);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[14..], (ushort)duplicates);
        return length;
    }

    /// <summary>Writes one gap block; returns its length.</summary>
    public static int WriteBlock(Span<byte> destination, GapBlock block)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, block.Start);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], block.End);
        return BlockLength;
    }

    /// <summary>Writes one duplicate TSN; returns its length.</summary>
    public static int WriteDuplicate(Span<byte> destination, Tsn tsn)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, tsn.Value);
        return sizeof(uint);
    }
}
