using Netflux.Identity;

namespace Netflux.Transport.Signaling.Server;

/// <summary>The highest incarnation of each peer that was here, as many as the limit allows; who was not here for longest is forgotten first.</summary>
internal sealed class SeenIncarnations(int limit)
{
    private readonly Dictionary<PeerId, LinkedListNode<(PeerId Peer, Incarnation Seen)>> _byPeer = [];
    private readonly LinkedList<(PeerId Peer, Incarnation Seen)> _oldestFirst = new();

    /// <summary>Notes this incarnation and returns the highest.</summary>
    public Incarnation Raise(PeerId peer, Incarnation incarnation)
    {
        if (_byPeer.Remove(peer, out var node))
        {
            _oldestFirst.Remove(node);
            if (node.Value.Seen > incarnation) incarnation = node.Value.Seen;
        }
        _byPeer.Add(peer, _oldestFirst.AddLast((peer, incarnation)));
        if (_byPeer.Count > limit)
        {
            _byPeer.Remove(_oldestFirst.First!.Value.Peer);
            _oldestFirst.RemoveFirst();
        }
        return incarnation;
    }
}
