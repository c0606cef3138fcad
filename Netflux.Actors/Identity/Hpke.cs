using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Netflux.Identity;

/// <summary>
/// RFC 9180, base mode, one message per key: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. A sealed text is the encapsulated key (65 bytes), the
/// ciphertext, and the tag (16 bytes).
/// </summary>
internal static class Hpke
{
    public const int Overhead = CurvePoint.Length + TagLength;

    private const int TagLength = 16;   // Nt
    private const int KeyLength = 32;   // Nk
    private const int NonceLength = 12; // Nn
    private const int HashLength = 32;  // Nh

    // §4.1: "KEM", kem_id 0x0010. §5.1: "HPKE", kem_id 0x0010, kdf_id 0x0001, aead_id 0x0002.
    private static ReadOnlySpan<byte> KemSuite => [(byte)'K', (byte)'E', (byte)'M', 0x00, 0x10];
    private static ReadOnlySpan<byte> Suite => [(byte)'H', (byte)'P', (byte)'K', (byte)'E', 0x00, 0x10, 0x00, 0x01, 0x00, 0x02];

    /// <summary>§6.1 SealBase.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> receiverPoint, ReadOnlySpan<byte> info, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, IEphemeralKeySource keys)
    {
        using var ephemeral = keys.Create();
        Span<byte> secret = stackalloc byte[HashLength];
        if (!TryEncapsulate(ephemeral, receiverPoint, secret)) throw new ArgumentException("The receiver's point is not on the curve.", nameof(receiverPoint));
        Span<byte> key = stackalloc byte[KeyLength], nonce = stackalloc byte[NonceLength];
        KeySchedule(secret, info, Suite, key, nonce);
        var sealedBytes = new byte[Overhead + plaintext.Length];
        ephemeral.PublicPoint.CopyTo(sealedBytes);
        var ciphertext = sealedBytes.AsSpan(CurvePoint.Length);
        using var aead = new AesGcm(key, TagLength);
        aead.Encrypt(nonce, plaintext, ciphertext[..^TagLength], ciphertext[^TagLength..], aad);
        Clear(secret, key, nonce);
        return sealedBytes;
    }

    /// <summary>§6.1 OpenBase; false unless the bytes are what was sealed for this receiver, with this info and aad.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> sealedBytes, IPeerKeys receiver, ReadOnlySpan<byte> info, ReadOnlySpan<byte> aad, [NotNullWhen(true)] out byte[]? plaintext)
    {
        plaintext = null;
        if (sealedBytes.Length < Overhead) return false;
        var encapsulated = sealedBytes[..CurvePoint.Length];
        var ciphertext = sealedBytes[CurvePoint.Length..];
        Span<byte> secret = stackalloc byte[HashLength];
        if (!receiver.TryAgree(encapsulated, secret)) return false;
        ExtractAndExpand(encapsulated, receiver.Card.SealingPoint, secret);
        Span<byte> key = stackalloc byte[KeyLength], nonce = stackalloc byte[NonceLength];
        KeySchedule(secret, info, Suite, key, nonce);
        var opened = new byte[ciphertext.Length - TagLength];
        using var aead = new AesGcm(key, TagLength);
        try
        {
            aead.Decrypt(nonce, ciphertext[..^TagLength], ciphertext[^TagLength..], opened, aad);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false; // The platform says "not what was sealed" in no other way.
        }
        finally
        {
            Clear(secret, key, nonce);
        }
        plaintext = opened;
        return true;
    }

    /// <summary>§4.1 Encap: the shared secret of an ephemeral key and the receiver's point; false if that is not on the curve.</summary>
    internal static bool TryEncapsulate(IEphemeralKey ephemeral, ReadOnlySpan<byte> receiverPoint, Span<byte> secret)
    {
        if (!ephemeral.TryAgree(receiverPoint, secret)) return false;
        ExtractAndExpand(ephemeral.PublicPoint, receiverPoint, secret);
        return true;
    }

    /// <summary>§5.1 KeySchedule in base mode: no pre-shared key, an empty id of it. The suite is an argument because published vectors exist for its neighbour.</summary>
    internal static void KeySchedule(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> info, ReadOnlySpan<byte> suite, Span<byte> key, Span<byte> nonce)
    {
        const byte modeBase = 0;
        Span<byte> context = stackalloc byte[1 + HashLength + HashLength];
        context[0] = modeBase;
        LabeledExtract(suite, [], "psk_id_hash"u8, [], context[1..]);
        LabeledExtract(suite, [], "info_hash"u8, info, context[(1 + HashLength)..]);
        Span<byte> schedule = stackalloc byte[HashLength];
        LabeledExtract(suite, secret, "secret"u8, [], schedule);
        LabeledExpand(suite, schedule, "key"u8, context, key);
        LabeledExpand(suite, schedule, "base_nonce"u8, context, nonce); // The first and only message has sequence number 0, and so this nonce (§5.2).
        schedule.Clear();
    }

    // §4.1 ExtractAndExpand over kem_context = enc || pkRm; the Diffie-Hellman value in `secret` is replaced by the shared secret.
    private static void ExtractAndExpand(ReadOnlySpan<byte> encapsulated, ReadOnlySpan<byte> receiverPoint, Span<byte> secret)
    {
        Span<byte> extracted = stackalloc byte[HashLength];
        LabeledExtract(KemSuite, [], "eae_prk"u8, secret, extracted);
        Span<byte> context = stackalloc byte[2 * CurvePoint.Length];
        encapsulated.CopyTo(context);
        receiverPoint.CopyTo(context[CurvePoint.Length..]);
        LabeledExpand(KemSuite, extracted, "shared_secret"u8, context, secret);
        extracted.Clear();
    }

    // §4: LabeledExtract(salt, label, ikm) = Extract(salt, "HPKE-v1" || suite_id || label || ikm)
    private static void LabeledExtract(ReadOnlySpan<byte> suite, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> label, ReadOnlySpan<byte> keyMaterial, Span<byte> destination)
    {
        byte[] labeled = [.. "HPKE-v1"u8, .. suite, .. label, .. keyMaterial];
        HKDF.Extract(HashAlgorithmName.SHA256, labeled, salt, destination[..HashLength]);
        CryptographicOperations.ZeroMemory(labeled);
    }

    // §4: LabeledExpand(prk, label, info, L) = Expand(prk, I2OSP(L, 2) || "HPKE-v1" || suite_id || label || info, L)
    private static void LabeledExpand(ReadOnlySpan<byte> suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> label, ReadOnlySpan<byte> info, Span<byte> destination)
    {
        byte[] labeled = [0, 0, .. "HPKE-v1"u8, .. suite, .. label, .. info];
        BinaryPrimitives.WriteUInt16BigEndian(labeled, (ushort)destination.Length);
        HKDF.Expand(HashAlgorithmName.SHA256, key, destination, labeled);
    }

    private static void Clear(Span<byte> secret, Span<byte> key, Span<byte> nonce)
    {
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(nonce);
    }
}
