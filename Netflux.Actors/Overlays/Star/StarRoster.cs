using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Star;

/// <summary>
/// The members that users see, as the hub says. After a succession those that the new hub has not got yet are in doubt: they stay for users for a moment, since most of them come.
/// Those that are gone are remembered for their records.
/// </summary>
internal sealed class StarRoster(StarOptions options, int places, LostMembers lost, Queue<OverlayInstruction> outbox)
{
    private sealed class Seen(MemberRecord record)
    {
        public MemberRecord Record { get; set; } = record;
        public bool Suspected { get; set; }
        public Instant? DoubtedUntil { get; set; }
    }

    private readonly SortedDictionary<PeerId, Seen> _members = [];
    private readonly Dictionary<PeerId, MemberRecord> _former = [];
    private readonly Queue<PeerId> _formerOrder = new();
    private readonly Dictionary<ulong, MemberRecord> _byHash = [];
    private MemberRecord[]? _view;

    public IReadOnlyList<MemberRecord> Members => _view ??= [.. _members.Values.Select(seen => seen.Record)];

    public IEnumerable<PeerId> Ids => _members.Keys;

    /// <summary>The hashes of all records that are here, those of former members included.</summary>
    public IReadOnlyList<ulong> Hashes => [.. _byHash.Keys.Order().Take(StarControl.EntriesMax)];

    public bool Contains(PeerId id) => _members.ContainsKey(id);

    /// <summary>A member, or one that was.</summary>
    public bool TryFind(PeerId id, [NotNullWhen(true)] out MemberRecord? record)
    {
        record = _members.TryGetValue(id, out var seen) ? seen.Record : _former.GetValueOrDefault(id);
        return record is not null;
    }

    /// <summary>Whether exactly these bytes are a record that was verified before.</summary>
    public bool TryFindBytes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out MemberRecord? record) =>
        _byHash.TryGetValue(StarControl.HashOf(bytes), out record) && record.Record.Span.SequenceEqual(bytes);

    public bool TryFindByHash(ulong hash, [NotNullWhen(true)] out MemberRecord? record) => _byHash.TryGetValue(hash, out record);

    /// <summary>The hub has this member. One of an older run than is known here is passed over.</summary>
    public void Confirm(MemberRecord record, Instant now)
    {
        lost.Remove(record.Id);
        if (_members.TryGetValue(record.Id, out var seen) && record.Incarnation > seen.Record.Incarnation) Remove(record.Id, PeerLeavingReason.Restarted, now);
        if (_members.TryGetValue(record.Id, out seen))
        {
            if (record.Incarnation < seen.Record.Incarnation) return;
            seen.DoubtedUntil = null;
            if (record.IsNewerThan(seen.Record)) Replace(seen, record);
            Recover(record.Id);
            return;
        }
        if (_members.Count >= 2 * places) return;
        if (_former.Remove(record.Id, out var former)) _byHash.Remove(StarControl.HashOf(former));
        _members[record.Id] = new Seen(record);
        _byHash[StarControl.HashOf(record)] = record;
        _view = null;
        outbox.Enqueue(new AnnounceJoining(record));
    }

    /// <summary>The member said something of itself. True where it is newer.</summary>
    public bool Update(MemberRecord record)
    {
        if (!_members.TryGetValue(record.Id, out var seen) || record.Incarnation != seen.Record.Incarnation || !record.IsNewerThan(seen.Record)) return false;
        Replace(seen, record);
        return true;
    }

    private void Replace(Seen seen, MemberRecord record)
    {
        _byHash.Remove(StarControl.HashOf(seen.Record));
        _byHash[StarControl.HashOf(record)] = record;
        seen.Record = record;
        _view = null;
    }

    public bool Remove(PeerId id, PeerLeavingReason reason, Instant now)
    {
        if (!_members.Remove(id, out var seen)) return false;
        // Whoever is a hub later looks for those that it lost as a member.
        if (reason is PeerLeavingReason.ConnectionLost or PeerLeavingReason.Faulted) lost.Add(StarContact.Of(seen.Record), options.LostMemory, now);
        if (reason is PeerLeavingReason.WentOffline) lost.Add(StarContact.Of(seen.Record), options.HeardMemory, now);
        if (_former.TryAdd(id, seen.Record)) _formerOrder.Enqueue(id);
        while (_formerOrder.Count > 2 * places)
            if (_former.Remove(_formerOrder.Dequeue(), out var forgotten)) _byHash.Remove(StarControl.HashOf(forgotten));
        _view = null;
        outbox.Enqueue(new AnnounceLeaving(id, reason));
        return true;
    }

    public void Clear(PeerLeavingReason reason, Instant now)
    {
        foreach (var id in _members.Keys.ToList()) Remove(id, reason, now);
    }

    // ---- Suspicion ----

    public void Suspect(PeerId id)
    {
        if (!_members.TryGetValue(id, out var seen) || seen.Suspected) return;
        seen.Suspected = true;
        outbox.Enqueue(new AnnounceSuspected(id));
    }

    public void Recover(PeerId id)
    {
        if (!_members.TryGetValue(id, out var seen) || !seen.Suspected) return;
        seen.Suspected = false;
        outbox.Enqueue(new AnnounceRecovered(id));
    }

    // ---- Doubt ----

    public bool IsDoubted(PeerId id) => _members.TryGetValue(id, out var seen) && seen.DoubtedUntil is not null;

    public void Doubt(PeerId id, Instant now)
    {
        if (_members.TryGetValue(id, out var seen)) seen.DoubtedUntil ??= now + options.DoubtTime;
    }

    /// <summary>A hub's list is complete: whoever is not on it is in doubt.</summary>
    public void DoubtOthers(IReadOnlySet<PeerId> listed, Instant now)
    {
        foreach (var id in _members.Keys)
            if (!listed.Contains(id)) Doubt(id, now);
    }

    public Instant? NextDeadline
    {
        get
        {
            Instant? next = null;
            foreach (var seen in _members.Values) next = Instant.Earlier(next, seen.DoubtedUntil);
            return next;
        }
    }

    /// <summary>Those in doubt whose time is over are gone; they are returned.</summary>
    public IReadOnlyList<MemberRecord> HandleDeadline(Instant now)
    {
        MemberRecord[] over = [.. _members.Values.Where(seen => seen.DoubtedUntil <= now).Select(seen => seen.Record)];
        foreach (var record in over) Remove(record.Id, PeerLeavingReason.ConnectionLost, now);
        return over;
    }
}
