using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Netflux.Identity;
using Netflux.Wire;

namespace Netflux.Overlays.Gossip.Directed;

/// <summary>One stream of messages from a member to a run of another.</summary>
internal readonly record struct PairStream(PeerId Sender, ulong Number, PeerId Receiver, Incarnation Run);

/// <summary>
/// Seals a stream and its acknowledgements: AES-256-GCM under HKDF-SHA256 (RFC 5869) of the static Diffie-Hellman secret of both sealing keys, one key for each direction. So it proves its
/// sender as it hides its content, and costs one agreement for each stream. Not done: forward secrecy; who steals a sealing key reads what was recorded, as of introductions.
/// </summary>
internal sealed class PairSeal : IDisposable
{
    public const int TagBytes = 16;

    private readonly AesGcm _data;
    private readonly AesGcm _acks;

    private PairSeal(PairStream stream, AesGcm data, AesGcm acks) => (Stream, _data, _acks) = (stream, data, acks);

    public PairStream Stream { get; }

    /// <summary>Null if the other's card has no point to agree with.</summary>
    public static PairSeal? Create(IPeerKeys own, PeerCard other, PairStream stream, NetworkId network)
    {
        Span<byte> secret = stackalloc byte[32];
        if (!own.TryAgree(other.SealingPoint, secret)) return null;
        var seal = new PairSeal(stream, Derive(secret, network, "netflux pair data v1"u8, stream), Derive(secret, network, "netflux pair acks v1"u8, stream));
        CryptographicOperations.ZeroMemory(secret);
        return seal;
    }

    private static AesGcm Derive(ReadOnlySpan<byte> secret, NetworkId network, ReadOnlySpan<byte> purpose, PairStream stream)
    {
        Span<byte> info = stackalloc byte[purpose.Length + 2 * (PeerId.Length + 8)];
        purpose.CopyTo(info);
        var rest = info[purpose.Length..];
        stream.Sender.Write(rest);
        BinaryPrimitives.WriteUInt64BigEndian(rest[20..], stream.Number);
        stream.Receiver.Write(rest[28..]);
        BinaryPrimitives.WriteUInt64BigEndian(rest[48..], stream.Run.Value);
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, network.ToArray(), info);
        var cipher = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }

    private AesGcm CipherOf(RoutedKind kind) => kind == RoutedKind.Data ? _data : _acks;

    /// <summary>A frame: header, sealed text, tag. A number is used for one text only; the frame may be sent again.</summary>
    public byte[] Seal(RoutedKind kind, byte hops, ulong number, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var (from, to) = kind == RoutedKind.Data ? (Stream.Sender, Stream.Receiver) : (Stream.Receiver, Stream.Sender);
        var frame = new byte[RoutedHeader.Size + first.Length + second.Length + TagBytes];
        new RoutedHeader(kind, hops, to, from, Stream.Number, Stream.Run, number).Write(frame);
        var text = frame.AsSpan(RoutedHeader.Size, first.Length + second.Length);
        first.CopyTo(text);
        second.CopyTo(text[first.Length..]);
        Span<byte> nonce = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], number);
        CipherOf(kind).Encrypt(nonce, text, text, frame.AsSpan(frame.Length - TagBytes));
        return frame;
    }

    public bool TryOpen(in RoutedHeader header, ReadOnlySpan<byte> frame, [NotNullWhen(true)] out byte[]? text)
    {
        text = null;
        var length = frame.Length - RoutedHeader.Size - TagBytes;
        if (length < 0) return false;
        Span<byte> nonce = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], header.Number);
        var opened = new byte[length];
        try
        {
            CipherOf(header.Kind).Decrypt(nonce, frame.Slice(RoutedHeader.Size, length), frame[^TagBytes..], opened);
        }
        catch (AuthenticationTagMismatchException)
        {
            // AesGcm has no form that does not throw, and to seal the text anew and compare the tags costs as much. Not done: a limit of such frames. Who carried them may be honest, and who is
            // refused for them would be cut off by whoever forges: docs/LIMITS.md.
            return false;
        }
        text = opened;
        return true;
    }

    public void Dispose()
    {
        _data.Dispose();
        _acks.Dispose();
    }
}
