using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Netflux.Transport.WebRtc.Dtls;

/// <summary>The hash functions that a fingerprint may be made with, the stronger ones later. RFC 8122 §5 forbids MD2 and MD5, and SHA-1 does not withstand collisions any more.</summary>
internal enum DtlsHash
{
    Sha256,
    Sha384,
    Sha512,
}

/// <summary>The hash of a certificate's DER bytes, as SDP tells it (RFC 8122 §5).</summary>
internal sealed record DtlsFingerprint
{
    private readonly byte[] _value;

    private DtlsFingerprint(DtlsHash hash, byte[] value) => (Hash, _value) = (hash, value);

    public DtlsHash Hash { get; }

    public ReadOnlySpan<byte> Value => _value;

    /// <param name="hashName">As in SDP, in whatever case: <c>sha-256</c>, <c>sha-384</c> or <c>sha-512</c>.</param>
    /// <param name="value">As long as that hash.</param>
    /// <param name="fingerprint">Null for other hash functions and other lengths.</param>
    public static bool TryCreate(string hashName, ReadOnlySpan<byte> value, [NotNullWhen(true)] out DtlsFingerprint? fingerprint)
    {
        ArgumentNullException.ThrowIfNull(hashName);
        DtlsHash? hash = hashName.ToUpperInvariant() switch
        {
            "SHA-256" => DtlsHash.Sha256,
            "SHA-384" => DtlsHash.Sha384,
            "SHA-512" => DtlsHash.Sha512,
            _ => null,
        };
        fingerprint = hash is { } known && value.Length == LengthOf(known) ? new(known, value.ToArray()) : null;
        return fingerprint is not null;
    }

    public static DtlsFingerprint Of(ReadOnlySpan<byte> certificate, DtlsHash hash = DtlsHash.Sha256) => new(hash, Compute(certificate, hash));

    /// <summary>
    /// RFC 8122 §5: of several hash functions the strongest one that is known decides, and one of its fingerprints has to match. Compared in constant time.
    /// </summary>
    public static bool Match(IReadOnlyList<DtlsFingerprint> fingerprints, ReadOnlySpan<byte> certificate)
    {
        ArgumentNullException.ThrowIfNull(fingerprints);
        if (fingerprints.Count == 0) return false;
        var strongest = fingerprints.Max(fingerprint => fingerprint.Hash);
        var computed = Compute(certificate, strongest);
        var matches = false;
        foreach (var fingerprint in fingerprints)
            if (fingerprint.Hash == strongest) matches |= CryptographicOperations.FixedTimeEquals(fingerprint._value, computed);
        return matches;
    }

    public bool Equals(DtlsFingerprint? other) => other is not null && Hash == other.Hash && _value.AsSpan().SequenceEqual(other._value);

    public override int GetHashCode()
    {
        var code = new HashCode();
        code.Add(Hash);
        code.AddBytes(_value);
        return code.ToHashCode();
    }

    private static int LengthOf(DtlsHash hash) => hash switch { DtlsHash.Sha256 => 32, DtlsHash.Sha384 => 48, _ => 64 };

    private static byte[] Compute(ReadOnlySpan<byte> certificate, DtlsHash hash) => hash switch
    {
        DtlsHash.Sha256 => SHA256.HashData(certificate),
        DtlsHash.Sha384 => SHA384.HashData(certificate),
        _ => SHA512.HashData(certificate),
    };
}
