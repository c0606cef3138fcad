using Akka.Actor;
using Akka.Cluster;
using Netflux.Identity;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>Knows where else in the cluster clients can go. Each node's public URL is a role of its own, by which all nodes know it as long as it is a member.</summary>
internal sealed class OtherServers(Action<NodeChanged> tell) : UntypedActor, IWithTimers
{
    private const string Prefix = "url:", KeyPrefix = "key:";

    /// <summary>A signaling server of this node, which is told at once and after each change.</summary>
    internal sealed record Attach(IActorRef Server);

    /// <summary>Once a node is taken out, shards forget where its rooms were. Guess: the <c>gossip-interval</c> of Akka.Cluster, in which each of a few nodes hears of it.</summary>
    private static readonly TimeSpan s_forgotten = TimeSpan.FromSeconds(1);

    private sealed record Moved
    {
        public static readonly Moved Instance = new();
    }

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly List<IActorRef> _servers = [];
    private IReadOnlyList<string> _urls = [];

    public ITimerScheduler Timers { get; set; } = null!;

    public static string RoleOf(Uri publicUrl) => Prefix + publicUrl.GetLeftPart(UriPartial.Authority);

    /// <summary>The node's key, by which another that has not the same is noticed before clients do.</summary>
    public static string RoleOf(PeerId key) => KeyPrefix + key;

    /// <summary>A node whose key is another than this; null where all have the same. A node of an earlier version says none.</summary>
    public static string? FindOtherKey(Cluster cluster, PeerId key) =>
        cluster.State.Members.FirstOrDefault(member => member.Roles.Any(role => role.StartsWith(KeyPrefix, StringComparison.Ordinal) && role != RoleOf(key))) is { } other ? $"{other.Address.Host}:{other.Address.Port}" : null;

    protected override void PreStart() => _cluster.Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Attach m:
                _servers.Add(m.Server);
                m.Server.Tell(new OtherServersChanged(_urls));
                break;
            case ClusterEvent.MemberUp m: HandleChanged("joined", m.Member); break;
            case ClusterEvent.MemberRemoved m:
                HandleChanged("left", m.Member);
                Timers.StartSingleTimer("moved", Moved.Instance, s_forgotten);
                break;
            case Moved: TellAll(); break;
            case ClusterEvent.UnreachableMember m: HandleChanged("unreachable", m.Member); break;
            case ClusterEvent.ReachableMember m: HandleChanged("reachable", m.Member); break;
            case ClusterEvent.IMemberEvent: Look(); break;
            default: Unhandled(message); break;
        }
    }

    private void HandleChanged(string what, Member member)
    {
        if (member.UniqueAddress.Equals(_cluster.SelfUniqueAddress)) return;
        tell(new NodeChanged(what, $"{member.Address.Host}:{member.Address.Port}"));
        Look();
    }

    private void Look()
    {
        var state = _cluster.State;
        List<string> urls = [.. state.Members.Where(member => member.Status == MemberStatus.Up && !member.UniqueAddress.Equals(_cluster.SelfUniqueAddress) && !state.Unreachable.Contains(member))
            .SelectMany(member => member.Roles).Where(role => role.StartsWith(Prefix, StringComparison.Ordinal)).Select(role => role[Prefix.Length..]).Order(StringComparer.Ordinal)];
        if (urls.SequenceEqual(_urls, StringComparer.Ordinal)) return;
        _urls = urls;
        TellAll();
    }

    private void TellAll()
    {
        foreach (var server in _servers) server.Tell(new OtherServersChanged(_urls));
    }
}
