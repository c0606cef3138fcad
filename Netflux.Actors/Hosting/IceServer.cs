namespace Netflux.Hosting;

/// <summary>A server that helps data channels to find a way: STUN tells the address behind a NAT, TURN relays where nothing else works.</summary>
/// <param name="Url"><c>stun:host[:port]</c> (RFC 7064), or <c>turn:host[:port][?transport=udp|tcp]</c> (RFC 7065). The port is 3478 where none is named, the transport UDP.</param>
/// <param name="UserName">Of a TURN server.</param>
/// <param name="Password">Of a TURN server. It is not shown by <see cref="ToString"/>.</param>
public sealed record IceServer(string Url, string? UserName = null, string? Password = null)
{
    /// <summary>Whether it relays.</summary>
    public bool IsRelay => Url?.StartsWith("turn:", StringComparison.OrdinalIgnoreCase) == true;

    /// <inheritdoc />
    public override string ToString() => UserName is null ? Url : $"{Url} as {UserName}";

    /// <summary>What was expected where the server cannot be used as it is written; null where it can.</summary>
    internal string? Problem
    {
        get
        {
            const string Form = "stun:host[:port], or turn:host[:port][?transport=udp] or …=tcp with a user name and a password";
            if (string.IsNullOrEmpty(Url) || Url.Length > UrlCharactersMax) return Form;
            var isStun = Url.StartsWith("stun:", StringComparison.OrdinalIgnoreCase);
            if (!isStun && !IsRelay) return Url.StartsWith("turns:", StringComparison.OrdinalIgnoreCase) || Url.StartsWith("stuns:", StringComparison.OrdinalIgnoreCase) ? $"{Form}; TLS to such servers is not spoken" : Form;
            var (server, query) = Url[5..].Split('?', 2) is [var before, var after] ? (before, after) : (Url[5..], null);
            if (query is not null && (isStun || !query.Equals("transport=udp", StringComparison.OrdinalIgnoreCase) && !query.Equals("transport=tcp", StringComparison.OrdinalIgnoreCase))) return Form;
            // RFC 7064 §3.1 has host and port of RFC 3986 §3.2, and no slashes before them.
            if (!Uri.TryCreate($"ws://{server}", UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.AbsolutePath != "/" || server.EndsWith('/') || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0 || uri.Port == 0) return Form;
            return IsRelay && (string.IsNullOrEmpty(UserName) || string.IsNullOrEmpty(Password)) ? Form : null;
        }
    }

    // RFC 1035 §2.3.4: a name has at most 255; the scheme, a port and the transport beside it.
    private const int UrlCharactersMax = 300;
}
