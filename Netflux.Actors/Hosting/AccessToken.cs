namespace Netflux.Hosting;

/// <summary>
/// The access token that one signaling server asks for. That server is shown it when it is dialled, as <c>Authorization: Bearer</c> (RFC 6750); so are those that it names as nodes of its cluster; no other server is, and no peer. Where the server is
/// dialled by <c>ws</c>, whoever is on the way can read it.
/// </summary>
public sealed class AccessToken
{
    /// <summary>A token that may change.</summary>
    /// <param name="server">As in <see cref="NetfluxOptions.Server"/>: <c>ws(s)://host[:port]</c>.</param>
    /// <param name="get">Asked at each dial, which fails where it fails.</param>
    public AccessToken(Uri server, Func<CancellationToken, Task<string>> get) => (Server, Get) = (server, get);

    /// <summary>A token that stays.</summary>
    /// <param name="server">As in <see cref="NetfluxOptions.Server"/>: <c>ws(s)://host[:port]</c>.</param>
    /// <param name="token">Of letters, digits and <c>-._~+/</c>, and <c>=</c> at its end.</param>
    public AccessToken(Uri server, string token) : this(server, _ => Task.FromResult(token))
    {
    }

    /// <summary>Who is shown it.</summary>
    public Uri Server { get; }

    /// <inheritdoc />
    public override string ToString() => $"for {Server}";

    internal Func<CancellationToken, Task<string>> Get { get; }

    /// <summary>RFC 6750 §2.1, b64token. Whatever else is in a token would end up in a header of HTTP.</summary>
    internal static bool IsToken(string? text)
    {
        var bare = text.AsSpan().TrimEnd('=');
        return bare.Length > 0 && text!.Length <= CharactersMax && bare.IndexOfAnyExcept(s_characters) < 0;
    }

    /// <summary>Guess: servers take 8 to 32 KiB of headers in all, and a JWT with many claims has some 4,000 characters.</summary>
    internal const int CharactersMax = 8_000;

    private static readonly System.Buffers.SearchValues<char> s_characters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/");
}
