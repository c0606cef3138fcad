using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Netflux.Transport.Signaling.Actors;

namespace Netflux.Transport.Signaling.Hosting;

/// <summary>A signaling server in an ASP.NET Core application: the services, and the endpoints.</summary>
public static class SignalingEndpoints
{
    /// <summary>Adds a signaling server. It uses the application's <c>ActorSystem</c> where one is among the services, and makes its own otherwise.</summary>
    /// <param name="services">Where to add it.</param>
    /// <param name="options">Limits, origins and public URLs; null takes the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddNetfluxSignaling(this IServiceCollection services, SignalingServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var given = options ?? new();
        services.AddSingleton(provider => new SignalingServer(given, provider));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, BearerSubprotocol>());
        return services;
    }

    /// <summary>
    /// Maps the endpoints of the signaling server: WebSockets on <c>/netflux/signal</c>, counters on <c>/netflux/stats</c>, and what a person reads who opens
    /// <c>/</c>, <c>/net/NAME</c> or <c>/meet/KEY</c> in a browser.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>All of them. With <c>RequireAuthorization()</c> only those are let in whom the application's authentication knows: .NET peers by what <c>NetfluxOptions.AccessTokens</c> holds for this
    /// server, pages in browsers by the option <c>token</c>, which both come as <c>Authorization: Bearer</c>.</returns>
    /// <exception cref="InvalidOperationException"><see cref="AddNetfluxSignaling"/> was not called.</exception>
    public static IEndpointConventionBuilder MapNetfluxSignaling(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var server = services.GetService<SignalingServer>()
            ?? throw new InvalidOperationException("MapNetfluxSignaling finds no signaling server among the services: call AddNetfluxSignaling first.");
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(server.Stop);
        var upgrade = endpoints.CreateApplicationBuilder().UseWebSockets();
        upgrade.Run(server.HandleAsync);
        var group = endpoints.MapGroup("");
        group.Map(SignalingPath.Upgrade, upgrade.Build()).WithDisplayName("Netflux signaling");
        group.MapGet(SignalingPath.Stats, (RequestDelegate)(context => SignalingPages.Stats(context, server))).WithDisplayName("Netflux signaling counters");
        group.MapGet("/", (RequestDelegate)(context => SignalingPages.About(context, server))).WithDisplayName("Netflux signaling: about");
        group.MapGet("/net/{name}", (RequestDelegate)(context => SignalingPages.Network(context, server))).WithDisplayName("Netflux signaling: address of a network");
        group.MapGet("/meet/{key}", (RequestDelegate)(context => SignalingPages.Meeting(context, server))).WithDisplayName("Netflux signaling: meeting point");
        return group;
    }
}
