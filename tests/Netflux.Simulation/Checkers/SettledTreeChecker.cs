using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Simulation.Network;

namespace Netflux.Simulation.Checkers;

/// <summary>Once nothing disturbs it, the tree is one: hardly a message comes twice, and none has to be asked for. A sender in calm has five broadcasts to make it so.</summary>
internal sealed class SettledTreeChecker(NetworkConditions network) : Checker
{
    private bool _isCalm;
    private int _broadcasts, _copies, _grafts;

    public void Begin() => _isCalm = true;

    public override void HandleBroadcast(SimulatedNode node, MessageId id)
    {
        if (_isCalm) _broadcasts++;
    }

    public override void HandleMessage(int from, SimulatedNode to, object message)
    {
        if (!_isCalm) return;
        if (message is PlumtreeMessage.Gossip) _copies++;
        if (message is PlumtreeMessage.Graft) _grafts++;
    }

    public override void Finish(World world)
    {
        // What loses single messages, or holds them up, disturbs any tree.
        if (network.Datagrams || network.Loss > 0 || _broadcasts == 0) return;
        var others = world.Alive.Count() - 1;
        if (others < 1) return;
        var redundancy = (double)_copies / (_broadcasts * others) - 1;
        if (redundancy > 0.2) Violate($"{redundancy:F2} copies too many for each broadcast in calm");
        if (_grafts > _broadcasts * others * 0.1) Violate($"{_grafts} GRAFTs for {_broadcasts} broadcasts in calm");
    }
}
