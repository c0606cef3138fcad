using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

public class GossipTests
{
    private static string[] Names(int count) => [.. Enumerable.Range(1, count).Select(number => $"p{number:D2}")];

    private static async Task<(Network Network, TestPeer[] Peers)> Gossiping(NetfluxWorld world, int count)
    {
        var (network, peers) = await world.Together(Topology.Gossip(), Names(count));
        await world.Advance(5.Seconds());
        return (network, peers);
    }

    [Theory, Seeds(3)]
    public async Task Members_without_a_link_see_each_other_and_a_broadcast_reaches_all(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Gossiping(world, 16);
        foreach (var peer in peers) Assert.Equal(15, (await peer.AskOf<MemberList>(peer.Networks[0].Ref, new GetMembers())).Members.Count);
        foreach (var peer in peers) await peer.BroadcastAsync($"from {peer}");
        await world.Advance(5.Seconds());
        foreach (var peer in peers) Assert.Equal(peers.Where(other => other != peer).Select(other => $"from {other}"), peer.Received.Order(StringComparer.Ordinal));
        world.AssertPromises();
    }

    [Theory, Seeds(2)]
    public async Task In_a_network_above_exactMembers_each_sees_so_many_and_knows_about_how_many_there_are(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        Assert.True(Topology.TryParse("""{"type":"gossip","exactMembers":5}""", out var topology, out var why), why);
        var (_, peers) = await world.Together(topology, Names(16));
        await world.Advance(70.Seconds());
        foreach (var peer in peers)
        {
            var list = await peer.AskOf<MemberList>(peer.Networks[0].Ref, new GetMembers());
            Assert.Equal(4, list.Members.Count);
            Assert.InRange(list.Count, 14, 18);
        }
        // Who talks a lot is no more than one, and half of them go; then all but four, and those see each other.
        peers[0].BroadcastNumbered(50);
        foreach (var peer in peers[8..]) await peer.GoOffline();
        await world.Advance(80.Seconds());
        foreach (var peer in peers[..8])
        {
            var list = await peer.AskOf<MemberList>(peer.Networks[0].Ref, new GetMembers());
            Assert.Equal(4, list.Members.Count);
            Assert.InRange(list.Count, 7, 9);
        }
        foreach (var peer in peers[4..8]) await peer.GoOffline();
        await world.Advance(20.Seconds());
        foreach (var peer in peers[..4])
        {
            var list = await peer.AskOf<MemberList>(peer.Networks[0].Ref, new GetMembers());
            Assert.Equal(peers[..4].Where(other => other != peer).Select(other => other.Id).Order(), list.Members.Select(member => member.Id));
            Assert.Equal(4, list.Count);
        }
    }

    [Theory, Seeds(1)]
    public async Task Up_to_exactMembers_the_number_is_exact(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Gossiping(world, 6);
        foreach (var peer in peers) Assert.Equal(6, (await peer.AskOf<MemberList>(peer.Networks[0].Ref, new GetMembers())).Count);
    }

    [Theory, Seeds(3)]
    public async Task An_authors_broadcasts_arrive_in_order(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Gossiping(world, 10);
        var texts = new List<string>();
        for (var n = 0; n < 20; n++)
        {
            texts.AddRange(peers[3].BroadcastNumbered(5));
            await world.Advance(0.05.Seconds());
        }
        await world.Advance(10.Seconds());
        foreach (var peer in peers.Where(peer => peer != peers[3])) Assert.Equal(texts, peer.Received);
        world.AssertPromises();
    }

    [Theory, Seeds(3)]
    public async Task A_send_reaches_a_member_without_a_link_and_nobody_else(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Gossiping(world, 16);
        foreach (var to in peers[1..]) await peers[0].SendAsync(to, $"for {to}");
        await world.Advance(5.Seconds());
        foreach (var to in peers[1..])
        {
            Assert.Equal([$"for {to}"], to.Received);
            Assert.Equal((peers[0].Id, Delivery.Direct), (to.Messages[0].From.Id, to.Messages[0].Delivery));
        }
        world.AssertPromises();
    }

    [Theory, Seeds(3)]
    public async Task Sends_and_broadcasts_keep_their_order_over_links_that_break(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Gossiping(world, 10);
        foreach (var other in peers[1..]) world.Link(peers[0], other).Latency(1, 80).Breaks(0.02);
        var texts = new List<string>();
        for (var n = 0; n < 30; n++)
        {
            texts.AddRange(peers[0].BroadcastNumbered(2));
            texts.AddRange(peers[0].SendNumbered(peers[7], 2));
            await world.Advance(0.1.Seconds());
        }
        await world.Until(() => peers[7].Received.Count == texts.Count, 60.Seconds());
        Assert.Equal(texts.Order(StringComparer.Ordinal), peers[7].Received.Order(StringComparer.Ordinal));
        world.AssertPromises();     // of the order, too
    }

    [Theory, Seeds(3)]
    public async Task Large_messages_arrive_whole(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Gossiping(world, 8);
        var sizes = new[] { 0, 65_536, 1_000_000, 5 };
        foreach (var size in sizes) await peers[0].SendAsync(peers[5].Id, new byte[size]);
        foreach (var size in sizes) await peers[0].BroadcastAsync(new byte[size]);
        await world.Until(() => peers[5].Messages.Count == 2 * sizes.Length, 60.Seconds());
        foreach (var delivery in new[] { Delivery.Direct, Delivery.Broadcast })
            Assert.Equal(sizes, peers[5].Messages.Where(message => message.Delivery == delivery).Select(message => message.Payload.Length));
    }

    [Theory, Seeds(3)]
    public async Task A_confirmed_send_is_told_delivered_once_it_is_consumed(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await Gossiping(world, 12);
        peers[9].Pause();
        peers[0].Networks[0].Ref.Tell(new SendMessage(peers[9].Id, "x"u8.ToArray()) { Confirm = true }, peers[0].Subscriber);
        await world.Advance(3.Seconds());
        Assert.Empty(peers[0].All<MessageDelivered>());
        peers[9].Resume();
        await world.Advance(3.Seconds());
        Assert.Single(peers[0].All<MessageDelivered>());
    }

    [Theory, Seeds(3)]
    public async Task What_cannot_be_brought_is_told(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Gossiping(world, 12);
        await peers[0].SendAsync(peers[6], "to find the way");
        await world.Advance(5.Seconds());
        peers[6].Crash();
        await peers[0].SendAsync(peers[6], "into the dark");
        await world.Advance(60.Seconds());
        Assert.Equal(peers[6].Id, peers[0].Single<MessagesUndelivered>().Peer);
        Assert.Equal(PeerLeavingReason.ConnectionLost, peers[0].Single<PeerLeaving>().Reason);
        peers[0].SendAsync(peers[6], "nobody there").FailsWith(NetfluxError.UnknownPeer);
    }

    [Theory, Seeds(3)]
    public async Task A_third_dies_and_the_rest_are_one_network_again(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Gossiping(world, 15);
        foreach (var peer in peers[..5]) peer.Crash(reset: true);
        await world.Advance(36.Seconds());
        TestPeer[] rest = peers[5..];
        await rest[0].BroadcastAsync("still here");
        await world.Advance(5.Seconds());
        foreach (var peer in rest[1..]) Assert.Equal(["still here"], peer.Received);
        foreach (var peer in rest)
        {
            Assert.Equal(9, (await peer.AskOf<MemberList>(peer.Networks[0].Ref, new GetMembers())).Members.Count);
            Assert.All(peer.All<PeerLeaving>(), leaving => Assert.Equal(PeerLeavingReason.ConnectionLost, leaving.Reason));
        }
        world.AssertPromises();
    }

    [Theory, Seeds(3)]
    public async Task Who_leaves_or_goes_offline_is_seen_to_go_with_the_reason(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Gossiping(world, 12);
        await peers[4].LeaveAsync();
        await peers[5].GoOffline();
        await world.Advance(5.Seconds());
        foreach (var peer in peers.Where(peer => peer != peers[4] && peer != peers[5]))
        {
            Assert.Equal([PeerLeavingReason.Left], peer.All<PeerLeaving>().Where(leaving => leaving.Peer.Id == peers[4].Id).Select(leaving => leaving.Reason));
            Assert.Equal([PeerLeavingReason.WentOffline], peer.All<PeerLeaving>().Where(leaving => leaving.Peer.Id == peers[5].Id).Select(leaving => leaving.Reason));
        }
        world.AssertPromises();
    }

    [Theory, Seeds(3)]
    public async Task Who_leaves_can_come_again_and_who_restarts_is_told_so(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await Gossiping(world, 8);
        await peers[2].LeaveAsync();
        await world.Advance(3.Seconds());
        await peers[2].JoinAsync(network.Address);
        peers[3].Restart();
        await peers[3].JoinAsync(network.Address);
        await world.Advance(30.Seconds());
        await peers[2].BroadcastAsync("back");
        await peers[3].BroadcastAsync("up again");
        await world.Advance(3.Seconds());
        foreach (var peer in peers.Where(peer => peer != peers[2] && peer != peers[3])) Assert.Equal(["back", "up again"], peer.Received.Order(StringComparer.Ordinal));
        world.AssertPromises();
    }
}
