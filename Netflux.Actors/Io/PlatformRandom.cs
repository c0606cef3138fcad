using System.Security.Cryptography;
using Netflux.Core;

namespace Netflux.Io;

/// <summary>The platform's randomness, fit for keys.</summary>
internal sealed class PlatformRandom : IRandomSource
{
    public static readonly PlatformRandom Instance = new();

    private PlatformRandom()
    {
    }

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
