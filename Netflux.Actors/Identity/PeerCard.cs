using System.Diagnostics.CodeAnalysis;

namespace Netflux.Identity;

/// <summary>
/// The public side of an identity: the signing point (65 bytes), the sealing point (65 bytes), and the first's signature over the second
/// (purpose "netflux sealing key v1", 64 bytes), in this order. A parsed card is a verified one.
/// </summary>
internal sealed class PeerCard
{
    public const int Length = 65 + 65 + 64;

    private readonly byte[] _bytes;

    private PeerCard(byte[] bytes) => (_bytes, Id) = (bytes, PeerId.FromSigningKey(bytes.AsSpan(0, 65)));

    public PeerId Id { get; }

    public ReadOnlyMemory<byte> Bytes => _bytes;

    public ReadOnlySpan<byte> SigningPoint => _bytes.AsSpan(0, 65);

    public ReadOnlySpan<byte> SealingPoint => _bytes.AsSpan(65, 65);

    /// <summary>False unless the length is right, both points are on the curve and the signature holds.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PeerCard? card) => throw new NotImplementedException();

    /// <summary>The card of an own identity, signed by the caller.</summary>
    public static PeerCard Create(ReadOnlySpan<byte> signingPoint, ReadOnlySpan<byte> sealingPoint, Func<byte[], byte[]> sign) => throw new NotImplementedException();
}
