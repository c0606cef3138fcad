using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Netflux.Hosting;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Messages;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>What makes a host a tracking server: its store, and the actor system in whose shards the rooms live. A node alone is a cluster of one.</summary>
internal sealed class TrackingNode : IHostedService, IAsyncDisposable
{
    private const string SystemName = "netflux-tracking";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20); // guess: a slow disk under load; only the first start makes tables
    private static readonly TimeSpan s_joinPatience = TimeSpan.FromSeconds(60); // guess: a node that was just killed is taken out in about 20 s, and comes in again then

    private static readonly Config s_config = ConfigurationFactory.ParseString("""
        akka {
          stdout-loglevel = OFF
          actor.provider = cluster
          actor.serializers.json = "Netflux.Host.Tracking.NoTypeNamesSerializer, netflux"
          cluster {
            min-nr-of-members = 1
            shutdown-after-unsuccessful-join-seed-nodes = off
            # What waits for shards on their way. Guess: some of each of 10,000 connections; who is beyond it asks again.
            sharding { state-store-mode = ddata, remember-entities = off, passivate-idle-entity-after = off, buffer-size = 20000 }
          }
          coordinated-shutdown.run-by-actor-system-terminate = off
        }
        """);

    // A node alone listens for others on loopback, as Akka.Cluster wants it; nobody is told where, and what another process of this machine sends is not trusted: it is read by protobuf or not at all.
    private static readonly Config s_alone = ConfigurationFactory.ParseString("""
        akka {
          remote.untrusted-mode = on
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          cluster.run-coordinated-shutdown-when-down = off
        }
        """);

    private readonly TrackingStore _store;
    private readonly IdentityFile _identity;
    private readonly IReadOnlyList<Address> _seeds;
    private volatile bool _isStopping;

    private TrackingNode(TrackingStore store, IdentityFile identity, ActorSystem system, IReadOnlyList<Address> seeds, RoomShards rooms) => (_store, _identity, System, _seeds, Rooms) = (store, identity, system, seeds, rooms);

    public ActorSystem System { get; }

    public RoomShards Rooms { get; }

    /// <summary>Opens the store and the server's key, and listens for other nodes, where there are to be any.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: the store or an address cannot be used; <see cref="NetfluxError.IdentityInvalid"/>, <see cref="NetfluxError.IdentityInUse"/>: the key; the text says why.</exception>
    public static TrackingNode Create(TrackingSettings settings, SignalingServerOptions options, ILoggerFactory logging)
    {
        var cluster = settings.Cluster;
        var store = settings.OpenStore();
        IdentityFile? identity = null;
        try
        {
            identity = IdentityFile.OpenOrCreate(settings.IdentityFile, DateTimeOffset.UtcNow);
            var shape = cluster is null ? s_alone : ConfigOf(cluster, identity.Keys.Card.Id);
            var system = OwnActorSystem.Create(SystemName, logging, [ClusterSharding.DefaultConfig(), store.Config, StoredSerializer.Binding, RoomSerializer.Binding, s_config, shape]);
            return new TrackingNode(store, identity, system, [.. (cluster?.Seeds ?? []).Select(seed => new Address("akka.tcp", SystemName, seed.Address.ToString(), seed.Port))], new RoomShards(system, options, identity.Keys, settings.Tell));
        }
        catch (Exception failure)
        {
            identity?.Dispose();
            store.Dispose();
            // Akka.Remote says so in its own words; the address is what can be wrong.
            if (cluster is not null && failure is not NetfluxException) throw new NetfluxException(NetfluxError.InvalidOptions, $"This node cannot listen for others on {cluster.Own}: {failure.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.')}. Give another address with --cluster.", failure);
            throw;
        }
    }

    /// <summary>Joins the cluster, writes into the store what is then read, and asks a room, so that the first client finds the shards at work.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: the store does not work, or another node has another key; <see cref="NetfluxError.TimedOut"/>: the cluster or its shards do not work; the text says why.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await JoinAsync(cancellationToken).ConfigureAwait(false);
        if (OtherServers.FindOtherKey(Cluster.Get(System), _identity.Keys.Id) is { } other)
        {
            await StopAsync(cancellationToken).ConfigureAwait(false);
            throw new NetfluxException(NetfluxError.InvalidOptions, $"The node at {other} has another key than this one, and members would take the two for different servers: give each node a copy of the same file with --identity.");
        }
        await using (await _store.TakeTurnAsync(cancellationToken).ConfigureAwait(false)) await TryStoreAsync(s_patience, cancellationToken).ConfigureAwait(false);
        var patience = _seeds.Count == 0 ? s_patience : s_joinPatience;
        try { await Rooms.Rooms.Ask<RoomDescribed>(new DescribeRoom(RoomId.OfName("nobody").Path), patience, cancellationToken).ConfigureAwait(false); }
        catch (AskTimeoutException slow) { throw new NetfluxException(NetfluxError.TimedOut, $"The rooms of this server were not there within {patience.TotalSeconds:0} s; start it again, and see with --verbose what they wait for.", slow); }
    }

    /// <summary>Ends when the other nodes have taken this one out, since they could not reach it: what it holds in memory may not be true any more.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.Replaced"/>: they have.</exception>
    public async Task WatchAsync(CancellationToken cancellation)
    {
        await System.WhenTerminated.WaitAsync(cancellation).ConfigureAwait(false);
        if (!_isStopping) throw new NetfluxException(NetfluxError.Replaced, "The other nodes could not reach this one and have taken it out of the cluster: start it again. Clients are with them now.");
    }

    /// <summary>Writes into the store what is then read.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: the store does not work; the text says why.</exception>
    public Task TryStoreAsync(TimeSpan patience, CancellationToken cancellation) =>
        StoreProbe.RunAsync(System, _store, _seeds.Count == 0 ? "probe" : $"probe/{Cluster.Get(System).SelfAddress.HostPort()}", patience, cancellation);

    /// <summary>The shards of this node go to others before it leaves; alone there is nobody to hand them to.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        if (_seeds.Count > 0) await CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        await System.Terminate().ConfigureAwait(false);
        _identity.Dispose();
        _store.Dispose();
    }

    private async Task JoinAsync(CancellationToken cancellation)
    {
        var cluster = Cluster.Get(System);
        if (_seeds.Count == 0)
        {
            await cluster.JoinAsync(cluster.SelfAddress, cancellation).ConfigureAwait(false);
            return;
        }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_joinPatience);
        try { await cluster.JoinSeedNodesAsync(_seeds, patience.Token).ConfigureAwait(false); }
        catch (Exception slow) when (slow is OperationCanceledException or ClusterJoinFailedException && !cancellation.IsCancellationRequested)
        {
            throw new NetfluxException(NetfluxError.TimedOut, $"No cluster was found at {string.Join(", ", _seeds.Select(seed => $"{seed.Host}:{seed.Port}"))} within {s_joinPatience.TotalSeconds:0} s. The first of them begins one; see that it runs, and that this node is reached from it.", slow);
        }
    }

    private static Config ConfigOf(ClusterSettings cluster, PeerId key) => ConfigurationFactory.ParseString($$"""
        akka {
          remote.dot-netty.tcp { hostname = "{{cluster.Listen}}", public-hostname = "{{cluster.Own.Address}}", port = {{cluster.Own.Port}} }
          cluster {
            roles = ["{{OtherServers.RoleOf(cluster.PublicUrl)}}", "{{OtherServers.RoleOf(key)}}"]
            downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
            split-brain-resolver { active-strategy = keep-majority, stable-after = 7s }
            # The others take over at once: should the one that was taken out write yet, the store refuses it.
            down-removal-margin = off
            run-coordinated-shutdown-when-down = on
            retry-unsuccessful-join-after = 2s
            # Of few nodes Akka asks all by itself where shards are, and waits for the one that is away. A majority is enough: the store refuses whoever is wrong.
            sharding {
              # Where a shard is asked for again, of a coordinator that has just begun.
              retry-interval = 0.5s
              coordinator-state { write-majority-plus = 0, read-majority-plus = 0 }
              distributed-data.majority-min-cap = 1
            }
          }
        }
        """);
}
