using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Netflux.Client;
using Netflux.Messages;

namespace Netflux.Hosting;

/// <summary>Netflux for applications that have no actor system of their own.</summary>
public static class NetfluxServices
{
    /// <summary>Starts Netflux with the host, in an actor system that it keeps for itself, and adds a <see cref="NetfluxClient"/>. A stopping host goes offline politely.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>, at once; the text names the setting.</exception>
    public static IServiceCollection AddNetflux(this IServiceCollection services, Action<NetfluxOptions> configure) => services.AddNetflux("", configure);

    /// <summary>Starts a further instance, which is another peer with another identity. Its <see cref="NetfluxClient"/> is keyed by its name.</summary>
    public static IServiceCollection AddNetflux(this IServiceCollection services, string name, Action<NetfluxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton(new NetfluxRegistration(name, NetfluxInstances.Options(name, configure)));
        services.TryAddSingleton<NetfluxService>();
        if (!services.Any(service => service.ServiceType == typeof(NetfluxServiceMark)))
        {
            services.AddSingleton<NetfluxServiceMark>();
            services.AddHostedService(provider => provider.GetRequiredService<NetfluxService>());
        }
        return services.AddNetfluxClient(name, provider => provider.GetRequiredService<NetfluxService>().System);
    }

    private sealed class NetfluxServiceMark;
}

internal sealed record NetfluxRegistration(string Name, NetfluxOptions Options);

/// <summary>The actor system of <see cref="NetfluxServices.AddNetflux(IServiceCollection, Action{NetfluxOptions})"/>, from the host's start to its stop.</summary>
internal sealed class NetfluxService(IEnumerable<NetfluxRegistration> registrations, ILoggerFactory logging) : IHostedService
{
    private readonly Lazy<ActorSystem> _system = new(() => OwnActorSystem.Create("netflux", logging, registrations.Select(registration => NetfluxInstances.ConfigOf(registration.Options))));

    public ActorSystem System => _system.Value;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var registration in registrations) NetfluxInstances.Of(System).Start(registration.Name, registration.Options, logging);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        _system.IsValueCreated ? CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance).WaitAsync(cancellationToken) : Task.CompletedTask;
}
