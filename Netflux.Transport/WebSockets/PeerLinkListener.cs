using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>
/// Where other peers dial this process: on a small Kestrel of its own where the options name <see cref="WebSocketLinkOptions.ListenUrls"/>, and on the endpoint that
/// <c>app.MapNetflux()</c> maps in an ASP.NET Core application.
/// </summary>
internal sealed class PeerLinkListener : ILinkListener
{
    private readonly WebSocketLinkOptions _options;
    private readonly ILogger _logger;
    private readonly DialRule? _rule;
    private readonly Lock _gate = new();
    private readonly List<Uri> _mapped = [];
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IActorRef? _facade;
    private Task _own = Task.CompletedTask;
    private IReadOnlyList<Uri> _ownBound = [];

    /// <param name="rule">Learns when this process listens on loopback, so that it dials others there.</param>
    public PeerLinkListener(WebSocketLinkOptions options, ILoggerFactory? loggers = null, DialRule? rule = null)
    {
        _options = options;
        _logger = (ILogger?)loggers?.CreateLogger<PeerLinkListener>() ?? NullLogger.Instance;
        _rule = rule;
        Endpoint = new(options, _logger);
    }

    public LinkEndpoint Endpoint { get; }

    /// <summary>Ends once a listener of its own has given its socket back, after <see cref="Stop"/>.</summary>
    public Task Stopped => _own;

    public void Start(IActorRef facade)
    {
        lock (_gate)
        {
            _facade = facade;
            Endpoint.HandLinksTo(link => facade.Tell(new LinkAccepted(link), ActorRefs.NoSender));
            if (_mapped.Count > 0) Report();
            if (_options.ListenUrls.Count > 0) _own = ListenAsync();
        }
    }

    public void Stop()
    {
        Endpoint.HandLinksTo(null);
        _stop.TrySetResult();
    }

    /// <summary>The application that maps the endpoint is up.</summary>
    public void OnMappedServerStarted(IServer server)
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        lock (_gate)
        {
            _mapped.AddRange(addresses.Select(ParseBound));
            Report();
        }
    }

    private async Task ListenAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (!TryEndpoints(out var endpoints, out var why))
        {
            Fail(why);
            return;
        }
        await using var app = Build(endpoints);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            Fail(Explain(e));
            return;
        }
        lock (_gate)
        {
            _ownBound = [.. app.Urls.Select(ParseBound)];
            Report();
        }
        await _stop.Task.ConfigureAwait(false);
        using var patience = new CancellationTokenSource(_options.CloseTimeout);
        await app.StopAsync(patience.Token).ConfigureAwait(false);
    }

    private WebApplication Build(List<IPEndPoint> endpoints)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.RequestHeadersTimeout = _options.RequestTimeout;
            kestrel.Limits.KeepAliveTimeout = _options.RequestTimeout;
            kestrel.Limits.MaxRequestHeadersTotalSize = _options.RequestHeadBytesMax;
            kestrel.Limits.MaxRequestBodySize = 0;
            // Twice: links, and as many connections that have not asked for one yet.
            kestrel.Limits.MaxConcurrentConnections = _options.LinksMax * 2L;
            foreach (var endpoint in endpoints) kestrel.Listen(endpoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new LinkMemory());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = _options.CloseTimeout);
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(context => context.Request.Path == WebSocketLinkOptions.LinkPath
            ? Endpoint.HandleAsync(context)
            : LinkEndpoint.RefuseAsync(context, StatusCodes.Status404NotFound, $"There is nothing here: Netflux peers connect at {WebSocketLinkOptions.LinkPath}."));
        return app;
    }

    private bool TryEndpoints(out List<IPEndPoint> endpoints, out string why)
    {
        endpoints = [];
        foreach (var url in _options.ListenUrls)
        {
            if (url.Scheme is not ("http" or "ws"))
            {
                why = $"Cannot listen on {url}: a listener of its own speaks http or ws; for TLS put a reverse proxy before it and advertise its address.";
                return false;
            }
            var host = url.IdnHost == "localhost" ? "127.0.0.1" : url.Host;
            if (!IPAddress.TryParse(host, out var address))
            {
                why = $"Cannot listen on {url}: {url.Host} is not an IP address of this machine; name one, or 0.0.0.0 for all, and advertise the name.";
                return false;
            }
            endpoints.Add(new(address, url.Port));
        }
        why = "";
        return true;
    }

    private string Explain(Exception exception)
    {
        var urls = string.Join(", ", _options.ListenUrls);
        var socket = exception as SocketException ?? exception.InnerException as SocketException ?? exception.InnerException?.InnerException as SocketException;
        return socket?.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => $"Cannot listen on {urls}: the port is in use by another process; choose another, or 0 for any.",
            SocketError.AddressNotAvailable => $"Cannot listen on {urls}: this machine has no such address.",
            SocketError.AccessDenied => $"Cannot listen on {urls}: the port needs rights that this process does not have; choose one above 1023.",
            _ => $"Cannot listen on {urls}: {exception.Message}",
        };
    }

    private void Fail(string why)
    {
        WebSocketLog.ListeningFailed(_logger, why);
        _facade!.Tell(new ListeningFailed(why), ActorRefs.NoSender);
    }

    private void Report()
    {
        List<Uri> bound = [.. _mapped, .. _ownBound];
        if (_rule is not null && bound.Exists(DialRule.IsLoopback)) _rule.AllowLoopback();
        if (_facade is not { } facade || bound.Count == 0) return;
        var listening = ListenAddresses.Of(bound, _options, [.. DialRule.MachineAddresses()], Dns.GetHostName());
        WebSocketLog.Listening(_logger, string.Join(", ", listening.Advertised));
        facade.Tell(listening, ActorRefs.NoSender);
    }

    /// <summary>Kestrel writes wildcards also as + and *, which no Uri can hold.</summary>
    private static Uri ParseBound(string address) =>
        new(address.Replace("://+", "://[::]", StringComparison.Ordinal).Replace("://*", "://[::]", StringComparison.Ordinal));
}
