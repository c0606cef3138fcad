using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Netflux.Transport.WebRtc.Sdp;

/// <summary>The hash of the certificate that will be shown in the DTLS handshake (RFC 8122 §5), as in <c>sha-256 4A:AD:…</c>.</summary>
/// <param name="Hash">The hash function's name in lower case, as IANA registers it: sha-256 and so on.</param>
/// <param name="Value">The hash's bytes.</param>
internal sealed record CertificateFingerprint(string Hash, ReadOnlyMemory<byte> Value)
{
    /// <summary>Whether the text begins with a hash function that is known here; RFC 8122 §5 lets a receiver pass over the others, if one that it knows is left.</summary>
    public static bool IsKnownHash(ReadOnlySpan<char> text) => BytesOf(SdpText.NextWord(ref text), out _) is not null;

    /// <summary>False for what is no fingerprint, and for hash functions that are not known here.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out CertificateFingerprint? fingerprint, out string? why)
    {
        fingerprint = null;
        var hex = text;
        var name = SdpText.NextWord(ref hex);
        hex = hex.Trim(' ');
        if (BytesOf(name, out var canonical) is not { } bytes)
        {
            why = $"the hash function {SdpText.Quote(name)} of a fingerprint is not known here";
            return false;
        }
        var value = new byte[bytes];
        if (!TryReadHex(hex, value))
        {
            why = $"the fingerprint {SdpText.Quote(hex)} is not {bytes} pairs of hexadecimal digits with colons between them, as {canonical} has";
            return false;
        }
        fingerprint = new(canonical, value);
        why = null;
        return true;
    }

    public bool Equals(CertificateFingerprint? other) => other is not null && Hash == other.Hash && Value.Span.SequenceEqual(other.Value.Span);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Hash, StringComparer.Ordinal);
        hash.AddBytes(Value.Span);
        return hash.ToHashCode();
    }

    public override string ToString()
    {
        var text = new StringBuilder(Hash).Append(' ');
        for (var i = 0; i < Value.Length; i++)
        {
            if (i > 0) text.Append(':');
            text.Append(Convert.ToHexString(Value.Span.Slice(i, 1)));
        }
        return text.ToString();
    }

    /// <summary>Not known on purpose: md2 and md5, which RFC 8122 §5 forbids. SHA-1 is read, so that who decides can say that it is too weak.</summary>
    private static int? BytesOf(ReadOnlySpan<char> name, out string canonical)
    {
        foreach (var (known, bytes) in new[] { ("sha-256", 32), ("sha-384", 48), ("sha-512", 64), ("sha-224", 28), ("sha-1", 20) })
        {
            if (!name.Equals(known, StringComparison.OrdinalIgnoreCase)) continue;
            canonical = known;
            return bytes;
        }
        canonical = "";
        return null;
    }

    private static bool TryReadHex(ReadOnlySpan<char> text, Span<byte> value)
    {
        if (text.Length != 3 * value.Length - 1) return false;
        for (var i = 0; i < value.Length; i++)
        {
            var pair = text[(3 * i)..];
            if (!char.IsAsciiHexDigit(pair[0]) || !char.IsAsciiHexDigit(pair[1]) || pair.Length > 2 && pair[2] != ':') return false;
            value[i] = Convert.FromHexString(pair[..2])[0];
        }
        return true;
    }
}
