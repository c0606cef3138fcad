using System.Globalization;
using System.Text;
using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.TestKit;

// What a peer says and hears.
public sealed partial class TestPeer
{
    private readonly List<Network> _networks = [];
    private readonly List<object> _events = [];
    private readonly List<MessageReceived> _messages = [];
    private readonly List<string> _received = [];
    private int _numbered;

    /// <summary>The texts of all messages that it heard in networks, in order, over all its runs.</summary>
    public IReadOnlyList<string> Received => _received;

    /// <summary>All messages that it heard in networks, in order.</summary>
    public IReadOnlyList<MessageReceived> Messages => _messages;

    /// <summary>Everything that its subscriber was told except <see cref="MessageReceived"/>, in order: joins, leaves, join requests, messages of peers outside networks.</summary>
    public IReadOnlyList<object> Events => _events;

    /// <summary>The networks of which it is a member now, in the order of joining.</summary>
    public IReadOnlyList<Network> Networks => _networks;

    internal bool IsPaused { get; private set; }

    /// <summary>The one event of this type.</summary>
    /// <exception cref="NetfluxWorldException">There is none, or more than one.</exception>
    public T Single<T>()
    {
        var found = _events.OfType<T>().ToList();
        return found.Count == 1 ? found[0] : throw _world.Failure($"'{Name}' heard {found.Count} {typeof(T).Name}, where one was expected; in all it heard: {string.Join(", ", _events.Select(_world.Describe))}.");
    }

    /// <summary>All events of this type, in order.</summary>
    public IReadOnlyList<T> All<T>() => [.. _events.OfType<T>()];

    /// <summary>Creates a network whose door <see cref="NetfluxWorld.Server"/> keeps.</summary>
    public WorldOperation<Network> CreateAsync(Topology topology, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(topology);
        return Joining<NetworkCreated>(new CreateNetwork(topology.Json) { Name = name, Subscriber = Subscriber, Window = _options.Window }, reply => reply.Network);
    }

    /// <summary>Joins a network.</summary>
    /// <param name="address">Its address; a network without a door is joined by invitation.</param>
    /// <param name="orCreate">Creates it with this topology where there is none.</param>
    public WorldOperation<Network> JoinAsync(NetworkAddress? address, Topology? orCreate = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Joining<NetworkJoined>(new JoinNetwork(address) { OrCreate = orCreate?.Json, Subscriber = Subscriber, Window = _options.Window }, reply => reply.Network);
    }

    /// <summary>Accepts a join request, and so joins the network.</summary>
    public WorldOperation<Network> AcceptAsync(JoinRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Joining<NetworkJoined>(new AcceptJoinRequest(request.Id) { Subscriber = Subscriber, Window = _options.Window }, reply => reply.Network);
    }

    /// <summary>Leaves a network; without one, its only one.</summary>
    public WorldOperation<NetworkLeft> LeaveAsync(Network? network = null)
    {
        var left = The(network);
        return Ask<NetworkLeft>(new LeaveNetwork(left.Id));
    }

    /// <summary>Meets another peer at a meeting point of <see cref="NetfluxWorld.Server"/>.</summary>
    public WorldOperation<Peer> MeetAsync(string key)
    {
        async Task<Peer> Meet() => (await Ask<PeerConnected>(new ConnectPeer(new Uri(_world.Server.Url, $"/meet/{key}")) { Subscriber = Subscriber, Window = _options.Window }).Task.ConfigureAwait(false)).Peer;
        return new(_world, Meet());
    }

    /// <summary>Sends a text to one member; done once it is accepted.</summary>
    public WorldOperation<MessageSent> SendAsync(TestPeer to, string text, Network? network = null, bool confirm = false)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(text);
        return SendAsync(to.Id, Encoding.UTF8.GetBytes(text), network, confirm);
    }

    /// <summary>Sends bytes to one member; done once they are accepted.</summary>
    public WorldOperation<MessageSent> SendAsync(PeerId to, ReadOnlyMemory<byte> payload, Network? network = null, bool confirm = false)
    {
        var through = The(network);
        return Sending(through, to, payload, new SendMessage(to, payload) { Confirm = confirm });
    }

    /// <summary>Sends a text to all members; done once it is accepted.</summary>
    public WorldOperation<MessageSent> BroadcastAsync(string text, Network? network = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return BroadcastAsync(Encoding.UTF8.GetBytes(text), network);
    }

    /// <summary>Sends bytes to all members; done once they are accepted.</summary>
    public WorldOperation<MessageSent> BroadcastAsync(ReadOnlyMemory<byte> payload, Network? network = null) =>
        Sending(The(network), null, payload, new BroadcastMessage(payload));

    /// <summary>Queues numbered texts for all members, <c>ann 1</c>, <c>ann 2</c> and so on, through a send window; they leave as fast as it opens, while the world moves.</summary>
    /// <returns>The texts, in order.</returns>
    public IReadOnlyList<string> BroadcastNumbered(int count, Network? network = null) => Numbered(count, The(network), null);

    /// <summary>Queues numbered texts for one member, as <see cref="BroadcastNumbered"/>; both share one order.</summary>
    public IReadOnlyList<string> SendNumbered(TestPeer to, int count, Network? network = null)
    {
        ArgumentNullException.ThrowIfNull(to);
        return Numbered(count, The(network), to.Id);
    }

    /// <summary>Its subscriber goes on hearing, and stops confirming: the window closes after <see cref="TestPeerOptions.Window"/> messages, and senders are held back.</summary>
    public void Pause()
    {
        IsPaused = true;
        _world.Record(this, "pauses");
    }

    /// <summary>Its subscriber confirms what it heard, and goes on.</summary>
    public void Resume()
    {
        IsPaused = false;
        _world.Record(this, "resumes");
        Subscriber.Tell(Ear.ConfirmAll.Instance);
    }

    internal void ForgetThePast()
    {
        _events.Clear();
        _messages.Clear();
        _received.Clear();
    }

    internal void Hear(object message, int run)
    {
        if (run != Runs || !IsRunning) return;     // the last words of a process that is dead already
        _world.Heard(this, message);
        switch (message)
        {
            case MessageReceived received:
                _messages.Add(received);
                _received.Add(Encoding.UTF8.GetString(received.Payload.Span));
                return;
            case NetworkLeft left: _networks.RemoveAll(network => network.Id == left.Network); break;
            case NetworkCreated created when !_networks.Contains(created.Network): _networks.Add(created.Network); break;
            case NetworkJoined joined when !_networks.Contains(joined.Network): _networks.Add(joined.Network); break;
        }
        _events.Add(message);
    }

    private Network The(Network? network) =>
        network ?? (_networks.Count == 1 ? _networks[0] : throw new InvalidOperationException($"'{Name}' is in {_networks.Count} networks; name the one that is meant."));

    private WorldOperation<Network> Joining<T>(NetfluxRequest request, Func<T, Network> networkOf)
    {
        async Task<Network> Join()
        {
            var network = networkOf(await Ask<T>(request).Task.ConfigureAwait(false));
            if (!_networks.Contains(network) && IsRunning) _networks.Add(network);
            return network;
        }
        return new(_world, Join());
    }

    private WorldOperation<MessageSent> Sending(Network network, PeerId? to, ReadOnlyMemory<byte> payload, NetfluxRequest request)
    {
        var sent = _world.Sending(this, network.Id, to, payload, lane: "asked");
        var operation = AskOf<MessageSent>(network.Ref, request);
        operation.Task.ContinueWith(task => sent.IsRefused = !task.IsCompletedSuccessfully, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return operation;
    }

    private List<string> Numbered(int count, Network network, PeerId? to)
    {
        var texts = new List<string>(count);
        var outgoing = new List<Ear.Outgoing>(count);
        for (var i = 0; i < count; i++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{Name} {++_numbered}");
            var payload = Encoding.UTF8.GetBytes(text);
            texts.Add(text);
            outgoing.Add(new(to is { } one ? new SendMessage(one, payload) : new BroadcastMessage(payload), SendWindowOpened.CostOf(payload.Length), _world.Sending(this, network.Id, to, payload, lane: "window")));
        }
        Subscriber.Tell(new Ear.Send(network, outgoing));
        return texts;
    }
}
