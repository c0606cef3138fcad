using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>WebSocket links in an application: the services, and the endpoint for peers.</summary>
public static class NetfluxLinkHosting
{
    /// <summary>Adds the dialler and the listener of WebSocket links.</summary>
    /// <param name="services">Where to add them.</param>
    /// <param name="options">Limits and addresses; null takes the defaults, which listen nowhere.</param>
    /// <param name="name">The name of the Netflux instance, where an application has several; its services are keyed by it.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddNetfluxLinks(this IServiceCollection services, WebSocketLinkOptions? options = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var given = options ?? new();
        // A null key is the plain registration.
        services.AddKeyedSingleton(name, (_, _) => new DialRule(given));
        services.AddKeyedSingleton(name, (provider, key) => new WebSocketDialer(given, provider.GetService<ILoggerFactory>(), provider.GetRequiredKeyedService<DialRule>(key)));
        services.AddKeyedSingleton<ILinkDialer>(name, (provider, key) => provider.GetRequiredKeyedService<WebSocketDialer>(key));
        services.AddKeyedSingleton(name, (provider, key) => new PeerLinkListener(given, provider.GetService<ILoggerFactory>(), provider.GetRequiredKeyedService<DialRule>(key)));
        services.AddKeyedSingleton<ILinkListener>(name, (provider, key) => provider.GetRequiredKeyedService<PeerLinkListener>(key));
        return services;
    }

    /// <summary>
    /// Maps the endpoint on which other peers connect, <c>/netflux/link</c>. Where it answers is advertised once the application listens, unless
    /// <see cref="WebSocketLinkOptions.AdvertiseUrls"/> says otherwise.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="name">The name of the Netflux instance given to <see cref="AddNetfluxLinks"/>; only one instance can have the path.</param>
    /// <returns>The endpoint, for example to add a host filter.</returns>
    /// <exception cref="InvalidOperationException"><see cref="AddNetfluxLinks"/> was not called.</exception>
    public static IEndpointConventionBuilder MapNetflux(this IEndpointRouteBuilder endpoints, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var listener = services.GetKeyedService<PeerLinkListener>(name)
            ?? throw new InvalidOperationException("MapNetflux finds no Netflux links among the services: call AddNetfluxLinks first.");
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => listener.OnMappedServerStarted(services.GetRequiredService<IServer>()));
        var pipeline = endpoints.CreateApplicationBuilder().UseWebSockets();
        pipeline.Run(listener.Endpoint.HandleAsync);
        return endpoints.Map(WebSocketLinkOptions.LinkPath, pipeline.Build()).WithDisplayName("Netflux links");
    }
}
