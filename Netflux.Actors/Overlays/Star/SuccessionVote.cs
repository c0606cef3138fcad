using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Star;

/// <summary>
/// Who follows a hub that is lost. The first of the order that lives opens the next epoch, once at least half of those with whom it is linked have lost the hub as well: so a member whose
/// own link broke takes nobody along.
/// </summary>
internal sealed class SuccessionVote(StarOptions options, StarRoster roster, StarPeers peers)
{
    /// <summary>The order: as the hub signed it, then the other members by their ids.</summary>
    public IReadOnlyList<PeerId> OrderOf(Succession lost, PeerId self)
    {
        var named = lost.Successors.Where(id => id == self || roster.Contains(id)).ToList();
        var rest = roster.Ids.Append(self).Where(id => id != lost.Hub.Id && !named.Contains(id)).Order();
        return [.. named, .. rest];
    }

    /// <summary>Whom to link with: all that seem dead up to the third that may live, and those after us only where we come first.</summary>
    public IEnumerable<StarContact> Sought(StarState.Orphaned orphaned, PeerId self, Instant now)
    {
        var living = 0;
        foreach (var id in OrderOf(orphaned.Lost, self))
        {
            if (living == options.CandidatesSought) yield break;
            if (id == self || !IsOut(id, orphaned.Since, now)) living++;
            if (id != self && roster.TryFind(id, out var record)) yield return StarContact.Of(record);
        }
    }

    /// <summary>How many wait for us, where it is ours to open the next epoch; null where it is not.</summary>
    public int? TryOpen(StarState.Orphaned orphaned, PeerId self, Instant now)
    {
        var (voters, orphans) = (0, 0);
        foreach (var (peer, link) in peers.Up)
        {
            if (link.Suspected || peer.Id == orphaned.Lost.Hub.Id && link.Talk.OrphanOf is null) continue;
            voters++;
            if (link.Talk.OrphanOf is not null) orphans++;
        }
        if (voters == 0) return orphaned.Since + options.LonerWait <= now ? 0 : null;
        if (2 * orphans < voters) return orphaned.Since + options.CutOffAfter <= now && !peers.IsUp(orphaned.Lost.Hub.Id) ? 0 : null;
        if (orphaned.Since + options.OrphanPatience <= now) return orphans;
        foreach (var id in OrderOf(orphaned.Lost, self))
        {
            if (id == self) return orphans;
            if (!IsOut(id, orphaned.Since, now)) return null;
        }
        return orphans;
    }

    /// <summary>Whether somebody before us in the order counts as dead.</summary>
    private bool IsOut(PeerId id, Instant since, Instant now)
    {
        if (peers.IsBanned(id, now)) return true;
        if (!peers.TryFind(id, out var peer)) return false;
        return peer.Link switch
        {
            StarLink.Up link => link.Suspected,
            StarLink.Connecting link => peer.FailedAt >= since || link.Since + options.CandidatePatience <= now,
            _ => peer.FailedAt >= since,
        };
    }

    public Instant? NextDeadline(StarState.Orphaned orphaned, Instant now)
    {
        Instant? next = null;
        foreach (var due in new[] { orphaned.Since + options.LonerWait, orphaned.Since + options.OrphanPatience, orphaned.Since + options.CutOffAfter })
            if (due > now) next = Instant.Earlier(next, due);
        foreach (var peer in peers.All)
            if (peer.Link is StarLink.Connecting link && link.Since + options.CandidatePatience > now) next = Instant.Earlier(next, link.Since + options.CandidatePatience);
        return next;
    }
}
