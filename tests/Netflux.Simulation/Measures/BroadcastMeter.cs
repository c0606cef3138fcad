using Netflux.Core;
using Netflux.Overlays.Gossip.Plumtree;

namespace Netflux.Simulation.Measures;

/// <summary>What became of each broadcast, measured as the papers do.</summary>
internal sealed class BroadcastMeter(World world) : IWatcher
{
    private sealed class Entry(Instant at)
    {
        public Instant At => at;
        public int Delivered { get; set; }
        public int DeliveredSoon { get; set; }
        public int Copies { get; set; }
        public int LastHop { get; set; }
        public TimeSpan LastAfter { get; set; }
    }

    /// <summary>A delivery within this is soon: a broadcast that found its way without a repair by a summary.</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(5);

    private readonly Dictionary<MessageId, Entry> _entries = [];

    public void Clear() => _entries.Clear();

    public void HandleBroadcast(SimulatedNode node, MessageId id) => _entries[id] = new Entry(world.Now);

    public void HandleDelivered(SimulatedNode node, MessageId id, int round)
    {
        if (!_entries.TryGetValue(id, out var entry)) return;
        entry.Delivered++;
        if (world.Now - entry.At <= s_soon) entry.DeliveredSoon++;
        if (round > entry.LastHop) entry.LastHop = round;
        entry.LastAfter = world.Now - entry.At;
    }

    public void HandleMessage(int from, SimulatedNode to, object message)
    {
        if (message is PlumtreeMessage.Gossip gossip && _entries.TryGetValue(gossip.Id, out var entry)) entry.Copies++;
    }

    /// <summary>The means over all broadcasts since the last <see cref="Clear"/>, to so many receivers.</summary>
    public BroadcastMeans Means(int receivers) => _entries.Count == 0 ? default : new BroadcastMeans(
        _entries.Values.Average(entry => (double)entry.DeliveredSoon / receivers),
        _entries.Values.Average(entry => (double)entry.Delivered / receivers),
        _entries.Values.Average(entry => entry.LastHop),
        _entries.Values.Average(entry => entry.LastAfter.TotalMilliseconds),
        _entries.Values.Where(entry => entry.Delivered > 0).Select(entry => (double)entry.Copies / entry.Delivered - 1).DefaultIfEmpty(0).Average(),
        _entries.Values.Sum(entry => receivers - entry.Delivered));
}

/// <param name="Soon">The share of receivers that a broadcast reached within 5 s: the papers' reliability.</param>
/// <param name="AtLast">The share that it reached at all.</param>
/// <param name="LastHop">The hops to the last that got it.</param>
/// <param name="LastAfterMs">The time to the last that got it.</param>
/// <param name="Redundancy">Payloads received for each delivery, less one (Plumtree §4.1: m / (n − 1) − 1).</param>
/// <param name="Missed">Deliveries that did not happen.</param>
internal readonly record struct BroadcastMeans(double Soon, double AtLast, double LastHop, double LastAfterMs, double Redundancy, long Missed);
