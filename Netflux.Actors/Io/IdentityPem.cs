using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Netflux.Identity;

namespace Netflux.Io;

/// <summary>
/// The text of an identity file: the signing key and the sealing key as PKCS #8 (RFC 5958, RFC 7468 §10), in this order, and the first's signature over the second,
/// so that the card is the same on every run and two files cannot be mixed. Text outside the blocks is for people.
/// </summary>
internal static class IdentityPem
{
    private const string KeyLabel = "PRIVATE KEY";
    private const string SignatureLabel = "NETFLUX SEALING KEY SIGNATURE";

    public static string Write(ECDsa signing, ECDiffieHellman sealing, PeerCard card) => $"""
        # Netflux identity of peer {card.Id}
        # Whoever has this file is this peer. Keep it secret, and use it in one running process at a time.

        # 1. The signing key (ECDSA, P-256): it proves who this peer is.
        {new string(PemEncoding.Write(KeyLabel, signing.ExportPkcs8PrivateKey()))}

        # 2. The sealing key (ECDH, P-256): others seal to it what only this peer may read.
        {new string(PemEncoding.Write(KeyLabel, sealing.ExportPkcs8PrivateKey()))}

        # 3. The signing key's signature over the sealing key.
        {new string(PemEncoding.Write(SignatureLabel, card.Bytes.Span[130..]))}

        """.ReplaceLineEndings("\n");

    /// <summary>False unless the text has the three blocks, both keys are on P-256, and the signature holds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out PlatformPeerKeys? keys)
    {
        keys = null;
        var text = Encoding.UTF8.GetString(utf8).AsSpan();
        if (!TryTakeBlock(ref text, KeyLabel, out var signingKey) || !TryTakeBlock(ref text, KeyLabel, out var sealingKey)) return false;
        if (!TryTakeBlock(ref text, SignatureLabel, out var signature) || PemEncoding.TryFind(text, out _) || text.Contains("-----", StringComparison.Ordinal)) return false;
        var signing = ECDsa.Create();
        var sealing = ECDiffieHellman.Create();
        try
        {
            signing.ImportPkcs8PrivateKey(signingKey, out var signingRead);
            sealing.ImportPkcs8PrivateKey(sealingKey, out var sealingRead);
            if (signingRead == signingKey.Length && sealingRead == sealingKey.Length && IsOnP256(signing) && IsOnP256(sealing)
                && PeerCard.TryParse([.. CurvePoint.Export(signing), .. CurvePoint.Export(sealing), .. signature], out var card))
            {
                keys = new PlatformPeerKeys(signing, sealing, card);
                return true;
            }
        }
        catch (CryptographicException)
        {
            // The platform says "not a key" in no other way.
        }
        finally
        {
            CryptographicOperations.ZeroMemory(signingKey);
            CryptographicOperations.ZeroMemory(sealingKey);
        }
        signing.Dispose();
        sealing.Dispose();
        return false;
    }

    private static bool IsOnP256(ECAlgorithm key) => key.KeySize == 256 && key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value;

    private static bool TryTakeBlock(ref ReadOnlySpan<char> text, string label, out byte[] data)
    {
        data = [];
        if (!PemEncoding.TryFind(text, out var fields) || !text[fields.Label].SequenceEqual(label)) return false;
        data = new byte[fields.DecodedDataLength];
        if (!Convert.TryFromBase64Chars(text[fields.Base64Data], data, out var written) || written != data.Length) return false;
        text = text[fields.Location.End..];
        return true;
    }
}
