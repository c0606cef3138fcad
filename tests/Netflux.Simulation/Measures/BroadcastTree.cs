using Netflux.Overlays.Gossip.Plumtree;

namespace Netflux.Simulation.Measures;

/// <summary>The way of the last broadcast: from whom each got it first.</summary>
internal sealed class BroadcastTree(World world) : IWatcher
{
    private readonly Dictionary<int, int> _parents = [];
    private MessageId _id;

    public World World => world;

    /// <summary>The author; null where nothing was sent.</summary>
    public int? Root { get; private set; }

    public IReadOnlyDictionary<int, int> Parents => _parents;

    public void HandleBroadcast(SimulatedNode node, MessageId id)
    {
        (_id, Root) = (id, node.Number);
        _parents.Clear();
    }

    public void HandleMessage(int from, SimulatedNode to, object message)
    {
        if (message is PlumtreeMessage.Gossip gossip && gossip.Id == _id && to.Number != Root) _parents.TryAdd(to.Number, from);
    }
}
