using System.Text;

namespace Netflux.Identity;

/// <summary>What text of others is let into records: it ends up on terminals, in logs and in HTML.</summary>
internal static class RecordText
{
    /// <summary>A display name: at most 64 bytes of UTF-8 without control characters, line separators, or characters that turn the direction of text around.</summary>
    public static bool IsDisplayName(string text) => IsLine(text, MemberRecord.DisplayNameBytesMax);

    /// <summary>Text for one line, of at most so many bytes.</summary>
    public static bool IsLine(string text, int bytesMax)
    {
        if (text.Length > bytesMax || Encoding.UTF8.GetByteCount(text) > bytesMax) return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i)) { i++; continue; }
            if (char.IsSurrogate(text[i]) || char.IsControl(text[i]) || TurnsOrBreaksLines(text[i])) return false;
        }
        return true;
    }

    /// <summary>An address: printable ASCII without blanks. Whether it may be dialled is for the dialler, so that later versions may add schemes.</summary>
    public static bool IsAddress(string text) =>
        text.Length is > 0 and <= IdentityOptions.AddressBytesMax && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;

    public static bool AreAddresses(IReadOnlyCollection<string> addresses) =>
        addresses.Count <= MemberRecord.AddressesMax && addresses.All(IsAddress);

    /// <summary>An offer or an answer: lines of printable ASCII. RFC 8866 §5 lets UTF-8 into some of them, which no data channel needs.</summary>
    public static bool IsDescription(string text) =>
        text.Length is > 0 and <= IdentityOptions.DescriptionBytesMax && text.All(c => c is >= ' ' and <= '~' or '\r' or '\n');

    /// <summary>One candidate line, as RFC 8839 §5.1 writes it, without <c>a=</c>.</summary>
    public static bool IsCandidate(string text) =>
        text.Length <= IdentityOptions.CandidateBytesMax && text.StartsWith("candidate:", StringComparison.Ordinal) && text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0;

    // U+2028 and U+2029 separate lines; U+202A–202E and U+2066–2069 embed and override directions (Unicode UAX 9 §2), as U+200E, U+200F and U+061C mark them.
    private static bool TurnsOrBreaksLines(char c) => c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u061C';
}
