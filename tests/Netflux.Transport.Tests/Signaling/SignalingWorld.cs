using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Signaling;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Client;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Transport.Signaling;

/// <summary>Both cores of signaling with nothing between them but a queue: one thread, virtual time, and a cut at any message.</summary>
internal sealed class SignalingWorld(SignalingServerOptions? options = null, ulong seed = 1)
{
    public const string Authority = "server.test:7000";

    private readonly SeededRandom _random = new(seed);
    private readonly Queue<Action> _queue = new();
    private readonly Dictionary<ConnectionId, (SignalingConnection Core, Client Client, long Attempt)> _connections = [];
    private SignalingRooms _rooms = new(options ?? new());
    private long _lastConnection;

    public List<Client> Clients { get; } = [];
    public Instant Now { get; private set; } = Instant.Zero;
    public bool ServerIsUp { get; set; } = true;
    public SignalingRooms Rooms => _rooms;
    public List<(ConnectionId Connection, CloseCode Code, string Text)> Closed { get; } = [];

    /// <summary>Messages that were delivered, either way.</summary>
    public int Delivered { get; private set; }

    /// <summary>The connection that carries this message is lost with it.</summary>
    public int CutAt { get; set; } = -1;

    internal sealed class Client(SignalingWorld world, IPeerKeys keys, string name, SignalingClientOptions? options)
    {
        private long _lastAsk;
        public SignalingSession Session { get; } = new(keys, name, "ws://" + Authority, world._random, options ?? new());
        public IPeerKeys Keys => keys;
        public Incarnation Incarnation { get; set; } = new(1);
        public ConnectionId? Connection { get; set; }
        public List<SessionInstruction> Told { get; } = [];
        public bool IsFrozen { get; set; }

        public long Ask(Func<long, SessionFact> fact)
        {
            var ask = ++_lastAsk;
            Say(fact(ask));
            return ask;
        }

        public long Open(string door, DoorMode mode, Genesis? genesis = null, bool track = false) => Ask(ask => new DoorWanted(ask, door, genesis?.Record ?? default, mode, track));

        public void Say(SessionFact fact)
        {
            Session.Handle(fact, world.Now);
            world.Drain(this);
            world.Run();
        }

        /// <summary>The one instruction of this kind, which is taken off the list.</summary>
        public T Take<T>() where T : SessionInstruction
        {
            var told = Assert.Single(Told.OfType<T>());
            Told.Remove(told);
            return told;
        }

        public void IsNotTold<T>() where T : SessionInstruction => Assert.Empty(Told.OfType<T>());
    }

    public Client NewClient(IPeerKeys keys, string name = "somebody", ulong incarnation = 1, SignalingClientOptions? clientOptions = null)
    {
        var client = new Client(this, keys, name, clientOptions) { Incarnation = new(incarnation) };
        Clients.Add(client);
        return client;
    }

    public void RestartServer()
    {
        foreach (var id in _connections.Keys.OrderBy(id => id.Value).ToList()) Cut(id, CloseCode.Stopping, "The server is shutting down.");
        _rooms = new(options ?? new());
        Run();
    }

    /// <summary>The connection ends without a word to either side's core but that it is lost.</summary>
    public void Cut(ConnectionId id, CloseCode code = CloseCode.Lost, string text = "cut")
    {
        if (!_connections.Remove(id, out var connection)) return;
        connection.Client.Connection = connection.Client.Connection == id ? null : connection.Client.Connection;
        _rooms.Handle(new ConnectionGone(id), Now);
        Drain(_rooms);
        _queue.Enqueue(() => { connection.Client.Session.Handle(new ServerLost(connection.Attempt, code, text), Now); Drain(connection.Client); });
    }

    /// <summary>Deadline by deadline.</summary>
    public void Advance(double seconds)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        Run();
        while (true)
        {
            var next = Clients.Where(c => !c.IsFrozen).Select(c => c.Session.NextDeadline).Concat(_connections.Values.Select(c => c.Core.NextDeadline)).Append(_rooms.NextDeadline).Aggregate(Instant.Earlier);
            if (next is not { } at || at > end) break;
            if (at > Now) Now = at;
            foreach (var client in Clients.Where(c => !c.IsFrozen && c.Session.NextDeadline <= Now).ToList()) { client.Session.HandleDeadline(Now); Drain(client); }
            foreach (var (id, connection) in _connections.Where(c => c.Value.Core.NextDeadline <= Now).OrderBy(c => c.Key.Value).ToList()) { connection.Core.HandleDeadline(Now); Drain(id, connection.Core); }
            if (_rooms.NextDeadline <= Now) { _rooms.HandleDeadline(Now); Drain(_rooms); }
            Run();
        }
        Now = end;
    }

    public void Run()
    {
        while (_queue.TryDequeue(out var action)) action();
    }

    private void Drain(Client client)
    {
        while (client.Session.TryTake(out var instruction))
        {
            switch (instruction)
            {
                case DialServer i: _queue.Enqueue(() => Dial(client, i.Attempt)); break;
                case SayToServer i when client.Connection is { } id && _connections.TryGetValue(id, out var c) && c.Attempt == i.Attempt: _queue.Enqueue(() => ToServer(id, i.Message)); break;
                case SayToServer: break;
                case CloseServer i when client.Connection is { } id && _connections.TryGetValue(id, out var c) && c.Attempt == i.Attempt:
                    Closed.Add((id, i.Code, i.Text));
                    Cut(id);
                    break;
                case CloseServer: break;
                default: client.Told.Add(instruction); break;
            }
        }
    }

    private void Dial(Client client, long attempt)
    {
        if (!ServerIsUp)
        {
            client.Session.Handle(new ServerDialFailed(attempt, DialFailure.Unreachable, "nothing listens there"), Now);
            Drain(client);
            return;
        }
        var id = new ConnectionId("", ++_lastConnection);
        var core = new SignalingConnection(id, options ?? new(), new HashSet<string> { Authority }, _random);
        _connections.Add(id, (core, client, attempt));
        client.Connection = id;
        client.Session.Handle(new ServerDialled(attempt, Authority, client.Incarnation, 256 * 1024), Now);
        Drain(client);
        _rooms.Handle(new ConnectionOpened(id, "192.0.2.1"), Now);
        Drain(_rooms);
        core.Handle(new ClientConnected(), Now);
        Drain(id, core);
    }

    private void ToServer(ConnectionId id, byte[] message)
    {
        if (!Carry(id) || !_connections.TryGetValue(id, out var connection)) return;
        connection.Core.Handle(new ClientSaid(message), Now);
        Drain(id, connection.Core);
    }

    private void ToClient(ConnectionId id, byte[] message)
    {
        if (!_connections.TryGetValue(id, out var connection) || connection.Client.IsFrozen || !Carry(id)) return;
        connection.Client.Session.Handle(new ServerSaid(connection.Attempt, message), Now);
        Drain(connection.Client);
    }

    private bool Carry(ConnectionId id)
    {
        if (!_connections.ContainsKey(id)) return false;
        if (Delivered++ != CutAt) return true;
        Cut(id);
        return false;
    }

    private void Drain(ConnectionId id, SignalingConnection core)
    {
        while (core.TryTake(out var instruction))
        {
            switch (instruction)
            {
                case Server.Say i: _queue.Enqueue(() => ToClient(id, i.Message)); break;
                case TellRooms i: _rooms.Handle(i.Fact, Now); Drain(_rooms); break;
                case EndConnection i: End(id, i.Code, i.Text); break;
            }
        }
    }

    private void Drain(SignalingRooms rooms)
    {
        while (rooms.TryTake(out var instruction))
        {
            switch (instruction)
            {
                case SayToClient i: _queue.Enqueue(() => ToClient(i.Connection, i.Message)); break;
                case CloseConnection i: _queue.Enqueue(() => End(i.Connection, i.Code, i.Text)); break;
            }
        }
    }

    private void End(ConnectionId id, CloseCode code, string text)
    {
        Closed.Add((id, code, text));
        _queue.Enqueue(() => Cut(id, code, text)); // after what was said before
    }
}
