using System.Text;
using Akka.Actor;
using Netflux.Actors;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Transport.Signaling.Actors;

namespace Netflux.TestKit;

/// <summary>
/// One peer of a world: an identity with its own facade, and an actor that subscribes to whatever it creates, joins or meets and writes down what it hears.
/// Texts travel as UTF-8.
/// </summary>
public sealed partial class TestPeer : IDisposable
{
    private readonly NetfluxWorld _world;
    private readonly TestPeerOptions _options;
    private readonly SeededPeerKeys _keys;
    private readonly SeededRandom _random;
    private readonly SeededEphemeralKeys _ephemeral;
    private ulong _lastIncarnation;

    internal TestPeer(NetfluxWorld world, string name, TestPeerOptions options, string? identity = null)
    {
        (_world, Name, _options) = (world, name, options);
        var seed = (ulong)world.Seed;
        _keys = new SeededPeerKeys(SeededRandom.For(seed, $"keys of {identity ?? name}"));
        _random = SeededRandom.For(seed, $"peer {name}");
        _ephemeral = new SeededEphemeralKeys(SeededRandom.For(seed, $"ephemeral keys of {name}"));
        Start();
    }

    /// <summary>Its name, also its display name and that of its host: <c>ws://NAME.memory</c>.</summary>
    public string Name { get; }

    /// <summary>Its proven id, decided by the seed.</summary>
    public PeerId Id => _keys.Card.Id;

    /// <summary>Its facade; after <see cref="Restart"/> another one. Messages may be told and asked directly.</summary>
    public IActorRef Facade { get; private set; } = ActorRefs.Nobody;

    /// <summary>The actor that subscribes for it: name it where a message wants a subscriber or an answerer.</summary>
    public IActorRef Subscriber { get; private set; } = ActorRefs.Nobody;

    /// <summary>Whether it is running: not crashed, not offline.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>How often it was started.</summary>
    public int Runs { get; private set; }

    /// <inheritdoc />
    public override string ToString() => Name;

    void IDisposable.Dispose() => _keys.Dispose();

    /// <summary>Asks its facade something, and gives the reply.</summary>
    /// <exception cref="NetfluxException">The facade's refusal, when awaited.</exception>
    public WorldOperation<T> Ask<T>(object message) => AskOf<T>(Facade, message);

    /// <summary>Asks any actor of the world something, such as a network's or a peer's own.</summary>
    public WorldOperation<T> AskOf<T>(IActorRef actor, object message)
    {
        ArgumentNullException.ThrowIfNull(actor);
        return new(_world, Unwrap<T>(_world.AskAsync(actor, message)));
    }

    /// <summary>Its process dies without a goodbye.</summary>
    /// <param name="reset">Whether the machine lives on and resets what the process had open, as after <c>kill -9</c>; otherwise it lost power, and the others hear silence.</param>
    public void Crash(bool reset = false)
    {
        if (!IsRunning) throw new InvalidOperationException($"'{Name}' is not running.");
        _world.Record(this, reset ? "crashes; its machine resets the links" : "crashes");
        Over();
        _world.Network.Kill(Name, reset);
        _world.Network.Host(Name).IsDead = !reset;
        _world.System.Stop(Facade);
        _world.System.Stop(Subscriber);
    }

    /// <summary>Starts again with the same identity and a new incarnation, after a <see cref="Crash"/>, <see cref="GoOffline"/>, or, where it is still running, a crash on the way. It is in no network.</summary>
    public void Restart()
    {
        if (IsRunning) Crash(reset: true);
        Start();
    }

    /// <summary>Shuts down in order, as a process that is stopped: members hear <see cref="PeerLeavingReason.WentOffline"/>.</summary>
    public WorldOperation<bool> GoOffline()
    {
        var (facade, subscriber) = (Facade, Subscriber);
        async Task<bool> Stop()
        {
            await _world.AskAsync(facade, new GoOffline()).ConfigureAwait(false);
            _world.System.Stop(facade);
            _world.System.Stop(subscriber);
            Over();
            return true;
        }
        _world.Record(this, "goes offline");
        return new(_world, Stop());
    }

    private void Start()
    {
        _lastIncarnation = Math.Max((ulong)_world.Now.ToUnixTimeMilliseconds(), _lastIncarnation + 1);
        var run = ++Runs;
        var host = _world.Network.Host(Name);
        (host.IsDead, host.Run) = (false, host.Run + 1);
        var logging = _world.Logging.Of(Name);
        var dialer = new MemoryDialer(_world.Network, Name);
        var options = new FacadeOptions { Relays = _options.Relays, Server = _options.HasServer ? _options.Server ?? _world.Server.Url : null };
        if (_options.RequestTimeout is { } timeout) options = options with { RequestTimeout = timeout };
        var setup = new NetfluxSetup
        {
            Keys = _keys,
            Incarnation = new Incarnation(_lastIncarnation),
            DisplayName = Name,
            Dialer = dialer,
            Listener = _options.Listener ?? (_options.Listens ? new MemoryListener(host) : null),
            Connector = _options.DataChannels ? new MemoryConnector(_world.Network, Name, _random) : null,
            Signaling = new SignalingProvider(dialer, _ => dialer, _random, logging),
            Random = _random,
            EphemeralKeys = _ephemeral,
            Logging = logging,
            Options = _options.Facade?.Invoke(options) ?? options,
        };
        var suffix = run == 1 ? Name : $"{Name}-{run}";
        IsRunning = true;
        _world.Record(this, $"starts, run {run}");
        Subscriber = _world.System.ActorOf(Props.CreateBy(new EarProducer(this, run)), $"subscriber-{suffix}");
        Facade = _world.System.ActorOf(NetfluxFacade.Props(setup), $"netflux-{suffix}");
    }

    private void Over()
    {
        IsRunning = false;
        _networks.Clear();
    }

    private static async Task<T> Unwrap<T>(Task<object> reply) => await reply.ConfigureAwait(false) switch
    {
        T wanted => wanted,
        Status.Failure failure => throw failure.Cause,
        var other => throw new InvalidOperationException($"The reply is {other}, where {typeof(T).Name} was expected."),
    };

    private sealed class EarProducer(TestPeer peer, int run) : IIndirectActorProducer
    {
        public Type ActorType => typeof(Ear);

        public ActorBase Produce() => new Ear(peer, run);

        public void Release(ActorBase actor) { }
    }
}
