using Akka.Actor;
using Akka.DependencyInjection;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Actors;
using Netflux.Client;
using Netflux.Messages;

namespace Netflux.Hosting;

/// <summary>Netflux in an actor system that Akka.Hosting starts.</summary>
public static class NetfluxAkkaHosting
{
    /// <summary>Starts Netflux with the actor system. Its facade is injected as <c>IRequiredActor&lt;NetfluxFacade&gt;</c>; a shutdown goes offline politely.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>, when the host starts; the text names the setting.</exception>
    public static AkkaConfigurationBuilder WithNetflux(this AkkaConfigurationBuilder builder, Action<NetfluxOptions> configure) =>
        builder.WithNetflux("", configure, (registry, facade) => registry.Register<NetfluxFacade>(facade));

    /// <summary>Starts a further instance, which is another peer with another identity. It is found by name: <c>NetfluxInstances.Of(system).FacadeAsync("bob")</c>.</summary>
    public static AkkaConfigurationBuilder WithNetflux(this AkkaConfigurationBuilder builder, string name, Action<NetfluxOptions> configure) =>
        builder.WithNetflux(name, configure, (_, _) => { });

    /// <summary>Starts a further instance, whose facade is injected as <c>IRequiredActor&lt;TKey&gt;</c>. The registry of Akka.Hosting is keyed by type, so each instance has one of its own.</summary>
    public static AkkaConfigurationBuilder WithNetflux<TKey>(this AkkaConfigurationBuilder builder, string name, Action<NetfluxOptions> configure) =>
        builder.WithNetflux(name, configure, (registry, facade) => registry.Register<TKey>(facade));

    /// <summary>Adds the <see cref="NetfluxClient"/> of an instance that <c>WithNetflux</c> starts; that of a named one is keyed by its name.</summary>
    public static IServiceCollection AddNetfluxClient(this IServiceCollection services, string name = "")
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddNetfluxClient(name, provider => provider.GetRequiredService<ActorSystem>());
    }

    internal static IServiceCollection AddNetfluxClient(this IServiceCollection services, string name, Func<IServiceProvider, ActorSystem> find)
    {
        NetfluxClient Make(IServiceProvider provider) => new(async () =>
        {
            var system = find(provider);
            return (await NetfluxInstances.Of(system).FacadeAsync(name).ConfigureAwait(false), system);
        }, provider.GetService<ILogger<NetfluxClient>>());
        return name.Length == 0 ? services.AddSingleton(Make) : services.AddKeyedSingleton(name, (provider, _) => Make(provider));
    }

    private static AkkaConfigurationBuilder WithNetflux(this AkkaConfigurationBuilder builder, string name, Action<NetfluxOptions> configure, Action<IActorRegistry, IActorRef> register)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = NetfluxInstances.Options(name, configure);
        return builder.AddHocon(NetfluxInstances.ConfigOf(options), HoconAddMode.Prepend).WithActors((system, registry, resolver) =>
            register(registry, NetfluxInstances.Of(system).Start(name, options, Logging(resolver))));
    }

    private static ILoggerFactory Logging(IDependencyResolver resolver) => resolver.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
}
