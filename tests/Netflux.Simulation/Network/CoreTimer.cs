using Netflux.Core;

namespace Netflux.Simulation.Network;

/// <summary>
/// One timer for a deadline that moves often, as the drivers of cores have it: it is set again only when the deadline came nearer, and looks again when it fires too early. It remembers the two
/// nearest times at which it fires anyway, since a deadline mostly goes to and fro between a near and a far one.
/// </summary>
internal struct CoreTimer
{
    private Instant? _first, _second;

    public void Set(Instant? deadline, VirtualTime time, IHappening to, int number)
    {
        if (deadline is not { } due || _first <= due) return;
        (_first, _second) = (due, _first);
        time.At(due, to, number);
    }

    /// <summary>False for a firing that nobody waits for any more.</summary>
    public bool Fired(Instant now)
    {
        if (_first != now) return false;
        (_first, _second) = (_second, null);
        return true;
    }
}
