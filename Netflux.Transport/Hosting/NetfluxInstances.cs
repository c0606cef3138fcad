using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging;
using Netflux.Actors;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Messages;
using Netflux.Transport.DataChannels;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.WebSockets;

namespace Netflux.Hosting;

/// <summary>The Netflux instances of one actor system, by name; the one without a name has the empty one. <see cref="Of"/> finds them.</summary>
public sealed class NetfluxInstances : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    private NetfluxInstances(ExtendedActorSystem system) => _system = system;

    /// <summary>The instances of this system.</summary>
    public static NetfluxInstances Of(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<NetfluxInstances, Provider>();
    }

    /// <summary>The facade of an instance, once it was started.</summary>
    /// <exception cref="NetfluxException">The instance could not be started; the text says why.</exception>
    public Task<IActorRef> FacadeAsync(string name = "", CancellationToken cancellation = default) => At(name).Facade.Task.WaitAsync(cancellation);

    /// <summary>The listener of an instance, where it has one and was started.</summary>
    internal PeerLinkListener? ListenerOf(string name) => At(name).Listener;

    /// <summary>The application maps the endpoint of an instance that will be started: it gets a listener.</summary>
    internal void Map(string name) => At(name).IsMapped = true;

    internal IActorRef Start(string name, NetfluxOptions options, ILoggerFactory logging)
    {
        var slot = At(name);
        if (Interlocked.Exchange(ref slot.Started, 1) == 1) throw new NetfluxException(NetfluxError.InvalidOptions, $"The setting Name is '{name}' twice in one actor system; give each instance a name of its own.");
        try
        {
            var facade = Build(slot, name, options, logging);
            slot.Facade.TrySetResult(facade);
            return facade;
        }
        catch (Exception failure)
        {
            slot.Facade.TrySetException(failure);
            _ = slot.Facade.Task.Exception; // heard by whoever awaits it, and thrown to the host here
            throw;
        }
    }

    private IActorRef Build(Slot slot, string name, NetfluxOptions options, ILoggerFactory logging)
    {
        var now = _system.Scheduler.Now;
        var identity = options.IdentityFile is { } path ? IdentityFile.OpenOrCreate(path, now) : null;
        var keys = identity?.Keys ?? PlatformPeerKeys.CreateEphemeral();
        var links = new WebSocketLinkOptions { ListenUrls = [.. options.Listen], AdvertiseUrls = [.. options.AdvertiseUrls], DialPeers = !options.RelayOnly };
        var rule = new DialRule(links);
        var dialer = new WebSocketDialer(links, logging, rule, tokenFor: new ServerTokens([.. options.AccessTokens]).ForAsync);
        var connector = options.DataChannels ? ConnectorOf(options, logging) : null;
        slot.Listener = slot.IsMapped || options.Listen.Count > 0 ? new(links, logging, rule) : null;
        var facade = _system.ActorOf(NetfluxFacade.Props(new()
        {
            Keys = keys,
            Incarnation = identity?.Incarnation ?? new((ulong)now.ToUnixTimeMilliseconds()),
            DisplayName = options.DisplayName,
            Dialer = dialer,
            Listener = slot.Listener,
            Connector = connector,
            Signaling = new SignalingProvider(dialer.Servers, dialer.ServersNamedBy, PlatformRandom.Instance, logging),
            Random = PlatformRandom.Instance,
            EphemeralKeys = PlatformEphemeralKeys.Instance,
            Logging = logging,
            Options = options.ToFacadeOptions(),
            Owned = new Owned(dialer, connector, (IDisposable?)identity ?? keys),
        }), name.Length == 0 ? "netflux" : $"netflux-{name}");
        CoordinatedShutdown.Get(_system).AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, $"netflux-goes-offline-{name}", () => GoOfflineAsync(facade, options.ShutdownTimeout));
        return facade;
    }

    /// <summary>A port that is named is bound at once, so that one that is taken is found out now.</summary>
    private static DataChannelConnector ConnectorOf(NetfluxOptions options, ILoggerFactory logging)
    {
        var connector = new DataChannelConnector(new()
        {
            Port = new() { Port = options.UdpPort, Addresses = [.. options.UdpAddresses] },
            Connection = new() { RelayOnly = options.RelayOnly, IceServers = [.. options.IceServers.Select(server => new Transport.WebRtc.PeerConnections.IceServer(server.Url, server.UserName, server.Password))] },
        }, logging);
        try
        {
            if (options.UdpPort != 0) connector.Bind();
            return connector;
        }
        catch (SocketException failure)
        {
            connector.Dispose();
            throw new NetfluxException(NetfluxError.InvalidOptions, $"The setting {nameof(NetfluxOptions.UdpPort)} is '{options.UdpPort}', which cannot be opened: {failure.Message}.", failure);
        }
    }

    /// <summary>The other peers are told before anything is torn down; who does not hear it in time finds out by itself.</summary>
    private static async Task<Akka.Done> GoOfflineAsync(IActorRef facade, TimeSpan bound)
    {
        try { await facade.Ask<WentOffline>(new GoOffline(), bound).ConfigureAwait(false); }
        catch (AskTimeoutException) { }
        return Akka.Done.Instance;
    }

    /// <summary>What an actor system needs for these instances: messages that stay local, and a shutdown phase that is long enough.</summary>
    internal static Config ConfigOf(NetfluxOptions options) => ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture,
        $"akka.coordinated-shutdown.phases.before-service-unbind.timeout = {(int)Math.Max(5_000, options.ShutdownTimeout.TotalMilliseconds + 1_000)}ms"))
        .WithFallback(LocalOnlySerializer.Binding);

    /// <summary>The options as configured, validated.</summary>
    internal static NetfluxOptions Options(string name, Action<NetfluxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        if (name.Length > 32 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new NetfluxException(NetfluxError.InvalidOptions, $"The setting Name is '{name}'; expected is at most 32 of a–z, A–Z, 0–9, '-', '_' and '.'.");
        var options = new NetfluxOptions();
        configure(options);
        options.Validate();
        return options;
    }

    private Slot At(string name) => _slots.GetOrAdd(name, _ => new());

    private sealed class Slot
    {
        public TaskCompletionSource<IActorRef> Facade { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public volatile PeerLinkListener? Listener;
        public volatile bool IsMapped;
        public int Started;
    }

    private sealed class Owned(params IDisposable?[] owned) : IDisposable
    {
        public void Dispose() => Array.ForEach(owned, one => one?.Dispose());
    }

    private sealed class Provider : ExtensionIdProvider<NetfluxInstances>
    {
        public override NetfluxInstances CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
