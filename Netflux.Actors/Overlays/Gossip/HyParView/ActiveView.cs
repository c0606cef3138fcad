using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

/// <summary>A member of the active view, and what it may still have us do.</summary>
internal sealed class ActiveNeighbor(Contact contact, HyParViewOptions options)
{
    public Contact Contact { get; set; } = contact;
    public PeerId Id { get; } = contact.Id;     // beside its contact: whoever speaks is looked for by it
    public TokenBucket Walks { get; } = new(options.WalksBurst, options.WalksPerSecond);
}

/// <summary>The members with whom links are kept (paper §4.1), and the one place where they come and go.</summary>
internal sealed class ActiveView(HyParViewOptions options, IRandomSource random, PassiveView passive, LostNeighbors lost, Queue<HyParViewInstruction> outbox)
{
    private readonly List<ActiveNeighbor> _neighbors = [];

    public IReadOnlyList<ActiveNeighbor> Neighbors => _neighbors;
    public int Count => _neighbors.Count;
    public bool IsFull => _neighbors.Count >= options.ActiveView;

    public ActiveNeighbor? Find(PeerId id)
    {
        foreach (var neighbor in _neighbors)
        {
            if (neighbor.Id == id) return neighbor;
        }
        return null;
    }

    /// <summary>Adds the member; where the view is full, a random one makes room and is told (§4.2, "dropRandomElementFromActiveView").</summary>
    public void Add(Contact contact)
    {
        if (IsFull) Evict(_neighbors[random.NextInt32(_neighbors.Count)]);
        passive.Remove(contact.Id);
        lost.Remove(contact.Id);
        _neighbors.Add(new ActiveNeighbor(contact, options));
        outbox.Enqueue(new AnnounceNeighborUp(contact));
    }

    private void Evict(ActiveNeighbor neighbor)
    {
        outbox.Enqueue(new SendViewMessage(neighbor.Id, new HyParViewMessage.Disconnect(Leaves: false)));
        outbox.Enqueue(new CloseLink(neighbor.Id));
        Remove(neighbor, NeighborEnd.Evicted);
        passive.Add(neighbor.Contact);
    }

    public void Remove(ActiveNeighbor neighbor, NeighborEnd why)
    {
        _neighbors.Remove(neighbor);
        outbox.Enqueue(new AnnounceNeighborDown(neighbor.Id, why));
    }

    /// <summary>A random neighbour that is none of these two; null where there is none.</summary>
    public ActiveNeighbor? Draw(PeerId but, PeerId andBut)
    {
        var eligible = 0;
        foreach (var neighbor in _neighbors)
        {
            if (neighbor.Id != but && neighbor.Id != andBut) eligible++;
        }
        if (eligible == 0) return null;
        var chosen = random.NextInt32(eligible);
        foreach (var neighbor in _neighbors)
        {
            if (neighbor.Id != but && neighbor.Id != andBut && chosen-- == 0) return neighbor;
        }
        return null;
    }
}
