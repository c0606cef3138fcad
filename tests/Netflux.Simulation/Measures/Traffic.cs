using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;

namespace Netflux.Simulation.Measures;

/// <summary>Messages by kind, and what broadcasts came to.</summary>
internal sealed record TrafficCounts
{
    public long Views { get; set; }
    public long Gossips { get; set; }
    public long IHaves { get; set; }
    public long Grafts { get; set; }
    public long Prunes { get; set; }
    public long Summaries { get; set; }
    public long Broadcasts { get; set; }
    public long Delivered { get; set; }
    public long Missed { get; set; }
    public int RoundMax { get; set; }

    public static string CsvHeader => "views,gossips,ihaves,grafts,prunes,summaries,broadcasts,delivered,missed,round_max";

    public string ToCsv() => FormattableString.Invariant($"{Views},{Gossips},{IHaves},{Grafts},{Prunes},{Summaries},{Broadcasts},{Delivered},{Missed},{RoundMax}");
}

/// <summary>Counts.</summary>
internal sealed class Traffic : IWatcher
{
    public TrafficCounts Counts { get; } = new();

    public void HandleMessage(int from, SimulatedNode to, object message)
    {
        switch (message)
        {
            case HyParViewMessage: Counts.Views++; break;
            case PlumtreeMessage.Gossip: Counts.Gossips++; break;
            case PlumtreeMessage.IHave: Counts.IHaves++; break;
            case PlumtreeMessage.Graft: Counts.Grafts++; break;
            case PlumtreeMessage.Prune: Counts.Prunes++; break;
            case PlumtreeMessage.Summary: Counts.Summaries++; break;
        }
    }

    public void HandleBroadcast(SimulatedNode node, MessageId id) => Counts.Broadcasts++;

    public void HandleDelivered(SimulatedNode node, MessageId id, int round)
    {
        Counts.Delivered++;
        if (round > Counts.RoundMax) Counts.RoundMax = round;
    }

    public void HandleMissed(SimulatedNode node, ReportMissed missed) => Counts.Missed += (long)(missed.Last - missed.First + 1);
}
