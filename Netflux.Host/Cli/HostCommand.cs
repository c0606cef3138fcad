using System.CommandLine;
using System.Net;
using Netflux.Host.Server;
using Netflux.Host.Tracking;
using Netflux.Transport.Signaling;
using Netflux.Transport.WebSockets;

namespace Netflux.Host.Cli;

/// <summary><c>netflux host</c></summary>
internal static class HostCommand
{
    private static readonly Option<string[]> s_urls = new("--urls", "-u")
    {
        Description = "Where to listen, http(s)://ADDRESS:PORT; 0.0.0.0 is every address, port 0 a free one.",
        HelpName = "URL", DefaultValueFactory = _ => [PeerOptions.DefaultUrl], AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<bool> s_https = new("--https") { Description = "Listen by https, which browsers on other machines need. Without --certificate one is made at start, of which browsers warn." };
    private static readonly Option<string?> s_certificate = new("--certificate") { Description = "The certificate for https, a PEM file with its key; implies --https.", HelpName = "FILE" };
    private static readonly Option<string?> s_certificateKey = new("--certificate-key") { Description = "The key of the certificate, where another file holds it.", HelpName = "FILE" };

    private static readonly Option<string[]> s_public = new("--public-url")
    {
        Description = "The URLs under which clients dial this server, where those are not the ones it listens on, such as wss://netflux.example.org.", HelpName = "URL",
    };

    private static readonly Option<string[]> s_origins = new("--origin") { Description = "Web pages of this origin may connect, such as https://example.org; * lets all. The server's own pages may.", HelpName = "ORIGIN" };
    private static readonly Option<string[]> s_proxies = new("--proxy") { Description = "The address of a reverse proxy on another machine, whose X-Forwarded headers are believed.", HelpName = "ADDRESS" };

    private static readonly Option<string> s_data = PeerOptions.Data("The folder in which it keeps the networks that it tracks; made where there is none.");
    private static readonly Option<string?> s_postgres = new("--postgres")
    {
        Description = "Keep them in a database of PostgreSQL, which several nodes share, such as \"Host=db;Database=netflux;Username=netflux\". The password is taken from PGPASSWORD or the file PGPASSFILE.", HelpName = "CONNECTION",
    };

    private static readonly Option<string?> s_cluster = new("--cluster") { Description = "Be one of several nodes, and listen for the others here; needs --seed, --postgres and --public-url. It is for a private network alone.", HelpName = "ADDRESS:PORT" };
    private static readonly Option<string[]> s_seeds = new("--seed") { Description = "Where a node of the cluster listens, the same for all nodes, itself among them. A name stands for all addresses that it has.", HelpName = "HOST:PORT" };
    private static readonly Option<string?> s_identity = new("--identity", "-i")
    {
        Description = "The file of the server's key, with which it signs what it remembers; made where there is none. By itself server.pem in the folder of --data. The nodes of a cluster each have a copy of the same.", HelpName = "FILE",
    };

    private static readonly Option<bool> s_noTracking = new("--no-tracking") { Description = "Only introduce peers that are online, and remember no network." };

    private static readonly Option<bool> s_metrics = new("--metrics") { Description = "Give metrics to everybody who has access and asks at /metrics, in the format of Prometheus." };

    public static Command Create() => new Command("host", "Run a server where peers meet, also those in browsers, which find a page there, and which remembers the networks that are to be tracked; stop it with Ctrl-C. Networks that have formed go on without it.")
    {
        s_data, s_postgres, s_cluster, s_seeds, s_identity, s_noTracking, s_metrics, s_urls, s_https, s_certificate, s_certificateKey, s_public, s_origins, s_proxies,
        AccessOptions.HostTokens, AccessOptions.JwtAuthority, AccessOptions.JwtKey, AccessOptions.JwtAudience, PeerOptions.Json, PeerOptions.Verbose,
    }.Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var https = parsed.GetValue(s_https) || parsed.GetValue(s_certificate) is not null;
        if (parsed.GetValue(s_certificateKey) is not null && parsed.GetValue(s_certificate) is null) throw new WrongUseException("--certificate-key says where the key of --certificate is; give both.");
        var urls = (parsed.GetValue(s_urls) ?? []).SelectMany(url => url.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(url => Listening(url, https)).ToList();
        var options = new SignalingServerOptions
        {
            PublicUrls = [.. (parsed.GetValue(s_public) ?? []).Select(url => PeerOptions.UrlOf("--public-url", url))],
            AllowedOrigins = parsed.GetValue(s_origins) ?? [],
        };
        using var certificate = urls.Exists(url => url.StartsWith("https:", StringComparison.Ordinal)) ? CertificateOf(parsed) : null;
        var settings = new HostSettings(urls, options, certificate, [.. (parsed.GetValue(s_proxies) ?? []).Select(ProxyOf)], await TrackingAsync(parsed, options, terminal, stop).ConfigureAwait(false))
        {
            Metrics = parsed.GetValue(s_metrics),
            Access = AccessOptions.ReadHost(parsed),
        };
        var app = await SignalingHost.StartAsync(settings, parsed.GetValue(PeerOptions.Verbose), stop).ConfigureAwait(false);
        await using (app.ConfigureAwait(false))
        {
            foreach (var url in app.Urls)
            {
                var server = PeerOptions.UrlOf("--urls", url).GetLeftPart(UriPartial.Authority);
                terminal.Tell("listening", $"Netflux signaling on {url}. Open it in a browser, or join from anywhere that reaches it: netflux chat lobby --server {server}", json => json.WriteString("url", server));
            }
            if (certificate is not null) TellCertificate(terminal, certificate);
            try { await (app.Services.GetService<TrackingNode>()?.WatchAsync(stop) ?? Task.Delay(Timeout.InfiniteTimeSpan, stop)).ConfigureAwait(false); }
            finally { await app.StopAsync(CancellationToken.None).ConfigureAwait(false); }
        }
        return NetfluxCommand.Done;
    }

    private static async Task<TrackingSettings?> TrackingAsync(ParseResult parsed, SignalingServerOptions options, Terminal terminal, CancellationToken stop)
    {
        var (data, postgres, cluster, seeds, identity) = (parsed.GetValue(s_data)!, parsed.GetValue(s_postgres), parsed.GetValue(s_cluster), parsed.GetValue(s_seeds) ?? [], parsed.GetValue(s_identity));
        if (parsed.GetValue(s_noTracking))
            return postgres is null && cluster is null && identity is null ? null : throw new WrongUseException("--no-tracking remembers nothing; leave out --postgres, --cluster and --identity, or it.");
        if (cluster is null)
            return seeds.Length == 0 ? WithIdentity(new TrackingSettings(data, postgres), identity) : throw new WrongUseException("--seed says where other nodes are; say with --cluster where this one listens for them.");
        if (postgres is null) throw new WrongUseException("--cluster needs a store that all nodes reach; name it with --postgres.");
        if (seeds.Length == 0) throw new WrongUseException("--cluster needs to know where other nodes may be; name them with --seed, the same for every node.");
        if (options.PublicUrls.Count == 0) throw new WrongUseException("--cluster sends clients of nodes that stop to others; say with --public-url where this one is dialled.");
        if (identity is null) throw new WrongUseException("--cluster needs a key that all nodes have, since members know the server by it; name its file with --identity, a copy of the same for each node.");
        var settings = await ClusterSettings.ResolveAsync(EndPointOf("--cluster", cluster), seeds.Select(seed => EndPointOf("--seed", seed)), options.PublicUrls[0], stop).ConfigureAwait(false);
        return WithIdentity(new TrackingSettings(data, postgres, settings) { Tell = changed => TellNode(terminal, changed) }, identity);
    }

    private static TrackingSettings WithIdentity(TrackingSettings settings, string? file) => file is null ? settings : settings with { IdentityFile = file };

    private static void TellNode(Terminal terminal, NodeChanged changed) => terminal.Tell("node", $"* The node at {changed.Node} {(changed.What is "joined" or "left" ? changed.What : $"is {changed.What}")}.", json =>
    {
        json.WriteString("node", changed.Node);
        json.WriteString("what", changed.What);
    });

    private static DnsEndPoint EndPointOf(string option, string text) =>
        Uri.TryCreate("tcp://" + text, UriKind.Absolute, out var uri) && uri is { Port: > 0, Host.Length: > 0, AbsolutePath: "" or "/" } ? new DnsEndPoint(uri.DnsSafeHost, uri.Port)
            : throw new WrongUseException($"{option} is '{text}'; expected is HOST:PORT, such as 10.0.0.5:8500.");

    private static HostCertificate CertificateOf(ParseResult parsed) => parsed.GetValue(s_certificate) is { } file
        ? HostCertificate.Read(file, parsed.GetValue(s_certificateKey))
        : HostCertificate.Create(Environment.MachineName, DialRule.MachineAddresses(), DateTimeOffset.UtcNow);

    private static void TellCertificate(Terminal terminal, HostCertificate certificate) =>
        terminal.Tell("certificate", $"Its certificate has the SHA-256 fingerprint {certificate.Fingerprint}; a browser that warns of it shows the same.", json => json.WriteString("sha256", certificate.Fingerprint));

    private static IPAddress ProxyOf(string text) => IPAddress.TryParse(text, out var address) ? address : throw new WrongUseException($"--proxy is '{text}'; expected is an address such as 10.0.0.5.");

    private static string Listening(string text, bool https)
    {
        if (!text.Contains("://", StringComparison.Ordinal)) text = "http://" + text;
        // Kestrel's own wildcards hold no Uri.
        var known = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(known, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "ws" or "https" or "wss") || url.AbsolutePath != "/")
            throw new WrongUseException($"--urls is '{text}'; expected is http://ADDRESS:PORT, such as {PeerOptions.DefaultUrl}.");
        return (https || url.Scheme is "https" or "wss" ? "https" : "http") + text[text.IndexOf("://", StringComparison.Ordinal)..];
    }
}
