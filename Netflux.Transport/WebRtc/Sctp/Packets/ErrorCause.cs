using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>The causes that stand in ERROR and ABORT, RFC 9260 §3.3.10.</summary>
internal enum ErrorCauseCode : ushort
{
    None = 0,
    InvalidStream = 1,
    MissingMandatoryParameter = 2,
    StaleCookie = 3,
    OutOfResource = 4,
    UnresolvableAddress = 5,
    UnrecognizedChunkType = 6,
    InvalidMandatoryParameter = 7,
    UnrecognizedParameters = 8,
    NoUserData = 9,
    CookieWhileShuttingDown = 10,
    RestartWithNewAddresses = 11,
    UserInitiatedAbort = 12,
    ProtocolViolation = 13,
}

/// <summary>One cause: its code and what it carries.</summary>
internal readonly ref struct ErrorCause(ReadOnlySpan<byte> whole)
{
    public const int HeaderLength = 4;

    public ErrorCauseCode Code => (ErrorCauseCode)BinaryPrimitives.ReadUInt16BigEndian(_whole);

    public ReadOnlySpan<byte> Info => _whole[HeaderLength..];

    private readonly ReadOnlySpan<byte> _whole = whole;

    /// <summary>The first cause of an ERROR or ABORT chunk. False where there is none.</summary>
    public static bool TryReadFirst(in Chunk chunk, out ErrorCause cause)
    {
        var rest = chunk.Value;
        var found = Frames.TryRead(ref rest, out var whole);
        cause = found ? new ErrorCause(whole) : default;
        return found;
    }

    /// <summary>Writes an ERROR or ABORT chunk with one cause, or none for <see cref="ErrorCauseCode.None"/>; returns its length without padding.</summary>
    public static int WriteChunk(Span<byte> chunk, ChunkType type, byte flags, ErrorCauseCode code, ReadOnlySpan<byte> info)
    {
        var length = Chunk.HeaderLength;
        if (code != ErrorCauseCode.None)
        {
            BinaryPrimitives.WriteUInt16BigEndian(chunk[4..], (ushort)code);
            BinaryPrimitives.WriteUInt16BigEndian(chunk[6..], (ushort)(HeaderLength + info.Length));
            info.CopyTo(chunk[8..]);
            length += HeaderLength + info.Length;
        }
        Chunk.WriteHeader(chunk, type, flags, length);
        return length;
    }

    /// <summary>For people: the code's name and, where a cause carries a reason in words, these.</summary>
    public string Describe()
    {
        var code = Code;
        var name = Enum.IsDefined(code) ? code.ToString() : string.Create(CultureInfo.InvariantCulture, $"cause {(ushort)code}");
        if (code is not (ErrorCauseCode.UserInitiatedAbort or ErrorCauseCode.ProtocolViolation) || Info.IsEmpty) return name;
        // The words are the peer's: only printable ASCII of them reaches a log.
        var words = new StringBuilder(name).Append(": ");
        foreach (var one in Info[..Math.Min(Info.Length, WordsMax)]) words.Append(one is >= 0x20 and < 0x7F ? (char)one : '?');
        return words.ToString();
    }

    /// <summary>How much of a peer's reason is shown. Source: guess, a long sentence.</summary>
    private const int WordsMax = 120;
}
