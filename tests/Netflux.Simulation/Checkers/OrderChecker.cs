using Netflux.Overlays.Gossip.Plumtree;

namespace Netflux.Simulation.Checkers;

/// <summary>Each author's messages come in the order in which they were sent, and where one is left out, it was reported before, once, and exactly (DESIGN §7).</summary>
internal sealed class OrderChecker : Checker
{
    private readonly Dictionary<(int Node, int Author), (ulong Run, ulong Last)> _last = [];

    public override void HandleStarted(SimulatedNode node)
    {
        foreach (var key in _last.Keys.Where(key => key.Node == node.Number).ToArray()) _last.Remove(key);
    }

    public override void HandleDelivered(SimulatedNode node, MessageId id, int round)
    {
        var key = (node.Number, World.NumberOf(id.Author));
        var run = id.Incarnation.Value;
        if (_last.TryGetValue(key, out var last))
        {
            if (run < last.Run || (run == last.Run && id.Sequence <= last.Last)) Violate($"{node.Number} got {Name(id)} after {last.Run}:{last.Last}");
            else if (run == last.Run && id.Sequence != last.Last + 1) Violate($"{node.Number} got {Name(id)} after {last.Last}, and nothing was reported missed");
        }
        _last[key] = (run, id.Sequence);
    }

    public override void HandleMissed(SimulatedNode node, ReportMissed missed)
    {
        var key = (node.Number, World.NumberOf(missed.Author));
        if (_last.TryGetValue(key, out var last) && last.Run == missed.Incarnation.Value && missed.First != last.Last + 1) Violate($"{node.Number} was told that {missed.First} to {missed.Last} of {key.Item2} are missed after {last.Last}");
        _last[key] = (missed.Incarnation.Value, missed.Last);
    }
}
