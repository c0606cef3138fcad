using Netflux.Overlays.Gossip.HyParView;

namespace Netflux.Simulation.Checkers;

/// <summary>Views stay within their sizes, hold nobody twice, and never oneself.</summary>
internal sealed class BoundsChecker(World world) : Checker
{
    public override void HandleNeighborUp(SimulatedNode node, int neighbor) => Look(node);

    public override void HandleMessage(int from, SimulatedNode to, object message)
    {
        if (message is HyParViewMessage) Look(to);
    }

    private void Look(SimulatedNode node)
    {
        var (active, passive) = (node.Views.Active, node.Views.Passive);
        if (active.Count > world.Setup.Views.ActiveView) Violate($"{node.Number} has {active.Count} neighbours");
        if (passive.Count > world.Setup.Views.PassiveView) Violate($"{node.Number} knows {passive.Count} others");
        for (var i = 0; i < active.Count; i++)
        {
            if (active[i].Id == node.Id) Violate($"{node.Number} is its own neighbour");
            for (var other = 0; other < i; other++)
            {
                if (active[other].Id == active[i].Id) Violate($"{node.Number} has a neighbour twice");
            }
        }
        foreach (var contact in passive)
        {
            if (contact.Id == node.Id) Violate($"{node.Number} knows itself");
            if (node.Views.IsNeighbor(contact.Id)) Violate($"{node.Number} has {World.NumberOf(contact.Id)} in both views");
        }
    }
}
