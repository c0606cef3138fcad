using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Netflux.Core;

namespace Netflux.Identity;

/// <summary>Which network: the first 160 bits of SHA-256 over the exact signed bytes of its genesis record, written as 32 lower-case base32 characters.</summary>
public readonly struct NetworkId : IEquatable<NetworkId>, IComparable<NetworkId>
{
    /// <summary>20 bytes.</summary>
    public const int Length = 20;

    private static readonly byte[] s_epochPurpose = [.. "netflux epoch v1"u8];

    private readonly Bits160 _bits;

    private NetworkId(Bits160 bits) => _bits = bits;

    internal static NetworkId FromGenesis(ReadOnlySpan<byte> signedBytes)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(signedBytes, hash);
        return FromBytes(hash[..Length]);
    }

    /// <summary>Under which id members attach in an epoch of a network that grows: the network's own in the first, 0, and then a hash of it.</summary>
    internal NetworkId AtEpoch(int epoch)
    {
        if (epoch == 0) return this;
        Span<byte> text = stackalloc byte[s_epochPurpose.Length + Length + 1];
        s_epochPurpose.CopyTo(text);
        Write(text[s_epochPurpose.Length..]);
        text[^1] = (byte)epoch;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return FromBytes(hash[..Length]);
    }

    internal static NetworkId FromBytes(ReadOnlySpan<byte> bytes) => new(Bits160.Read(bytes));

    internal void Write(Span<byte> destination) => _bits.Write(destination);

    internal byte[] ToArray() => _bits.ToArray();

    /// <summary>Reads the 32 characters of an id; anything else is false.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NetworkId id)
    {
        var parsed = Bits160.TryParse(text, out var bits);
        id = new NetworkId(bits);
        return parsed;
    }

    /// <summary>The first four characters, for logs and names of actors.</summary>
    public string Short => ToString()[..4];

    /// <inheritdoc />
    public override string ToString() => _bits.ToString();

    /// <inheritdoc />
    public bool Equals(NetworkId other) => _bits == other._bits;

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is NetworkId other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => _bits.GetHashCode();

    /// <summary>The order of the ids as unsigned numbers.</summary>
    public int CompareTo(NetworkId other) => _bits.CompareTo(other._bits);

#pragma warning disable CS1591
    public static bool operator ==(NetworkId left, NetworkId right) => left.Equals(right);
    public static bool operator !=(NetworkId left, NetworkId right) => !left.Equals(right);
    public static bool operator <(NetworkId left, NetworkId right) => left.CompareTo(right) < 0;
    public static bool operator >(NetworkId left, NetworkId right) => left.CompareTo(right) > 0;
    public static bool operator <=(NetworkId left, NetworkId right) => left.CompareTo(right) <= 0;
    public static bool operator >=(NetworkId left, NetworkId right) => left.CompareTo(right) >= 0;
#pragma warning restore CS1591
}
