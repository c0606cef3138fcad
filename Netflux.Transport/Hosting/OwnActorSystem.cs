using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;

namespace Netflux.Hosting;

/// <summary>An actor system that Netflux keeps for itself, where the application has none: it logs where the application logs, and never to the console by itself.</summary>
internal static class OwnActorSystem
{
    private static readonly Config s_quiet = ConfigurationFactory.ParseString($$"""
        akka {
          stdout-loglevel = OFF
          loglevel = INFO
          loggers = ["{{typeof(LoggerFactoryLogger).FullName}}, {{typeof(LoggerFactoryLogger).Assembly.GetName().Name}}"]
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          # Deadlines here are of tens of milliseconds and more; at the default of 10 ms an idle process wakes a hundred times a second.
          scheduler.tick-duration = 20ms
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """);

    public static ActorSystem Create(string name, ILoggerFactory logging, IEnumerable<Config> configs) => ActorSystem.Create(name, ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(configs.Aggregate(s_quiet, (all, config) => config.WithFallback(all))),
        new LoggerFactorySetup(logging)));
}
