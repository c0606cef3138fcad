using System.CommandLine;
using Netflux.Host.Server;
using Netflux.Transport.Signaling;

namespace Netflux.Host.Cli;

/// <summary><c>netflux host</c></summary>
internal static class HostCommand
{
    private static readonly Option<string[]> s_urls = new("--urls", "-u")
    {
        Description = "Where to listen, http://ADDRESS:PORT; 0.0.0.0 is every address, port 0 a free one. TLS comes from a reverse proxy before it.",
        HelpName = "URL", DefaultValueFactory = _ => [PeerOptions.DefaultUrl], AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string[]> s_public = new("--public-url")
    {
        Description = "The URLs under which clients dial this server, where those are not the ones it listens on, such as wss://netflux.example.org.", HelpName = "URL",
    };

    private static readonly Option<string[]> s_origins = new("--origin") { Description = "Web pages of this origin may connect, such as https://example.org; * lets all.", HelpName = "ORIGIN" };

    public static Command Create() => new Command("host", "Run a signaling server, where peers meet; stop it with Ctrl-C. Networks that have formed go on without it.") { s_urls, s_public, s_origins, PeerOptions.Json, PeerOptions.Verbose }
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var urls = (parsed.GetValue(s_urls) ?? []).SelectMany(url => url.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(Http).ToList();
        var options = new SignalingServerOptions
        {
            PublicUrls = [.. (parsed.GetValue(s_public) ?? []).Select(url => PeerOptions.UrlOf("--public-url", url))],
            AllowedOrigins = parsed.GetValue(s_origins) ?? [],
        };
        var app = await SignalingHost.StartAsync(urls, options, parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        await using (app.ConfigureAwait(false))
        {
            foreach (var url in app.Urls)
            {
                var server = PeerOptions.UrlOf("--urls", url).GetLeftPart(UriPartial.Authority);
                terminal.Tell("listening", $"Netflux signaling on {url}. Join from anywhere that reaches it: netflux chat lobby --server {server}", json => json.WriteString("url", server));
            }
            try { await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false); }
            finally { await app.StopAsync(CancellationToken.None).ConfigureAwait(false); }
        }
        return NetfluxCommand.Done;
    }

    private static string Http(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal)) text = "http://" + text;
        // Kestrel's own wildcards hold no Uri.
        var known = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(known, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "ws") || url.AbsolutePath != "/")
            throw new WrongUseException($"--urls is '{text}'; expected is http://ADDRESS:PORT, such as {PeerOptions.DefaultUrl}.{(text.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? " TLS comes from a reverse proxy before it." : "")}");
        return url.Scheme == "ws" ? "http" + text[2..] : text;
    }
}
