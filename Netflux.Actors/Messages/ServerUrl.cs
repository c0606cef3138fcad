using System.Diagnostics.CodeAnalysis;

namespace Netflux.Messages;

/// <summary>What addresses of networks and meeting points share: a server, a fixed word, and one segment.</summary>
internal static class ServerUrl
{
    private const int LengthMax = 2048; // Guess: longer than any host name (255, RFC 1035 §2.3.4), port and name; shorter than a text to choke on.

    /// <summary>Splits <c>ws(s)://host[:port]/WORD/SEGMENT</c>; the server comes back as ws or wss and without a path.</summary>
    public static bool TrySplit(string? text, string word, string placeholder, [NotNullWhen(true)] out Uri? server, [NotNullWhen(true)] out string? segment, [NotNullWhen(false)] out string? why)
    {
        (server, segment) = (null, null);
        var form = $"ws(s)://host[:port]/{word}/{placeholder}";
        text = text?.Trim();
        if (string.IsNullOrEmpty(text) || text.Length > LengthMax) return Fail($"An address of the form {form} is expected.", out why);
        // Uri would read these in a way of its own: a backslash as a slash, an escape as the character, blanks away.
        if (text.Any(c => c is '\\' or '%' || char.IsControl(c) || char.IsWhiteSpace(c))) return Fail($"'{Shown(text)}' has blanks, backslashes or percent signs; an address of the form {form} is expected.", out why);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || Scheme(uri) is not { } scheme || uri.Host.Length == 0 || uri.Port is 0 or < -1)
            return Fail($"'{Shown(text)}' is not an address of the form {form}.", out why);
        if (uri.UserInfo.Length > 0 || text.Contains('@')) return Fail($"'{Shown(text)}' holds a user or password, which addresses do not have.", out why);
        if (text.AsSpan().IndexOfAny('?', '#') >= 0) return Fail($"'{Shown(text)}' goes on with '?' or '#', which addresses do not have.", out why);
        var parts = uri.AbsolutePath.Split('/');
        if (parts.Length != 3 || parts[1] != word || !text.EndsWith($"/{word}/{parts[2]}", StringComparison.Ordinal) || parts[2].Length == 0)
            return Fail($"'{Shown(text)}' does not end with /{word}/{placeholder}.", out why);
        if (!DoorName.IsValid(parts[2])) return Fail($"'{Shown(parts[2])}' is not {DoorName.Rule}.", out why);
        // IdnHost is the host's ASCII form (RFC 5890), except that an IPv6 address loses its brackets there.
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;
        if (host.Length == 0 || !Uri.TryCreate($"{scheme}://{host}{(uri.IsDefaultPort ? "" : ":" + uri.Port.ToString(System.Globalization.CultureInfo.InvariantCulture))}/", UriKind.Absolute, out server))
            return Fail($"'{Shown(text)}' names no host.", out why);
        segment = parts[2];
        why = null;
        return true;
    }

    private static string? Scheme(Uri uri) => uri.Scheme switch
    {
        "ws" or "http" => "ws",
        "wss" or "https" => "wss",
        _ => null,
    };

    private static string Shown(string text)
    {
        var shown = new string([.. text.Take(80).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return text.Length > 80 ? shown + "…" : shown;
    }

    private static bool Fail(string reason, out string why)
    {
        why = reason;
        return false;
    }
}
