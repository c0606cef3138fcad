using System.Net;
using Netflux.Messages;

namespace Netflux.Host.Tracking;

/// <summary>Where nodes find each other.</summary>
public sealed class ClusterSettingsTests
{
    private static readonly Uri s_url = new("ws://node.test");

    private static Task<ClusterSettings> ResolveAsync(string listen, params string[] seeds) =>
        ClusterSettings.ResolveAsync(new DnsEndPoint(listen, 1), seeds.Select(seed => new DnsEndPoint(seed.Split(':')[0], int.Parse(seed.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture))), s_url, CancellationToken.None);

    [Fact]
    public async Task Every_node_has_the_seeds_in_the_same_order_and_each_once()
    {
        var one = await ResolveAsync("127.0.0.2", "127.0.0.10:1", "127.0.0.2:2", "127.0.0.2:1", "127.0.0.2:2");
        var other = await ResolveAsync("127.0.0.10", "127.0.0.2:1", "127.0.0.2:2", "127.0.0.10:1");
        Assert.Equal(["127.0.0.2:1", "127.0.0.2:2", "127.0.0.10:1"], one.Seeds.Select(seed => seed.ToString()));
        Assert.Equal(one.Seeds, other.Seeds);
    }

    [Fact]
    public async Task A_name_is_what_it_resolves_to_and_a_wildcard_is_known_by_the_address_from_which_the_first_seed_is_reached()
    {
        var named = await ResolveAsync("localhost", "localhost:7");
        Assert.Equal((IPAddress.Loopback, new IPEndPoint(IPAddress.Loopback, 1)), (named.Listen, named.Own));
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 7), Assert.Single(named.Seeds));
        var any = await ResolveAsync("0.0.0.0", "127.0.0.1:7");
        Assert.Equal((IPAddress.Any, new IPEndPoint(IPAddress.Loopback, 1)), (any.Listen, any.Own));
        Assert.Contains("wildcard", (await Assert.ThrowsAsync<NetfluxException>(() => ResolveAsync("127.0.0.1", "0.0.0.0:7"))).Message, StringComparison.Ordinal);
    }
}
