using Akka.Actor;
using Akka.Cluster.Sharding;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>The rooms of a tracking server, spread over the shards of a cluster, of one node or many.</summary>
internal sealed class RoomShards(string node) : IRoomHome
{
    private const string TypeName = "rooms";

    /// <summary>Akka's documentation advises ten times the largest number of nodes; it can never be changed. Guess: ten nodes.</summary>
    private const int Shards = 100;

    private IActorRef? _region;
    private IActorRef _finder = ActorRefs.Nobody;

    public string Node => node;

    public static IActorRef RegionOf(ActorSystem system) => ClusterSharding.Get(system).ShardRegion(TypeName);

    public IActorRef Start(ActorSystem system, SignalingServerOptions options)
    {
        if (_region is not null) return _region;
        var region = ClusterSharding.Get(system).Start(TypeName, path => Props.Create(() => new RoomActor(path, options)), ClusterShardingSettings.Create(system), new Extractor());
        _finder = system.ActorOf(Props.Create(() => new NetworkFinder(region)), "network-finder");
        return _region = region;
    }

    public void Find(FindNetworks find, IActorRef answerTo) => _finder.Tell(find, answerTo);

    private sealed class Extractor() : HashCodeMessageExtractor(Shards)
    {
        public override string? EntityId(object message) => message switch { ForRoom m => m.Room.Path, DescribeRoom m => m.Path, _ => null };
    }
}
