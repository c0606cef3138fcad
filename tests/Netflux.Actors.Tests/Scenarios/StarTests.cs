using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

public class StarTests
{
    private static string[] Names(int count) => [.. Enumerable.Range(1, count).Select(number => $"p{number:D2}")];

    private static async Task<(Network Network, TestPeer[] Peers)> Starred(NetfluxWorld world, int count)
    {
        var (network, peers) = await world.Together(Topology.Star(), Names(count));
        await world.Advance(5.Seconds());
        return (network, peers);
    }

    private static async Task<int> MembersSeenBy(TestPeer peer) => (await peer.AskOf<MemberList>(peer.Networks[^1].Ref, new GetMembers())).Members.Count;

    [Theory, Seeds(3)]
    public async Task All_see_all_and_a_send_reaches_one_and_a_broadcast_all(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Starred(world, 10);
        foreach (var peer in peers) Assert.Equal(9, await MembersSeenBy(peer));
        foreach (var peer in peers) await peer.BroadcastAsync($"from {peer}");
        await peers[3].SendAsync(peers[7], "for you alone");
        await world.Advance(3.Seconds());
        foreach (var peer in peers)
            Assert.Equal(peers.Where(other => other != peer).Select(other => $"from {other}"), peer.Received.Where(text => text.StartsWith("from", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        foreach (var peer in peers) Assert.Equal(peer == peers[7], peer.Received.Contains("for you alone"));
        world.AssertPromises();
    }

    [Theory, Seeds(5)]
    public async Task Nothing_acknowledged_is_lost_when_the_hub_dies(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Starred(world, 8);
        var texts = new List<string>();
        for (var n = 0; n < 40; n++)
        {
            texts.AddRange(peers[2].BroadcastNumbered(2));
            texts.AddRange(peers[2].SendNumbered(peers[5], 1));
            if (n == 20) peers[0].Crash(reset: seed % 2 == 0);
            await world.Advance(0.05.Seconds());
        }
        await world.Advance(30.Seconds());
        Assert.Equal(texts, peers[5].Received);
        foreach (var peer in peers[1..]) Assert.Equal(6, await MembersSeenBy(peer));
        world.AssertPromises();
    }

    [Theory, Seeds(3)]
    public async Task Who_speaks_as_soon_as_it_has_joined_is_heard_by_all(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await Starred(world, 5);
        var newcomer = world.Peer("p99");
        await newcomer.JoinAsync(network.Address);
        await newcomer.BroadcastAsync("here I am");
        foreach (var peer in peers) await newcomer.SendAsync(peer, $"you are {peer}");
        await world.Advance(3.Seconds());
        Assert.All(peers, peer => Assert.Equal(["here I am", $"you are {peer}"], peer.Received));
        world.AssertPromises();
    }

    [Theory, Seeds(1)]
    public async Task Fifty_are_whole_again_fifteen_seconds_after_the_hub_was_killed(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Starred(world, 50);
        foreach (var peer in peers) Assert.Equal(49, await MembersSeenBy(peer));
        peers[0].Crash(reset: true);
        await world.Advance(15.Seconds());
        foreach (var peer in peers[1..]) Assert.Equal(48, await MembersSeenBy(peer));
        await peers[7].BroadcastAsync("whole again");
        await world.Advance(2.Seconds());
        foreach (var peer in peers[1..].Where(peer => peer != peers[7])) Assert.Equal(["whole again"], peer.Received);
        world.AssertPromises();
    }

    [Theory, Seeds(3)]
    public async Task A_hub_that_goes_in_order_takes_nothing_along(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Starred(world, 7);
        var texts = new List<string>();
        for (var n = 0; n < 20; n++)
        {
            texts.AddRange(peers[1].BroadcastNumbered(2));
            if (n == 10 && seed % 2 == 0) await peers[0].LeaveAsync();
            if (n == 10 && seed % 2 == 1) await peers[0].GoOffline();
            await world.Advance(0.05.Seconds());
        }
        await world.Advance(15.Seconds());
        foreach (var peer in peers[2..]) Assert.Equal(texts, peer.Received);
        world.AssertPromises();
    }

    [Theory, Seeds(3)]
    public async Task Where_the_topology_fixes_the_hub_the_others_wait_for_it(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var names = Names(5);
        var hub = world.Peer(names[0]);
        var (network, peers) = await world.Together(FixedTo(hub), names);
        await world.Advance(3.Seconds());
        hub.Crash(reset: true);
        await world.Advance(3.Seconds());
        await peers[1].BroadcastAsync("said while it was away");
        await world.Advance(20.Seconds());
        Assert.All(peers[1..], peer => Assert.Empty(peer.Received));
        Assert.All(peers[1..], peer => Assert.Contains(peer.All<PeerLeaving>(), leaving => leaving.Peer.Id == hub.Id));
        hub.Restart();
        await hub.JoinAsync(network.Address);
        await world.Advance(20.Seconds());
        foreach (var peer in peers) Assert.Equal(4, await MembersSeenBy(peer));
        await peers[2].BroadcastAsync("together again");
        await world.Advance(3.Seconds());
        foreach (var peer in peers.Where(peer => peer != peers[2])) Assert.Contains("together again", peer.Received);
        world.AssertPromises();
    }

    private static Topology FixedTo(TestPeer hub)
    {
        Assert.True(Topology.TryParse($$"""{"type":"star","hub":"{{hub.Id}}"}""", out var topology, out var why), why);
        return topology;
    }

    private static IEnumerable<string> HubEventsOf(TestPeer peer) =>
        peer.Events.Select(said => said switch { HubAwaited e => $"awaited {e.Hub.Id}", HubReturned e => $"returned {e.Hub.Id}", _ => "" }).Where(said => said.Length > 0);

    [Theory, Seeds(3), Provokes(NetfluxError.HubUnreachable)]
    public async Task Members_are_told_that_a_fixed_hub_is_waited_for_and_back_and_a_joiner_why_it_cannot_join(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var names = Names(4);
        var hub = world.Peer(names[0]);
        var (network, peers) = await world.Together(FixedTo(hub), names);
        await world.Advance(3.Seconds());
        Assert.All(peers, peer => Assert.Empty(HubEventsOf(peer)));
        hub.Crash(reset: true);
        await world.Advance(8.Seconds());
        Assert.All(peers[1..], peer => Assert.Equal([$"awaited {hub.Id}"], HubEventsOf(peer)));

        var failure = await Assert.ThrowsAsync<NetfluxException>(async () => await world.Peer("late").JoinAsync(network.Address));
        Assert.Equal((NetfluxError.HubUnreachable, true), (failure.Error, failure.CanRetry));
        Assert.Contains(hub.Id.ToString(), failure.Message, StringComparison.Ordinal);

        await peers[1].BroadcastAsync("said while it was away");
        hub.Restart();
        await hub.JoinAsync(network.Address);
        await world.Advance(20.Seconds());
        Assert.All(peers[1..], peer => Assert.Equal([$"awaited {hub.Id}", $"returned {hub.Id}"], HubEventsOf(peer)));
        Assert.Empty(HubEventsOf(hub));
        world.AssertPromises();
    }

    [Theory, Seeds(3)]
    public async Task Who_creates_a_network_whose_hub_is_another_is_told_that_it_waits(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (creator, hub) = (world.Peer("ann"), world.Peer("hub"));
        var network = await creator.CreateAsync(FixedTo(hub), "served");
        await world.Advance(1.Seconds());
        Assert.Equal([$"awaited {hub.Id}"], HubEventsOf(creator));
        await hub.JoinAsync(network.Address);
        await world.Advance(10.Seconds());
        Assert.Equal([$"awaited {hub.Id}", $"returned {hub.Id}"], HubEventsOf(creator));
        world.AssertPromises();
    }

    [Theory, Seeds(1)]
    public async Task Where_another_may_follow_nobody_is_told_to_wait(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Starred(world, 4);
        peers[0].Crash(reset: true);
        await world.Advance(15.Seconds());
        Assert.All(peers, peer => Assert.Empty(HubEventsOf(peer)));
    }

    [Theory, Seeds(3)]
    public async Task A_hub_that_comes_back_does_not_split_the_network(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await Starred(world, 8);
        peers[0].Crash(reset: true);
        await world.Advance(12.Seconds());
        peers[0].Restart();
        await peers[0].JoinAsync(network.Address);
        await world.Advance(20.Seconds());
        foreach (var peer in peers) Assert.Equal(7, await MembersSeenBy(peer));
        await peers[0].BroadcastAsync("back");
        await world.Advance(2.Seconds());
        foreach (var peer in peers[1..]) Assert.Equal(["back"], peer.Received);
        world.AssertPromises();
    }

    [Theory, Seeds(3)]
    public async Task A_confirmed_message_is_delivered_once_all_have_consumed_it_and_a_slow_member_is_dropped(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Starred(world, 6);
        peers[4].Pause();
        peers[1].Networks[0].Ref.Tell(new BroadcastMessage("x"u8.ToArray()) { Confirm = true }, peers[1].Subscriber);
        await world.Advance(3.Seconds());
        Assert.Empty(peers[1].All<MessageDelivered>());
        peers[4].Resume();
        await world.Advance(3.Seconds());
        Assert.Single(peers[1].All<MessageDelivered>());
        peers[4].Pause();
        peers[1].BroadcastNumbered(600);
        for (var n = 0; n < 60; n++)
        {
            await peers[1].BroadcastAsync(new byte[20_000]);
            await world.Advance(0.2.Seconds());
        }
        await world.Advance(20.Seconds());
        Assert.Contains(peers[1].All<PeerLeaving>(), leaving => leaving.Peer.Id == peers[4].Id && leaving.Reason == PeerLeavingReason.TooSlow);
    }

    [Theory, Seeds(3)]
    public async Task Halves_that_were_apart_are_one_again(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Starred(world, 6);
        foreach (var one in peers[..3])
            foreach (var other in peers[3..]) world.Link(one, other).BlackHole();
        await world.Advance(40.Seconds());
        foreach (var one in peers[..3])
            foreach (var other in peers[3..]) world.Link(one, other).Heal();
        await world.Advance(40.Seconds());
        foreach (var peer in peers) Assert.Equal(5, await MembersSeenBy(peer));
        await peers[0].BroadcastAsync("from one half");
        await peers[5].BroadcastAsync("from the other");
        await world.Advance(3.Seconds());
        foreach (var peer in peers[1..5]) Assert.Equal(["from one half", "from the other"], peer.Received.Order(StringComparer.Ordinal));
        world.AssertPromises();
    }
}
