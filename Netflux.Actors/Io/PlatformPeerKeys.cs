using System.Security.Cryptography;
using Netflux.Identity;

namespace Netflux.Io;

/// <summary>The two private keys of an identity, in the platform's hands. Any thread may use them; the platform's objects promise that only for one at a time, so they are locked.</summary>
internal sealed class PlatformPeerKeys : IPeerKeys, IDisposable
{
    private readonly ECDsa _signing;
    private readonly ECDiffieHellman _sealing;
    private readonly Lock _signingLock = new();
    private readonly Lock _sealingLock = new();

    /// <summary>Takes the keys over. The card is the stored one: signatures are randomised, and others may compare cards by their bytes.</summary>
    public PlatformPeerKeys(ECDsa signing, ECDiffieHellman sealing, PeerCard card) => (_signing, _sealing, Card) = (signing, sealing, card);

    public PeerCard Card { get; }

    public PeerId Id => Card.Id;

    /// <summary>An identity that lives as long as the process and is written nowhere.</summary>
    public static PlatformPeerKeys CreateEphemeral()
    {
        var signing = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var sealing = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return new PlatformPeerKeys(signing, sealing, PeerCard.Create(CurvePoint.Export(signing), CurvePoint.Export(sealing), bytes => signing.SignData(bytes, HashAlgorithmName.SHA256)));
    }

    public byte[] Sign(string purpose, ReadOnlySpan<byte> body)
    {
        var bytes = SignedRecords.ToBeSigned(purpose, body);
        lock (_signingLock) return _signing.SignData(bytes, HashAlgorithmName.SHA256);
    }

    public bool TryAgree(ReadOnlySpan<byte> otherPoint, Span<byte> secret)
    {
        lock (_sealingLock) return CurvePoint.TryAgree(_sealing, otherPoint, secret);
    }

    public void Dispose()
    {
        _signing.Dispose();
        _sealing.Dispose();
    }
}
