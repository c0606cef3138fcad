using System.Text;
using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

public class ConnectTests
{
    [Theory, Seeds(10)]
    public async Task Two_who_name_the_same_meeting_point_are_connected_and_talk(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob"));
        var peers = await world.All(ann.MeetAsync("abc"), bob.MeetAsync("abc"));
        Assert.Equal([bob.Id, ann.Id], peers.Select(peer => peer.Id));
        Assert.Equal(bob.Id, (await ann.AskOf<PeerIdentified>(peers[0].Ref, new GetPeerId())).Id);
        await ann.AskOf<MessageSent>(peers[0].Ref, new SendMessage(bob.Id, "hello"u8.ToArray()));
        await world.Advance(1.Seconds());
        Assert.Equal("hello", Encoding.UTF8.GetString(bob.Single<PeerMessageReceived>().Payload.Span));
        Assert.Equal(bob.Id, Assert.Single((await ann.Ask<PeerList>(new GetPeers())).Peers).Id);
    }

    [Theory, Seeds(5)]
    public async Task Disconnecting_is_told_on_both_sides(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob"));
        await world.All(ann.MeetAsync("abc"), bob.MeetAsync("abc"));
        Assert.Equal(PeerLeavingReason.Disconnected, (await ann.Ask<PeerDisconnected>(new DisconnectPeer(bob.Id))).Reason);
        await world.Advance(2.Seconds());
        Assert.Equal(PeerLeavingReason.Disconnected, bob.Single<PeerDisconnected>().Reason);
        Assert.Empty((await ann.Ask<PeerList>(new GetPeers())).Peers);
    }

    [Theory, Seeds(3), Provokes(NetfluxError.SharedNetworks)]
    public async Task A_peer_with_shared_networks_is_not_disconnected(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await world.Meshed("ann", "bob");
        peers[0].Ask<PeerDisconnected>(new DisconnectPeer(peers[1].Id)).FailsWith(NetfluxError.SharedNetworks);
        await peers[0].BroadcastAsync("still there");
        await world.Advance(1.Seconds());
        Assert.Equal(["still there"], peers[1].Received);
    }

    [Fact, Provokes(NetfluxError.TimedOut)]
    public async Task Nobody_comes_and_the_deadline_passes()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann");
        ann.MeetAsync("abc").FailsWith(NetfluxError.TimedOut);
        Assert.InRange(world.Elapsed.TotalSeconds, 60, 61);
        // The point is free again.
        await world.All(world.Peer("bob").MeetAsync("abc"), world.Peer("cy").MeetAsync("abc"));
    }

    [Fact, Provokes(NetfluxError.Cancelled), Provokes(NetfluxError.UnknownRequest)]
    public async Task A_withdrawn_request_is_answered_and_undone()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann");
        var connect = new ConnectPeer(new Uri(world.Server.Url, "/meet/abc"));
        var waiting = ann.Ask<PeerConnected>(connect);
        await world.Advance(1.Seconds());
        Assert.Equal(connect.RequestId, (await ann.Ask<RequestCancelled>(new CancelRequest(connect.RequestId))).Target);
        waiting.FailsWith(NetfluxError.Cancelled);
        ann.Ask<RequestCancelled>(new CancelRequest(connect.RequestId)).FailsWith(NetfluxError.UnknownRequest);
    }
}
