using Netflux.Core;
using Netflux.Overlays.Gossip.Plumtree;

namespace Netflux.Simulation.Measures;

/// <summary>What became of one broadcast.</summary>
internal sealed record BroadcastPoint(double AtSeconds, int Receivers)
{
    public int Delivered { get; set; }
    public int LastHop { get; set; }
    public int Copies { get; set; }
    public double Reached => Receivers == 0 ? 1 : Math.Min(1, (double)Delivered / Receivers);
    public double Redundancy => Delivered == 0 ? 0 : (double)Copies / Delivered - 1;
}

/// <summary>Broadcast by broadcast, for curves over the time of a run.</summary>
internal sealed class BroadcastSeries(World world) : IWatcher
{
    private readonly Dictionary<MessageId, BroadcastPoint> _byId = [];
    private readonly List<BroadcastPoint> _points = [];

    public IReadOnlyList<BroadcastPoint> Points => _points;

    public void HandleBroadcast(SimulatedNode node, MessageId id) =>
        _points.Add(_byId[id] = new BroadcastPoint((world.Now - Instant.Zero).TotalSeconds, world.Alive.Count(other => other.JoinedAt is not null) - 1));

    public void HandleDelivered(SimulatedNode node, MessageId id, int round)
    {
        if (!_byId.TryGetValue(id, out var point)) return;
        point.Delivered++;
        point.LastHop = Math.Max(point.LastHop, round);
    }

    public void HandleMessage(int from, SimulatedNode to, object message)
    {
        if (message is PlumtreeMessage.Gossip gossip && _byId.TryGetValue(gossip.Id, out var point)) point.Copies++;
    }
}
