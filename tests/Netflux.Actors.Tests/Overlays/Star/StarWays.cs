using Netflux.Identity;
using Netflux.Overlays;
using Netflux.Overlays.Star;

namespace Netflux.Tests.Overlays.Star;

/// <summary>What holds of a star that is whole, and the two stories that every star must survive.</summary>
internal static class StarWays
{
    public static StarOverlay Star(this Node node) => (StarOverlay)node.Overlay;

    public static Node HubOf(OverlayWorld world) => world.Alive.Single(node => node.Star().Rules);

    /// <summary>One hub, which all follow in the same epoch; messages go through it.</summary>
    public static void AssertWhole(OverlayWorld world)
    {
        if (!world.Alive.Any()) return;
        var hub = HubOf(world);
        var ids = world.Alive.Select(node => node.Id).Where(id => id != hub.Id).Order().ToList();
        Assert.Equal(ids, hub.Overlay.BroadcastTargets);
        Assert.All(ids, id => Assert.Equal(id, hub.Overlay.NextHop(id)));
        foreach (var node in world.Alive.Where(node => node != hub))
        {
            Assert.Equal(((PeerId?)hub.Id, hub.Star().Epoch), (node.Star().Hub, node.Star().Epoch));
            Assert.Equal([hub.Id], node.Overlay.BroadcastTargets);
            Assert.All(node.Overlay.Members, member => Assert.Equal(hub.Id, node.Overlay.NextHop(member.Id)));
        }
    }

    /// <summary>A network in the care of one hub.</summary>
    public static (OverlayWorld World, Node Hub) Settled(StarContractTests contract, ulong seed, int members)
    {
        var world = contract.Network(seed, members, together: members > 10);
        return (world, HubOf(world));
    }

    /// <summary>The first members of the order of succession, as the hub signed it last.</summary>
    public static List<Node> SuccessorsOf(OverlayWorld world, Node hub, int count)
    {
        var last = hub.Log.OfType<SendControl>().Reverse().Select(send => StarControl.TryParse(send.Body, out var control) && control is StarControl.Reign reign ? reign : null).First(reign => reign is not null)!;
        Assert.True(Succession.TryParse(last.Record, world.Genesis, OverlayPeople.Noon, _ => null, out var succession));
        return [.. succession.Successors.Take(count).Select(id => world.Nodes.Values.Single(node => node.Id == id))];
    }

    /// <summary>The hub dies without a word. The first successor follows, all are attached to it within 15 s, and nobody but the hub was seen to go.</summary>
    public static void KillTheHub(StarContractTests contract, ulong seed, int members, double linkSeconds = 0.1)
    {
        var (world, hub) = Settled(contract, seed, members);
        world.LinkSeconds = linkSeconds;
        var first = SuccessorsOf(world, hub, 1)[0];
        OverlayWorld.Kill(hub);
        world.Run(TimeSpan.FromSeconds(15));
        contract.AssertViewsAgree(world);
        Assert.Equal((first, 2UL), (HubOf(world), first.Star().Epoch));
        foreach (var node in world.Alive)
        {
            Assert.Equal(hub.Id, Assert.Single(node.Log.OfType<AnnounceLeaving>()).Member);
            Assert.Equal(members - 1, node.Log.OfType<AnnounceJoining>().Count());
            Assert.Equal(new AnnounceHub(first.Id, 2), node.Log.OfType<AnnounceHub>().Last());
            Assert.Equal(new AnnounceHubLost(hub.Id, Waits: false), Assert.Single(node.Log.OfType<AnnounceHubLost>()));
        }
        Assert.Equal(members - 2, first.Log.SkipWhile(said => said is not AnnounceHubLost).OfType<AnnounceAttached>().Distinct().Count());
    }

    /// <summary>So many are cut off, the hub with them; after a minute there are two hubs, and when they meet there is one within 10 s.</summary>
    public static void MeetAgain(StarContractTests contract, ulong seed, int members, int apart)
    {
        var (world, hub) = Settled(contract, seed, members);
        var order = world.Nodes.Keys.OrderBy(person => person == hub.Person ? 1 : 0).ThenBy(person => person).ToList();
        foreach (var one in order.Take(members - apart))
            foreach (var other in order.Skip(members - apart)) world.Cut(one, other);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(2, world.Alive.Count(node => node.Star().Rules));
        world.Heal();
        world.Run(OverlayContract.Agreement);
        contract.AssertViewsAgree(world);
        // The second epoch goes on: its hub is the higher one, and is never alone here.
        Assert.Equal(2UL, HubOf(world).Star().Epoch);
    }
}
