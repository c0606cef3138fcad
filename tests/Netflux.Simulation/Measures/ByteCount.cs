using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Wire;

namespace Netflux.Simulation.Measures;

/// <summary>Messages, and their bytes as the production codecs write them. Every 64th is written, and stands for those before it.</summary>
internal sealed class ByteCount : IWatcher
{
    private const int Sample = 64;

    public long Messages { get; private set; }
    public long Bytes { get; private set; }

    public void HandleMessage(int from, SimulatedNode to, object message)
    {
        if (++Messages % Sample == 0) Bytes += Sample * BytesOf(message);
    }

    private static long BytesOf(object message) => message switch
    {
        HyParViewMessage said => GossipControl.Write(said).Length,
        PlumtreeMessage.Gossip said => GossipHeader.Size + said.Payload.Length,
        PlumtreeMessage said => GossipControl.Write(said).Length,
        _ => 0,
    };
}
