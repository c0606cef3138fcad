using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Netflux.Core;

namespace Netflux.Identity;

/// <summary>
/// Who speaks: the first 160 bits of SHA-256 over the uncompressed P-256 point of the peer's signing key, written as 32
/// lower-case base32 characters. An id proves itself: only the holder of the key can answer for it.
/// </summary>
public readonly struct PeerId : IEquatable<PeerId>, IComparable<PeerId>
{
    /// <summary>20 bytes.</summary>
    public const int Length = 20;

    private readonly Bits160 _bits;

    private PeerId(Bits160 bits) => _bits = bits;

    internal static PeerId FromSigningKey(ReadOnlySpan<byte> uncompressedPoint)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(uncompressedPoint, hash);
        return FromBytes(hash[..Length]);
    }

    internal static PeerId FromBytes(ReadOnlySpan<byte> bytes) => new(Bits160.Read(bytes));

    internal void Write(Span<byte> destination) => _bits.Write(destination);

    internal byte[] ToArray() => _bits.ToArray();

    /// <summary>Reads the 32 characters of an id; anything else is false.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PeerId id)
    {
        var parsed = Bits160.TryParse(text, out var bits);
        id = new PeerId(bits);
        return parsed;
    }

    /// <summary>Reads the 32 characters of an id.</summary>
    /// <exception cref="FormatException">The text is not 32 lower-case base32 characters.</exception>
    public static PeerId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not a peer id: 32 characters of a–z and 2–7 are expected.");

    /// <summary>The first four characters, to tell apart peers with the same display name: <c>alice#k3f2</c>.</summary>
    public string Short => ToString()[..4];

    /// <inheritdoc />
    public override string ToString() => _bits.ToString();

    /// <inheritdoc />
    public bool Equals(PeerId other) => _bits == other._bits;

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is PeerId other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => _bits.GetHashCode();

    /// <summary>The order of the ids as unsigned numbers; it decides ties, such as two simultaneous dials.</summary>
    public int CompareTo(PeerId other) => _bits.CompareTo(other._bits);

#pragma warning disable CS1591
    public static bool operator ==(PeerId left, PeerId right) => left.Equals(right);
    public static bool operator !=(PeerId left, PeerId right) => !left.Equals(right);
    public static bool operator <(PeerId left, PeerId right) => left.CompareTo(right) < 0;
    public static bool operator >(PeerId left, PeerId right) => left.CompareTo(right) > 0;
    public static bool operator <=(PeerId left, PeerId right) => left.CompareTo(right) <= 0;
    public static bool operator >=(PeerId left, PeerId right) => left.CompareTo(right) >= 0;
#pragma warning restore CS1591
}
