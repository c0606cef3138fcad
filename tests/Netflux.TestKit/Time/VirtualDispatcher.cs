using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace Netflux.TestKit;

/// <summary>Makes the dispatcher that hands every mailbox to a world's loop. Named in the configuration of a world's actor system.</summary>
internal sealed class VirtualDispatcherConfigurator : MessageDispatcherConfigurator
{
    public const string WorldSetting = "netflux-testkit.world";

    private readonly VirtualDispatcher _dispatcher;

    public VirtualDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites) : base(config, prerequisites) =>
        _dispatcher = new VirtualDispatcher(this, WorldLoop.Find(prerequisites.Settings.Config.GetString(WorldSetting)), config.GetString("id"));

    public override MessageDispatcher Dispatcher() => _dispatcher;

    /// <summary>
    /// All actors, Akka's own as well, on the world's thread and clock. No logger, since its start blocks on a reply that only the loop can
    /// deliver; no shutdown by phases, since it waits on the thread pool.
    /// </summary>
    public static Config ForWorld(WorldLoop loop, int throughput)
    {
        var dispatcher = $$"""{ type = "{{typeof(VirtualDispatcherConfigurator).AssemblyQualifiedName}}", throughput = {{throughput}}, throughput-deadline-time = 0ms, shutdown-timeout = 1s }""";
        return ConfigurationFactory.ParseString($$"""
            netflux-testkit.world = "{{loop.Id}}"
            akka {
              loggers = []
              stdout-loglevel = OFF
              loglevel = WARNING
              log-dead-letters = off
              log-dead-letters-during-shutdown = off
              scheduler.implementation = "{{typeof(VirtualScheduler).AssemblyQualifiedName}}"
              actor.default-dispatcher = {{dispatcher}}
              actor.internal-dispatcher = {{dispatcher}}
              coordinated-shutdown {
                run-by-actor-system-terminate = off
                run-by-clr-shutdown-hook = off
                terminate-actor-system = off
              }
            }
            """);
    }
}

/// <summary>Puts runnable mailboxes into the queue of a world.</summary>
internal sealed class VirtualDispatcher : MessageDispatcher
{
    private readonly WorldLoop _loop;

    public VirtualDispatcher(MessageDispatcherConfigurator configurator, WorldLoop loop, string? id) : base(configurator)
    {
        _loop = loop;
        if (id is not null) Id = id;
    }

    protected override void ExecuteTask(IRunnable run) => _loop.Post(run);

    protected override void Shutdown() { }
}
