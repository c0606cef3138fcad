using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Actors;
using Netflux.Core;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Transport.Signaling.Server;
using Netflux.Transport.Signaling.Wire;
using Netflux.Transport.WebSockets;

namespace Netflux.Transport.Signaling.Actors;

/// <summary>A client connected; the server's actor owns the link from now on.</summary>
internal sealed record ClientAccepted(IRawLink Link) : INetfluxMessage;

/// <summary>The authorities under which clients dial this server, beside those of its public URLs.</summary>
internal sealed record OwnAuthorities(IReadOnlyList<string> Authorities) : INetfluxMessage;

/// <summary>Ends every connection with <see cref="CloseCode.Stopping"/>, and then the actor.</summary>
internal sealed record StopSignaling : INetfluxMessage;

/// <summary>Where the rooms of a tracking server live.</summary>
internal interface IRoomHome
{
    /// <summary>Of this node and this process.</summary>
    string Node { get; }

    /// <summary>The actor that takes <see cref="ForRoom"/>; rooms answer its sender with <see cref="RoomSaid"/>.</summary>
    IActorRef Rooms { get; }

    /// <summary>Tells it with <see cref="OtherServersChanged"/> where else clients can go.</summary>
    void Attach(IActorRef server);

    /// <summary>Answers with <see cref="RoomSaid"/> of <see cref="NetworksFound"/>.</summary>
    void Find(FindNetworks find, IActorRef answerTo);
}

internal sealed record ForRoom(RoomId Room, RoomMessage Message);

/// <summary>A signaling server: drives <see cref="SignalingRooms"/>, with a child for each connection. It knows raw links only, so it serves the TestKit's world as it does Kestrel's.</summary>
internal sealed class SignalingServerActor : UntypedActor, IWithTimers
{
    /// <summary>How long an answer waits for something to go with, that nobody waits for: two writes cost twice as much as one. Guess: far below any time-out.</summary>
    private static readonly TimeSpan s_heldAtMost = TimeSpan.FromMilliseconds(100);

    private const int HeldMax = 16; // guess: of one connection

    private sealed record HeldDue
    {
        public static readonly HeldDue Instance = new();
    }

    private sealed record Edge(IActorRef Actor, ClientOutbox Outbox)
    {
        public Queue<byte[]> Held { get; } = new(0);

        /// <summary>Whether the next look at what is held finds it.</summary>
        public bool IsHolding { get; set; }
    }

    private readonly SignalingServerOptions _options;
    private readonly IRandomSource _random;
    private readonly SignalingTraffic _traffic;
    private readonly SignalingLimits? _limits;
    private readonly ILogger _connectionLog;
    private readonly SignalingRooms _core;
    private readonly CoreDriver<RoomsFact, RoomsInstruction> _rooms;
    private readonly IRoomHome? _home;
    private readonly Dictionary<ConnectionId, Edge> _edges = [];
    private readonly List<Edge> _holding = [];
    private HashSet<string> _authorities = [];
    private long _lastConnection;
    private bool _stopping;

    public SignalingServerActor(SignalingServerOptions options, IRandomSource random, SignalingTraffic traffic, ILoggerFactory logging, IRoomHome? home, SignalingLimits? limits)
    {
        (_options, _random, _traffic, _limits, _home) = (options, random, traffic, limits, home);
        _connectionLog = logging.CreateLogger<SignalingConnectionActor>();
        _core = new(options, areElsewhere: home is not null);
        _rooms = new(Context, _core, Carry, logging.CreateLogger<SignalingServerActor>(), "signaling rooms");
        SetAuthorities([]);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="home">Null: a plain server, whose rooms are its own.</param>
    /// <param name="limits">Null: where time is virtual.</param>
    public static Props Props(SignalingServerOptions options, IRandomSource random, SignalingTraffic traffic, ILoggerFactory logging, IRoomHome? home = null, SignalingLimits? limits = null) =>
        Akka.Actor.Props.Create(() => new SignalingServerActor(options, random, traffic, logging, home, limits));

    protected override void PreStart() => _home?.Attach(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClientAccepted m when _stopping: m.Link.Close(CloseCode.Stopping, "The server is shutting down."); break;
            case ClientAccepted m: HandleAccepted(m.Link); break;
            case RoomsFact fact:
                if (fact is ConnectionGone gone) _edges.Remove(gone.Connection);
                _rooms.Handle(fact);
                _traffic.Now(_core.Connections, _core.Doors);
                if (_stopping) StopWhenEmpty();
                break;
            case DeadlineDue due:
                _rooms.HandleDue(due);
                _traffic.Now(_core.Connections, _core.Doors);
                break;
            case HeldDue: SayHeld(); break;
            case OwnAuthorities m: SetAuthorities(m.Authorities); break;
            case StopSignaling:
                _stopping = true;
                _rooms.Handle(new ServerStopping());
                foreach (var edge in _edges.Values) edge.Actor.Tell(new SignalingConnectionActor.Close(CloseCode.Stopping, "The server is shutting down."));
                StopWhenEmpty();
                break;
            default: Unhandled(message); break;
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PostStop() => _rooms.Stop();

    private void HandleAccepted(IRawLink link)
    {
        var id = new ConnectionId(_home?.Node ?? "", ++_lastConnection);
        var core = new SignalingConnection(id, _options, _authorities, _random, tracks: _home is not null);
        var outbox = new ClientOutbox(link, _options, _traffic);
        var child = Context.ActorOf(SignalingConnectionActor.Props(core, link, outbox, _traffic, _limits, _connectionLog), $"connection-{id.Value}");
        _edges.Add(id, new(child, outbox));
        Context.WatchWith(child, new ConnectionGone(id));
        _rooms.Handle(new ConnectionOpened(id, AddressGroup.Of(link.RemoteAddress)));
    }

    private void Carry(RoomsInstruction instruction)
    {
        switch (instruction)
        {
            case SayToClient i: Say(i); break;
            case CloseConnection i: _edges.GetValueOrDefault(i.Connection)?.Actor.Tell(new SignalingConnectionActor.Close(i.Code, i.Text)); break;
            case FindNetworks i: _home!.Find(i, Self); break;
            case TellRoom i: _home!.Rooms.Tell(new ForRoom(i.Room, i.Message)); break;
            default: throw new ArgumentOutOfRangeException(nameof(instruction), instruction, null);
        }
    }

    private void Say(SayToClient say)
    {
        if (!_edges.TryGetValue(say.Connection, out var edge)) return;
        edge.Held.Enqueue(say.Message);
        if (!say.CanWait || edge.Held.Count >= HeldMax)
        {
            SayHeld(edge);
            return;
        }
        if (edge.IsHolding) return;
        if (_holding.Count == 0) Timers.StartSingleTimer(nameof(HeldDue), HeldDue.Instance, s_heldAtMost);
        edge.IsHolding = true;
        _holding.Add(edge);
    }

    private void SayHeld()
    {
        foreach (var edge in _holding)
        {
            edge.IsHolding = false;
            SayHeld(edge);
        }
        _holding.Clear();
    }

    private static void SayHeld(Edge edge)
    {
        while (edge.Held.TryDequeue(out var message)) edge.Outbox.Send(message);
    }

    private void SetAuthorities(IEnumerable<string> authorities) =>
        _authorities = [.. authorities.Concat(_options.PublicUrls.Select(Authorities.Of)).Select(SignalingProof.Normalize)];

    private void StopWhenEmpty()
    {
        if (_edges.Count == 0) Context.Stop(Self);
    }
}
