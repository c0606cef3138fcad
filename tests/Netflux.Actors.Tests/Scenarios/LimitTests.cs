using Akka.Actor;
using Netflux.Actors;
using Netflux.Links;
using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

/// <summary>What others, or parts of this process that stay silent, cannot do to a facade.</summary>
public class LimitTests
{
    [Theory, Seeds(3)]
    public async Task A_peer_that_was_cut_off_waits_half_a_minute(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob"));
        await world.Advance(1.Seconds());
        LinksOf(world, ann, "").Tell(new LinkCutOff(bob.Id, null, CloseCode.Flooding));
        await world.All(ann.MeetAsync("abc"), bob.MeetAsync("abc"));
        Assert.InRange(world.Elapsed.TotalSeconds, 31, 45);
    }

    [Theory, Seeds(3)]
    public async Task A_session_that_broke_the_rules_does_not_come_back_at_once(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob"));
        await world.All(ann.MeetAsync("abc"), bob.MeetAsync("abc"));
        LinksOf(world, ann, "/*").Tell(new CloseLinkWith(CloseCode.ProtocolViolated, "as the session says it"));
        await world.Advance(15.Seconds());
        Assert.Equal(PeerLeavingReason.ConnectionLost, ann.Single<PeerDisconnected>().Reason);
    }

    [Fact]
    public async Task Beyond_the_limit_of_peers_strangers_are_refused()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann", new TestPeerOptions { Facade = options => options with { PeersMax = 0 } });
        var network = await ann.CreateAsync(Topology.FullMesh());
        world.Peer("bob").JoinAsync(network.Address).FailsWith(NetfluxError.PeerUnreachable);
        Assert.Empty((await ann.Ask<PeerList>(new GetPeers())).Peers);
    }

    [Fact]
    public async Task A_request_is_answered_where_the_listener_never_reports()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann", new TestPeerOptions { Listener = new SilentListener() });
        ann.CreateAsync(Topology.FullMesh()).FailsWith(NetfluxError.TimedOut);
        Assert.InRange(world.Elapsed.TotalSeconds, 10, 11);
        ann.MeetAsync("abc").FailsWith(NetfluxError.TimedOut);
        Assert.InRange(world.Elapsed.TotalSeconds, 70, 72);
    }

    [Fact]
    public async Task A_request_that_waits_for_the_listener_is_withdrawn_or_goes_on()
    {
        await using var world = new NetfluxWorld(1);
        var listener = new SilentListener();
        var ann = world.Peer("ann", new TestPeerOptions { Listener = listener });
        var create = new CreateNetwork(Topology.FullMesh().Json);
        var (first, second) = (ann.Ask<NetworkCreated>(create), ann.Ask<NetworkCreated>(new CreateNetwork(create.TopologyJson)));
        Assert.Equal(create.RequestId, (await ann.Ask<RequestCancelled>(new CancelRequest(create.RequestId))).Target);
        first.FailsWith(NetfluxError.Cancelled);
        listener.Facade!.Tell(new ListeningOn([], []));
        Assert.Equal((await second).Network.Id, Assert.Single((await ann.Ask<NetworkList>(new GetNetworks())).Networks).Id);
    }

    private static ActorSelection LinksOf(NetfluxWorld world, TestPeer peer, string which) => world.System.ActorSelection(peer.Facade.Path + "/links" + which);

    private sealed class SilentListener : ILinkListener
    {
        public IActorRef? Facade { get; private set; }

        public void Start(IActorRef facade) => Facade = facade;

        public void Stop() { }
    }
}
