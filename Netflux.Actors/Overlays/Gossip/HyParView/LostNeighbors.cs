using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

/// <summary>
/// Neighbours lost without a word. The paper forgets them: a node that failed is gone. But after a partition both sides have full views and no reason to speak with each other, so they are
/// tried again, ever more seldom.
/// </summary>
internal sealed class LostNeighbors(HyParViewOptions options, IRandomSource random)
{
    private sealed record Entry(Contact Contact, Instant RetryAt, TimeSpan Pause, Instant ForgetAt);

    private readonly List<Entry> _entries = [];

    public Instant? NextDeadline
    {
        get
        {
            Instant? next = null;
            foreach (var entry in _entries) next = Instant.Earlier(next, entry.RetryAt);
            return next;
        }
    }

    public bool Contains(PeerId id) => _entries.Exists(entry => entry.Contact.Id == id);

    public void Add(Contact contact, Instant now)
    {
        Remove(contact.Id);
        if (options.LostMax == 0) return;
        if (_entries.Count >= options.LostMax) _entries.RemoveAt(0);
        _entries.Add(new Entry(contact, now + random.Jitter(options.LostRetryMin, options.ShuffleSpread), options.LostRetryMin, now + options.LostMemory));
    }

    public void Remove(PeerId id) => _entries.RemoveAll(entry => entry.Contact.Id == id);

    /// <summary>Who is due now, each put off once more.</summary>
    public IReadOnlyList<Contact> TakeDue(Instant now)
    {
        _entries.RemoveAll(entry => entry.ForgetAt <= now);
        List<Contact> due = [];
        for (var i = 0; i < _entries.Count; i++)
        {
            var entry = _entries[i];
            if (entry.RetryAt > now) continue;
            due.Add(entry.Contact);
            var pause = entry.Pause * 2 < options.LostRetryMax ? entry.Pause * 2 : options.LostRetryMax;
            _entries[i] = entry with { RetryAt = now + random.Jitter(pause, options.ShuffleSpread), Pause = pause };
        }
        return due;
    }

    /// <summary>One of them is back, so the others are likely to be, too: the partition is over. They are known as any other member is.</summary>
    public IReadOnlyList<Contact> TakeAll()
    {
        Contact[] all = [.. _entries.Select(entry => entry.Contact)];
        _entries.Clear();
        return all;
    }
}
