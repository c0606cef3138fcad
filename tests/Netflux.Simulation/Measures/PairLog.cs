using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Wire;
using PeerLeavingReason = Netflux.Messages.PeerLeavingReason;

namespace Netflux.Simulation.Measures;

/// <summary>Writes down what passes between two members, and what becomes of each: to find out why a run fails.</summary>
internal sealed class PairLog(World world, int one, int other, TextWriter to) : IWatcher
{
    public void HandleStarted(SimulatedNode node) => Write(node.Number, node.Number, "starts");

    public void HandleStopped(SimulatedNode node) => Write(node.Number, node.Number, "stops");

    public void HandleMessage(int from, SimulatedNode node, object message)
    {
        if (from == one || from == other) Write(from, node.Number, message is PlumtreeMessage ? message.GetType().Name : $"{message}");
    }

    public void HandleChannelOpened(int node, int peer) => Write(peer, node, "has a channel");

    public void HandleFrameSent(int from, int to, FrameKind kind, ReadOnlyMemory<byte> body) => Write(from, to, $"sends {kind} of {body.Length}");

    public void HandleSessionEnded(int node, int peer, PeerLeavingReason why) => Write(peer, node, $"the session ends: {why}");

    public void HandleNeighborUp(SimulatedNode node, int neighbor) => Write(neighbor, node.Number, "is its neighbour now");

    public void HandleNeighborDown(SimulatedNode node, int neighbor, NeighborEnd why) => Write(neighbor, node.Number, $"is its neighbour no more: {why}");

    private void Write(int from, int node, string what)
    {
        if ((node == one || node == other) && (from == one || from == other)) to.WriteLine(FormattableString.Invariant($"{world.Now.Ticks / 1e7:F3} {from} -> {node}: {what}"));
    }
}
