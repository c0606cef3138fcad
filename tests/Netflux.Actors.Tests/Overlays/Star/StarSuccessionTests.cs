using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Overlays.Star;

namespace Netflux.Tests.Overlays.Star;

/// <summary>What happens to a star whose hub is lost, comes back, or meets another.</summary>
public sealed class StarSuccessionTests
{
    private static readonly StarContractTests s_contract = new();

    private static void ForSeeds(int count, Action<ulong> test) => OverlayContract.ForSeeds(count, test);

    /// <summary>A network in the care of one hub, settled.</summary>
    private static (OverlayWorld World, Node Hub) Star(ulong seed, int members) => StarWays.Settled(s_contract, seed, members);

    private static List<Node> SuccessorsOf(OverlayWorld world, Node hub, int count) => StarWays.SuccessorsOf(world, hub, count);

    [Theory, InlineData(5, 50), InlineData(50, 3)]
    public void Killed_the_hub_is_followed_and_the_network_is_whole_within_15_s(int members, int seeds) => ForSeeds(seeds, seed => StarWays.KillTheHub(s_contract, seed, members));

    [Theory, InlineData(5, 50), InlineData(50, 1)]
    public void It_is_so_where_links_take_seconds(int members, int seeds) => ForSeeds(seeds, seed => StarWays.KillTheHub(s_contract, seed, members, linkSeconds: 4));

    [Theory, InlineData(5, 50), InlineData(50, 3)]
    public void Hub_and_first_successor_die_together_and_the_next_follows(int members, int seeds) => ForSeeds(seeds, seed =>
    {
        var (world, hub) = Star(seed, members);
        var successors = SuccessorsOf(world, hub, 2);
        OverlayWorld.Kill(hub);
        OverlayWorld.Kill(successors[0]);
        world.Run(TimeSpan.FromSeconds(15));
        s_contract.AssertViewsAgree(world);
        Assert.Equal(successors[1], StarWays.HubOf(world));
    });

    [Fact]
    public void What_members_changed_while_there_was_no_hub_reaches_all() => ForSeeds(30, seed =>
    {
        var (world, hub) = Star(seed, 5);
        OverlayWorld.Kill(hub);
        List<Node> orphans;
        while ((orphans = [.. world.Alive.Where(node => node.Star().Hub is null)]).Count == 0) world.Run(TimeSpan.FromMilliseconds(10));
        foreach (var orphan in orphans) orphan.Change();
        world.Run(TimeSpan.FromSeconds(15));
        s_contract.AssertViewsAgree(world);
    });

    [Theory, InlineData(PeerLeavingReason.Left), InlineData(PeerLeavingReason.WentOffline)]
    public void A_hub_that_goes_in_order_is_followed_at_once(PeerLeavingReason reason) => ForSeeds(50, seed =>
    {
        var (world, hub) = Star(seed, 8);
        var first = SuccessorsOf(world, hub, 1)[0];
        OverlayWorld.Leave(hub, reason);
        world.Run(TimeSpan.FromSeconds(2));
        s_contract.AssertViewsAgree(world);
        Assert.Equal(first, StarWays.HubOf(world));
        Assert.All(world.Alive, node => Assert.Equal(reason, Assert.Single(node.Log.OfType<AnnounceLeaving>()).Reason));
    });

    [Theory, InlineData(2), InlineData(7), InlineData(30)]
    public void A_hub_that_comes_back_in_a_new_run_does_not_split(int secondsLater) => ForSeeds(50, seed =>
    {
        var (world, hub) = Star(seed, 8);
        OverlayWorld.Kill(hub);
        world.Run(TimeSpan.FromSeconds(secondsLater));
        world.Start(hub.Person);
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
        Assert.NotEqual(hub.Person, StarWays.HubOf(world).Person);
    });

    [Fact]
    public void A_hub_that_comes_back_and_knows_nobody_does_not_split() => ForSeeds(50, seed =>
    {
        var (world, hub) = Star(seed, 6);
        OverlayWorld.Kill(hub);
        world.Run(TimeSpan.FromSeconds(20));
        world.Start(hub.Person, knowsNobody: true);
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
        Assert.NotEqual(hub.Person, StarWays.HubOf(world).Person);
    });

    [Theory, InlineData(6, 3), InlineData(7, 3), InlineData(7, 4), InlineData(9, 1)]
    public void Two_hubs_that_meet_are_one_within_10_s(int members, int apart) => ForSeeds(30, seed => StarWays.MeetAgain(s_contract, seed, members, apart));

    [Fact]
    public void Parts_whose_hubs_both_died_find_each_other() => ForSeeds(20, seed =>
    {
        var (world, _) = Star(seed, 8);
        for (var one = 0; one < 4; one++)
            for (var other = 4; other < 8; other++) world.Cut(one, other);
        world.Run(TimeSpan.FromSeconds(40));
        // Those that are hubs in the end were members of another when they lost the other part.
        foreach (var node in world.Alive.Where(node => node.Star().Rules).ToList()) OverlayWorld.Kill(node);
        world.Run(TimeSpan.FromSeconds(30));
        Assert.Equal(2, world.Alive.Count(node => node.Star().Rules));
        world.Heal();
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
        Assert.Equal(6, world.Alive.Count());
    });

    [Fact]
    public void Three_parts_of_equal_size_become_one() => ForSeeds(30, seed =>
    {
        var (world, _) = Star(seed, 9);
        for (var one = 0; one < 9; one++)
            for (var other = 0; other < 9; other++)
                if (one / 3 != other / 3) world.Cut(one, other);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(3, world.Alive.Count(node => node.Star().Rules));
        world.Heal();
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
    });

    [Fact]
    public void A_member_that_cannot_link_with_the_hub_is_reached_through_the_first_successor() => ForSeeds(30, seed =>
    {
        var (world, hub) = Star(seed, 6);
        var cut = world.Nodes[1 + world.Draw(5)];
        world.Cut(hub.Person, cut.Person);
        world.Run(TimeSpan.FromSeconds(60));
        s_contract.AssertViewsAgree(world);
        Assert.Equal(hub, StarWays.HubOf(world));
        Assert.All(world.Alive, node => Assert.Empty(node.Log.OfType<AnnounceLeaving>()));
    });

    [Fact]
    public void A_member_keeps_a_link_to_the_hub_and_one_to_the_first_successor() => ForSeeds(20, seed =>
    {
        var (world, hub) = Star(seed, 8);
        world.Run(TimeSpan.FromSeconds(30));
        var first = SuccessorsOf(world, hub, 1)[0];
        foreach (var node in world.Alive.Where(node => node != hub))
            Assert.Equal((node == first ? world.Alive.Where(other => other != first) : [hub, first]).Select(other => other.Id).Order(), world.NeighboursOf(node));
    });

    [Fact]
    public void Parts_that_grew_apart_may_be_more_than_the_places_together() => ForSeeds(20, seed =>
    {
        var world = s_contract.Network(seed, 4, places: 4);
        for (var other = 2; other < 4; other++)
            foreach (var one in Enumerable.Range(0, 6).Where(one => one is not (2 or 3))) world.Cut(one, other);
        world.Run(TimeSpan.FromSeconds(40));
        world.Start(4);
        world.Start(5);
        world.Run(TimeSpan.FromSeconds(10));
        world.Heal();
        world.Run(OverlayContract.Agreement);
        s_contract.AssertViewsAgree(world);
        Assert.Equal(6, world.Alive.Count());
    });
}
