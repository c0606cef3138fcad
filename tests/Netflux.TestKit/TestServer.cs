using Akka.Actor;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Actors;

namespace Netflux.TestKit;

/// <summary>A signaling server of a world: the real one's rooms and rules, over wires in memory.</summary>
public sealed class TestServer
{
    private readonly NetfluxWorld _world;
    private readonly SignalingServerOptions _options;
    private readonly SeededRandom _random;
    private IActorRef? _actor;
    private Action? _endTraffic;
    private int _runs;

    internal TestServer(NetfluxWorld world, string name, SignalingServerOptions? options)
    {
        (_world, Name, _options) = (world, name, options ?? new SignalingServerOptions());
        _random = SeededRandom.For((ulong)world.Seed, $"server {name}");
        Url = new Uri($"ws://{world.Network.Host(name).Authority}");
        Start();
    }

    /// <summary>Its name, and that of its host.</summary>
    public string Name { get; }

    /// <summary>Where it is dialled, <c>ws://NAME.memory</c>.</summary>
    public Uri Url { get; }

    /// <summary>Whether it takes connections.</summary>
    public bool IsRunning => _actor is not null;

    /// <summary>Starts, with rooms that remember nothing of an earlier run.</summary>
    public void Start()
    {
        if (_actor is not null) throw new InvalidOperationException($"The server '{Name}' is running.");
        _world.Note($"server {Name} starts");
        var traffic = new SignalingTraffic();
        _endTraffic = traffic.Dispose;
        var actor = _actor = _world.System.ActorOf(SignalingServerActor.Props(_options, _random, traffic, _world.Logging.Of(Name)), $"server-{Name}-{++_runs}");
        var host = _world.Network.Host(Name);
        (host.IsDead, host.Run) = (false, host.Run + 1);
        actor.Tell(new OwnAuthorities([host.Authority]));
        host.Acceptors[SignalingPath.Upgrade] = link => actor.Tell(new ClientAccepted(link));
    }

    /// <summary>Shuts down in order: every client is told.</summary>
    public void Stop()
    {
        Closing("stops").Tell(new StopSignaling());
        End();
    }

    /// <summary>Dies; its machine resets the connections, or, where it lost power, is silent.</summary>
    public void Crash(bool reset = true)
    {
        var actor = Closing("crashes");
        _world.Network.Kill(Name, reset);
        _world.Network.Host(Name).IsDead = !reset;
        _world.System.Stop(actor);
        End();
    }

    /// <summary>Crashes and starts again at once: everybody has to register again.</summary>
    public void Restart()
    {
        if (IsRunning) Crash();
        Start();
    }

    private IActorRef Closing(string how)
    {
        if (_actor is not { } actor) throw new InvalidOperationException($"The server '{Name}' is not running.");
        _world.Note($"server {Name} {how}");
        _world.Network.Host(Name).Acceptors.Clear();
        return actor;
    }

    private void End()
    {
        _actor = null;
        _endTraffic?.Invoke();
    }
}
