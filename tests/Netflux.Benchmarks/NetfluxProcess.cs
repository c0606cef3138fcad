using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Actors;
using Netflux.Client;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.WebSockets;

namespace Netflux.Benchmarks;

/// <summary>One Netflux instance over real sockets, with nothing logged and an identity that ends with it.</summary>
internal sealed class NetfluxProcess : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly PlatformPeerKeys _keys = PlatformPeerKeys.CreateEphemeral();

    /// <param name="listens">Whether it listens on a free port of 127.0.0.1.</param>
    public NetfluxProcess(string name, bool listens)
    {
        var options = new WebSocketLinkOptions { DialLoopback = true, ListenUrls = listens ? [new Uri("ws://127.0.0.1:0")] : [] };
        var rule = new DialRule(options);
        var dialer = new WebSocketDialer(options, null, rule);
        _system = ActorSystem.Create(name, ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off }"));
        Facade = _system.ActorOf(NetfluxFacade.Props(new NetfluxSetup
        {
            Keys = _keys,
            Incarnation = new Incarnation((ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()),
            DisplayName = name,
            Dialer = dialer,
            Listener = listens ? new PeerLinkListener(options, null, rule) : null,
            Signaling = new SignalingProvider(dialer.Servers, dialer.ServersNamedBy, PlatformRandom.Instance),
            Random = PlatformRandom.Instance,
            EphemeralKeys = PlatformEphemeralKeys.Instance,
            Logging = NullLoggerFactory.Instance,
        }), "netflux");
        Client = new NetfluxClient(Facade, _system);
    }

    public IActorRef Facade { get; }

    public ActorSystem System => _system;

    public NetfluxClient Client { get; }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _keys.Dispose();
    }
}
