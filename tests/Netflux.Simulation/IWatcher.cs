using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Wire;
using PeerLeavingReason = Netflux.Messages.PeerLeavingReason;

namespace Netflux.Simulation;

/// <summary>Is told whatever happens in a world, before the cores act on it.</summary>
internal interface IWatcher
{
    void HandleStarted(SimulatedNode node) { }
    void HandleStopped(SimulatedNode node) { }
    void HandleBroadcast(SimulatedNode node, MessageId id) { }
    void HandleDelivered(SimulatedNode node, MessageId id, int round) { }
    void HandleMissed(SimulatedNode node, ReportMissed missed) { }
    void HandleMessage(int from, SimulatedNode to, object message) { }

    // ---- Of sessions ----

    void HandleRecord(int from, int to, int bytes) { }
    void HandleFrameSent(int from, int to, FrameKind kind, ReadOnlyMemory<byte> body) { }
    void HandleFrameDelivered(int from, int to, FrameKind kind, ReadOnlyMemory<byte> body) { }
    void HandleChannelOpened(int node, int peer) { }
    void HandleSessionEnded(int node, int peer, PeerLeavingReason why) { }

    // ---- Of views ----

    void HandleNeighborUp(SimulatedNode node, int neighbor) { }
    void HandleNeighborDown(SimulatedNode node, int neighbor, NeighborEnd why) { }
}
