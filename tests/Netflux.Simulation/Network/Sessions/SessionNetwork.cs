using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Networks;
using Netflux.Sessions;
using Netflux.TestKit;

namespace Netflux.Simulation.Network.Sessions;

/// <summary>
/// What nodes say in production sessions: encoded, numbered, acknowledged, within a window; over links that are slow, cut, or die. Which links there are is decided by whoever needs one, as the
/// search for links would; the handshake that proves a link and the sealing of records are left out.
/// </summary>
internal sealed class SessionNetwork(World world, SessionOptions options) : ICarrier, IHappening
{
    private readonly List<ILinkUser> _users = [];
    private readonly List<SessionHost?> _hosts = [];
    private readonly HashSet<RecordLink> _holding = [];
    private readonly List<RecordLink> _healing = [];
    private Func<int, int, bool>? _isCut;
    private long _lastLink;

    public static NetworkId Network { get; } = NetworkId.FromBytes(Enumerable.Repeat((byte)1, NetworkId.Length).ToArray());

    public World World => world;
    public VirtualTime Time => world.Time;
    public SeededRandom Random { get; } = SeededRandom.For(world.Seed, "links");
    public LinkDelays Delays { get; } = new(world.Setup.Network, SeededRandom.For(world.Seed, "delays"));
    public SessionOptions Options => options;
    public NetworkConditions Conditions => world.Setup.Network;
    public byte[] Buffer { get; } = new byte[64 << 10];
    public GossipFrames Frames { get; } = new();

    /// <summary>What a gossip network's attachment says, but for the member's record: nobody reads it here.</summary>
    public AttachNetwork Attachment { get; } = Attach(world.Setup.Network);

    private static AttachNetwork Attach(NetworkConditions conditions)
    {
        var topology = Topology.Gossip();
        var window = conditions.WindowCost > 0 ? conditions.WindowCost : new NetworkOptions().WindowCostFor(topology);
        return new AttachNetwork(Network, 0, ReadOnlyMemory<byte>.Empty, window, topology.MessageBytesMax, new Liveness(topology.PingAfter, topology.SuspectAfter, topology.ResumeWindow));
    }

    // ---- Processes ----

    public void Add(ILinkUser user)
    {
        _users.Add(user);
        _hosts.Add(null);
    }

    public void Start(int node) => _hosts[node] = new SessionHost(this, _users[node], node);

    public void Leave(int node) => _hosts[node]?.Leave();

    public void Crash(int node)
    {
        _hosts[node]?.Crash();
        _hosts[node] = null;
    }

    // ---- What nodes say ----

    public void Open(int from, int to, object first) => _hosts[from]?.EndFor(to).Open(Frames.Write(first));

    public void Send(int from, int to, object message) => _hosts[from]?.Find(to)?.Send(message);

    public void Close(int from, int to) => _hosts[from]?.Find(to)?.Close();

    public void Flush(int node) => _hosts[node]?.Flush();

    // ---- Links ----

    /// <summary>The dial and the handshake take two ways; where nobody answers, it takes longer.</summary>
    public void Dial(SessionEnd from)
    {
        if (IsCutEitherWay(from)) Time.At(Time.Now + LinkDelays.Milliseconds(Conditions.ConnectTimeoutMs), from, SessionEnd.DialFailed);
        else Time.At(Time.Now + 2 * Delays.Latency(_users[from.Node].IsSlow || _users[from.Peer].IsSlow), this, 0, from);
    }

    void IHappening.Happen(int number, object? what)
    {
        var from = (SessionEnd)what!;
        if (from.Host.IsGone) return;
        if (IsCutEitherWay(from)) Time.At(Time.Now + LinkDelays.Milliseconds(Conditions.ConnectTimeoutMs), from, SessionEnd.DialFailed);
        else if (_hosts[from.Peer] is { IsUp: true } host) Connect(from, host);
        else Time.At(Time.Now + LinkDelays.Milliseconds(Conditions.SilenceMs > 0 ? Conditions.ConnectTimeoutMs : Conditions.LatencyMsMin), from, SessionEnd.DialFailed);
    }

    private void Connect(SessionEnd from, SessionHost host)
    {
        var link = new RecordLink(this, new LinkId(++_lastLink), from, host.EndFor(from.Node), Delays.Latency(_users[from.Node].IsSlow || _users[from.Peer].IsSlow));
        if (Conditions.LinkLifeMs > 0) Time.After(LinkDelays.Milliseconds(-Math.Log(1 - Random.NextDouble()) * Conditions.LinkLifeMs), link.Die);
        link.Prove(new SessionId((UInt128)(ulong)_lastLink));
        host.Flush();
        from.Host.Flush();
    }

    // ---- Cuts ----

    public bool IsCut(int from, int to) => _isCut is not null && _isCut(from, to);

    private bool IsCutEitherWay(SessionEnd end) => IsCut(end.Node, end.Peer) || IsCut(end.Peer, end.Node);

    public void Cut(Func<int, int, bool> isCut) => _isCut = isCut;

    /// <summary>The link holds something until the cut is over.</summary>
    public void Hold(RecordLink link)
    {
        if (_holding.Add(link)) _healing.Add(link);
    }

    public void Heal()
    {
        _isCut = null;
        var healing = _healing.ToArray();
        _healing.Clear();
        _holding.Clear();
        foreach (var link in healing) link.Heal();
    }

    public SessionEnd? Find(int node, int peer) => _hosts[node]?.Find(peer);

    /// <summary>Every session that there is, for those who look at them.</summary>
    public IEnumerable<SessionEnd> Ends => _hosts.OfType<SessionHost>().SelectMany(host => host.Ends);
}
