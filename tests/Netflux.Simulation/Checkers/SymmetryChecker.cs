using Netflux.Core;
using Netflux.Overlays.Gossip.HyParView;

namespace Netflux.Simulation.Checkers;

/// <summary>After quiet, who has a neighbour is its neighbour, in the active view and in the tree; but for what changed a moment ago, of which the other end is yet to hear.</summary>
internal sealed class SymmetryChecker : Checker
{
    /// <summary>Some latencies of the slowest link, and packets lost on it.</summary>
    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(2);

    private readonly Dictionary<(int Node, int Neighbor), Instant> _changed = [];

    public override void HandleNeighborUp(SimulatedNode node, int neighbor) => _changed[(node.Number, neighbor)] = node.Now;

    public override void HandleNeighborDown(SimulatedNode node, int neighbor, NeighborEnd why) => _changed[(node.Number, neighbor)] = node.Now;

    public override void Finish(World world)
    {
        foreach (var node in world.Alive)
        {
            foreach (var neighbor in node.Views.Active)
            {
                var other = world.Nodes[World.NumberOf(neighbor.Id)];
                if (JustChanged(node, other) || JustChanged(other, node)) continue;
                if (!other.IsAlive) Violate($"{node.Number} has {other.Number} as its neighbour, which is gone");
                else if (!other.Views.IsNeighbor(node.Id)) Violate($"{node.Number} has {other.Number} as its neighbour, and not the other way");
            }
            if (!node.Views.Active.Select(neighbor => neighbor.Id).Order().SequenceEqual(node.Tree.Links.Select(link => link.Id).Order())) Violate($"{node.Number} has other neighbours in its tree than in its view");
        }
    }

    private bool JustChanged(SimulatedNode node, SimulatedNode other) => _changed.TryGetValue((node.Number, other.Number), out var at) && node.Now - at < s_moment;
}
