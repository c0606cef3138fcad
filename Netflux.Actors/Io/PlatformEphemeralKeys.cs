using System.Security.Cryptography;
using Netflux.Identity;

namespace Netflux.Io;

/// <summary>Ephemeral keys of the platform. Any thread may create them; a key is used by one.</summary>
internal sealed class PlatformEphemeralKeys : IEphemeralKeySource
{
    public static readonly PlatformEphemeralKeys Instance = new();

    private PlatformEphemeralKeys()
    {
    }

    public IEphemeralKey Create() => new PlatformEphemeralKey(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));
}

/// <summary>An ephemeral key over the platform's; disposed with it.</summary>
internal sealed class PlatformEphemeralKey(ECDiffieHellman key) : IEphemeralKey
{
    private readonly byte[] _point = CurvePoint.Export(key);

    public ReadOnlySpan<byte> PublicPoint => _point;

    public bool TryAgree(ReadOnlySpan<byte> otherPoint, Span<byte> secret) => CurvePoint.TryAgree(key, otherPoint, secret);

    public void Dispose() => key.Dispose();
}
