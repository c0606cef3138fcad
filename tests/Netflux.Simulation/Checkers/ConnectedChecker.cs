using Netflux.Simulation.Measures;

namespace Netflux.Simulation.Checkers;

/// <summary>After quiet, the overlay is one.</summary>
internal sealed class ConnectedChecker : Checker
{
    public override void Finish(World world)
    {
        var graph = OverlayGraph.Of(world);
        if (graph.Largest < graph.Nodes) Violate($"only {graph.Largest} of {graph.Nodes} are connected");
    }
}
