using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;

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
    void HandleNeighborUp(SimulatedNode node, int neighbor) { }
    void HandleNeighborDown(SimulatedNode node, int neighbor, NeighborEnd why) { }
}
