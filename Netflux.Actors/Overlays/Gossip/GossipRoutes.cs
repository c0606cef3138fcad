using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip;

/// <summary>
/// Which neighbour is on the way to a member that may be far away: the one that brought its last broadcast first. So ways are as short as the tree is, cost no message of their own, and every
/// broadcast mends them.
/// </summary>
internal sealed class GossipRoutes(GossipOptions options)
{
    private sealed record Way(PeerId Via, LinkedListNode<PeerId> Place);

    private readonly Dictionary<PeerId, Way> _ways = [];
    private readonly LinkedList<PeerId> _byAge = [];     // who was heard last is first

    public PeerId? Find(PeerId member) => _ways.TryGetValue(member, out var way) ? way.Via : null;

    public void Learn(PeerId member, PeerId via)
    {
        if (_ways.TryGetValue(member, out var known)) _byAge.Remove(known.Place);
        else if (_ways.Count >= options.RoutesMax) Forget(_byAge.Last!.Value);
        _ways[member] = new Way(via, _byAge.AddFirst(member));
    }

    /// <summary>The neighbour is none any more, so nothing goes by it.</summary>
    public void ForgetVia(PeerId neighbour)
    {
        foreach (var member in _ways.Where(pair => pair.Value.Via == neighbour).Select(pair => pair.Key).ToList()) Forget(member);
    }

    private void Forget(PeerId member)
    {
        if (_ways.Remove(member, out var way)) _byAge.Remove(way.Place);
    }
}
