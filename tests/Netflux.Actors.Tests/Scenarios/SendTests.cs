using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

public class SendTests
{
    [Theory, Seeds(10)]
    public async Task A_send_reaches_one_and_a_broadcast_all_others(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob", "cy");
        Assert.Equal(1, (await peers[0].SendAsync(peers[1], "to bob")).Id.Value);
        Assert.Equal(2, (await peers[0].BroadcastAsync("to all")).Id.Value);
        await world.Advance(1.Seconds());
        Assert.Equal(["to bob", "to all"], peers[1].Received);
        Assert.Equal(["to all"], peers[2].Received);
        Assert.Empty(peers[0].Received);
        var first = peers[1].Messages[0];
        Assert.Equal((peers[0].Id, Delivery.Direct, network.Id), (first.From.Id, first.Delivery, first.Network.Id));
        Assert.Equal(Delivery.Broadcast, peers[1].Messages[1].Delivery);
        world.AssertPromises();
    }

    [Theory, Seeds(10)]
    public async Task Sends_and_broadcasts_share_one_order(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await world.Meshed("ann", "bob", "cy");
        world.Link(peers[0], peers[1]).Latency(1, 80).Breaks(0.05);
        var texts = new List<string>();
        for (var n = 0; n < 40; n++)
        {
            texts.AddRange(peers[0].BroadcastNumbered(3));
            texts.AddRange(peers[0].SendNumbered(peers[1], 2));
            await world.Advance(0.05.Seconds());
        }
        await world.Until(() => peers[1].Received.Count == texts.Count, 60.Seconds());
        Assert.Equal(texts, peers[1].Received);
        world.AssertPromises();
    }

    [Theory, Seeds(3)]
    public async Task Large_messages_arrive_whole_and_in_order(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await world.Meshed("ann", "bob");
        var sizes = new[] { 0, 1, 65_535, 65_536, 65_537, 1_000_000, 5, 3_000_000 };
        foreach (var size in sizes) await peers[0].SendAsync(peers[1].Id, new byte[size]);
        await world.Until(() => peers[1].Messages.Count == sizes.Length, 60.Seconds());
        Assert.Equal(sizes, peers[1].Messages.Select(message => message.Payload.Length));
    }

    [Fact, Provokes(NetfluxError.MessageTooLarge)]
    public async Task What_is_above_the_networks_limit_is_refused_at_once()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann");
        await ann.CreateAsync(Parsed("""{"type":"full-mesh","messageBytesMax":100000}"""));
        ann.BroadcastAsync(new byte[100_001]).FailsWith(NetfluxError.MessageTooLarge);
        await ann.BroadcastAsync(new byte[100_000]);
    }

    [Fact, Provokes(NetfluxError.UnknownPeer)]
    public async Task A_send_to_a_stranger_is_refused()
    {
        await using var world = new NetfluxWorld(1);
        var ann = world.Peer("ann");
        await ann.CreateAsync(Topology.FullMesh());
        var failure = ann.SendAsync(world.Peer("bob"), "hello").FailsWith(NetfluxError.UnknownPeer);
        Assert.Equal(world.Peer("bob").Id, failure.Peer);
    }

    [Theory, Seeds(10)]
    public async Task A_confirmed_message_is_told_accepted_and_then_delivered(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob");
        network.Ref.Tell(new SendMessage(peers[1].Id, "x"u8.ToArray()) { Confirm = true }, peers[0].Subscriber);
        await world.Advance(2.Seconds());
        Assert.Equal(peers[0].Single<MessageSent>().Id, peers[0].Single<MessageDelivered>().Id);
        Assert.Equal(["x"], peers[1].Received);
    }

    [Theory, Seeds(10)]
    public async Task What_did_not_arrive_is_told_before_the_leave_that_explains_it(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob");
        world.Link(peers[0], peers[1]).BlackHole();
        network.Ref.Tell(new SendMessage(peers[1].Id, "x"u8.ToArray()) { Confirm = true }, peers[0].Subscriber);
        await world.Advance(15.Seconds());
        var told = peers[0].Events.Where(e => e is MessagesUndelivered or PeerLeaving).ToList();
        Assert.Equal(2, told.Count);
        var undelivered = Assert.IsType<MessagesUndelivered>(told[0]);
        Assert.Equal(peers[0].Single<MessageSent>().Id, undelivered.First);
        Assert.Equal(PeerLeavingReason.ConnectionLost, Assert.IsType<PeerLeaving>(told[1]).Reason);
        Assert.Empty(peers[0].All<MessageDelivered>());
    }

    [Fact, Provokes(NetfluxError.SendWindowExceeded)]
    public async Task Telling_more_than_the_window_allows_is_refused()
    {
        await using var world = new NetfluxWorld(1);
        var (network, peers) = await world.Meshed("ann", "bob");
        peers[1].Pause();
        network.Ref.Tell(new OpenSendWindow(), peers[0].Subscriber);
        for (var n = 0; n < 40; n++) network.Ref.Tell(new BroadcastMessage(new byte[60_000]), peers[0].Subscriber);
        await world.Advance(1.Seconds());
        var refused = peers[0].All<Akka.Actor.Status.Failure>().Select(failure => ((NetfluxException)failure.Cause).Error).Distinct();
        Assert.Equal([NetfluxError.SendWindowExceeded], refused);
    }

    internal static Topology Parsed(string json) => Topology.TryParse(json, out var topology, out var why) ? topology : throw new ArgumentException(why);
}
