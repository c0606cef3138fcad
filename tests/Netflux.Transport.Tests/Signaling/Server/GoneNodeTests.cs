using Netflux.Signaling;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Server;

/// <summary>Rooms whose visitors are on several nodes, of which one dies.</summary>
public sealed class GoneNodeTests
{
    private static Visitor On(string node, Netflux.Identity.IPeerKeys keys, long connection = 1) => RoomWorld.VisitorOf(keys, connection) with { Connection = new ConnectionId(node, connection) };

    private static EnterDoor Enter(Visitor who) => new(who, 1, Lobby.Network.ToString(), Lobby, DoorMode.Join);

    [Fact]
    public void Who_was_on_it_is_not_at_the_door_any_more_and_who_came_back_elsewhere_is()
    {
        var world = new RoomWorld(() => new NetworkRoom(Lobby.Network));
        world.Ask(Enter(On("one", Alice)));
        world.Ask(Enter(On("one", Bob)));
        world.Ask(Enter(On("two", Carol)));
        world.Ask(Enter(On("two", Bob)));    // came back before anybody noticed
        Assert.Empty(world.Say(new NodeGone("one")));
        var listed = Assert.IsType<Listed>(world.Ask(new ListDoor(On("two", Carol), 2)));
        Assert.Equal(Bob.Id, Assert.Single(listed.Members).Id);
    }

    [Fact]
    public void A_room_that_began_again_elsewhere_takes_up_whom_the_nodes_vouch_for()
    {
        var world = new RoomWorld(() => new NetworkRoom(Lobby.Network));
        world.Ask(Enter(On("one", Alice)) with { Track = true });
        world.Restart();
        Assert.IsType<LeaseRenewed>(world.Ask(new RenewLease(On("one", Alice))));
        Assert.IsType<LeaseRenewed>(world.Ask(new RenewLease(On("two", Bob))));
        Assert.Equal(Alice.Id, Assert.Single(Assert.IsType<Listed>(world.Ask(new ListDoor(On("two", Bob), 2))).Members).Id);
        // An older connection does not take the place of the one that stands here.
        Assert.IsType<LeaseUnknown>(world.Ask(new RenewLease(On("three", Bob))));
    }

    [Fact]
    public void Who_waited_on_it_does_not_meet_and_who_had_met_can_come_back()
    {
        var world = new RoomWorld(() => new MeetingRoom("key"));
        world.Say(new WaitHere(On("one", Alice), 1));
        world.Say(new NodeGone("one"));
        Assert.True(world.Room.IsOver);
        world.Say(new WaitHere(On("one", Alice), 1));
        world.Say(new WaitHere(On("two", Bob), 1));
        world.Say(new NodeGone("one"));
        Assert.IsType<RoomRefused>(world.Ask(new PassIntroduction(On("two", Bob), 2, Alice.Id, new byte[1])));
        Assert.IsType<MetHere>(world.Ask(new WaitHere(On("two", Alice, 7), 3)));
        Assert.Equal(2, world.Say(new PassIntroduction(On("two", Bob), 4, Alice.Id, new byte[1])).Count);
    }

    [Fact]
    public void Who_still_waits_waits_in_a_room_that_began_again()
    {
        var world = new RoomWorld(() => new MeetingRoom("key"));
        Assert.Empty(world.Say(new StillWaiting(On("one", Alice), 5)));
        Assert.Empty(world.Say(new StillWaiting(On("one", Alice), 5)));
        var met = world.Say(new StillWaiting(On("two", Bob), 6)).Cast<MetHere>().ToList();
        Assert.Equal([(5ul, Bob.Id), (6ul, Alice.Id)], met.Select(m => (m.Request, m.Other.Id)));
        Assert.Empty(world.Say(new StillWaiting(On("one", Alice), 5)));   // its answer is on its way
    }
}
