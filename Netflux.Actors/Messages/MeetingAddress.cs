using System.Diagnostics.CodeAnalysis;

namespace Netflux.Messages;

/// <summary>Where two peers meet: <c>ws(s)://host[:port]/meet/KEY</c>; http(s) is accepted for ws(s).</summary>
internal static class MeetingAddress
{
    /// <summary>Reads a meeting point's URL. A key has the characters of a network's name, but keeps its case: it may be a random secret.</summary>
    public static bool TryParse(Uri? url, [NotNullWhen(true)] out Uri? server, [NotNullWhen(true)] out string? key, [NotNullWhen(false)] out string? why) =>
        ServerUrl.TrySplit(url?.OriginalString, "meet", "KEY", out server, out key, out why);
}
