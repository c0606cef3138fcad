using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Netflux.Host.Server;
using Netflux.Transport.Signaling;

namespace Netflux.Host.Access;

/// <summary>A host that asks for access, on loopback: whom it lets in by what, and what stays open.</summary>
[Trait("Category", "Rim")]
public sealed class HostAccessTests : IDisposable
{
    private const string Token = "3q2-7_abcdefghijklmnop0123456789";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256), _another = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA _rsa = RSA.Create(2048);

    public void Dispose()
    {
        _key.Dispose();
        _another.Dispose();
        _rsa.Dispose();
    }

    private static HostAccess Tokens => new(StaticTokens.Parse([$"ann:{Token}"], "test"), null);

    private HostAccess Keyed => new(null, new(Jwts.Audience, null, new ECDsaSecurityKey(_key)));

    [Fact]
    public async Task Tokens_of_the_file_are_let_in_by_the_header_and_by_the_subprotocol()
    {
        await using var host = await StartAsync(Tokens);
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await DialAsync(host, Token));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await DialAsync(host, Token, asPage: true));
        foreach (var asPage in new[] { false, true })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, null, asPage));
            Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, Token[..^1], asPage));
            Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, Token + "0", asPage));
            Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, Token.ToUpperInvariant(), asPage));
        }
    }

    [Fact]
    public async Task A_JWT_is_let_in_that_the_key_verifies_for_this_audience_while_it_lasts()
    {
        await using var host = await StartAsync(Keyed);
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await DialAsync(host, Jwts.Sign(_key)));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await DialAsync(host, Jwts.Sign(_key), asPage: true));
        Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, null));
        foreach (var wrong in new[]
        {
            Jwts.Sign(_key, lasts: TimeSpan.FromMinutes(-2)), Jwts.Sign(_another), Jwts.Sign(_key, audience: "another"), Jwts.Sign(_key, algorithm: "ES384"),
            Jwts.Unsigned(), Jwts.SignedByPublicKey(_key), Jwts.Sign(_rsa), Jwts.Sign(_key)[..^2], "no.jwt", Token,
        })
            Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, wrong));
    }

    [Fact]
    public async Task Either_kind_is_let_in_where_both_are_asked_for_and_a_key_may_be_RSA()
    {
        await using var host = await StartAsync(new HostAccess(Tokens.Tokens, new(Jwts.Audience, null, new RsaSecurityKey(_rsa))));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await DialAsync(host, Token));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await DialAsync(host, Jwts.Sign(_rsa)));
        Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, Jwts.Sign(_key)));
        Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, null));
    }

    [Fact]
    public async Task An_OpenID_provider_says_which_keys_are_its_own()
    {
        await using var provider = await ProvideAsync();
        var authority = new Uri(provider.Urls.First());
        await using var host = await StartAsync(new HostAccess(null, new(Jwts.Audience, authority, null)));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await DialAsync(host, Jwts.Sign(_key, issuer: IssuerOf(authority), keyId: "one")));
        Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, Jwts.Sign(_key, issuer: "https://evil.example", keyId: "one")));
        Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, Jwts.Sign(_key, keyId: "one")));
        Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, Jwts.Sign(_another, issuer: IssuerOf(authority), keyId: "one")));
    }

    [Fact]
    public async Task What_orchestrators_and_people_look_at_stays_open_and_counters_do_not()
    {
        await using var host = await StartAsync(Tokens, metrics: true);
        using var http = HttpOf(host);
        foreach (var open in new[] { "/health/live", "/health/ready", "/demo", "/netflux.js" })
        {
            using var answer = await http.GetAsync(open);
            Assert.Equal((open, HttpStatusCode.OK), (open, answer.StatusCode));
        }
        foreach (var guarded in new[] { "/netflux/signal", "/netflux/stats", "/metrics" })
        {
            using var answer = await http.GetAsync(guarded);
            Assert.Equal((guarded, HttpStatusCode.Unauthorized), (guarded, answer.StatusCode));
            Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
            Assert.Equal("This server asks for an access token (Authorization: Bearer TOKEN); the netflux command shows the one that --token-file FILE holds.\n", await answer.Content.ReadAsStringAsync());
        }
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        Assert.Contains("\"connections\":0", await http.GetStringAsync("/netflux/stats"), StringComparison.Ordinal);
        Assert.Contains("netflux_signaling_connections", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        using var upgrade = await http.GetAsync("/netflux/signal");
        Assert.Equal(HttpStatusCode.UpgradeRequired, upgrade.StatusCode);
    }

    [Fact]
    public async Task Guesses_are_limited_as_connections_are_and_say_then_nothing_of_the_token()
    {
        await using var host = await StartAsync(Tokens, new() { ConnectionAttemptsBurst = 3, ConnectionAttemptsPerSecond = 1 });
        for (var i = 0; i < 1_000; i++)
        {
            if (await DialAsync(host, "guess-" + Token) == HttpStatusCode.Unauthorized) continue;
            // Another address is another's, and a proxy on this machine is believed who it is; it would have had its three.
            Assert.Equal(HttpStatusCode.Unauthorized, await DialAsync(host, "guess-" + Token, forwardedFor: "198.51.100.7"));
            // The right one is as the wrong one, unless a second has passed.
            Assert.Contains(await DialAsync(host, Token), new[] { HttpStatusCode.TooManyRequests, HttpStatusCode.SwitchingProtocols });
            return;
        }
        Assert.Fail("A thousand guesses were answered.");
    }

    private static Task<WebApplication> StartAsync(HostAccess access, SignalingServerOptions? options = null, bool metrics = false) =>
        SignalingHost.StartAsync(new HostSettings(["http://127.0.0.1:0"], options ?? new(), null, [], null) { Access = access, Metrics = metrics }, verbose: false, CancellationToken.None);

    private static async Task<HttpStatusCode> DialAsync(WebApplication host, string? token, bool asPage = false, string? forwardedFor = null)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (forwardedFor is not null) socket.Options.SetRequestHeader("X-Forwarded-For", forwardedFor);
        if (asPage)
        {
            socket.Options.AddSubProtocol("netflux.v1");
            if (token is not null) socket.Options.AddSubProtocol("netflux.bearer." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(token)));
        }
        else if (token is not null) socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        try { await socket.ConnectAsync(new Uri(host.Urls.First().Replace("http:", "ws:", StringComparison.Ordinal) + "/netflux/signal"), CancellationToken.None); }
        catch (WebSocketException) { }
        return socket.HttpStatusCode;
    }

    private static HttpClient HttpOf(WebApplication host) => new() { BaseAddress = new(host.Urls.First()) };

    private static string IssuerOf(Uri authority) => authority.GetLeftPart(UriPartial.Authority);

    /// <summary>OpenID Connect Discovery 1.0 §4: where the keys are.</summary>
    private async Task<WebApplication> ProvideAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var point = _key.ExportParameters(false).Q;
        app.MapGet("/.well-known/openid-configuration", (HttpRequest request) => Results.Json(new { issuer = $"http://{request.Host}", jwks_uri = $"http://{request.Host}/keys" }));
        app.MapGet("/keys", () => Results.Json(new { keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", kid = "one", x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y) } } }));
        await app.StartAsync();
        return app;
    }
}
