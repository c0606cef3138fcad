using Netflux.Core;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Simulation.Scenarios;

namespace Netflux.Simulation.Checkers;

/// <summary>
/// Who was a member before a broadcast and until the end has it, or was told that it missed it where the scenario allows that. What an author said shortly before it died may be gone, but not for
/// some alone.
/// </summary>
internal sealed class NoLossChecker(Scenario scenario) : Checker
{
    /// <summary>A member counts from so long after its first neighbour.</summary>
    private static readonly TimeSpan s_newcomer = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(30);

    private sealed record Broadcast(MessageId Id, SimulatedNode Author, Instant At)
    {
        public Dictionary<int, ulong> Got { get; } = [];  // node, run
    }

    private readonly Dictionary<MessageId, Broadcast> _broadcasts = [];
    private readonly Dictionary<(int Node, ulong Run), Instant> _stopped = [];
    private readonly List<(int Node, ulong Run, ReportMissed Missed)> _missed = [];

    public override void HandleBroadcast(SimulatedNode node, MessageId id) => _broadcasts[id] = new Broadcast(id, node, node.Now);

    public override void HandleDelivered(SimulatedNode node, MessageId id, int round)
    {
        if (_broadcasts.TryGetValue(id, out var broadcast)) broadcast.Got[node.Number] = node.Run;
    }

    public override void HandleStopped(SimulatedNode node) => _stopped[(node.Number, node.Run)] = node.Now;

    public override void HandleMissed(SimulatedNode node, ReportMissed missed)
    {
        _missed.Add((node.Number, node.Run, missed));
    }

    public override void Finish(World world)
    {
        var told = _missed.ToLookup(entry => (entry.Node, entry.Run));
        foreach (var broadcast in _broadcasts.Values)
        {
            SimulatedNode[] due = [.. world.Alive.Where(node => node.Id != broadcast.Id.Author && node.JoinedAt + s_newcomer <= broadcast.At)];
            SimulatedNode[] without = [.. due.Where(node => broadcast.Got.GetValueOrDefault(node.Number) != node.Run)];
            if (without.Length == due.Length && SaidAtTheLast(broadcast)) continue;
            SimulatedNode[] lacking = scenario.MayMiss ? [.. without.Where(node => !told[(node.Number, node.Run)].Any(entry => Covers(entry.Missed, broadcast.Id)))] : without;
            if (lacking.Length == 0) continue;
            Violate($"{Name(broadcast.Id)} of {broadcast.At.Ticks / TimeSpan.TicksPerMillisecond} ms did not reach {string.Join(' ', lacking.Select(node => node.Number))} of {due.Length}");
        }
    }

    private bool SaidAtTheLast(Broadcast broadcast) => _stopped.TryGetValue((broadcast.Author.Number, broadcast.Id.Incarnation.Value), out var stopped) && stopped - broadcast.At < s_lastWords;

    private static bool Covers(ReportMissed missed, MessageId id) => missed.Author == id.Author && missed.Incarnation == id.Incarnation && missed.First <= id.Sequence && id.Sequence <= missed.Last;
}
