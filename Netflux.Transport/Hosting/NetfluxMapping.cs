using Akka.Actor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Netflux.Transport.WebSockets;

namespace Netflux.Hosting;

/// <summary>Netflux in the endpoints of a web application.</summary>
public static class NetfluxMapping
{
    /// <summary>
    /// Maps the endpoint on which other peers connect, <c>/netflux/link</c>. Where it answers is told to admitted members once the application listens, unless
    /// <see cref="NetfluxOptions.AdvertiseUrls"/> says otherwise.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="name">The name of the instance, where there are several; only one of them can have the path.</param>
    /// <returns>The endpoint, for example to add a host filter.</returns>
    /// <exception cref="InvalidOperationException">Neither <c>AddNetflux</c> nor <c>AddAkka</c> was called.</exception>
    public static IEndpointConventionBuilder MapNetflux(this IEndpointRouteBuilder endpoints, string name = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var system = endpoints.ServiceProvider.GetService<NetfluxService>()?.System ?? endpoints.ServiceProvider.GetService<ActorSystem>()
            ?? throw new InvalidOperationException("MapNetflux finds no Netflux: call services.AddNetflux(…), or services.AddAkka(…) with WithNetflux(…), first.");
        var instances = NetfluxInstances.Of(system);
        instances.Map(name);
        return endpoints.MapLinks(() => instances.ListenerOf(name));
    }

    internal static IEndpointConventionBuilder MapLinks(this IEndpointRouteBuilder endpoints, Func<PeerLinkListener?> find)
    {
        var services = endpoints.ServiceProvider;
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => find()?.OnMappedServerStarted(services.GetRequiredService<IServer>()));
        var pipeline = endpoints.CreateApplicationBuilder().UseWebSockets();
        pipeline.Run(context => find() is { } listener ? listener.Endpoint.HandleAsync(context)
            : LinkEndpoint.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "This peer is not up yet."));
        return endpoints.Map(WebSocketLinkOptions.LinkPath, pipeline.Build()).WithDisplayName("Netflux links");
    }
}
