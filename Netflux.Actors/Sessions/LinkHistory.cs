using Netflux.Messages;

namespace Netflux.Sessions;

/// <summary>How links to one peer were looked for: the latest attempts, each under a key by which its end is told.</summary>
internal sealed class LinkHistory
{
    /// <summary>Guess: two rounds of a search that tries everything there is.</summary>
    public const int AttemptsMax = 32;

    private sealed class Entry(object key, LinkWay way, string target, DateTimeOffset beganAt, Func<ConnectionTrial>? report)
    {
        private Func<ConnectionTrial>? _report = report;
        private ConnectionTrial? _lastReport;
        private TimeSpan? _took;
        private string _why = "";

        public object Key => key;

        public LinkOutcome Outcome { get; private set; }

        public bool IsOver => Outcome is not (LinkOutcome.UnderWay or LinkOutcome.Up);

        public LinkAttempt ToAttempt() => new(way, target, beganAt, _took, Outcome, _why, _report?.Invoke() ?? _lastReport);

        public void Up(DateTimeOffset now) => (Outcome, _took) = (LinkOutcome.Up, Since(now));

        public void End(LinkOutcome outcome, string why, DateTimeOffset now)
        {
            (Outcome, _why, _took) = (outcome, why, _took ?? Since(now));
            (_lastReport, _report) = (_report?.Invoke(), null);     // what is over is not held on to
        }

        private TimeSpan Since(DateTimeOffset now) => now > beganAt ? now - beganAt : TimeSpan.Zero;
    }

    private readonly List<Entry> _entries = [];

    /// <summary>The attempts, oldest first.</summary>
    public IReadOnlyList<LinkAttempt> Attempts => [.. _entries.Select(entry => entry.ToAttempt())];

    /// <param name="key">By which its end is told. What is under way by the same key has had no answer.</param>
    /// <param name="way">How.</param>
    /// <param name="target">Where to, for people.</param>
    /// <param name="now">The wall clock.</param>
    /// <param name="report">Of data channels: what was tried.</param>
    public void Begin(object key, LinkWay way, string target, DateTimeOffset now, Func<ConnectionTrial>? report = null)
    {
        if (Find(key, LinkOutcome.UnderWay) is { } silent) silent.End(LinkOutcome.Abandoned, "nothing was heard", now);
        // The oldest that is over makes room; links that are up are few, and those under way end by themselves.
        if (_entries.Count >= AttemptsMax) _entries.Remove(_entries.Find(entry => entry.IsOver) ?? _entries[0]);
        _entries.Add(new Entry(key, way, target, now, report));
    }

    /// <summary>The link is proven.</summary>
    public void HandleUp(object key, DateTimeOffset now) => Find(key, LinkOutcome.UnderWay)?.Up(now);

    /// <summary>Its link is closed.</summary>
    public void HandleClosed(object key, string why, DateTimeOffset now) => Find(key, LinkOutcome.Up)?.End(LinkOutcome.Closed, why, now);

    /// <summary>No link came of it.</summary>
    public void HandleFailed(object key, string why, DateTimeOffset now) => Find(key, LinkOutcome.UnderWay)?.End(LinkOutcome.Failed, why, now);

    /// <summary>It was given up.</summary>
    public void HandleAbandoned(object key, string why, DateTimeOffset now) => Find(key, LinkOutcome.UnderWay)?.End(LinkOutcome.Abandoned, why, now);

    private Entry? Find(object key, LinkOutcome outcome) => _entries.FindLast(entry => entry.Outcome == outcome && entry.Key.Equals(key));
}
