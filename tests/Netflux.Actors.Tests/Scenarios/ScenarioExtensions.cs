using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

internal static class ScenarioExtensions
{
    /// <summary>The operation fails with this error, and says what to do.</summary>
    public static NetfluxException FailsWith<T>(this WorldOperation<T> operation, NetfluxError error)
    {
        var failure = Assert.Throws<NetfluxException>(() => operation.Wait());
        Assert.Equal(error, failure.Error);
        Assert.False(string.IsNullOrWhiteSpace(failure.Message));
        return failure;
    }

    /// <summary>Peers of these names in one network that the first created.</summary>
    public static Task<(Network Network, TestPeer[] Peers)> Meshed(this NetfluxWorld world, params string[] names) => world.Together(Topology.FullMesh(), names);

    /// <summary>Peers of these names in one network of this topology, which the first created.</summary>
    public static async Task<(Network Network, TestPeer[] Peers)> Together(this NetfluxWorld world, Topology topology, params string[] names)
    {
        var peers = names.Select(name => world.Peer(name)).ToArray();
        var network = await peers[0].CreateAsync(topology);
        await world.All([.. peers[1..].Select(peer => peer.JoinAsync(network.Address))]);
        await world.Advance(TimeSpan.FromSeconds(1));
        return (network, peers);
    }

    public static TimeSpan Seconds(this double seconds) => TimeSpan.FromSeconds(seconds);

    public static TimeSpan Seconds(this int seconds) => TimeSpan.FromSeconds(seconds);
}
