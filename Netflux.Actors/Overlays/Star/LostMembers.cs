using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Star;

/// <summary>
/// Peers that belong to the network and are not with our hub: members lost without a word, and others of which somebody told us. All remember them; a hub looks for them, a few at a
/// time, so that parts of a network find each other.
/// </summary>
internal sealed class LostMembers(StarOptions options, int places, IRandomSource random)
{
    private sealed class Lost(StarContact contact, Instant nextAt)
    {
        public StarContact Contact { get; set; } = contact;
        public Instant ForgetAt { get; set; }
        public Instant NextAt { get; set; } = nextAt;
        public int Attempts { get; set; }
        public bool Sought { get; set; }
    }

    private readonly SortedDictionary<PeerId, Lost> _lost = [];

    public void Add(StarContact contact, TimeSpan memory, Instant now)
    {
        if (!_lost.TryGetValue(contact.Id, out var lost))
        {
            if (_lost.Count >= 2 * places) _lost.Remove(_lost.MinBy(other => other.Value.ForgetAt).Key);
            // At different times, so that a part of a network that went is not looked for in the order of its ids.
            _lost[contact.Id] = lost = new Lost(contact, now + random.Jitter(options.RetryMin, 1));
        }
        // Heard of again it is remembered for longer; an attempt that is under way goes on.
        if (contact.Record is not null) lost.Contact = contact;
        if (lost.ForgetAt < now + memory) lost.ForgetAt = now + memory;
    }

    public void Remove(PeerId id) => _lost.Remove(id);

    /// <summary>Whom to look for now.</summary>
    public IEnumerable<StarContact> Sought => _lost.Values.Where(lost => lost.Sought).Select(lost => lost.Contact);

    public void HandleFailed(PeerId id, Instant now)
    {
        if (!_lost.TryGetValue(id, out var lost) || !lost.Sought) return;
        var pause = options.RetryMin * Math.Pow(2, Math.Min(lost.Attempts, 16));
        (lost.Sought, lost.Attempts, lost.NextAt) = (false, lost.Attempts + 1, now + random.Jitter(pause < options.RetryMax ? pause : options.RetryMax, options.RetrySpread));
    }

    public void HandleUp(PeerId id, Instant now)
    {
        if (_lost.TryGetValue(id, out var lost)) (lost.Sought, lost.NextAt) = (false, now + random.Jitter(options.ReachedPause, options.RetrySpread));
    }

    public Instant? DeadlineIf(bool seeks)
    {
        Instant? next = null;
        var mayBegin = seeks && _lost.Values.Count(lost => lost.Sought) < options.LookupsMax;
        foreach (var lost in _lost.Values) next = Instant.Earlier(next, lost.Sought || !mayBegin ? lost.ForgetAt : Instant.Earlier(lost.NextAt, lost.ForgetAt));
        return next;
    }

    /// <summary>Forgets what is too old, and begins with those that wait longest. Those are returned.</summary>
    public IReadOnlyList<PeerId> HandleDeadline(bool seeks, Instant now)
    {
        foreach (var id in _lost.Where(lost => lost.Value.ForgetAt <= now).Select(lost => lost.Key).ToList()) _lost.Remove(id);
        if (!seeks)
        {
            foreach (var lost in _lost.Values) lost.Sought = false;
            return [];
        }
        var room = options.LookupsMax - _lost.Values.Count(lost => lost.Sought);
        var begun = _lost.Values.Where(lost => !lost.Sought && lost.NextAt <= now).OrderBy(lost => lost.NextAt).Take(room).ToList();
        foreach (var lost in begun) lost.Sought = true;
        return [.. begun.Select(lost => lost.Contact.Id)];
    }
}
