using Netflux.Core;

namespace Netflux.Simulation.Checkers;

/// <summary>Whoever starts is in the network soon, and nobody ends up alone.</summary>
internal sealed class JoinChecker : Checker
{
    /// <summary>Three contacts that do not answer, and one of those that the server names next.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public override void HandleStopped(SimulatedNode node) => Check(node);

    public override void Finish(World world)
    {
        if (world.Alive.Count() < 2) return;
        foreach (var node in world.Alive)
        {
            Check(node);
            if (node.Views.Active.Count == 0) Violate($"{node.Number} is alone");
        }
    }

    private void Check(SimulatedNode node)
    {
        if (node.Number != 0 && node.JoinedAt is { } joined && joined - node.StartedAt > s_patience) Violate($"{node.Number} took {(joined - node.StartedAt).TotalSeconds:F1} s to join");
        if (node.JoinedAt is null && node.Now - node.StartedAt > s_patience) Violate($"{node.Number} is stuck joining");
    }
}
