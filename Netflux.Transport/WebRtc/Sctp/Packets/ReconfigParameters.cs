using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>The results of a re-configuration request, RFC 6525 §4.4.</summary>
internal enum ReconfigResult : uint
{
    NothingToDo = 0,
    Performed = 1,
    Denied = 2,
    WrongSequenceNumberForStream = 3,
    RequestAlreadyInProgress = 4,
    BadSequenceNumber = 5,
    InProgress = 6,
}

/// <summary>
/// Asks the other to take the sender's streams as beginning anew, RFC 6525 §4.1; inside a RE-CONFIG chunk. No streams are all streams.
/// <code>
/// │         Type = 13             │            Length             │
/// ├───────────────────────────────┴───────────────────────────────┤
/// │                   Request sequence number                     │
/// ├───────────────────────────────────────────────────────────────┤
/// │            Sequence number of the request answered            │
/// ├───────────────────────────────────────────────────────────────┤
/// │                 Sender's last assigned TSN                    │
/// ├───────────────────────────────┬───────────────────────────────┤
/// │            Stream             │            Stream …           │
/// └───────────────────────────────┴───────────────────────────────┘
/// </code>
/// </summary>
internal readonly ref struct OutgoingResetRequest
{
    public const int FixedLength = 16;

    public required uint RequestNumber { get; init; }
    public required uint AnsweredNumber { get; init; }
    public required Tsn LastTsn { get; init; }
    public StreamList Streams { get; init; }

    public static bool TryParse(in Parameter parameter, out OutgoingResetRequest request)
    {
        request = default;
        var whole = parameter.Whole;
        if (whole.Length < FixedLength || whole.Length % 2 != 0) return false;
        request = new OutgoingResetRequest
        {
            RequestNumber = BinaryPrimitives.ReadUInt32BigEndian(whole[4..]),
            AnsweredNumber = BinaryPrimitives.ReadUInt32BigEndian(whole[8..]),
            LastTsn = new(BinaryPrimitives.ReadUInt32BigEndian(whole[12..])),
            Streams = new(whole[FixedLength..]),
        };
        return true;
    }

    /// <summary>Writes the parameter with its padding; returns the length of both.</summary>
    public static int Write(Span<byte> destination, uint requestNumber, uint answeredNumber, Tsn lastTsn, ReadOnlySpan<StreamId> streams)
    {
        var length = FixedLength + streams.Length * sizeof(ushort);
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)ParameterType.OutgoingResetRequest);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)length);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], requestNumber);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], answeredNumber);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], lastTsn.Value);
        for (var i = 0; i < streams.Length; i++) BinaryPrimitives.WriteUInt16BigEndian(destination[(FixedLength + i * sizeof(ushort))..], streams[i].Value);
        destination[length..Chunk.Padded(length)].Clear();
        return Chunk.Padded(length);
    }
}

/// <summary>Asks the other to reset its own streams, RFC 6525 §4.2: request number, streams.</summary>
internal readonly ref struct IncomingResetRequest
{
    public const int FixedLength = 8;

    public required uint RequestNumber { get; init; }
    public StreamList Streams { get; init; }

    public static bool TryParse(in Parameter parameter, out IncomingResetRequest request)
    {
        request = default;
        var whole = parameter.Whole;
        if (whole.Length < FixedLength || whole.Length % 2 != 0) return false;
        request = new IncomingResetRequest { RequestNumber = BinaryPrimitives.ReadUInt32BigEndian(whole[4..]), Streams = new(whole[FixedLength..]) };
        return true;
    }
}

/// <summary>
/// The answer to a request, RFC 6525 §4.4.
/// <code>
/// │         Type = 16             │       Length = 12 or 20       │
/// ├───────────────────────────────┴───────────────────────────────┤
/// │            Sequence number of the request answered            │
/// ├───────────────────────────────────────────────────────────────┤
/// │                            Result                             │
/// └───────────────────────────────────────────────────────────────┘
/// </code>
/// </summary>
internal readonly record struct ReconfigResponse(uint AnsweredNumber, ReconfigResult Result)
{
    public const int Length = 12;

    public static bool TryParse(in Parameter parameter, out ReconfigResponse response)
    {
        response = default;
        if (parameter.Whole.Length < Length) return false;
        response = new(BinaryPrimitives.ReadUInt32BigEndian(parameter.Whole[4..]), (ReconfigResult)BinaryPrimitives.ReadUInt32BigEndian(parameter.Whole[8..]));
        return true;
    }

    public int Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)ParameterType.ReconfigResponse);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], Length);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], AnsweredNumber);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], (uint)Result);
        return Length;
    }
}

/// <summary>Streams as they stand in a parameter, two bytes each.</summary>
internal readonly ref struct StreamList(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Count => _bytes.Length / sizeof(ushort);

    public StreamId this[int index] => new(BinaryPrimitives.ReadUInt16BigEndian(_bytes[(index * sizeof(ushort))..]));
}
