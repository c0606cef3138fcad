using System.Globalization;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;

namespace Netflux.Tests.Overlays;

/// <summary>What every overlay that shows all members exactly must do (DESIGN §7), whatever the network does to it. Each overlay inherits it.</summary>
public abstract class OverlayContract
{
    /// <summary>Within this after the last fault, views agree.</summary>
    internal static readonly TimeSpan Agreement = TimeSpan.FromSeconds(10);

    /// <summary>A silent death is noticed by then.</summary>
    private protected static readonly TimeSpan Detection = TimeSpan.FromSeconds(14);

    private protected abstract Topology TopologyFor(int places);

    private protected abstract IOverlay Create(Genesis genesis, IRandomSource random, IPeerKeys keys);

    /// <summary>That messages take the ways which this overlay promises.</summary>
    private protected abstract void AssertPaths(OverlayWorld world);

    private protected OverlayWorld World(ulong seed, int places) => new(seed, OverlayPeople.GenesisFor(TopologyFor(places)), Create);

    private static IEnumerable<ulong> Seeds(int count) =>
        Environment.GetEnvironmentVariable("SEED") is { Length: > 0 } one ? [ulong.Parse(one, CultureInfo.InvariantCulture)] : Enumerable.Range(1, SeedsAttribute.PlayedOf(count)).Select(seed => (ulong)seed);

    internal static void ForSeeds(int count, Action<ulong> test)
    {
        foreach (var seed in Seeds(count))
        {
            try
            {
                test(seed);
            }
            catch (Exception failure)
            {
                throw new Xunit.Sdk.XunitException($"SEED={seed}: {failure.Message}\n{failure.StackTrace}");
            }
        }
    }

    internal OverlayWorld Network(ulong seed, int members, int places = 50, bool together = false)
    {
        var world = World(seed, places);
        world.Start(0, knowsNobody: true);
        for (var person = 1; person < members; person++)
        {
            world.Start(person);
            if (!together) world.Run(world.Between(0.2, 0.6));
        }
        world.Run(Agreement);
        AssertViewsAgree(world);
        return world;
    }

    internal void AssertViewsAgree(OverlayWorld world)
    {
        var members = world.Alive.ToList();
        foreach (var node in members)
        {
            Assert.True(node.Ready, $"{node.Person} is stuck joining");
            var expected = members.Where(other => other != node).Select(other => (other.Id, other.Incarnation, other.Record.Version)).OrderBy(other => other.Id);
            Assert.Equal(expected, node.Overlay.Members.Select(member => (member.Id, member.Incarnation.Value, member.Version)));
        }
        AssertPaths(world);
    }

    [Theory, InlineData(2, 20), InlineData(3, 20), InlineData(10, 20), InlineData(50, 1)]
    public void One_after_the_other_all_see_all(int members, int seeds) => ForSeeds(seeds, seed => Network(seed, members));

    [Theory, InlineData(2, 20), InlineData(3, 50), InlineData(10, 50), InlineData(50, 1)]
    public void Joining_at_the_same_time_all_see_all(int members, int seeds) => ForSeeds(seeds, seed => Network(seed, members, together: true));

    [Fact]
    public void A_joiner_that_reaches_nobody_fails() => ForSeeds(20, seed =>
    {
        var world = World(seed, 50);
        world.Start(0, knowsNobody: true);
        world.Cut(0, 1);
        var joiner = world.Start(1);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(NetfluxError.PeerUnreachable, joiner.Failed);
    });

    [Theory, InlineData(PeerLeavingReason.Left), InlineData(PeerLeavingReason.WentOffline)]
    public void Who_goes_is_seen_to_go_with_the_reason(PeerLeavingReason reason) => ForSeeds(50, seed =>
    {
        var world = Network(seed, 5);
        var gone = world.Nodes[1 + world.Draw(4)];
        OverlayWorld.Leave(gone, reason);
        world.Run(TimeSpan.FromSeconds(1));
        AssertViewsAgree(world);
        world.Run(TimeSpan.FromMinutes(5));
        foreach (var node in world.Alive)
            Assert.Equal(reason, Assert.Single(node.Log.OfType<AnnounceLeaving>()).Reason);
        Assert.Equal(new AnnounceLeft(), gone.Log[^1]);
        AssertViewsAgree(world);
    });

    [Fact]
    public void Who_dies_without_a_word_is_suspected_then_gone_then_back() => ForSeeds(50, seed =>
    {
        var world = Network(seed, 5);
        var dead = world.Nodes[world.Draw(5)];
        OverlayWorld.Kill(dead);
        world.Run(Detection);
        foreach (var node in world.Alive)
        {
            Assert.Equal(dead.Id, Assert.Single(node.Log.OfType<AnnounceSuspected>()).Member);
            Assert.Equal(PeerLeavingReason.ConnectionLost, Assert.Single(node.Log.OfType<AnnounceLeaving>()).Reason);
        }
        world.Start(dead.Person);
        world.Run(Agreement);
        AssertViewsAgree(world);
    });

    [Fact]
    public void A_restart_is_told_as_one() => ForSeeds(50, seed =>
    {
        var world = Network(seed, 5);
        var person = world.Draw(5);
        OverlayWorld.Kill(world.Nodes[person]);
        world.Run(world.Between(0, 3));
        world.Start(person);
        world.Run(Agreement);
        AssertViewsAgree(world);
        foreach (var node in world.Alive.Where(node => node.Person != person))
            Assert.Equal(PeerLeavingReason.Restarted, Assert.Single(node.Log.OfType<AnnounceLeaving>()).Reason);
    });

    [Theory, InlineData(6), InlineData(60), InlineData(300)]
    public void Halves_that_were_apart_agree_again(int seconds) => ForSeeds(50, seed =>
    {
        var world = Network(seed, 6);
        for (var one = 0; one < 3; one++)
            for (var other = 3; other < 6; other++)
                world.Cut(one, other); // one way only: a partition need not be symmetric
        world.Run(TimeSpan.FromSeconds(seconds));
        if (seconds > 20) Assert.All(world.Alive, node => Assert.Equal(2, node.Overlay.Members.Count));
        world.Heal();
        world.Run(Agreement);
        AssertViewsAgree(world);
    });

    [Fact]
    public void A_changed_record_reaches_all() => ForSeeds(20, seed =>
    {
        var world = Network(seed, 5);
        world.Nodes[world.Draw(5)].Change();
        world.Run(TimeSpan.FromSeconds(1));
        AssertViewsAgree(world);
    });

    [Fact]
    public void At_the_limit_the_newcomer_is_refused() => ForSeeds(50, seed =>
    {
        var world = Network(seed, 4, places: 4);
        world.Run(TimeSpan.FromSeconds(10));
        var late = world.Start(4);
        world.Run(Agreement);
        Assert.Equal(NetfluxError.NetworkFull, late.Failed);
        AssertViewsAgree(world);
        Assert.Equal(4, world.Alive.Count());
    });

    [Fact]
    public void Of_several_for_the_last_places_the_same_are_in_for_all() => ForSeeds(50, seed => SeveralForTheLastPlaces(seed));

    private protected (OverlayWorld World, List<Node> Newcomers) SeveralForTheLastPlaces(ulong seed)
    {
        var world = Network(seed, 3, places: 5);
        world.Run(TimeSpan.FromSeconds(10));
        var newcomers = Enumerable.Range(3, 4).Select(person =>
        {
            world.Run(world.Between(0, 0.2));
            return world.Start(person);
        }).ToList();
        world.Run(TimeSpan.FromSeconds(20));
        AssertViewsAgree(world);
        Assert.InRange(world.Alive.Count(), 4, 5);
        Assert.All(newcomers.Where(node => !node.Alive), node => Assert.Equal(NetfluxError.NetworkFull, node.Failed));
        Assert.All(newcomers.Where(node => !node.Alive), node => Assert.False(node.Ready, "ready, and then put out"));
        return (world, newcomers);
    }

    [Theory, InlineData(10, 50), InlineData(50, 1)]
    public void After_a_storm_of_faults_views_agree(int members, int seeds) => ForSeeds(seeds, seed =>
    {
        var world = Network(seed, members);
        for (var fault = 0; fault < 20; fault++)
        {
            var person = world.Draw(members);
            var node = world.Nodes[person];
            switch (world.Draw(6))
            {
                case 0: OverlayWorld.Kill(node); break;
                case 1: world.Start(person); break;
                case 2 when node.Alive: OverlayWorld.Leave(node, PeerLeavingReason.Left); break;
                case 3 when node.Alive: OverlayWorld.Leave(node, PeerLeavingReason.WentOffline); break;
                case 4: world.Heal(); break;
                default:
                    for (var i = 0; i < members; i++) world.Cut(world.Draw(members), world.Draw(members));
                    break;
            }
            world.Run(world.Between(0, 8));
        }
        world.Run(Detection);
        world.Heal();
        world.Run(Agreement);
        AssertViewsAgree(world);
    });
}
