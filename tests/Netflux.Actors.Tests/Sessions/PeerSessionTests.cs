using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Sessions;

public sealed class PeerSessionTests
{
    [Fact]
    public void Two_peers_begin_attach_and_talk()
    {
        var world = new SessionWorld();
        world.A.Attach(Networks.One);
        Assert.IsType<FindLink>(Assert.Single(world.A.Heard));

        // a dials b: begun on both sides, without a word more.
        world.Dial(world.A);
        Assert.Equal(world.B.Id, world.A.Only<SessionBegan>().Remote.Id);
        Assert.Equal("a", world.B.Only<SessionBegan>().DisplayName);
        Assert.Single(world.A.Heard.OfType<StopFindingLink>());

        // b → Resume, a → Resume, Attach; b asks its owner, and attaches: open.
        world.RunMs(50);
        Assert.Equal(Networks.One, world.B.Only<AttachRequested>().Network);
        Assert.Equal(Networks.Member("b"), world.A.Only<ChannelOpened>().Member.ToArray());
        Assert.Equal(1 << 20, world.B.Only<ChannelOpened>().WindowCost);

        Assert.True(world.A.Send(Networks.One, [1, 2, 3], FrameFlags.Broadcast));
        Assert.True(world.B.Send(Networks.One, [4], FrameFlags.ConfirmSoon));
        world.RunMs(200);
        Assert.Equal([1, 2, 3], Assert.Single(world.B.Messages(Networks.One)).Body.ToArray());
        Assert.Equal(FrameFlags.Broadcast, Assert.Single(world.B.Messages(Networks.One)).Flags);
        Assert.Equal([4], Assert.Single(world.A.Messages(Networks.One)).Body.ToArray());
        Assert.Equal((1UL, 67L), (world.A.Only<ChannelCredit>().MessagesConsumed, world.A.Only<ChannelCredit>().CostConsumed));
        Assert.Equal((1UL, 65L), (world.B.Only<ChannelCredit>().MessagesConsumed, world.B.Only<ChannelCredit>().CostConsumed));
    }

    [Fact]
    public void What_a_lost_link_did_not_bring_comes_by_the_next_once_and_in_order()
    {
        var world = SessionWorldExtensions.Talking();
        for (var i = 0; i < 100; i++) world.A.Send(Networks.One, BitConverter.GetBytes(i));
        world.Pump();
        world.Links[0].Cut();
        Assert.Equal(1, world.A.Count<FindLink>());
        for (var i = 100; i < 200; i++) world.A.Send(Networks.One, BitConverter.GetBytes(i));
        world.Dial(world.B);
        world.RunMs(100);
        Assert.Equal(Enumerable.Range(0, 200), world.B.Numbers(Networks.One));
    }
}

internal static class SessionWorldExtensions
{
    /// <summary>Both sides are attached to network one, by one link dialled by a.</summary>
    public static SessionWorld Talking(SessionOptions? options = null, long window = 1 << 20, int recordBytesMax = 4096)
    {
        var world = new SessionWorld(options, recordBytesMax);
        world.A.Attach(Networks.One, window);
        world.B.Attach(Networks.One, window);
        world.Dial(world.A);
        world.RunMs(100);
        Assert.Equal((1, 1), (world.A.Count<ChannelOpened>(), world.B.Count<ChannelOpened>()));
        world.A.Heard.Clear();
        world.B.Heard.Clear();
        return world;
    }

    public static IEnumerable<int> Numbers(this SessionWorld.Side side, Identity.NetworkId? network) => side.Messages(network).Select(frame => BitConverter.ToInt32(frame.Body.Span));
}
