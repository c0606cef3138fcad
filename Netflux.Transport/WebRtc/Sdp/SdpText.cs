using System.Globalization;
using System.Net;

namespace Netflux.Transport.WebRtc.Sdp;

/// <summary>The words of which descriptions are made, read strictly: nothing here throws.</summary>
internal static class SdpText
{
    /// <summary>Takes the next word off the front; words are separated by spaces. Empty where none is left.</summary>
    public static ReadOnlySpan<char> NextWord(scoped ref ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart(' ');
        var end = rest.IndexOf(' ');
        var word = end < 0 ? rest : rest[..end];
        rest = rest[word.Length..];
        return word;
    }

    public static bool TryReadNumber(ReadOnlySpan<char> text, out ulong number) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    public static bool TryReadPort(ReadOnlySpan<char> text, out ushort port) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);

    /// <summary>RFC 8839 §5.1, ice-char: letters, digits, plus and slash.</summary>
    public static bool IsIceChars(ReadOnlySpan<char> text, int min, int max)
    {
        if (text.Length < min || text.Length > max) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '/')) return false;
        return true;
    }

    /// <summary>RFC 8866 §9, token, as far as mids need it.</summary>
    public static bool IsToken(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return false;
        foreach (var c in text)
            if (c is <= ' ' or >= '\x7f') return false;
        return true;
    }

    /// <summary>
    /// An address as RFC 8866 §9 writes it. The platform's parser takes more (octal parts, ports, zones that it looks up among the interfaces), so what is no plain address is kept from it.
    /// </summary>
    public static bool TryReadAddress(ReadOnlySpan<char> text, out IPAddress? address)
    {
        address = null;
        var plain = text.Contains(':') ? IsPlainIPv6(text) : IsPlainIPv4(text);
        return plain && IPAddress.TryParse(text, out address);
    }

    /// <summary>A name of letters, digits, hyphens and dots (RFC 1123 §2.1), which is not made of digits and dots alone.</summary>
    public static bool IsHostName(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.Length > SdpOptions.NameCharsMax || text[0] is '.' or '-') return false;
        var letters = false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.')) return false;
            letters |= char.IsAsciiLetter(c);
        }
        return letters;
    }

    /// <summary>A foreign text as it may stand in a sentence: short, and without characters that a terminal would obey.</summary>
    public static string Quote(ReadOnlySpan<char> text)
    {
        const int Shown = 40; // guess: enough to find the place
        Span<char> shown = stackalloc char[Math.Min(text.Length, Shown)];
        for (var i = 0; i < shown.Length; i++) shown[i] = text[i] is >= ' ' and < '\x7f' ? text[i] : '?';
        return $"'{shown}{(text.Length > Shown ? "…" : "")}'";
    }

    private static bool IsPlainIPv4(ReadOnlySpan<char> text)
    {
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (++parts > 4 || part.Length is 0 or > 3 || part.ContainsAnyExceptInRange('0', '9') || part.Length > 1 && part[0] == '0') return false;
        }
        return parts == 4;
    }

    private static bool IsPlainIPv6(ReadOnlySpan<char> text)
    {
        if (text.Length > 45) return false; // RFC 4291 §2.2: eight groups, the last two of them as an IPv4 address
        foreach (var c in text)
            if (!char.IsAsciiHexDigit(c) && c is not (':' or '.')) return false;
        return true;
    }
}
