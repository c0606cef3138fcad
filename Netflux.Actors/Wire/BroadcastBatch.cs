using System.Buffers.Binary;
using System.Security.Cryptography;
using Netflux.Identity;

namespace Netflux.Wire;

/// <summary>What a <see cref="BroadcastBatch"/> carries.</summary>
internal enum BatchKind : byte
{
    /// <summary>Messages of users.</summary>
    Messages = 0,

    /// <summary>One <see cref="Overlays.Gossip.Roster.RosterNews"/>.</summary>
    News = 1,
}

/// <summary>
/// What an author flushed at once, signed by it; behind a <see cref="GossipHeader"/>, and passed on unchanged:
/// <code>
/// bytes 0–63    signature: ECDSA P-256, purpose "netflux broadcast v1", over
///               network (20) | author (20) | incarnation (u64) | sequence (u64) | floor (u64) | SHA-256 of all from byte 64 on
/// byte  64      kind
/// bytes 65–     kind 0: messages, each u32 length and so many bytes; kind 1: GossipNews
/// </code>
/// </summary>
internal readonly record struct BroadcastBatch(BatchKind Kind, ReadOnlyMemory<byte> Content)
{
    public const string Purpose = "netflux broadcast v1";
    public const int Overhead = SignedRecords.SignatureLength + 1;

    /// <summary>Before each message.</summary>
    public const int MessageOverhead = 4;

    // ---- Writing ----

    /// <summary>One buffer with room for the signature, the kind and so many bytes of content.</summary>
    public static byte[] Allocate(BatchKind kind, int contentBytes)
    {
        var batch = new byte[Overhead + contentBytes];
        batch[SignedRecords.SignatureLength] = (byte)kind;
        return batch;
    }

    /// <summary>Puts a message at this place of the buffer; returns the place behind it.</summary>
    public static int WriteMessage(byte[] batch, int at, ReadOnlySpan<byte> message)
    {
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(at), (uint)message.Length);
        message.CopyTo(batch.AsSpan(at + MessageOverhead));
        return at + MessageOverhead + message.Length;
    }

    public static void Sign(byte[] batch, IPeerKeys author, NetworkId network, in GossipHeader header) =>
        author.Sign(Purpose, ToBeSigned(network, header, batch)).CopyTo(batch, 0);

    // ---- Reading ----

    /// <summary>False if it is cut short or of an unknown kind, or the author did not sign it.</summary>
    public static bool TryOpen(ReadOnlyMemory<byte> batch, PeerCard author, NetworkId network, in GossipHeader header, out BroadcastBatch opened)
    {
        return TryRead(batch, out opened) && SignedRecords.Verify(author.SigningPoint, Purpose, ToBeSigned(network, header, batch.Span), batch.Span[..SignedRecords.SignatureLength]);
    }

    /// <summary>Reads one whose signature held before.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> batch, out BroadcastBatch read)
    {
        read = default;
        if (batch.Length < Overhead || batch.Span[SignedRecords.SignatureLength] > (byte)BatchKind.News) return false;
        read = new BroadcastBatch((BatchKind)batch.Span[SignedRecords.SignatureLength], batch[Overhead..]);
        return true;
    }

    /// <summary>The next message of the content; false where the rest is none.</summary>
    public static bool TryReadMessage(ref ReadOnlyMemory<byte> content, out ReadOnlyMemory<byte> message)
    {
        message = default;
        if (content.Length < MessageOverhead) return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(content.Span);
        if (length > content.Length - MessageOverhead) return false;
        message = content.Slice(MessageOverhead, (int)length);
        content = content[(MessageOverhead + (int)length)..];
        return true;
    }

    private static byte[] ToBeSigned(NetworkId network, in GossipHeader header, ReadOnlySpan<byte> batch)
    {
        var bytes = new byte[NetworkId.Length + PeerId.Length + 24 + SHA256.HashSizeInBytes];
        network.Write(bytes);
        header.Author.Write(bytes.AsSpan(NetworkId.Length));
        var numbers = bytes.AsSpan(NetworkId.Length + PeerId.Length);
        BinaryPrimitives.WriteUInt64BigEndian(numbers, header.Incarnation.Value);
        BinaryPrimitives.WriteUInt64BigEndian(numbers[8..], header.Sequence);
        BinaryPrimitives.WriteUInt64BigEndian(numbers[16..], header.Floor);
        SHA256.HashData(batch[SignedRecords.SignatureLength..], numbers[24..]);
        return bytes;
    }
}
