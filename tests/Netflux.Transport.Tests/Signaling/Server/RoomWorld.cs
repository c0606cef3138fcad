using Netflux.Core;
using Netflux.Identity;
using Netflux.TestKit;

namespace Netflux.Transport.Signaling.Server;

/// <summary>What a room said to another.</summary>
internal sealed record Told(RoomId Room, RoomMessage Message);

/// <summary>One room, clocks that the test moves, and a store that outlives the room. All that the room says stands in order.</summary>
internal sealed class RoomWorld(Func<IRoom> build, SignalingServerOptions? options = null) : IRoomOutlet
{
    private List<object> _said = [];

    public IRoom Room { get; private set; } = build();

    /// <summary>All that was stored since the beginning, or since the store was made smaller.</summary>
    public List<RoomEvent> Store { get; private set; } = [];

    public Instant Now { get; private set; } = Instant.Zero;

    public DateTimeOffset WallClock => Samples.WallClock + (Now - Instant.Zero);

    public SignalingServerOptions Options { get; } = options ?? new();

    public IPeerKeys? ServerKeys { get; set; } = new SeededPeerKeys(900);

    public static Visitor VisitorOf(IPeerKeys keys, long connection = 0, ulong incarnation = 1) => new(new ConnectionId("", connection), keys.Card, new Incarnation(incarnation), "somebody");

    /// <summary>What the room says to this, in order: replies, messages to rooms, events to be stored.</summary>
    public List<object> Say(RoomMessage message)
    {
        _said = [];
        Room.Handle(message, this);
        return _said;
    }

    /// <summary>The one reply to this.</summary>
    public RoomReply Ask(RoomMessage message) => Assert.Single(Say(message).OfType<RoomReply>());

    /// <summary>The one reply to this, which nothing was stored for.</summary>
    public T AskWithoutStoring<T>(RoomMessage message) where T : RoomReply
    {
        var said = Say(message);
        Assert.Empty(said.OfType<RoomEvent>());
        return Assert.IsType<T>(Assert.Single(said.OfType<RoomReply>()));
    }

    /// <summary>What the room says meanwhile, deadline by deadline.</summary>
    public List<object> Advance(TimeSpan span)
    {
        _said = [];
        var end = Now + span;
        while (Room.NextDeadline is { } next && next <= end)
        {
            if (next > Now) Now = next;
            Room.HandleDeadline(this);
            Assert.False(Room.NextDeadline <= Now, "A deadline that was handled is over.");
        }
        Now = end;
        return _said;
    }

    /// <summary>The room is built again of what is stored.</summary>
    public void Restart()
    {
        Room = build();
        foreach (var happened in Store) Room.Recover(happened);
    }

    /// <summary>As a snapshot does.</summary>
    public void Compact() => Store = [.. Room.Compact()];

    void IRoomOutlet.Reply(ConnectionId connection, RoomReply reply) => _said.Add(reply);

    void IRoomOutlet.Tell(RoomId room, RoomMessage message) => _said.Add(new Told(room, message));

    void IRoomOutlet.Store(RoomEvent happened)
    {
        _said.Add(happened);
        Store.Add(happened);
    }
}
