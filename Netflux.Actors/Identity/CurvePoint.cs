using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Netflux.Identity;

/// <summary>Points of P-256 (FIPS 186-5, SEC 1 §2.3.3) in their uncompressed form: the byte 4, then X and Y of 32 bytes each, big endian.</summary>
internal static class CurvePoint
{
    public const int Length = 65;

    private static readonly byte[] s_prime = Convert.FromHexString("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF");

    /// <summary>False unless the point is on the curve.</summary>
    public static bool TryImportVerifier(ReadOnlySpan<byte> point, [NotNullWhen(true)] out ECDsa? verifier)
    {
        verifier = null;
        if (!TryRead(point, out var parameters)) return false;
        try
        {
            verifier = ECDsa.Create(parameters);
            return true;
        }
        catch (CryptographicException)
        {
            return false; // The platform checks the curve's equation on import; there is no form of it that does not throw.
        }
    }

    /// <summary>False unless the point is on the curve.</summary>
    public static bool TryImportAgreement(ReadOnlySpan<byte> point, [NotNullWhen(true)] out ECDiffieHellman? agreement)
    {
        agreement = null;
        if (!TryRead(point, out var parameters)) return false;
        try
        {
            agreement = ECDiffieHellman.Create(parameters);
            return true;
        }
        catch (CryptographicException)
        {
            return false; // As above.
        }
    }

    /// <summary>The raw Diffie-Hellman secret: the X coordinate, 32 bytes (SEC 1 §3.3.1). P-256 has cofactor 1, so any point on the curve is safe to agree with.</summary>
    public static bool TryAgree(ECDiffieHellman own, ReadOnlySpan<byte> otherPoint, Span<byte> secret)
    {
        if (!TryImportAgreement(otherPoint, out var other)) return false;
        using (other)
        using (var key = other.PublicKey)
        {
            var derived = own.DeriveRawSecretAgreement(key);
            derived.CopyTo(secret);
            CryptographicOperations.ZeroMemory(derived);
            return true;
        }
    }

    /// <summary>The 65 bytes of a key's public point.</summary>
    public static byte[] Export(ECAlgorithm key)
    {
        var q = key.ExportParameters(false).Q;
        byte[] point = [4, .. q.X!, .. q.Y!];
        if (point.Length != Length) throw new ArgumentException("The key is not on P-256.", nameof(key));
        return point;
    }

    private static bool TryRead(ReadOnlySpan<byte> point, out ECParameters parameters)
    {
        parameters = default;
        if (point.Length != Length || point[0] != 4) return false;
        var x = point[1..33];
        var y = point[33..];
        // SEC 1 §2.3.4: a coordinate is below the prime. Without this one point would have two encodings, and so one key two ids.
        if (x.SequenceCompareTo(s_prime) >= 0 || y.SequenceCompareTo(s_prime) >= 0) return false;
        parameters = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x.ToArray(), Y = y.ToArray() } };
        return true;
    }
}
