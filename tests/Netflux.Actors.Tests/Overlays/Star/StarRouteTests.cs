using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Overlays;
using Netflux.Overlays.Star;
using Netflux.Wire;

namespace Netflux.Tests.Overlays.Star;

/// <summary>What a member does with frames of a neighbour that is about to be its hub, and with those of and for members that have left.</summary>
public sealed class StarRouteTests
{
    private static readonly StarContractTests s_contract = new();

    private sealed class Port : IMessageRoutePort
    {
        public List<string> Delivered { get; } = [];
        public Dictionary<PeerId, ulong> Consumed { get; } = [];
        public List<PeerId> Sent { get; } = [];
        public List<OverlayFact> Said { get; } = [];
        public long HeldBytes => 0;

        public void Deliver(PeerId author, FrameFlags flags, ReadOnlyMemory<byte> payload) => Delivered.Add(System.Text.Encoding.UTF8.GetString(payload.Span));
        public void Consume(PeerId neighbour, ulong messages) => Consumed[neighbour] = messages;
        public void OpenWay(PeerId way, long windowCost, bool takesBroadcasts, bool isShut = false) { }
        public void OpenShutWay(PeerId way) { }
        public void CloseWay(PeerId way, WayClosed? why = null) { }
        public void CreditWay(PeerId way, ulong messages, long cost) { }
        public void OpenAuthor(Peer author) { }
        public void CloseAuthor(PeerId author) { }
        public void TellMissed(PeerId author, ulong first, ulong last) { }
        public void Send(PeerId neighbour, FrameFlags flags, ReadOnlyMemory<byte> body) => Sent.Add(neighbour);
        public void Say(OverlayFact fact) => Said.Add(fact);
    }

    private static byte[] Broadcast(OverlayWorld world, Node author, ulong number) => Frame(world, author, default, number, System.Text.Encoding.UTF8.GetBytes($"{number}"));

    private static byte[] Frame(OverlayWorld world, Node author, PeerId to, ulong number, byte[] message)
    {
        var bytes = new byte[StarFrame.Size + BroadcastBatch.Overhead + BroadcastBatch.MessageOverhead + message.Length];
        new StarFrame(StarFrameKind.Data, author.Id, to, new Incarnation(author.Incarnation), number).Write(bytes);
        BroadcastBatch.WriteMessage(bytes, StarFrame.Size + BroadcastBatch.Overhead, message);
        StarFrame.Sign(bytes, OverlayPeople.Keys(author.Person), world.Genesis.Network);
        return bytes;
    }

    [Fact]
    public void What_the_next_hub_passes_on_before_we_know_that_it_has_taken_us_is_taken_then_in_order()
    {
        var (world, hub) = StarWays.Settled(s_contract, 1, 5);
        var next = StarWays.SuccessorsOf(world, hub, 1)[0];
        var member = world.Alive.First(node => node != hub && node != next);
        var port = new Port();
        var route = new StarRoute(port, member.Star(), OverlayPeople.Keys(member.Person), world.Genesis, new Incarnation(1), StarRouteOptions.Default);
        foreach (var other in new[] { hub, next }) route.HandleOpened(new Peer(other.Id, "", Akka.Actor.ActorRefs.Nobody), 1 << 20, world.Now);
        OverlayWorld.Kill(hub);
        while (member.Star().Hub is not null) world.Run(TimeSpan.FromMilliseconds(10));
        route.HandleMessage(next.Id, FrameFlags.None, Broadcast(world, next, 1), world.Now);
        route.HandleMessage(next.Id, FrameFlags.None, Broadcast(world, next, 2), world.Now);
        Assert.Empty(port.Delivered);
        Assert.Empty(port.Consumed);
        while (member.Star().Hub != next.Id) world.Run(TimeSpan.FromMilliseconds(10));
        route.HandleMessage(next.Id, FrameFlags.None, Broadcast(world, next, 3), world.Now);
        Assert.Empty(port.Delivered);       // not before those that came before it
        route.Handle(new AnnounceHub(next.Id, 2), world.Now);
        route.HandleMessage(next.Id, FrameFlags.None, Broadcast(world, next, 4), world.Now);
        route.HandleMessage(next.Id, FrameFlags.None, Broadcast(world, next, 2), world.Now);
        Assert.Equal(["1", "2", "3", "4"], port.Delivered);
        route.HandleConsumed(next.Id, 4, world.Now);
        Assert.Equal(5UL, port.Consumed[next.Id]);
    }

    [Fact]
    public void What_came_of_a_hub_that_attaches_to_us_instead_is_void_and_credited()
    {
        var (world, hub) = StarWays.Settled(s_contract, 2, 5);
        var next = StarWays.SuccessorsOf(world, hub, 1)[0];
        var other = world.Alive.First(node => node != hub && node != next);
        var port = new Port();
        var route = new StarRoute(port, next.Star(), OverlayPeople.Keys(next.Person), world.Genesis, new Incarnation(1), StarRouteOptions.Default);
        route.HandleOpened(new Peer(other.Id, "", Akka.Actor.ActorRefs.Nobody), 1 << 20, world.Now);
        OverlayWorld.Kill(hub);
        while (next.Star().Hub is not null) world.Run(TimeSpan.FromMilliseconds(10));
        route.HandleMessage(other.Id, FrameFlags.None, Broadcast(world, other, 1), world.Now);
        Assert.Empty(port.Consumed);
        while (!next.Star().Rules) world.Run(TimeSpan.FromMilliseconds(10));
        route.Handle(new AnnounceHub(next.Id, 2), world.Now);
        Assert.Equal(1UL, port.Consumed[other.Id]);
        world.Run(TimeSpan.FromSeconds(10));
        route.HandleMessage(other.Id, FrameFlags.None, Broadcast(world, other, 1), world.Now);      // it sends again, to its new hub
        Assert.Equal(["1"], port.Delivered);
    }

    [Fact]
    public void What_comes_of_a_member_that_has_left_is_void_and_credited()
    {
        var (world, hub) = StarWays.Settled(s_contract, 3, 5);
        var (member, leaver) = (world.Alive.First(node => node != hub), world.Alive.Last(node => node != hub));
        var port = new Port();
        var route = new StarRoute(port, member.Star(), OverlayPeople.Keys(member.Person), world.Genesis, new Incarnation(1), StarRouteOptions.Default);
        route.HandleOpened(new Peer(hub.Id, "", Akka.Actor.ActorRefs.Nobody), 1 << 20, world.Now);
        var late = Broadcast(world, leaver, 1);
        OverlayWorld.Leave(leaver, PeerLeavingReason.Left);
        world.Run(TimeSpan.FromSeconds(1));
        route.HandleLeaving(leaver.Id, world.Now);
        route.HandleMessage(hub.Id, FrameFlags.None, late, world.Now);      // it was on its way
        Assert.Empty(port.Delivered);
        Assert.Equal(1UL, port.Consumed[hub.Id]);
    }

    [Fact]
    public void A_hub_keeps_nothing_for_a_member_that_has_left()
    {
        var (world, hub) = StarWays.Settled(s_contract, 4, 5);
        var (member, leaver) = (world.Alive.First(node => node != hub), world.Alive.Last(node => node != hub));
        var port = new Port();
        var route = new StarRoute(port, hub.Star(), OverlayPeople.Keys(hub.Person), world.Genesis, new Incarnation(1), StarRouteOptions.Default);
        route.HandleOpened(new Peer(member.Id, "", Akka.Actor.ActorRefs.Nobody), 1 << 20, world.Now);
        OverlayWorld.Leave(leaver, PeerLeavingReason.Left);
        world.Run(TimeSpan.FromSeconds(1));
        route.HandleLeaving(leaver.Id, world.Now);
        route.HandleMessage(member.Id, FrameFlags.None, Frame(world, member, leaver.Id, 1, [1]), world.Now);
        Assert.Equal(1UL, port.Consumed[member.Id]);
        world.Start(leaver.Person);
        world.Run(OverlayContract.Agreement);
        route.HandleOpened(new Peer(leaver.Id, "", Akka.Actor.ActorRefs.Nobody), 1 << 20, world.Now);
        route.Handle(new AnnounceAttached(leaver.Id), world.Now);
        Assert.Empty(port.Sent);        // it was for the run before
    }

    [Fact]
    public void A_member_that_is_at_a_long_message_has_more_time()
    {
        const int Window = 160 << 10, Long = 4 << 20;
        var (world, hub) = StarWays.Settled(s_contract, 5, 3);
        var (author, reader) = (world.Alive.First(node => node != hub), world.Alive.Last(node => node != hub));
        var port = new Port();
        var route = new StarRoute(port, hub.Star(), OverlayPeople.Keys(hub.Person), world.Genesis, new Incarnation(1), StarRouteOptions.Default);
        foreach (var member in new[] { author, reader }) route.HandleOpened(new Peer(member.Id, "", Akka.Actor.ActorRefs.Nobody), Window, world.Now);
        route.HandleMessage(author.Id, FrameFlags.None, Frame(world, author, reader.Id, 1, new byte[Long]), world.Now);
        Assert.Null(route.NextDeadline);
        route.HandleMessage(author.Id, FrameFlags.None, Frame(world, author, reader.Id, 2, [1]), world.Now);
        Assert.Equal([reader.Id], port.Sent);       // the second waits
        var grace = world.Genesis.Topology.SlowMemberGrace;
        route.HandleDeadline(world.Now + grace + TimeSpan.FromSeconds(3.9));
        Assert.Empty(port.Said);
        route.HandleDeadline(world.Now + grace + TimeSpan.FromSeconds(4.1));
        Assert.Equal([new NeighbourTooSlow(reader.Id)], port.Said);
    }

    [Fact]
    public void A_hub_gives_its_list_before_what_waits_for_the_member() => OverlayContract.ForSeeds(5, seed =>
    {
        var (world, hub) = StarWays.Settled(s_contract, seed, 6);
        var next = StarWays.SuccessorsOf(world, hub, 1)[0];
        OverlayWorld.Kill(hub);
        world.Run(TimeSpan.FromSeconds(15));
        var attached = next.Log.Select((said, place) => (said, place)).Where(entry => entry.said is AnnounceAttached).ToList();
        Assert.Equal(4, attached.Count);
        foreach (var (said, place) in attached)
        {
            var member = ((AnnounceAttached)said).Member;
            Assert.Contains(next.Log.Take(place), before => before is SendControl send && send.To == member && StarControl.TryParse(send.Body, out var control) && control is StarControl.Members { Ends: true });
        }
    });
}
