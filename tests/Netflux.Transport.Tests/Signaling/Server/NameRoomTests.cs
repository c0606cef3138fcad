using Netflux.Messages;
using Netflux.Signaling;
using static Netflux.Transport.Signaling.Samples;

namespace Netflux.Transport.Signaling.Server;

/// <summary>A name, over restarts of the room that keeps it.</summary>
public sealed class NameRoomTests
{
    private readonly RoomWorld _world = new(() => new NameRoom("lobby"));

    private static EnterDoor Entering(Identity.Genesis? offered, bool track = false, DoorMode mode = DoorMode.Create) => new(RoomWorld.VisitorOf(Alice), 1, "lobby", offered, mode, track);

    [Fact]
    public void A_name_is_stored_once_where_it_is_taken_to_be_remembered()
    {
        var entering = Entering(Lobby, track: true);
        var said = _world.Say(entering);
        Assert.Equal(Lobby.Record.ToArray(), Assert.IsType<NameTaken>(said[0]).Genesis.ToArray());
        Assert.Equal(new Told(RoomId.Of(Lobby.Network), entering with { Known = Lobby }), Assert.Single(said[1..]));
        Assert.Empty(_world.Say(Entering(null, track: true, DoorMode.Join)).OfType<RoomEvent>());
    }

    [Fact]
    public void What_is_stored_need_not_be_in_memory_and_is_known_when_it_is_read_again()
    {
        _world.Say(Entering(Lobby, track: true));
        Assert.True(_world.Room.IsOver);
        _world.Compact();
        _world.Restart();
        Assert.Equal(NetfluxError.NameTaken, _world.AskWithoutStoring<RoomRefused>(Entering(Other)).Error);
        var (to, passed) = Assert.IsType<Told>(Assert.Single(_world.Say(Entering(null, mode: DoorMode.Join))));
        Assert.Equal((RoomId.Of(Lobby.Network), Lobby.Network), (to, Assert.IsType<EnterDoor>(passed).Known!.Network));
    }

    [Fact]
    public void A_name_that_is_taken_for_now_is_not_stored_and_stays_in_memory()
    {
        Assert.Empty(_world.Say(Entering(Lobby)).OfType<RoomEvent>());
        Assert.False(_world.Room.IsOver);
        Assert.Empty(_world.Room.Compact());
        Assert.Empty(_world.Say(new ReleaseName(Lobby.Network)));
        Assert.True(_world.Room.IsOver);
    }

    [Fact]
    public void That_a_name_is_free_again_is_stored()
    {
        _world.Say(Entering(Lobby, track: true));
        Assert.Empty(_world.Say(new ReleaseName(Other.Network)));   // of a network that did not get it
        Assert.Equal([new NameReleased()], _world.Say(new ReleaseName(Lobby.Network)));
        Assert.True(_world.Room.IsOver);
        Assert.Empty(_world.Room.Compact());
        _world.Restart();
        Assert.Equal(NetfluxError.NetworkNotFound, _world.AskWithoutStoring<RoomRefused>(Entering(null, mode: DoorMode.Join)).Error);
        Assert.Single(_world.Say(Entering(Other, track: true)).OfType<NameTaken>());
    }

    [Fact]
    public void A_name_of_a_network_that_is_remembered_later_is_stored_then()
    {
        _world.Say(Entering(Lobby));
        Assert.Empty(_world.Say(new KeepName(Other)));
        Assert.Equal(Lobby.Record.ToArray(), Assert.IsType<NameTaken>(Assert.Single(_world.Say(new KeepName(Lobby)))).Genesis.ToArray());
        Assert.Empty(_world.Say(new KeepName(Lobby)));
        _world.Restart();
        Assert.Equal(NetfluxError.NameTaken, _world.AskWithoutStoring<RoomRefused>(Entering(Other)).Error);
    }
}
