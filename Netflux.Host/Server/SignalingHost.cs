using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Netflux.Host.Access;
using Netflux.Host.Browser;
using Netflux.Host.Cli;
using Netflux.Host.Tracking;
using Netflux.Messages;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Hosting;
using OpenTelemetry.Metrics;

namespace Netflux.Host.Server;

/// <summary>Where and how a host listens.</summary>
/// <param name="Urls">http(s)://ADDRESS:PORT.</param>
/// <param name="Signaling">The settings of the signaling server.</param>
/// <param name="Certificate">For https URLs.</param>
/// <param name="Proxies">Reverse proxies on other machines, whose X-Forwarded headers count.</param>
/// <param name="Tracking">With what it remembers networks; null remembers none.</param>
internal sealed record HostSettings(IReadOnlyList<string> Urls, SignalingServerOptions Signaling, HostCertificate? Certificate, IReadOnlyList<IPAddress> Proxies, TrackingSettings? Tracking)
{
    /// <summary>Whether metrics are given to everybody who asks and has access.</summary>
    public bool Metrics { get; init; }

    /// <summary>Who may connect, and see counters and metrics; null is everybody.</summary>
    public HostAccess? Access { get; init; }
}

/// <summary>The server that <c>netflux host</c> and <c>netflux demo</c> run: signaling, tracking, and what browsers need to be peers, on one Kestrel.</summary>
internal static class SignalingHost
{
    /// <summary>Starts by http on these URLs.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: it cannot listen there; the text says why.</exception>
    public static Task<WebApplication> StartAsync(IReadOnlyList<string> urls, SignalingServerOptions options, bool verbose, CancellationToken cancellation) =>
        StartAsync(new HostSettings(urls, options, null, [], null), verbose, cancellation);

    /// <summary>Starts as the settings say.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: it cannot listen there; the text says why.</exception>
    public static async Task<WebApplication> StartAsync(HostSettings settings, bool verbose, CancellationToken cancellation)
    {
        var (urls, options, certificate, proxies, tracking) = settings;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Guess: signaling messages travel on WebSockets; whatever else comes is a small GET.
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            kestrel.Limits.MaxConcurrentConnections = options.ConnectionsMax * 2L;
            if (certificate is not null) kestrel.ConfigureHttpsDefaults(https => (https.ServerCertificate, https.ServerCertificateChain) = (certificate.Own, certificate.Signers));
        });
        RunningPeer.Verbosely(builder.Logging, verbose);
        builder.Services.AddRoutingCore().AddNetfluxSignaling(options).Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        var health = builder.Services.AddHealthChecks();
        if (settings.Metrics) builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter("Netflux").AddPrometheusExporter());
        settings.Access?.AddTo(builder.Services);
        if (tracking is not null)
        {
            health.AddCheck<StoreHealth>("store");
            builder.Services.AddSingleton(TimeProvider.System).AddSingleton<StoreHealth>().AddSingleton(services => TrackingNode.Create(tracking, options, services.GetRequiredService<ILoggerFactory>()))
                .AddHostedService(services => services.GetRequiredService<TrackingNode>())
                .AddSingleton<ActorSystem>(services => services.GetRequiredService<TrackingNode>().System)
                .AddSingleton<IRoomHome>(services => services.GetRequiredService<TrackingNode>().Rooms);
        }
        var app = builder.Build();
        foreach (var url in urls) app.Urls.Add(url);
        app.UseForwardedHeaders(BehindProxies(proxies));
        app.UseBrowserPages();
        app.UseRouting();
        if (settings.Access is not null) app.UseAuthentication().UseAuthorization();
        Guard(app.MapNetfluxSignaling());
        // It lives as long as it answers; it is ready once it can also store what it is told.
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready");
        if (settings.Metrics) Guard(app.MapPrometheusScrapingEndpoint("/metrics"));
        try
        {
            await app.StartAsync(cancellation).ConfigureAwait(false);
            return app;
        }
        catch (NetfluxException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        catch (Exception failure) when (failure is IOException or SocketException or InvalidOperationException or FormatException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new NetfluxException(NetfluxError.InvalidOptions, Explain(urls, failure), failure);
        }

        // Whether it lives and is ready says nothing about anybody, and who asks that has no token.
        void Guard(IEndpointConventionBuilder endpoint)
        {
            if (settings.Access is { } access) endpoint.RequireAuthorization(access.Policy());
        }
    }

    /// <summary>Whether it failed because somebody else listens there.</summary>
    public static bool IsPortTaken(Exception failure) =>
        failure is AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } || failure.InnerException is { } inner && IsPortTaken(inner);

    // Who is limited by address is whom the proxy names, and not the proxy; a proxy on this machine is believed by itself.
    internal static ForwardedHeadersOptions BehindProxies(IReadOnlyList<IPAddress> proxies)
    {
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost };
        foreach (var proxy in proxies) forwarded.KnownProxies.Add(proxy);
        return forwarded;
    }

    private static string Explain(IReadOnlyList<string> urls, Exception failure)
    {
        var where = string.Join(", ", urls);
        if (IsPortTaken(failure)) return $"Cannot listen on {where}: the port is in use by another process; choose another with --urls.";
        for (var cause = failure; cause is not null; cause = cause.InnerException!)
            if (cause is SocketException socket)
                return socket.SocketErrorCode switch
                {
                    SocketError.AccessDenied => $"Cannot listen on {where}: the port needs rights that this process does not have; choose one above 1023 with --urls.",
                    SocketError.AddressNotAvailable => $"Cannot listen on {where}: this machine has no such address.",
                    _ => string.Create(CultureInfo.InvariantCulture, $"Cannot listen on {where}: {socket.SocketErrorCode}."),
                };
        return $"Cannot listen on {where}: {failure.Message.ReplaceLineEndings(" ")}";
    }
}
