using System.Security.Cryptography;
using Netflux.Links;

namespace Netflux.Sessions.Handshake;

/// <summary>The keys of one link, one set per direction: a 32-byte key and a 12-byte IV base from HKDF-SHA256 (RFC 5869) over the ephemeral secret.</summary>
internal sealed class RecordKeys
{
    public const int KeyLength = 32;
    public const int IvLength = 12;

    private readonly byte[] _fromDialler;
    private readonly byte[] _fromListener;

    private RecordKeys(byte[] fromDialler, byte[] fromListener) => (_fromDialler, _fromListener) = (fromDialler, fromListener);

    public static RecordKeys Derive(ReadOnlySpan<byte> secret, LinkTranscript transcript) => new(
        Direction(secret, transcript, "netflux dialler to listener v1"u8),
        Direction(secret, transcript, "netflux listener to dialler v1"u8));

    public ReadOnlySpan<byte> Key(LinkRole sender) => Of(sender).AsSpan(0, KeyLength);

    public ReadOnlySpan<byte> Iv(LinkRole sender) => Of(sender).AsSpan(KeyLength, IvLength);

    /// <summary>Forgets the bytes, once the ciphers hold them.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_fromDialler);
        CryptographicOperations.ZeroMemory(_fromListener);
    }

    private byte[] Of(LinkRole sender) => sender == LinkRole.Dialler ? _fromDialler : _fromListener;

    private static byte[] Direction(ReadOnlySpan<byte> secret, LinkTranscript transcript, ReadOnlySpan<byte> info)
    {
        var bytes = new byte[KeyLength + IvLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, bytes, transcript.Hash, info);
        return bytes;
    }
}
