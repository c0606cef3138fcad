using Netflux.Overlays.Gossip.Plumtree;

namespace Netflux.Simulation.Checkers;

/// <summary>What is remembered has its limits at any time, and after quiet nobody waits for anything.</summary>
internal sealed class BuffersChecker : Checker
{
    public override void HandleMessage(int from, SimulatedNode to, object message)
    {
        if (message is PlumtreeMessage) Look(to, to.Tree.Load);
    }

    private void Look(SimulatedNode node, PlumtreeLoad load)
    {
        var limits = new PlumtreeOptions();
        if (load.Authors > limits.AuthorsMax || load.Cached > limits.CacheMessagesMax || load.Missing > limits.MissingMax || load.HeldBytes > limits.HeldBytesMax) Violate($"{node.Number} remembers {load}");
    }

    public override void Finish(World world)
    {
        foreach (var node in world.Alive)
        {
            var load = node.Tree.Load;
            if (load.Missing > 0 || load.HeldBytes > 0) Violate($"{node.Number} still waits for {load.Missing} messages, with {load.HeldBytes} bytes behind them");
        }
    }
}
