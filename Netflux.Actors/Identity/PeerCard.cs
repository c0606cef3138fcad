using System.Diagnostics.CodeAnalysis;

namespace Netflux.Identity;

/// <summary>
/// The public side of an identity: the signing point (65 bytes), the sealing point (65 bytes), and the first's signature over the second
/// (purpose "netflux sealing key v1", 64 bytes), in this order. A parsed card is a verified one.
/// </summary>
internal sealed class PeerCard
{
    public const int Length = 65 + 65 + 64;
    public const string SealingKeyPurpose = "netflux sealing key v1";

    private readonly byte[] _bytes;

    private PeerCard(byte[] bytes) => (_bytes, Id) = (bytes, PeerId.FromSigningKey(bytes.AsSpan(0, 65)));

    public PeerId Id { get; }

    public ReadOnlyMemory<byte> Bytes => _bytes;

    public ReadOnlySpan<byte> SigningPoint => _bytes.AsSpan(0, 65);

    public ReadOnlySpan<byte> SealingPoint => _bytes.AsSpan(65, 65);

    /// <summary>False unless the length is right, both points are on the curve and the signature holds.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PeerCard? card)
    {
        card = null;
        if (bytes.Length != Length) return false;
        if (!SignedRecords.Verify(bytes[..65], SealingKeyPurpose, bytes[65..130], bytes[130..])) return false;
        if (!CurvePoint.TryImportAgreement(bytes[65..130], out var sealing)) return false;
        sealing.Dispose();
        card = new PeerCard(bytes.ToArray());
        return true;
    }

    /// <summary>The card of an own identity. <paramref name="sign"/> gets the bytes to sign, purpose included, and gives the signature, IEEE P1363.</summary>
    public static PeerCard Create(ReadOnlySpan<byte> signingPoint, ReadOnlySpan<byte> sealingPoint, Func<byte[], byte[]> sign)
    {
        var signature = sign(SignedRecords.ToBeSigned(SealingKeyPurpose, sealingPoint));
        return TryParse([.. signingPoint, .. sealingPoint, .. signature], out var card) ? card : throw new ArgumentException("The keys and the signature do not make a card.", nameof(sign));
    }
}
