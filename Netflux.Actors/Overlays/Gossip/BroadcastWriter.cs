using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Wire;

namespace Netflux.Overlays.Gossip;

/// <summary>Puts a broadcast behind its header: the same bytes for every neighbour to whom it goes now.</summary>
internal sealed class BroadcastWriter
{
    private PlumtreeMessage.Gossip? _written;
    private byte[] _body = [];

    public byte[] Write(PlumtreeMessage.Gossip gossip)
    {
        if (ReferenceEquals(_written, gossip)) return _body;
        var header = new GossipHeader(gossip.Id.Author, gossip.Id.Incarnation, gossip.Id.Sequence, gossip.Floor, (ushort)gossip.Round);
        (_written, _body) = (gossip, new byte[GossipHeader.Size + gossip.Payload.Length]);
        header.ToArray().CopyTo(_body, 0);
        gossip.Payload.CopyTo(_body.AsMemory(GossipHeader.Size));
        return _body;
    }
}
