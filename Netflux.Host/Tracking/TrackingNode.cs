using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Microsoft.Extensions.Logging;
using Netflux.Hosting;
using Netflux.Messages;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>What makes a host a tracking server: its store, and the actor system in whose shards the rooms live. A node alone is a cluster of one.</summary>
internal sealed class TrackingNode : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20); // guess: a slow disk under load; only the first start makes tables

    // A node alone listens for others on loopback, as Akka.Cluster wants it; nobody is told where, and what another process of this machine sends is not trusted: it is read by protobuf or not at all.
    private static readonly Config s_alone = ConfigurationFactory.ParseString("""
        akka {
          stdout-loglevel = OFF
          actor.provider = cluster
          actor.serializers.json = "Netflux.Host.Tracking.NoTypeNamesSerializer, netflux"
          remote.untrusted-mode = on
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          cluster {
            min-nr-of-members = 1
            shutdown-after-unsuccessful-join-seed-nodes = off
            run-coordinated-shutdown-when-down = off
            sharding { state-store-mode = ddata, remember-entities = off, passivate-idle-entity-after = off }
          }
          coordinated-shutdown.run-by-actor-system-terminate = off
        }
        """);

    private readonly TrackingStore _store;

    private TrackingNode(TrackingStore store, ActorSystem system) => (_store, System) = (store, system);

    public ActorSystem System { get; }

    public RoomShards Rooms { get; } = new("");

    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: the folder cannot be used; the text says why.</exception>
    public static TrackingNode Create(string folder, ILoggerFactory logging)
    {
        var store = TrackingStore.Open(folder);
        return new TrackingNode(store, OwnActorSystem.Create("netflux-tracking", logging, [ClusterSharding.DefaultConfig(), store.Config, StoredSerializer.Binding, s_alone]));
    }

    /// <summary>Forms the cluster of one, writes into the store what is then read, and asks a room, so that the first client finds the shards at work.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: the store does not work; <see cref="NetfluxError.TimedOut"/>: the shards do not; the text says why.</exception>
    public async Task StartAsync(SignalingServerOptions options, CancellationToken cancellation)
    {
        var cluster = Cluster.Get(System);
        await cluster.JoinAsync(cluster.SelfAddress, cancellation).ConfigureAwait(false);
        var rooms = Rooms.Start(System, options);
        await TryStoreAsync(s_patience, cancellation).ConfigureAwait(false);
        try { await rooms.Ask<RoomDescribed>(new DescribeRoom(RoomId.OfName("nobody").Path), s_patience, cancellation).ConfigureAwait(false); }
        catch (AskTimeoutException slow) { throw new NetfluxException(NetfluxError.TimedOut, $"The rooms of this server were not there within {s_patience.TotalSeconds:0} s; start it again, and see with --verbose what they wait for.", slow); }
    }

    /// <summary>Writes into the store what is then read.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: the store does not work; the text says why.</exception>
    public Task TryStoreAsync(TimeSpan patience, CancellationToken cancellation) => StoreProbe.RunAsync(System, _store.File, patience, cancellation);

    public async ValueTask DisposeAsync()
    {
        await System.Terminate().ConfigureAwait(false);
        _store.Dispose();
    }
}
