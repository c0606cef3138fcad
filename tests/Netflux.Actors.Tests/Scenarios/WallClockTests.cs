using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

public class WallClockTests
{
    [Theory, Seeds(5)]
    public async Task Setting_the_clock_forward_and_back_changes_nothing(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await world.Meshed("ann", "bob", "cy");
        foreach (var hours in new[] { 3.0, -49.0, 24_000.0 })
        {
            peers[0].BroadcastNumbered(100);
            world.SetWallClock(TimeSpan.FromHours(hours));
            world.Link(peers[0], peers[1]).Cut();
            peers[1].BroadcastNumbered(100);
            await world.Advance(20.Seconds());
        }
        await peers[2].LeaveAsync();
        await peers[2].JoinAsync(network.Address);
        Assert.All(peers, peer => Assert.Empty(peer.Events.OfType<PeerSuspected>()));
        Assert.Equal(300, peers[0].Received.Count);
        Assert.Equal(300, peers[1].Received.Count);
        world.AssertPromises();
    }
}
