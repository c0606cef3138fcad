using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>The last message of a stream that is skipped: its SSN, or its MID.</summary>
/// <param name="Unordered">Of I-FORWARD-TSN only: unordered messages have MIDs of their own.</param>
internal readonly record struct SkippedStream(StreamId Stream, bool Unordered, uint Number);

/// <summary>
/// FORWARD TSN (RFC 3758 §3.2) and I-FORWARD-TSN (RFC 8260 §2.3.1): the sender gave these TSNs up, take them as received.
/// <code>
/// │  Type = 192   │   Flags = 0   │            Length             │    │  Type = 194   │   Flags = 0   │            Length             │
/// ├───────────────┴───────────────┴───────────────────────────────┤    ├───────────────┴───────────────┴───────────────────────────────┤
/// │                    New cumulative TSN                         │    │                    New cumulative TSN                         │
/// ├───────────────────────────────┬───────────────────────────────┤    ├───────────────────────────────┬─────────────────────────────┬─┤
/// │            Stream             │    Stream sequence number     │    │            Stream             │          Reserved           │U│
/// └───────────────────────────────┴───────────────────────────────┘    ├───────────────────────────────┴─────────────────────────────┴─┤
///                                                                      │                    Message identifier                         │
///                                                                      └───────────────────────────────────────────────────────────────┘
/// </code>
/// </summary>
internal readonly ref struct ForwardTsnChunk
{
    public const int FixedLength = 8;

    private readonly ReadOnlySpan<byte> _skipped;
    private readonly bool _interleaved;

    private ForwardTsnChunk(Tsn newCumulativeTsn, ReadOnlySpan<byte> skipped, bool interleaved)
    {
        NewCumulativeTsn = newCumulativeTsn;
        _skipped = skipped;
        _interleaved = interleaved;
    }

    public Tsn NewCumulativeTsn { get; }

    public int Count => _skipped.Length / SkippedLength(_interleaved);

    public static int SkippedLength(bool interleaved) => interleaved ? 8 : 4;

    public SkippedStream Skipped(int index)
    {
        var at = _skipped[(index * SkippedLength(_interleaved))..];
        return _interleaved
            ? new(new(BinaryPrimitives.ReadUInt16BigEndian(at)), (at[3] & 1) != 0, BinaryPrimitives.ReadUInt32BigEndian(at[4..]))
            : new(new(BinaryPrimitives.ReadUInt16BigEndian(at)), false, BinaryPrimitives.ReadUInt16BigEndian(at[2..]));
    }

    public static bool TryParse(in Chunk chunk, out ForwardTsnChunk forward)
    {
        forward = default;
        var interleaved = chunk.Type == ChunkType.IForwardTsn;
        var whole = chunk.Whole;
        if (whole.Length < FixedLength || (whole.Length - FixedLength) % SkippedLength(interleaved) != 0) return false;
        forward = new(new(BinaryPrimitives.ReadUInt32BigEndian(whole[4..])), whole[FixedLength..], interleaved);
        return true;
    }

    /// <summary>Writes the chunk; returns its length.</summary>
    public static int Write(Span<byte> chunk, bool interleaved, Tsn newCumulativeTsn, ReadOnlySpan<SkippedStream> skipped)
    {
        var length = FixedLength + skipped.Length * SkippedLength(interleaved);
        Chunk.WriteHeader(chunk, interleaved ? ChunkType.IForwardTsn : ChunkType.ForwardTsn, 0, length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[4..], newCumulativeTsn.Value);
        var at = chunk[FixedLength..];
        foreach (var (stream, unordered, number) in skipped)
        {
            BinaryPrimitives.WriteUInt16BigEndian(at, stream.Value);
            if (interleaved)
            {
                BinaryPrimitives.WriteUInt16BigEndian(at[2..], unordered ? (ushort)1 : (ushort)0);
                BinaryPrimitives.WriteUInt32BigEndian(at[4..], number);
            }
            else BinaryPrimitives.WriteUInt16BigEndian(at[2..], (ushort)number);
            at = at[SkippedLength(interleaved)..];
        }
        return length;
    }
}
