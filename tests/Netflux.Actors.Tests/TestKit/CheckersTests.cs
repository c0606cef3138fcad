using System.Text;
using Akka.Actor;
using Netflux.Messages;
using Netflux.Scenarios;

namespace Netflux.TestKit;

/// <summary>Each checker sees the breach that is planted for it, and none without.</summary>
public class CheckersTests
{
    private static async Task<(NetfluxWorld World, TestPeer Ann, TestPeer Bob, Network Network)> Two()
    {
        var world = new NetfluxWorld(1);
        var (network, peers) = await world.Meshed("ann", "bob");
        return (world, peers[0], peers[1], network);
    }

    private static MessageReceived From(TestPeer peer, Network network, string text) =>
        new(network, new Peer(peer.Id, peer.Name, ActorRefs.Nobody), Encoding.UTF8.GetBytes(text), Delivery.Broadcast, 1);

    private static void Breaks<TChecker>(NetfluxWorld world)
    {
        var failure = Assert.Throws<NetfluxWorldException>(world.AssertPromises);
        Assert.Contains(typeof(TChecker).Name, failure.Message, StringComparison.Ordinal);
        Assert.Contains("SEED=1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_out_of_order_is_seen()
    {
        var (world, ann, bob, network) = await Two();
        await using var _ = world;
        world.Checkers.RemoveAt(2);        // of loss: the planted ones are never heard by the others
        foreach (var text in new[] { "1", "2" }) world.Sending(ann, network.Id, bob.Id, Encoding.UTF8.GetBytes(text), "asked");
        world.Heard(bob, From(ann, network, "2"));
        world.AssertPromises();
        world.Heard(bob, From(ann, network, "1"));
        Breaks<OrderChecker>(world);
    }

    [Fact]
    public async Task A_double_is_seen()
    {
        var (world, ann, bob, network) = await Two();
        await using var _ = world;
        await ann.BroadcastAsync("once");
        world.AssertPromises();
        world.Heard(bob, From(ann, network, "once"));
        Breaks<NoDoubleChecker>(world);
    }

    [Fact]
    public async Task A_loss_is_seen()
    {
        var (world, ann, bob, network) = await Two();
        await using var _ = world;
        world.AssertPromises();
        world.Sending(ann, network.Id, bob.Id, Encoding.UTF8.GetBytes("never"), "asked");
        Breaks<NoLossChecker>(world);
    }

    [Fact]
    public async Task A_stranger_among_the_events_is_seen()
    {
        var (world, ann, bob, network) = await Two();
        await using var _ = world;
        world.Heard(bob, new PeerJoining(new Peer(ann.Id, "ann", ActorRefs.Nobody), network));
        Breaks<EventOrderChecker>(world);
    }

    [Fact]
    public async Task An_event_after_the_last_is_seen()
    {
        var (world, ann, bob, network) = await Two();
        await using var _ = world;
        await bob.LeaveAsync();
        await world.Advance(1.Seconds());
        world.AssertPromises();
        world.Heard(bob, From(ann, network, "ghost"));
        Breaks<EventOrderChecker>(world);
    }

    [Fact]
    public async Task A_view_that_differs_is_seen()
    {
        var (world, ann, bob, network) = await Two();
        await using var _ = world;
        world.Heard(bob, new PeerLeaving(new Peer(ann.Id, "ann", ActorRefs.Nobody), network, PeerLeavingReason.Left));
        Breaks<ViewsAgreeChecker>(world);
    }

    [Fact]
    public async Task An_actor_that_fails_is_seen()
    {
        var (world, _, _, _) = await Two();
        await using var __ = world;
        world.System.ActorOf(Props.Create(() => new Clumsy())).Tell("now");
        await world.Advance(TimeSpan.Zero);
        Breaks<NoFaultChecker>(world);
    }

    private sealed class Clumsy : ReceiveActor
    {
        public Clumsy() => ReceiveAny(_ => throw new InvalidOperationException("a bug"));
    }
}
