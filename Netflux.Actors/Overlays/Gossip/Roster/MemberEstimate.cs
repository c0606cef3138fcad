using Netflux.Core;

namespace Netflux.Overlays.Gossip.Roster;

/// <summary>
/// How many others there are, where they are too many to be seen one by one. Each says every T that it lives, and says T with it; heard within a window W, that stands for T / W members
/// (Horvitz and Thompson, JASA 1952: what is sampled counts by the inverse of its chance). Nobody need be known for it, and all together say it as often as ever, as T grows with their number.
/// </summary>
internal sealed class MemberEstimate(RosterOptions options)
{
    private readonly Queue<(Instant At, TimeSpan Period)> _heard = new();
    private TimeSpan _sum;
    private Instant? _since;

    public void Start(Instant now) => _since = now;

    /// <param name="period">As the member says; more than a few times our own is not believed.</param>
    /// <param name="own">Our own.</param>
    /// <param name="now">The time.</param>
    public void Handle(TimeSpan period, TimeSpan own, Instant now)
    {
        if (period <= TimeSpan.Zero) return;
        if (period > options.PeriodBelieved * own) period = options.PeriodBelieved * own;
        _heard.Enqueue((now, period));
        _sum += period;
        Forget(now);
    }

    /// <summary>Null while it was listened too short a time to tell.</summary>
    public int? At(Instant now)
    {
        Forget(now);
        if (_since is not { } since || now - since < options.AlivePeriodMin) return null;
        var window = now - since < options.EstimateWindow ? now - since : options.EstimateWindow;
        return (int)Math.Round(_sum / window);
    }

    private void Forget(Instant now)
    {
        while (_heard.Count > options.EstimateHeardMax || (_heard.TryPeek(out var first) && now - first.At > options.EstimateWindow)) _sum -= _heard.Dequeue().Period;
    }
}
