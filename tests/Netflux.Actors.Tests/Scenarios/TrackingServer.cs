using Akka.Actor;
using Netflux.Actors;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Scenarios;

/// <summary>A tracking server of a world: the real one's connections and rooms. The rooms live in one actor, and the store is a list.</summary>
internal sealed class TrackingServer : IRoomHome
{
    private readonly NetfluxWorld _world;
    private readonly Action? _stop;
    private readonly Dictionary<RoomId, IRoom> _rooms = [];
    private readonly List<(ForRoom Message, IActorRef From)> _held = [];
    private readonly IActorRef _home;

    public TrackingServer(NetfluxWorld world, string name = "tracker")
    {
        _world = world;
        _home = world.System.ActorOf(Props.Create(() => new Home(this, new SignalingServerOptions())));
        var host = world.Network.Host(name);
        Url = new Uri($"ws://{host.Authority}");
        var actor = world.System.ActorOf(SignalingServerActor.Props(new SignalingServerOptions(), SeededRandom.For((ulong)world.Seed, $"server {name}"), new SignalingTraffic(), world.Logging.Of(name), this), $"server-{name}");
        actor.Tell(new OwnAuthorities([host.Authority]));
        host.Acceptors[SignalingPath.Upgrade] = link => actor.Tell(new ClientAccepted(link));
        _stop = () =>
        {
            host.Acceptors.Clear();
            actor.Tell(new StopSignaling());
        };
    }

    public Uri Url { get; }

    /// <summary>With which it signs.</summary>
    public SeededPeerKeys Keys { get; set; } = new(900);

    /// <summary>What rooms stored, in order.</summary>
    public List<RoomEvent> Stored { get; } = [];

    /// <summary>Rooms are not told of it before <see cref="Release"/>.</summary>
    public Func<RoomMessage, bool> Holds { get; set; } = _ => false;

    /// <summary>The store takes nothing, and says so with this error.</summary>
    public NetfluxError? Fails { get; set; }

    /// <summary>What clients are answered instead of what a room said.</summary>
    public Func<RoomReply, RoomReply> Says { get; set; } = reply => reply;

    public IEnumerable<PeerId> Members(NetworkId network) => _rooms[RoomId.Of(network)].Compact().OfType<MemberPut>().Select(put => put.Member);

    /// <summary>All rooms are as new: what was stored is lost.</summary>
    public void LoseAll() => _rooms.Clear();

    /// <summary>The room of the only network begins again from what was stored first.</summary>
    public void PutBack(NetworkId network, int events)
    {
        var room = _rooms[RoomId.Of(network)] = RoomId.Of(network).Build();
        foreach (var happened in Stored.Take(events)) room.Recover(happened);
    }

    public void Stop() => _stop!();

    public void Release()
    {
        Holds = _ => false;
        foreach (var (message, from) in _held) _home.Tell(message, from);
        _held.Clear();
    }

    string IRoomHome.Node => "";

    IActorRef IRoomHome.Rooms => _home;

    void IRoomHome.Attach(IActorRef server)
    {
    }

    void IRoomHome.Find(FindNetworks find, IActorRef answerTo) => _home.Tell(find, answerTo);

    private sealed class Home(TrackingServer owner, SignalingServerOptions options) : UntypedActor, IRoomOutlet
    {
        private IActorRef _edge = ActorRefs.Nobody;

        public Instant Now => Clock.Now(Context.System.Scheduler);

        public DateTimeOffset WallClock => owner._world.Now;

        public SignalingServerOptions Options => options;

        public IPeerKeys ServerKeys => owner.Keys;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case ForRoom held when owner.Holds(held.Message): owner._held.Add((held, Sender)); break;
                case ForRoom { Message: PutTracked or RemoveTracked } refused when owner.Fails is { } error:
                    var request = (RoomRequest)refused.Message;
                    Sender.Tell(new RoomSaid(request.Who.Connection, new RoomRefused(request.Request, error, "The store is full.")));
                    break;
                case ForRoom told:
                    if (told.Message is RoomRequest) _edge = Sender;
                    if (!owner._rooms.TryGetValue(told.Room, out var room)) owner._rooms.Add(told.Room, room = told.Room.Build());
                    room.Handle(told.Message, this);
                    break;
                case FindNetworks find:
                    var networks = owner._rooms.Values.OfType<NetworkRoom>().Select(r => r.Describe()).OfType<NetworkSummary>().ToList();
                    Sender.Tell(new RoomSaid(find.Connection, new NetworksFound(find.Request, networks, false, "")));
                    break;
                default: Unhandled(message); break;
            }
        }

        void IRoomOutlet.Reply(ConnectionId connection, RoomReply reply) => _edge.Tell(new RoomSaid(connection, owner.Says(reply)));

        void IRoomOutlet.Tell(RoomId room, RoomMessage message) => Self.Tell(new ForRoom(room, message), _edge);

        void IRoomOutlet.Store(RoomEvent happened) => owner.Stored.Add(happened);
    }
}
