using System.Buffers.Binary;
using System.Security.Cryptography;
using Netflux.Identity;

namespace Netflux.Wire;

internal enum StarFrameKind : byte
{
    /// <summary>Messages of the author; a <see cref="BroadcastBatch"/> follows.</summary>
    Data = 1,

    /// <summary>For the author: the member has consumed all of its frames up to this number.</summary>
    Consumed = 2,
}

/// <summary>
/// The fixed header of what members of a star say to each other through the hub, 57 bytes, big endian; the hub passes it on as it came:
/// <code>
/// byte  0       kind
/// bytes 1–20    from: PeerId, the author of data, or who consumed
/// bytes 21–40   to: PeerId; all zero: to all
/// bytes 41–48   run of the author of data: u64
/// bytes 49–56   number of the frame in its author's run: u64, from 1
/// </code>
/// Data is signed by its author (purpose "netflux star v1") over network (20), bytes 1–56 and SHA-256 of the batch from its kind on.
/// </summary>
internal readonly record struct StarFrame(StarFrameKind Kind, PeerId From, PeerId To, Incarnation Run, ulong Number)
{
    public const int Size = 1 + 2 * PeerId.Length + 16;
    public const string Purpose = "netflux star v1";

    public bool IsToAll => To == default;

    public void Write(Span<byte> destination)
    {
        destination[0] = (byte)Kind;
        From.Write(destination[1..]);
        To.Write(destination[21..]);
        BinaryPrimitives.WriteUInt64BigEndian(destination[41..], Run.Value);
        BinaryPrimitives.WriteUInt64BigEndian(destination[49..], Number);
    }

    /// <summary>False if the header is cut short, of an unknown kind, or its number is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, out StarFrame frame)
    {
        frame = default;
        if (source.Length < Size || source[0] is not ((byte)StarFrameKind.Data or (byte)StarFrameKind.Consumed)) return false;
        frame = new((StarFrameKind)source[0], PeerId.FromBytes(source.Slice(1, PeerId.Length)), PeerId.FromBytes(source.Slice(21, PeerId.Length)),
            new(BinaryPrimitives.ReadUInt64BigEndian(source[41..])), BinaryPrimitives.ReadUInt64BigEndian(source[49..]));
        return frame.Number > 0;
    }

    /// <summary>Header and batch in one buffer, signed; the batch was written behind room for the header.</summary>
    public static void Sign(byte[] frame, IPeerKeys author, NetworkId network) => author.Sign(Purpose, ToBeSigned(network, frame)).CopyTo(frame, Size);

    /// <summary>The batch, if the author signed it.</summary>
    public static bool TryOpen(ReadOnlyMemory<byte> frame, PeerCard author, NetworkId network, out BroadcastBatch batch) =>
        BroadcastBatch.TryRead(frame[Size..], out batch) && SignedRecords.Verify(author.SigningPoint, Purpose, ToBeSigned(network, frame.Span), frame.Span.Slice(Size, SignedRecords.SignatureLength));

    private static byte[] ToBeSigned(NetworkId network, ReadOnlySpan<byte> frame)
    {
        var bytes = new byte[NetworkId.Length + Size - 1 + SHA256.HashSizeInBytes];
        network.Write(bytes);
        frame[1..Size].CopyTo(bytes.AsSpan(NetworkId.Length));
        SHA256.HashData(frame[(Size + SignedRecords.SignatureLength)..], bytes.AsSpan(NetworkId.Length + Size - 1));
        return bytes;
    }
}
