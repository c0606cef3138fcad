using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

/// <summary>Fills free places of the active view: from contacts while joining, then from the passive view (paper §4.3), at last from outside.</summary>
internal sealed class Recruiting(HyParViewOptions options, IRandomSource random, ActiveView active, PassiveView passive, PendingAsks asks, Queue<HyParViewInstruction> outbox)
{
    private readonly Queue<Contact> _contacts = [];
    private readonly List<PeerId> _tried = [];  // since the last SHUFFLE; no more than the passive view has had since
    private int _asksLeft = options.AsksPerShuffle;
    private int? _exhausted;  // the passive view in which everybody had been tried
    private bool _hadOthers, _isUrgent;
    private Instant _askOutsideAt;
    private TimeSpan _contactsPause = options.ContactsRetryMin;

    /// <summary>When contacts are asked for again; null while there is somebody to ask.</summary>
    public Instant? NextDeadline { get; private set; }

    public void Hear(PeerId self, IReadOnlyList<Contact> contacts)
    {
        foreach (var contact in contacts.Take(options.ContactsMax))
        {
            if (contact.Id == self) continue;
            _hadOthers = true;
            if (active.Count == 0 && !_contacts.Any(known => known.Id == contact.Id)) _contacts.Enqueue(contact);
            else if (active.Find(contact.Id) is null) passive.Add(contact);
        }
    }

    /// <summary>A SHUFFLE period began: who said no may have room now.</summary>
    public void HandlePeriod()
    {
        ForgetTried();
        _asksLeft = options.AsksPerShuffle;
    }

    /// <summary>An ask came to nothing.</summary>
    public void HandleFailed(PendingAsk ask)
    {
        if (ask.HighPriority && active.Count < options.PriorityBelow) ForgetTried();
    }

    public void Recruit(Contact self, Instant now)
    {
        // Those that declined a low priority cannot decline a high one.
        if (active.Count < options.PriorityBelow && !_isUrgent) ForgetTried();
        _isUrgent = active.Count < options.PriorityBelow;
        if (active.Count > 0)
        {
            _hadOthers = true;
            _contactsPause = options.ContactsRetryMin;
            while (_contacts.TryDequeue(out var spare))
            {
                if (active.Find(spare.Id) is null) passive.Add(spare);
            }
        }
        else
        {
            JoinNext(self, now);
        }
        Fill(self, now);
        NextDeadline = null;
        if (active.Count == 0 && asks.All.Count == 0 && _hadOthers) AskOutside(now);
    }

    private void JoinNext(Contact self, Instant now)
    {
        while (asks.Filling == 0 && _contacts.TryDequeue(out var contact))
        {
            if (!asks.Contains(contact.Id)) asks.Join(self, contact, now);
        }
    }

    private void Fill(Contact self, Instant now)
    {
        while (active.Count + asks.Filling < options.ActiveView && (active.Count < options.ActiveEnough || _asksLeft > 0) && DrawUntried() is { } candidate)
        {
            _tried.Add(candidate.Id);
            _asksLeft--;
            // One place for certain is enough: each high priority costs somebody a neighbour.
            var highPriority = active.Count < options.PriorityBelow && !asks.All.Any(ask => ask.HighPriority);
            asks.Neighbor(self, candidate, AskPurpose.Fill, highPriority, now);
        }
    }

    private void ForgetTried()
    {
        _tried.Clear();
        _exhausted = null;
    }

    private Contact? DrawUntried()
    {
        if (_exhausted == passive.Version) return null;
        Contact? chosen = null;
        var eligible = 0;
        foreach (var contact in passive.Contacts)
        {
            if (_tried.Contains(contact.Id) || asks.Contains(contact.Id) || active.Find(contact.Id) is not null) continue;
            if (random.NextInt32(++eligible) == 0) chosen = contact;
        }
        if (chosen is null) _exhausted = passive.Version;
        return chosen;
    }

    private void AskOutside(Instant now)
    {
        if (_askOutsideAt <= now)
        {
            outbox.Enqueue(new AskContacts());
            _askOutsideAt = now + random.Jitter(_contactsPause, options.ShuffleSpread);
            _contactsPause = _contactsPause * 2 < options.ContactsRetryMax ? _contactsPause * 2 : options.ContactsRetryMax;
        }
        NextDeadline = _askOutsideAt;
    }
}
