using System.Diagnostics.CodeAnalysis;
using System.Text;
using Netflux.Identity;

namespace Netflux.Transport.Signaling.Wire;

/// <summary>What texts a signaling server takes: names of networks, keys of meeting points, display names. They end up in URLs, logs and on terminals.</summary>
internal static class SignalingNames
{
    public const int NameBytesMax = 64;        // guess: a line of a list
    public const int MeetingKeyBytesMax = 128; // guess: 256 bits in hexadecimal are 64 characters; twice that
    public const string MeetingPrefix = "meet/";

    /// <summary>A name: not empty, one path segment of a URL as a person writes it, and not of the form of an id.</summary>
    public static bool IsName(string text) => IsSegment(text, NameBytesMax) && !NetworkId.TryParse(text, out _);

    public static bool IsMeetingKey(string text) => IsSegment(text, MeetingKeyBytesMax);

    /// <summary>The same rule as in records: what one peer lets another see.</summary>
    public static bool IsDisplayName(string text) => RecordText.IsDisplayName(text);

    public static string MeetingRoom(string key) => MeetingPrefix + key;

    /// <summary>Reads <c>meet/KEY</c>.</summary>
    public static bool TryParseMeetingRoom(string room, [NotNullWhen(true)] out string? key)
    {
        key = room.StartsWith(MeetingPrefix, StringComparison.Ordinal) ? room[MeetingPrefix.Length..] : null;
        return key is not null && IsMeetingKey(key);
    }

    /// <summary>What a server or a client says in words, made fit for one line of a log or terminal.</summary>
    public static string Sentence(string text)
    {
        const int CharactersMax = 200; // guess: one or two lines
        var line = new StringBuilder(Math.Min(text.Length, CharactersMax));
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, CharactersMax)))
            line.Append(char.IsControl(c) || char.IsSurrogate(c) || c is >= '\u2028' and <= '\u202E' or >= '\u2066' and <= '\u2069' ? '?' : c);
        return line.ToString();
    }

    // RFC 3986 §3.3: these end a path segment. Blanks and control characters are easily overlooked.
    private static bool IsSegment(string text, int bytesMax) =>
        text.Length > 0 && text is not ("." or "..") && RecordText.IsLine(text, bytesMax) && text.AsSpan().IndexOfAny("/?#\\%") < 0 && !text.Any(char.IsWhiteSpace);
}
