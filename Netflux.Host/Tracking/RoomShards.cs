using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Netflux.Identity;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>The rooms of a tracking server, spread over the shards of a cluster, of one node or many.</summary>
internal sealed class RoomShards : IRoomHome
{
    private const string TypeName = "rooms";

    /// <summary>Akka's documentation advises ten times the largest number of nodes; it can never be changed. Guess: ten nodes.</summary>
    private const int Shards = 100;

    private readonly IActorRef _finder, _otherServers;

    /// <summary>Rooms are there once the node has joined its cluster.</summary>
    public RoomShards(ActorSystem system, SignalingServerOptions options, IPeerKeys keys, Action<NodeChanged> tell)
    {
        Node = Cluster.Get(system).SelfUniqueAddress.Uid.ToString("x8", System.Globalization.CultureInfo.InvariantCulture);
        Rooms = ClusterSharding.Get(system).Start(TypeName, path => Props.Create(() => new RoomActor(path, options, keys)), ClusterShardingSettings.Create(system), new Extractor());
        _finder = system.ActorOf(Props.Create(() => new NetworkFinder(Rooms)), "network-finder");
        _otherServers = system.ActorOf(Props.Create(() => new OtherServers(tell)), "other-servers");
    }

    public string Node { get; }

    public IActorRef Rooms { get; }

    public static IActorRef RegionOf(ActorSystem system) => ClusterSharding.Get(system).ShardRegion(TypeName);

    public void Attach(IActorRef server) => _otherServers.Tell(new OtherServers.Attach(server));

    public void Find(FindNetworks find, IActorRef answerTo) => _finder.Tell(find, answerTo);

    private sealed class Extractor() : HashCodeMessageExtractor(Shards)
    {
        public override string? EntityId(object message) => message switch { ForRoom m => m.Room.Path, DescribeRoom m => m.Path, _ => null };
    }
}
