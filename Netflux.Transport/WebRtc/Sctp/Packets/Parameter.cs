using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>The parameters that are understood here (RFC 9260 §3.3.2.1, §3.3.3.1, and the RFCs named).</summary>
internal enum ParameterType : ushort
{
    HeartbeatInfo = 1,
    StateCookie = 7,
    UnrecognizedParameter = 8,
    OutgoingResetRequest = 13,          // RFC 6525 §4.1
    IncomingResetRequest = 14,          // §4.2
    TsnResetRequest = 15,               // §4.3
    ReconfigResponse = 16,              // §4.4
    AddOutgoingStreamsRequest = 17,     // §4.5
    AddIncomingStreamsRequest = 18,     // §4.6
    ZeroChecksumAcceptable = 0x8001,    // RFC 9653 §4
    SupportedExtensions = 0x8008,       // RFC 5061 §4.2.7
    ForwardTsnSupported = 0xC000,       // RFC 3758 §3.1
}

internal readonly ref struct Parameter(ReadOnlySpan<byte> whole)
{
    public const int HeaderLength = 4;

    public ReadOnlySpan<byte> Whole { get; } = whole;

    public ParameterType Type => (ParameterType)BinaryPrimitives.ReadUInt16BigEndian(Whole);

    public ReadOnlySpan<byte> Value => Whole[HeaderLength..];

    /// <summary>Writes a parameter with its padding; returns how long both are.</summary>
    public static int Write(Span<byte> destination, ParameterType type, ReadOnlySpan<byte> value)
    {
        var length = HeaderLength + value.Length;
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)length);
        value.CopyTo(destination[HeaderLength..]);
        destination[length..Chunk.Padded(length)].Clear();
        return Chunk.Padded(length);
    }
}

/// <summary>Goes through parameters.</summary>
internal ref struct ParameterReader(ReadOnlySpan<byte> parameters)
{
    private ReadOnlySpan<byte> _rest = parameters;

    public bool TryRead(out Parameter parameter)
    {
        if (!Frames.TryRead(ref _rest, out var whole))
        {
            parameter = default;
            return false;
        }
        parameter = new Parameter(whole);
        return true;
    }
}
