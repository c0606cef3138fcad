using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

internal enum AskPurpose
{
    /// <summary>To come into the network.</summary>
    Join,

    /// <summary>To fill a free place.</summary>
    Fill,

    /// <summary>A FORWARDJOIN ended here: the joiner gets a place, free or not.</summary>
    Welcome,

    /// <summary>To find out whether a lost neighbour is back.</summary>
    Lost,

    /// <summary>To open a closed circle.</summary>
    Circle,
}

/// <summary>A JOIN or NEIGHBOR that was sent and not answered yet.</summary>
internal sealed record PendingAsk(Contact To, AskPurpose Purpose, bool HighPriority, Instant GiveUpAt);

/// <summary>Who was asked to be our neighbour and has not answered.</summary>
internal sealed class PendingAsks(HyParViewOptions options, Queue<HyParViewInstruction> outbox)
{
    private readonly List<PendingAsk> _asks = [];

    public IReadOnlyList<PendingAsk> All => _asks;

    /// <summary>Places of the active view that answers may take.</summary>
    public int Filling => _asks.Count(ask => ask.Purpose is AskPurpose.Join or AskPurpose.Fill);

    public Instant? NextDeadline
    {
        get
        {
            Instant? next = null;
            foreach (var ask in _asks) next = Instant.Earlier(next, ask.GiveUpAt);
            return next;
        }
    }

    public bool Contains(PeerId id) => _asks.Exists(ask => ask.To.Id == id);

    public void Join(Contact self, Contact to, Instant now) => Ask(to, AskPurpose.Join, true, new HyParViewMessage.Join(self), now);

    public void Neighbor(Contact self, Contact to, AskPurpose purpose, bool highPriority, Instant now) => Ask(to, purpose, highPriority, new HyParViewMessage.Neighbor(self, highPriority), now);

    private void Ask(Contact to, AskPurpose purpose, bool highPriority, HyParViewMessage message, Instant now)
    {
        _asks.Add(new PendingAsk(to, purpose, highPriority, now + options.AskPatience));
        outbox.Enqueue(new OpenLink(to, message));
    }

    public bool TryTake(PeerId id, [NotNullWhen(true)] out PendingAsk? ask)
    {
        var at = _asks.FindIndex(ask => ask.To.Id == id);
        ask = at < 0 ? null : _asks[at];
        if (at >= 0) _asks.RemoveAt(at);
        return ask is not null;
    }

    public IReadOnlyList<PendingAsk> TakeOverdue(Instant now)
    {
        PendingAsk[] overdue = [.. _asks.Where(ask => ask.GiveUpAt <= now)];
        if (overdue.Length > 0) _asks.RemoveAll(ask => ask.GiveUpAt <= now);
        return overdue;
    }
}
