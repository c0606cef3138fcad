using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

/// <summary>
/// Finds out whether a few members have all their links with one another: as their views are full, nothing changes them, and no SHUFFLE leads in or out. The paper does not treat it;
/// with views of three it is left to four of 1,000 in one of forty simulated networks (docs/decisions/0013-gossip.md).
/// </summary>
internal sealed class ClosedCircle(HyParViewOptions options, IRandomSource random, ActiveView active, PassiveView passive)
{
    private readonly List<PeerId> _others = [];     // that are no neighbours and whose SHUFFLE came here; one more than a circle has tells enough
    private int _periods;

    /// <summary>A SHUFFLE that this member began came here.</summary>
    public void HandleShuffle(PeerId self, PeerId origin)
    {
        if (origin != self && _others.Count <= options.CircleOthersMax && active.Find(origin) is null && !_others.Contains(origin)) _others.Add(origin);
    }

    /// <summary>A SHUFFLE period is over: somebody outside of the circle that we seem to be in; null where it is none, or nobody outside is known.</summary>
    public Contact? HandlePeriod()
    {
        if (++_periods < options.CirclePeriods) return null;
        var outside = active.IsFull && _others.Count <= options.CircleOthersMax ? Draw() : null;
        _periods = 0;
        _others.Clear();
        return outside;
    }

    private Contact? Draw()
    {
        Contact? chosen = null;
        var eligible = 0;
        foreach (var contact in passive.Contacts)
        {
            if (!_others.Contains(contact.Id) && random.NextInt32(++eligible) == 0) chosen = contact;
        }
        return chosen;
    }
}
