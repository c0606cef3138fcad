using System.Net;
using Akka.Actor;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Hosting;
using Netflux.Io;
using Netflux.Links;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.WebSockets;

namespace Netflux.Transport.Signaling.Hosting;

/// <summary>The signaling server of one application: its actor, made with the first client, and the endpoint that hands connections to it.</summary>
internal sealed class SignalingServer(SignalingServerOptions options, IServiceProvider services) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly ILoggerFactory _logging = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
    private readonly WebSocketLinkOptions _links = new() { MessageBytesMax = options.MessageBytesMax, SendQueueBytesMax = options.OutgoingBytesMax + options.MessageBytesMax };
    private readonly Lazy<IReadOnlyList<string>> _bound = new(() => BoundAuthorities(services));
    private readonly SignalingLimits _limits = new(options);
    private ActorSystem? _ownSystem;
    private Task<IActorRef>? _actor;
    private volatile bool _stopped;

    public SignalingServerOptions Options => options;

    public SignalingTraffic Traffic { get; } = new();

    /// <summary>Whether it remembers networks.</summary>
    public bool Tracks => services.GetService<IRoomHome>() is not null;

    /// <summary>Takes the connection of one client and ends with it.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (await IsLimitedAsync(context).ConfigureAwait(false)) return;
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await LinkEndpoint.RefuseAsync(context, StatusCodes.Status426UpgradeRequired,
                "This is where Netflux peers meet: it speaks WebSocket only. Join a network here with: netflux chat NAME --server " + SignalingPages.ServerOf(context.Request)).ConfigureAwait(false);
            return;
        }
        if (!IsOriginAllowed(context.Request))
        {
            await LinkEndpoint.RefuseAsync(context, StatusCodes.Status403Forbidden, "Web pages of this origin may not connect here; the operator lists those that may in AllowedOrigins.").ConfigureAwait(false);
            return;
        }
        if (Actor() is not { } starting)
        {
            await LinkEndpoint.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "This server is shutting down.").ConfigureAwait(false);
            return;
        }
        var actor = await starting.ConfigureAwait(false);
        // A client that reads slowly is cut off by what waits for it, not by a byte rate.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response) response.MinDataRate = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request) request.MinDataRate = null;
        // Clients renew their leases, and silence ends a connection by its lease.
        var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = Timeout.InfiniteTimeSpan, SubProtocol = BearerSubprotocol.Answer(context) }).ConfigureAwait(false);
        var link = WebSocketRawLink.Accepted(socket, context.Request.Host.Value ?? "", RemoteOf(context), _links, _logging.CreateLogger<WebSocketRawLink>());
        actor.Tell(new ClientAccepted(link));
        if (_stopped) link.Close(CloseCode.Stopping, "The server is shutting down."); // the actor may be gone
        await link.Completion.ConfigureAwait(false);
    }

    /// <summary>Counts an attempt to connect. Of an address that tries too often it is answered in here, whatever it would have shown.</summary>
    public async Task<bool> IsLimitedAsync(HttpContext context)
    {
        if (_limits.Connecting(RemoteOf(context)) is not { } reached) return false;
        context.Response.Headers.RetryAfter = reached.RetryAfterSeconds;
        await LinkEndpoint.RefuseAsync(context, StatusCodes.Status429TooManyRequests, reached.Text).ConfigureAwait(false);
        return true;
    }

    /// <summary>Ends every connection, so that the application need not wait for them.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            _actor?.ContinueWith(begun => begun.Result.Tell(new StopSignaling()), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        // Where it could not be made, each client has heard of that.
        if (_actor is { } actor) await ((Task)actor).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_ownSystem is { } system) await system.Terminate().ConfigureAwait(false);
        Traffic.Dispose();
        _limits.Dispose();
    }

    /// <summary>Null once it stops. The first client has the actor made; those that come meanwhile, perhaps hundreds, hold no thread until it is.</summary>
    private Task<IActorRef>? Actor()
    {
        lock (_gate) return _stopped ? null : _actor ??= Task.Factory.StartNew(Create, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private IActorRef Create()
    {
        // An application with Akka.Hosting has a system; any other gets one for this purpose.
        var system = services.GetService<ActorSystem>() ?? (_ownSystem = OwnActorSystem.Create("netflux-signaling", _logging, []));
        var actor = system.ActorOf(SignalingServerActor.Props(options, services.GetService<Core.IRandomSource>() ?? PlatformRandom.Instance, Traffic, _logging, services.GetService<IRoomHome>(), _limits));
        actor.Tell(new OwnAuthorities(_bound.Value));
        return actor;
    }

    private static string RemoteOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    /// <summary>What this server may be dialled as: known once it listens, and it listens when the first client comes.</summary>
    private static IReadOnlyList<string> BoundAuthorities(IServiceProvider services)
    {
        var bound = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses.Select(ToUri).OfType<Uri>().ToList() ?? [];
        return ListenAddresses.Of(bound, new(), [.. DialRule.MachineAddresses(), IPAddress.Loopback, IPAddress.IPv6Loopback], Environment.MachineName).OwnAuthorities;
    }

    private static Uri? ToUri(string address) =>
        Uri.TryCreate(address.Replace("://*", "://[::]", StringComparison.Ordinal).Replace("://+", "://[::]", StringComparison.Ordinal), UriKind.Absolute, out var uri) ? uri : null;

    // RFC 6454 §7: browsers say which page connects; nothing else does so unasked.
    private bool IsOriginAllowed(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        return origin.Count == 0 || options.AllowedOrigins.Contains("*")
            || origin.Count == 1 && (IsOwn(origin[0]) || options.AllowedOrigins.Any(allowed => string.Equals(allowed.TrimEnd('/'), origin[0], StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>A page that this server served, or a server in front of it. Its own authorities count and not what the request calls it: a name that somebody points here is no proof.</summary>
    private bool IsOwn(string? origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Scheme is "http" or "https"
        && _bound.Value.Concat(options.PublicUrls.Select(Authorities.Of)).Contains(Authorities.Of(page), StringComparer.OrdinalIgnoreCase);
}
