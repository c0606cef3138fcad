using System.Buffers.Binary;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>What the first byte of a datagram tells (RFC 7983 §7). RTP is not spoken here.</summary>
internal enum DatagramKind
{
    Unknown,
    Stun,
    Dtls,
    /// <summary>ChannelData of TURN (RFC 8656 §12.4).</summary>
    ChannelData,
}

/// <summary>
/// Takes received bytes apart. Each of the three protocols says how long its messages are, so datagrams that the kernel has joined to one buffer (UDP_GRO) are
/// found again without being told their size. Several DTLS records in one datagram look like as many datagrams, which makes no difference: RFC 6347 §4.1.1 lets a
/// sender put its records into datagrams as it likes.
/// </summary>
internal static class DatagramSplitter
{
    private const int StunHeader = 20, DtlsHeader = 13, ChannelDataHeader = 4;

    public static DatagramKind KindOf(byte first) => first switch
    {
        < 4 => DatagramKind.Stun,
        >= 20 and < 64 => DatagramKind.Dtls,
        >= 64 and < 80 => DatagramKind.ChannelData,
        _ => DatagramKind.Unknown,
    };

    /// <summary>
    /// Takes the next message off the front; of DTLS all records up to the next message of another kind. What makes no sense ends the buffer: its sender
    /// is no peer of ours, or lost bytes, and then only as many packets as one receive has joined are lost with it.
    /// </summary>
    public static DatagramKind Next(ref Span<byte> rest, out Span<byte> message)
    {
        message = default;
        if (rest.IsEmpty) return DatagramKind.Unknown;
        var kind = KindOf(rest[0]);
        var length = kind switch
        {
            DatagramKind.Stun => Length(rest, StunHeader, 2),
            DatagramKind.Dtls => LengthOfRecords(rest),
            DatagramKind.ChannelData => LengthOfChannelData(rest),
            _ => 0,
        };
        if (length == 0)
        {
            rest = default;
            return DatagramKind.Unknown;
        }
        message = rest[..length];
        rest = rest[length..];
        return kind;
    }

    private static int Length(ReadOnlySpan<byte> bytes, int header, int lengthAt)
    {
        if (bytes.Length < header) return 0;
        var length = header + BinaryPrimitives.ReadUInt16BigEndian(bytes[lengthAt..]);
        return length <= bytes.Length ? length : 0;
    }

    private static int LengthOfRecords(ReadOnlySpan<byte> bytes)
    {
        var total = 0;
        while (total < bytes.Length && KindOf(bytes[total]) == DatagramKind.Dtls)
        {
            var length = Length(bytes[total..], DtlsHeader, 11);
            if (length == 0) break;
            total += length;
        }
        return total;
    }

    /// <summary>
    /// RFC 8656 §12.5: over UDP the padding to four bytes is not required, and not counted in the length. Padding is zeros, with which a STUN message may begin
    /// as well; the cookie tells them apart.
    /// </summary>
    private static int LengthOfChannelData(ReadOnlySpan<byte> bytes)
    {
        var length = Length(bytes, ChannelDataHeader, 2);
        var padded = (length + 3) & ~3;
        if (length == padded || padded > bytes.Length || bytes[length..padded].ContainsAnyExcept((byte)0)) return length;
        return BeginsStun(bytes[length..]) ? length : padded;
    }

    private static bool BeginsStun(ReadOnlySpan<byte> bytes) => bytes.Length >= 8 && bytes[0] < 4 && BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) == 0x2112A442;
}
