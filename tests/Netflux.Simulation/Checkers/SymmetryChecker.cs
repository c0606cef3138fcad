namespace Netflux.Simulation.Checkers;

/// <summary>After quiet, who has a neighbour is its neighbour, in the active view and in the tree.</summary>
internal sealed class SymmetryChecker : Checker
{
    public override void Finish(World world)
    {
        foreach (var node in world.Alive)
        {
            foreach (var neighbor in node.Views.Active)
            {
                var other = world.Nodes[World.NumberOf(neighbor.Id)];
                if (!other.IsAlive) Violate($"{node.Number} has {other.Number} as its neighbour, which is gone");
                else if (!other.Views.IsNeighbor(node.Id)) Violate($"{node.Number} has {other.Number} as its neighbour, and not the other way");
            }
            if (!node.Views.Active.Select(neighbor => neighbor.Id).Order().SequenceEqual(node.Tree.Links.Select(link => link.Id).Order())) Violate($"{node.Number} has other neighbours in its tree than in its view");
        }
    }
}
