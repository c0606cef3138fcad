using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

public class SubscribeTests
{
    [Fact]
    public async Task A_further_subscriber_hears_from_then_on_and_not_again_who_is_there()
    {
        await using var world = new NetfluxWorld(1);
        var (network, peers) = await world.Meshed("ann", "bob");
        var second = world.Peer("spare").Subscriber;    // any actor will do
        var subscribed = await peers[0].AskOf<Subscribed>(network.Ref, new Subscribe(second));
        Assert.Equal(peers[1].Id, Assert.Single(subscribed.Members).Id);
        await peers[1].BroadcastAsync("one");
        await world.Advance(1.Seconds());
        Assert.Equal(["one"], world.Peer("spare").Received);
        var ended = await peers[0].AskOf<SubscriptionEnded>(network.Ref, new Unsubscribe(second));
        Assert.Equal(SubscriptionEndedReason.Unsubscribed, ended.Reason);
        await peers[1].BroadcastAsync("two");
        await world.Advance(1.Seconds());
        Assert.Equal(["one"], world.Peer("spare").Received);
        Assert.Equal(["one", "two"], peers[0].Received);
    }

    [Fact, Provokes(NetfluxError.InvalidOptions)]
    public async Task A_window_of_nothing_is_refused()
    {
        await using var world = new NetfluxWorld(1);
        var (network, peers) = await world.Meshed("ann", "bob");
        var failure = peers[0].AskOf<Subscribed>(network.Ref, new Subscribe(peers[0].Subscriber, Window: 0)).FailsWith(NetfluxError.InvalidOptions);
        Assert.Contains("Window", failure.Message, StringComparison.Ordinal);
    }

    [Theory, Seeds(5)]
    public async Task A_window_holds_the_subscriber_and_the_sender(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob", new() { Window = 10 }));
        var network = await ann.CreateAsync(SendTests.Parsed("""{"type":"full-mesh","slowMember":"wait"}"""));
        await bob.JoinAsync(network.Address);
        await world.Advance(1.Seconds());
        bob.Pause();
        var sent = ann.BroadcastNumbered(20);
        await world.Advance(5.Seconds());
        Assert.Equal(10, bob.Received.Count);
        bob.Resume();
        await world.Until(() => bob.Received.Count == 20, 10.Seconds());
        Assert.Equal(sent, bob.Received);
        world.AssertPromises();
    }

    [Theory, Seeds(5)]
    public async Task A_subscriber_that_confirms_nothing_is_ended(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob", new() { Window = 10 }));
        var network = await ann.CreateAsync(SendTests.Parsed("""{"type":"full-mesh","slowMember":"wait"}"""));
        await bob.JoinAsync(network.Address);
        await world.Advance(1.Seconds());
        bob.Pause();
        ann.BroadcastNumbered(20);
        await world.Advance(40.Seconds());
        Assert.Equal(SubscriptionEndedReason.TooSlow, bob.Single<SubscriptionEnded>().Reason);
    }

    [Theory, Seeds(5)]
    public async Task A_slow_member_is_dropped_after_the_grace(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob, cy) = (world.Peer("ann"), world.Peer("bob", new() { Window = 10 }), world.Peer("cy"));
        var network = await ann.CreateAsync(Topology.FullMesh());
        await world.All(bob.JoinAsync(network.Address), cy.JoinAsync(network.Address));
        await world.Advance(1.Seconds());
        bob.Pause();
        foreach (var n in Enumerable.Range(0, 40)) network.Ref.Tell(new BroadcastMessage(new byte[60_000]), ann.Subscriber);
        var began = world.Elapsed;
        await world.Until(() => ann.All<PeerLeaving>().Count > 0, 12.Seconds());
        Assert.Equal(PeerLeavingReason.TooSlow, ann.Single<PeerLeaving>().Reason);
        Assert.InRange((world.Elapsed - began).TotalSeconds, 4.9, 7);
        await world.Until(() => cy.Messages.Count == 40, 10.Seconds());
    }
}
