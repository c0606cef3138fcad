using Netflux.Core;

namespace Netflux.Simulation.Network;

/// <summary>Who hears what arrives by a link.</summary>
internal interface ILinkOwner
{
    void HandleArrival(VirtualLink link, int from, object message);
}

/// <summary>One link between two nodes, from its opening to its end. A later link of the same two is another object.</summary>
internal sealed class VirtualLink(ILinkOwner owner, int opener, int acceptor, TimeSpan latency) : IHappening
{
    public int Opener => opener;
    public int Acceptor => acceptor;
    public TimeSpan Latency => latency;

    /// <summary>The acceptor knows of it, from its first message or as it opened one itself.</summary>
    public bool IsKnown { get; set; }

    /// <summary>Neither end can be spoken to by it any more.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Since when something between the two is cut.</summary>
    public Instant? CutSince { get; set; }

    private readonly bool[] _closed = new bool[2];
    private readonly Instant[] _lastArrival = new Instant[2];

    void IHappening.Happen(int number, object? what) => owner.HandleArrival(this, number, what!);

    public int Other(int node) => node == opener ? acceptor : opener;

    public bool IsClosedBy(int node) => _closed[Side(node)];

    public void Close(int node) => _closed[Side(node)] = true;

    /// <summary>The last arrival at this node, which a later message does not overtake.</summary>
    public ref Instant LastArrivalAt(int node) => ref _lastArrival[Side(node)];

    /// <summary>Nothing is on its way any more.</summary>
    public bool IsQuiet(Instant now) => _lastArrival[0] <= now && _lastArrival[1] <= now;

    private int Side(int node) => node == opener ? 0 : 1;
}
