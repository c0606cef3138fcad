using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Akka.Actor;
using AkkaKit = Akka.TestKit.Xunit2.TestKit;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Netflux.Hosting;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.WebSockets;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Hosting;

/// <summary>A service that asks for access by ASP.NET Core's own authorization, and clients with and without a token. Real sockets on loopback.</summary>
[Trait("Rim", "socket")]
public sealed class AccessTests : AkkaKit
{
    private const string Token = "open-sesame-0123456789";

    public AccessTests() : base("akka { loglevel = WARNING, test.single-expect-default = 30s }")
    {
    }

    [Fact]
    public async Task Who_shows_the_token_is_let_in_and_nobody_else_and_is_told_what_is_missing()
    {
        await using var app = await StartAsync();
        var server = ServerOf(app);
        Assert.Equal(NetfluxError.AccessDenied, Ask<SignalingFailed>(server).Error);
        Assert.Contains("asks for an access token", Ask<SignalingFailed>(server).Why, StringComparison.Ordinal);
        var wrong = Ask<SignalingFailed>(server, new AccessToken(server, "not-" + Token));
        Assert.Equal(NetfluxError.AccessDenied, wrong.Error);
        Assert.Contains("does not take this access token", wrong.Why, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, wrong.Why, StringComparison.Ordinal);
        Assert.True(Ask<DoorOpened>(server, new AccessToken(server, Token)).Created);
    }

    [Fact]
    public async Task A_token_that_cannot_be_had_is_said_and_is_not_dialled_with()
    {
        await using var app = await StartAsync();
        var server = ServerOf(app);
        var failed = Ask<SignalingFailed>(server, new AccessToken(server, _ => throw new IOException("the vault is shut.")));
        Assert.Equal(NetfluxError.AccessDenied, failed.Error);
        Assert.Contains("could not be had: the vault is shut.", failed.Why, StringComparison.Ordinal);
        var spoilt = Ask<SignalingFailed>(server, new AccessToken(server, Token + "\r\nX-Evil: 1"));
        Assert.Equal(NetfluxError.AccessDenied, spoilt.Error);
        Assert.DoesNotContain(Token, spoilt.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_goes_to_its_server_alone()
    {
        ConcurrentQueue<string> shown = [];
        await using var one = await RecordAsync(shown);
        await using var other = await RecordAsync(shown);
        var (its, another) = (ServerOf(one), ServerOf(other));
        using var dialer = new WebSocketDialer(new() { DialLoopback = true }, tokenFor: new ServerTokens([new AccessToken(its, Token)]).ForAsync);
        var probe = CreateTestProbe();
        dialer.Servers.Dial(new Uri(its, "/netflux/signal"), 1, probe);
        probe.ExpectMsg<LinkDialFailed>();
        Assert.Equal($"Bearer {Token}", Assert.Single(shown));
        shown.Clear();
        dialer.Servers.Dial(new Uri(another, "/netflux/signal"), 2, probe);                  // another port
        dialer.Servers.Dial(new Uri($"ws://localhost:{its.Port}/netflux/signal"), 3, probe); // another name
        dialer.Dial(new Uri(its, "/netflux/link"), 4, probe);                                // a peer that listens there
        for (var i = 0; i < 3; i++) probe.ExpectMsg<LinkDialFailed>();
        Assert.Equal(["", "", ""], shown);
    }

    [Fact]
    public async Task A_page_in_a_browser_shows_it_as_a_subprotocol_which_is_not_answered()
    {
        await using var app = await StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("netflux.v1");
        socket.Options.AddSubProtocol(BearerSubprotocolTests.Bearer(Token));
        socket.Options.CollectHttpResponseDetails = true;
        await socket.ConnectAsync(new Uri(ServerOf(app), "/netflux/signal"), CancellationToken.None);
        Assert.Equal("netflux.v1", socket.SubProtocol);
        Assert.DoesNotContain(socket.HttpResponseHeaders!, header => header.Value.Any(value => value.Contains("bearer", StringComparison.OrdinalIgnoreCase)));

        using var wrong = new ClientWebSocket();
        wrong.Options.AddSubProtocol("netflux.v1");
        wrong.Options.AddSubProtocol(BearerSubprotocolTests.Bearer("not-" + Token));
        wrong.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => wrong.ConnectAsync(new Uri(ServerOf(app), "/netflux/signal"), CancellationToken.None));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.HttpStatusCode);
    }

    [Fact]
    public async Task An_address_that_tries_too_often_is_refused_before_its_WebSocket()
    {
        await using var app = await StartAsync(new() { ConnectionAttemptsBurst = 3, ConnectionAttemptsPerSecond = 1 }, guarded: false);
        using var http = new HttpClient { BaseAddress = new(app.Urls.First()) };
        for (var i = 0; i < 1_000; i++)
        {
            using var answer = await http.GetAsync("/netflux/signal");
            if (answer.StatusCode == HttpStatusCode.UpgradeRequired) continue;
            Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
            Assert.Contains("try again in 1 s.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            return;
        }
        Assert.Fail("A thousand were let through.");
    }

    // The limits of one connection are those of its core; here one identity comes again and again.
    [Fact]
    public async Task An_identity_that_asks_too_much_over_its_connections_is_refused_by_a_message()
    {
        await using var app = await StartAsync(new() { MessagesBurst = 4, MessagesPerSecond = 1 }, guarded: false);
        var server = ServerOf(app);
        using var dialer = new WebSocketDialer(new());
        for (var i = 0; i < 200; i++)
        {
            var probe = CreateTestProbe();
            var client = NewClient(server, dialer);
            client.Tell(new OpenDoor(1, "lobby", Lobby.Record, DoorMode.JoinOrCreate, false, probe), probe);
            client.Tell(new ListMembers(2, Lobby.Network), probe);
            for (var answers = 0; answers < 2; answers++)
                if (probe.ExpectMsg<object>() is SignalingFailed { Error: NetfluxError.ServerBusy } failed)
                {
                    Assert.Contains("This identity asks more than 1 times a second; try again in", failed.Why, StringComparison.Ordinal);
                    return;
                }
            Watch(client);
            Sys.Stop(client);
            ExpectTerminated(client);
        }
        Assert.Fail("Four hundred requests were taken.");
    }

    private T Ask<T>(Uri server, params AccessToken[] tokens)
    {
        using var dialer = new WebSocketDialer(new(), tokenFor: new ServerTokens(tokens).ForAsync);
        var probe = CreateTestProbe();
        NewClient(server, dialer).Tell(new OpenDoor(1, "lobby", Lobby.Record, DoorMode.Create, false, probe), probe);
        return probe.ExpectMsg<T>();
    }

    private IActorRef NewClient(Uri server, WebSocketDialer dialer) =>
        Sys.ActorOf(new SignalingProvider(dialer.Servers, dialer.ServersNamedBy, PlatformRandom.Instance).SignalingProps(server, Alice, () => new Incarnation(1), "alice"));

    private static Uri ServerOf(WebApplication app) => new(app.Urls.First().Replace("http:", "ws:", StringComparison.Ordinal));

    private static async Task<WebApplication> StartAsync(SignalingServerOptions? options = null, bool guarded = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddNetfluxSignaling(options);
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, OneToken>("test", null);
        builder.Services.AddAuthorization();
        var app = builder.Build();
        var endpoints = app.MapNetfluxSignaling();
        if (guarded) endpoints.RequireAuthorization();
        await app.StartAsync();
        return app;
    }

    private static async Task<WebApplication> RecordAsync(ConcurrentQueue<string> shown)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context =>
        {
            shown.Enqueue(context.Request.Headers.Authorization.ToString());
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        await app.StartAsync();
        return app;
    }

    /// <summary>The application's own authentication, of whatever kind.</summary>
    private sealed class OneToken(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logging, UrlEncoder encoder) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Request.Headers.Authorization == $"Bearer {Token}"
            ? AuthenticateResult.Success(new(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "somebody")], Scheme.Name)), Scheme.Name))
            : AuthenticateResult.NoResult());
    }
}
