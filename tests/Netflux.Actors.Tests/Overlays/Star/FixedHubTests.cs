using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Star;

namespace Netflux.Tests.Overlays.Star;

/// <summary>A star whose topology fixes its hub has no succession: its members wait, and say so.</summary>
public sealed class FixedHubTests
{
    private static readonly PeerId s_hub = OverlayPeople.Keys(0).Id;
    private static readonly Genesis s_genesis = OverlayPeople.GenesisFor(Topology.Star(s_hub, 10));
    private static readonly StarContractTests s_contract = new();

    private static OverlayWorld World(ulong seed) => new(seed, s_genesis, (genesis, random, keys) => new StarOverlay(genesis, new StarOptions(), keys, random));

    private static OverlayWorld Network(ulong seed, int members)
    {
        var world = World(seed);
        world.Start(0, knowsNobody: true);
        for (var person = 1; person < members; person++) world.Start(person);
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
        return world;
    }

    [Fact]
    public void Nobody_follows_it_and_when_it_is_back_all_are_there() => OverlayContract.ForSeeds(50, seed =>
    {
        var world = Network(seed, 6);
        OverlayWorld.Kill(world.Nodes[0]);
        world.Run(TimeSpan.FromMinutes(2));
        foreach (var node in world.Alive)
        {
            Assert.Equal((null, false), (node.Star().Hub, node.Star().Rules));
            Assert.Equal(new AnnounceHubLost(s_hub, Waits: true), Assert.Single(node.Log.OfType<AnnounceHubLost>()));
            Assert.Equal(new AnnounceLeaving(s_hub, PeerLeavingReason.ConnectionLost), Assert.Single(node.Log.OfType<AnnounceLeaving>()));
            Assert.Equal(5, node.Log.OfType<AnnounceSuspected>().Count());      // the hub, and the four of whom nothing can be known
            Assert.Equal(4, node.Overlay.Members.Count);
        }
        world.Start(0, knowsNobody: seed % 2 == 0);
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
        Assert.Equal(s_hub, StarWays.HubOf(world).Id);
        Assert.All(world.Alive.Where(node => node.Id != s_hub), node => Assert.Equal(4, node.Log.OfType<AnnounceRecovered>().Count()));
    });

    [Fact]
    public void Cut_off_for_a_while_all_come_back_to_the_same_run() => OverlayContract.ForSeeds(50, seed =>
    {
        var world = Network(seed, 6);
        for (var person = 1; person < 6; person++) world.Cut(0, person);
        world.Run(world.Between(5, 40));
        world.Heal();
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
        Assert.All(world.Alive, node => Assert.DoesNotContain(node.Log, said => said is AnnounceHub hub && hub.Hub != s_hub));
    });

    [Fact]
    public void What_a_member_changed_while_the_hub_was_not_heard_reaches_all() => OverlayContract.ForSeeds(20, seed =>
    {
        var world = Network(seed, 4);
        for (var person = 1; person < 4; person++) world.Cut(0, person);
        world.Run(TimeSpan.FromSeconds(9));      // lost for its members, and the links are not over yet
        world.Nodes[2].Change();
        world.Heal();
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
    });

    [Fact]
    public void Who_dies_while_it_is_away_is_gone_when_it_is_back() => OverlayContract.ForSeeds(30, seed =>
    {
        var world = Network(seed, 5);
        OverlayWorld.Kill(world.Nodes[0]);
        world.Run(TimeSpan.FromSeconds(30));
        OverlayWorld.Kill(world.Nodes[3]);
        world.Run(TimeSpan.FromSeconds(30));
        world.Start(0);
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
    });

    [Fact]
    public void Who_begins_such_a_network_waits_for_its_hub() => OverlayContract.ForSeeds(20, seed =>
    {
        var world = World(seed);
        var creator = world.Start(1, knowsNobody: true);
        world.Run(TimeSpan.FromSeconds(30));
        Assert.True(creator.Ready);
        Assert.Equal(new AnnounceHubLost(s_hub, Waits: true), Assert.Single(creator.Log.OfType<AnnounceHubLost>()));
        world.Start(0);
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
        Assert.Equal(new AnnounceHub(s_hub, 1), Assert.Single(creator.Log.OfType<AnnounceHub>()));
    });

    [Fact]
    public void A_joiner_that_cannot_reach_it_fails() => OverlayContract.ForSeeds(20, seed =>
    {
        var world = Network(seed, 4);
        OverlayWorld.Kill(world.Nodes[0]);
        world.Run(TimeSpan.FromSeconds(20));
        var joiner = world.Start(5);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(NetfluxError.HubUnreachable, joiner.Failed);
    });

    [Fact]
    public void A_reign_of_another_is_none()
    {
        var usurper = OverlayPeople.Record(s_genesis, 1);
        var claim = Succession.Create(OverlayPeople.Keys(1), s_genesis, usurper, 9, 1, 5, []);
        Assert.False(Succession.TryParse(claim.Record, s_genesis, OverlayPeople.Noon, _ => null, out _));
        var rightful = Succession.Create(OverlayPeople.Keys(0), s_genesis, OverlayPeople.Record(s_genesis, 0), 1, 1, 5, []);
        Assert.True(Succession.TryParse(rightful.Record, s_genesis, OverlayPeople.Noon, _ => null, out _));
    }
}
