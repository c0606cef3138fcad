using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

/// <summary>
/// Finds out whether a few members have all their links with one another: no SHUFFLE leads in or out, and whoever else they know may have a full view and decline; where nobody else is known, nobody
/// can be asked. The paper does not treat it; with views of three it is left to four of 1,000 in one of forty simulated networks, with views of five to four of 100,000 (docs/decisions/0013-gossip.md).
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

    /// <summary>A SHUFFLE period is over.</summary>
    /// <returns>Somebody outside of the circle that we seem to be in; null where it is none. Whether nobody is known but the neighbours, and somebody has to be asked for.</returns>
    public (Contact? Outside, bool KnowsNobodyElse) HandlePeriod()
    {
        if (++_periods < options.CirclePeriods) return (null, false);
        // Who has room left finds its way by itself, unless nobody else is heard at all.
        var outside = _others.Count <= (active.IsFull ? options.CircleOthersMax : 0) ? Draw() : null;
        _periods = 0;
        _others.Clear();
        return (outside, active.Count > 0 && passive.Contacts.Count == 0);
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
