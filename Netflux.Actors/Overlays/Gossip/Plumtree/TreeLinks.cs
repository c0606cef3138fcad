using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Plumtree;

/// <summary>A neighbour, and whether broadcasts go to it at once (eager) or only their names (lazy).</summary>
internal sealed class TreeLink(PeerId id, bool isEager, PlumtreeOptions options)
{
    public PeerId Id => id;

    public bool IsEager { get; set; } = isEager;

    /// <summary>It takes no payload for now.</summary>
    public bool IsCongested { get; set; }

    public TokenBucket Grafts { get; } = new(options.GraftsBurst, options.GraftsPerSecond);

    /// <summary>What this neighbour is to be told that we have.</summary>
    public List<Announcement> Lazy { get; } = [];
}

/// <summary>The neighbours in the tree, and the IHAVEs that are gathered for them.</summary>
internal sealed class TreeLinks(PlumtreeOptions options, Queue<PlumtreeInstruction> outbox)
{
    private readonly List<TreeLink> _links = [];
    private int _turn;

    public IReadOnlyList<TreeLink> All => _links;

    /// <summary>When what was gathered goes out.</summary>
    public Instant? NextDeadline { get; private set; }

    public TreeLink? Find(PeerId id)
    {
        foreach (var link in _links)
        {
            if (link.Id == id) return link;
        }
        return null;
    }

    public void Add(PeerId id)
    {
        Remove(id);
        // The paper (§3.3) begins with every link eager, and the first duplicates thin them out to a tree. Enough of them find everybody, and the rest announce.
        _links.Add(new TreeLink(id, _links.Count(link => link.IsEager) < options.EagerEnough, options));
    }

    public void Remove(PeerId id) => _links.RemoveAll(link => link.Id == id);

    /// <summary>Eager and lazy push (paper, algorithm 1): the message to eager links, its name to lazy ones, neither to where it came from.</summary>
    public void Push(CachedMessage message, Instant now)
    {
        var round = message.Round + 1;
        PlumtreeMessage.Gossip? gossip = null;
        foreach (var link in _links)
        {
            if (link.Id == message.From) continue;
            if (link is { IsEager: true, IsCongested: false }) outbox.Enqueue(new SendTreeMessage(link.Id, gossip ??= new PlumtreeMessage.Gossip(message.Id, message.Floor, round, message.Payload)));
            else Announce(link, new Announcement(message.Id, round), now);
        }
    }

    public void Announce(TreeLink link, Announcement announcement, Instant now)
    {
        link.Lazy.Add(announcement);
        NextDeadline ??= now + options.LazyDelay;
        if (link.Lazy.Count >= options.LazyMax) Flush(link);
    }

    public void HandleDeadline(Instant now)
    {
        if (NextDeadline is not { } due || due > now) return;
        NextDeadline = null;
        foreach (var link in _links) Flush(link);
    }

    private void Flush(TreeLink link)
    {
        if (link.Lazy.Count == 0) return;
        outbox.Enqueue(new SendTreeMessage(link.Id, new PlumtreeMessage.IHave([.. link.Lazy])));
        link.Lazy.Clear();
        if (link.Lazy.Capacity > 16) link.Lazy.TrimExcess();
    }

    /// <summary>Each neighbour in turn.</summary>
    public TreeLink? TakeTurn() => _links.Count == 0 ? null : _links[_turn++ % _links.Count];
}
