using Netflux.Overlays.Gossip.Plumtree;

namespace Netflux.Simulation.Checkers;

/// <summary>Nobody gets a message twice, its own, or one that was never sent.</summary>
internal sealed class NoDoubleChecker : Checker
{
    private readonly HashSet<MessageId> _sent = [];
    private readonly HashSet<(int Node, ulong Run, MessageId Id)> _seen = [];

    public override void HandleBroadcast(SimulatedNode node, MessageId id)
    {
        if (!_sent.Add(id)) Violate($"{Name(id)} was sent twice");
    }

    public override void HandleDelivered(SimulatedNode node, MessageId id, int round)
    {
        if (!_sent.Contains(id)) Violate($"{node.Number} got {Name(id)}, which nobody sent");
        if (id.Author == node.Id) Violate($"{node.Number} got its own {Name(id)}");
        if (!_seen.Add((node.Number, node.Run, id))) Violate($"{node.Number} got {Name(id)} twice");
    }
}
