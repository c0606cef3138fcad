using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Event;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Transport.Signaling;

namespace Netflux.TestKit;

// Who lives in the world, and what is known of them.
public sealed partial class NetfluxWorld
{
    private readonly Dictionary<string, TestPeer> _peers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TestServer> _servers = new(StringComparer.Ordinal);
    private readonly List<WorldEvent> _history = [];

    /// <summary>The signaling server that peers use by default, <c>ws://server.memory</c>; it is running from the first use on.</summary>
    public TestServer Server => AddServer("server");

    /// <summary>All peers, in the order of their making.</summary>
    public IReadOnlyCollection<TestPeer> Peers => _peers.Values;

    /// <summary>What happened, for checkers.</summary>
    internal IReadOnlyList<WorldEvent> History => _history;

    internal WorldLogging Logging { get; }

    /// <summary>The peer of this name; made and started at the first call.</summary>
    /// <param name="name">Its display name, and that of its host.</param>
    /// <param name="options">At the first call.</param>
    public TestPeer Peer(string name, TestPeerOptions? options = null)
    {
        if (!_peers.TryGetValue(name, out var peer)) _peers[name] = peer = new TestPeer(this, name, options ?? new TestPeerOptions());
        else if (options is not null) throw new InvalidOperationException($"'{name}' exists already; options are for the first call.");
        return peer;
    }

    /// <summary>A second process with the identity of a peer, as after a copied identity file. It has a host and a name of its own.</summary>
    public TestPeer Twin(TestPeer of, string name)
    {
        ArgumentNullException.ThrowIfNull(of);
        if (_peers.ContainsKey(name)) throw new InvalidOperationException($"'{name}' exists already.");
        return _peers[name] = new TestPeer(this, name, new TestPeerOptions(), identity: of.Name);
    }

    /// <summary>A further signaling server, or the one of this name.</summary>
    public TestServer AddServer(string name, SignalingServerOptions? options = null)
    {
        if (!_servers.TryGetValue(name, out var server)) _servers[name] = server = new TestServer(this, name, options);
        else if (options is not null) throw new InvalidOperationException($"The server '{name}' exists already; options are for the first call.");
        return server;
    }

    /// <summary>A host that answers HTTP and knows nothing of Netflux: what is dialled there by mistake.</summary>
    /// <returns>Its URL.</returns>
    public Uri AddWebSite(string name)
    {
        Network.Host(name).Acceptors["/"] = _ => { };
        return new Uri($"ws://{Network.Host(name).Authority}");
    }

    /// <summary>What is wrong between two peers.</summary>
    public LinkFaults Link(TestPeer left, TestPeer right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return Network.Between(left.Name, right.Name);
    }

    /// <summary>What is wrong between a peer and a server.</summary>
    public LinkFaults Link(TestPeer peer, TestServer server)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(server);
        return Network.Between(peer.Name, server.Name);
    }

    internal Task<object> AskAsync(IActorRef actor, object message)
    {
        var promise = new WorldPromise(((ExtendedActorSystem)System).Provider);
        actor.Tell(message, promise);
        return promise.Reply;
    }

    internal void Note(string line) => _trace.Add(line);

    /// <summary>Something was done to a peer.</summary>
    internal void Record(TestPeer peer, string what)
    {
        _trace.Add($"{peer} {what}");
        _history.Add(new PeerChanged(Loop.Elapsed, peer, peer.Runs));
    }

    internal void Heard(TestPeer peer, object message)
    {
        _trace.Add($"{peer} <- {Describe(message)}");
        _history.Add(new HeardEvent(Loop.Elapsed, peer, peer.Runs, message));
    }

    internal SentMessage Sending(TestPeer peer, NetworkId network, PeerId? to, ReadOnlyMemory<byte> payload, string lane)
    {
        var sent = new SentMessage(Loop.Elapsed, peer, peer.Runs, network, to, PayloadKey.Of(payload.Span), lane);
        _history.Add(sent);
        return sent;
    }

    /// <summary>For tests that measure: what was written down of the past is dropped, so that only what lives is counted.</summary>
    internal void ForgetThePast()
    {
        _history.Clear();
        _trace.Clear();
        foreach (var peer in _peers.Values) peer.ForgetThePast();
    }

    internal TestPeer? Find(PeerId id) => _peers.Values.FirstOrDefault(peer => peer.Id == id);

    /// <summary>An event as a line: with names in place of ids and actors.</summary>
    internal string Describe(object message) => message switch
    {
        MessageReceived m => $"{m.Delivery} from {Named(m.From.Id)} {PayloadKey.Of(m.Payload.Span)}",
        PeerMessageReceived m => $"message from {Named(m.From.Id)} {PayloadKey.Of(m.Payload.Span)}",
        PeerJoining m => $"PeerJoining {Named(m.Peer.Id)}",
        PeerSuspected m => $"PeerSuspected {Named(m.Peer.Id)}",
        HubAwaited m => $"HubAwaited {Named(m.Hub.Id)}",
        HubReturned m => $"HubReturned {Named(m.Hub.Id)}",
        NetworkGrown => "NetworkGrown",
        TrackerEquivocated m => $"TrackerEquivocated {m.How}",
        MessagesMissed m => $"MessagesMissed {Named(m.From.Id)} {m.First}-{m.Last}",
        PeerRecovered m => $"PeerRecovered {Named(m.Peer.Id)}",
        PeerLeaving m => $"PeerLeaving {Named(m.Peer.Id)} {m.Reason}",
        NetworkCreated m => $"NetworkCreated {m.Network.Id.Short}",
        NetworkJoined m => $"NetworkJoined {m.Network.Id.Short} with {string.Join(' ', m.Members.Select(member => Named(member.Id)))}",
        NetworkLeft m => $"NetworkLeft {m.Network.Short} {m.Error}",
        PeerConnected m => $"PeerConnected {Named(m.Peer.Id)}",
        PeerDisconnected m => $"PeerDisconnected {Named(m.Peer)} {m.Reason}",
        MessagesUndelivered m => $"MessagesUndelivered {Named(m.Peer)} {m.First} to {m.Last}",
        MessageSent m => $"MessageSent {m.Id}",
        MessageDelivered m => $"MessageDelivered {m.Id}",
        JoinRequest m => $"JoinRequest from {Named(m.From.Id)}",
        Subscribed m => $"Subscribed with {string.Join(' ', m.Members.Select(member => Named(member.Id)))}",
        SubscriptionEnded m => $"SubscriptionEnded {m.Reason}",
        Status.Failure { Cause: NetfluxException failure } => $"failure {failure.Error}",
        _ => message.GetType().Name,
    };

    private string Named(PeerId id) => Find(id)?.Name ?? id.Short;

    private void WatchForErrors() => System.EventStream.Subscribe(System.ActorOf(Props.Create(() => new ErrorEar(Logging)), "errors"), typeof(Error));

    /// <summary>Hears of actors that failed: in Netflux that is a bug (DESIGN §4).</summary>
    private sealed class ErrorEar : UntypedActor
    {
        private readonly WorldLogging _logging;

        public ErrorEar(WorldLogging logging) => _logging = logging;

        protected override void OnReceive(object message)
        {
            if (message is Error error) _logging.Errors.Add($"{error.LogSource}: {error.Message}\n{error.Cause}");
        }
    }
}

/// <summary>Names a payload in traces and checkers: its text where it is a short one, else its length and a hash.</summary>
internal static class PayloadKey
{
    private const int TextBytesMax = 64;

    public static string Of(ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= TextBytesMax && !payload.ContainsAnyInRange((byte)0, (byte)31)) return $"'{Encoding.UTF8.GetString(payload)}'";
        Span<byte> hash = stackalloc byte[32];
        global::System.Security.Cryptography.SHA256.HashData(payload, hash);
        return string.Create(CultureInfo.InvariantCulture, $"{payload.Length} bytes {Convert.ToHexStringLower(hash[..8])}");
    }
}

/// <summary>One thing that happened to a peer or that it did.</summary>
internal abstract record WorldEvent(TimeSpan At, TestPeer Peer, int Run);

internal sealed record PeerChanged(TimeSpan At, TestPeer Peer, int Run) : WorldEvent(At, Peer, Run);

internal sealed record HeardEvent(TimeSpan At, TestPeer Peer, int Run, object Message) : WorldEvent(At, Peer, Run);

/// <param name="Lane">Messages of one lane were told by one actor: their order is promised.</param>
internal sealed record SentMessage(TimeSpan At, TestPeer Peer, int Run, NetworkId Network, PeerId? To, string Key, string Lane) : WorldEvent(At, Peer, Run)
{
    public bool IsTold { get; set; } = Lane != "window";

    public bool IsRefused { get; set; }
}
