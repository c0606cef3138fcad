using System.Text;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>Connections between the same two processes, with one port each, that want the same pair of addresses: all open, each over addresses of its own.</summary>
public sealed class CrossingOffersTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    /// <param name="apart">By how many milliseconds the second offer comes later.</param>
    [Theory, InlineData(0), InlineData(15), InlineData(25), InlineData(45), InlineData(60)]
    public void Two_offers_that_cross_become_two_connections(int apart)
    {
        for (ulong seed = 1; seed <= 100; seed++)
        {
            var world = new PeerConnectionWorld(seed) { SignalingShuffles = true };
            OpenAll(world, [(world.Offerer, world.Answerer), world.Pair(world.Right, world.Left, " of the way back")], TimeSpan.FromMilliseconds(apart), s_second);
        }
    }

    /// <summary>Both answers are there before the first checks; where the answerers' are lost, both offerers ask first.</summary>
    [Fact]
    public void Two_offers_cross_with_their_answers()
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var world = new PeerConnectionWorld(seed) { Latency = TimeSpan.FromMilliseconds(50), SignalingLatency = TimeSpan.FromMilliseconds(5), Loss = 0.3 };
            OpenAll(world, [(world.Offerer, world.Answerer), world.Pair(world.Right, world.Left, " of the way back")], TimeSpan.Zero, 30 * s_second);
        }
    }

    [Fact]
    public void Many_offers_cross_on_a_network_that_loses_and_reorders()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var world = new PeerConnectionWorld(seed) { SignalingShuffles = true, Reordering = 0.2, Loss = 0.1 };
            var pairs = Enumerable.Range(0, 6).Select(i => i % 2 == 0 ? world.Pair(world.Left, world.Right, $" there {i}") : world.Pair(world.Right, world.Left, $" back {i}")).ToList();
            OpenAll(world, pairs, TimeSpan.FromMilliseconds(7), 60 * s_second);
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_process_that_comes_back_on_its_port_is_reached_at_once(bool offers)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var world = new PeerConnectionWorld(seed) { SignalingShuffles = true };
            OpenAll(world, [(world.Offerer, world.Answerer)], TimeSpan.Zero, s_second);
            world.Restart(world.Right);
            OpenAll(world, [offers ? world.Pair(world.Right, world.Left, " back again") : world.Pair(world.Left, world.Right, " to who is back")], TimeSpan.Zero, s_second);
        }
    }

    [Fact]
    public void The_former_connection_to_a_process_that_came_back_is_over()
    {
        var world = new PeerConnectionWorld(1);
        OpenAll(world, [(world.Offerer, world.Answerer)], TimeSpan.Zero, s_second);
        world.Restart(world.Right);
        OpenAll(world, [world.Pair(world.Left, world.Right, " to who is back")], TimeSpan.Zero, s_second);
        Assert.Equal(PeerConnectionState.Failed, world.Offerer.Connection.State);
        Assert.Equal("10.0.0.2:5000 is of a newer connection.", world.Offerer.Connection.Report().Why);
    }

    /// <summary>No address is taken from a connection that is alive, whoever asks from there with the password of another.</summary>
    [Fact]
    public void A_connection_that_is_alive_keeps_its_address()
    {
        var world = new PeerConnectionWorld(1);
        OpenAll(world, [(world.Offerer, world.Answerer)], TimeSpan.Zero, s_second);
        var second = world.Pair(world.Left, world.Right, " beside it");
        OpenAll(world, [second], TimeSpan.Zero, s_second);
        Assert.Equal(1, second.Answerer.FurtherSockets);
        world.Run(60 * s_second);
        Assert.Equal(PeerConnectionState.Connected, world.Offerer.Connection.State);
        Assert.Equal(PeerConnectionState.Connected, second.Offerer.Connection.State);
        Assert.Equal("10.0.0.2:5000", world.Offerer.Connection.Report().Selected?.Remote.Address);
    }

    /// <summary>Each opens and carries its own message; one that went to another connection of the same process would be missed, or found there.</summary>
    private static void OpenAll(PeerConnectionWorld world, List<(PeerConnectionWorld.Peer Offerer, PeerConnectionWorld.Peer Answerer)> pairs, TimeSpan apart, TimeSpan limit)
    {
        for (var i = 0; i < pairs.Count; i++)
        {
            var offerer = pairs[i].Offerer;
            offerer.Connection.OpenChannel(new() { Label = "test" }, world.Now);
            world.After(i * apart, () => offerer.Connection.Offer(world.Now));
        }
        world.RunUntil(() => pairs.All(pair => pair.Offerer.Opened.Count == 1 && pair.Answerer.Opened.Count == 1), limit);
        foreach (var (offerer, answerer) in pairs)
        {
            offerer.Connection.Send(offerer.Opened[0], Encoding.UTF8.GetBytes(offerer.Name), true, world.Now);
            answerer.Connection.Send(answerer.Opened[0], Encoding.UTF8.GetBytes(answerer.Name), true, world.Now);
        }
        world.RunUntil(() => pairs.All(pair => pair.Offerer.Messages.Count == 1 && pair.Answerer.Messages.Count == 1), limit);
        foreach (var (offerer, answerer) in pairs)
        {
            Assert.Equal(answerer.Name, Encoding.UTF8.GetString(offerer.Messages[0].Bytes));
            Assert.Equal(offerer.Name, Encoding.UTF8.GetString(answerer.Messages[0].Bytes));
        }
    }
}
