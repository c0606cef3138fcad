using System.Diagnostics.CodeAnalysis;
using Netflux.Identity;

namespace Netflux.Transport.Signaling.Server;

/// <summary>Who is a member of a network that is remembered, online or not. It says what is to be stored, and keeps what was.</summary>
internal sealed class TrackedMembers(DateTimeOffset begun)
{
    /// <summary>How old the stored time may be at which a member was seen last: presence is not stored for each connection. Guess: who looks for somebody asks for days and hours.</summary>
    public static readonly TimeSpan SeenStep = TimeSpan.FromMinutes(10);

    private sealed record Entry(ReadOnlyMemory<byte> Record, DateTimeOffset Since, DateTimeOffset Seen);

    private readonly SortedDictionary<PeerId, Entry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>Since when there is none.</summary>
    public DateTimeOffset? EmptySince { get; private set; } = begun;

    /// <summary>The record of a member, as it signed it.</summary>
    public bool TryFind(PeerId member, out ReadOnlyMemory<byte> record)
    {
        var isFound = _entries.TryGetValue(member, out var entry);
        record = isFound ? entry!.Record : default;
        return isFound;
    }

    public bool Contains(PeerId member) => _entries.ContainsKey(member);

    /// <summary>The event, unless nothing changes by it: a member that comes again with what was stored is not stored again.</summary>
    public bool TryPut(MemberRecord record, Genesis genesis, DateTimeOffset now, [NotNullWhen(true)] out RoomEvent? happened)
    {
        var known = _entries.GetValueOrDefault(record.Id);
        var isSame = known is not null && MemberRecord.TryParse(known.Record, genesis, now, out var before, out _)
            && before.DisplayName == record.DisplayName && before.Admission.Record.Span.SequenceEqual(record.Admission.Record.Span);
        happened = isSame ? null : new MemberPut(record.Id, record.Record, known?.Since ?? now, now);
        return !isSame;
    }

    /// <summary>The event, where what is stored is too old.</summary>
    public bool TrySee(PeerId member, DateTimeOffset now, [NotNullWhen(true)] out RoomEvent? happened)
    {
        happened = _entries.TryGetValue(member, out var entry) && now - entry.Seen >= SeenStep ? new MemberSeen(member, now) : null;
        return happened is not null;
    }

    public void Apply(RoomEvent happened)
    {
        switch (happened)
        {
            case MemberPut put:
                _entries[put.Member] = new Entry(put.Record, put.Since, put.Seen);
                EmptySince = null;
                break;
            case MemberSeen seen when _entries.TryGetValue(seen.Member, out var entry): _entries[seen.Member] = entry with { Seen = seen.At }; break;
            case MemberRemoved removed when _entries.Remove(removed.Member) && _entries.Count == 0: EmptySince = removed.At; break;
        }
    }

    public IEnumerable<RoomEvent> Compact() => _entries.Select(pair => new MemberPut(pair.Key, pair.Value.Record, pair.Value.Since, pair.Value.Seen));

    public TrackedPresence? Find(PeerId member, DateTimeOffset? onlineSince) => _entries.TryGetValue(member, out var entry) ? new TrackedPresence(entry.Record, entry.Since, entry.Seen, onlineSince) : null;

    /// <summary>A page of them and of those that were removed, in the order of their ids.</summary>
    /// <param name="bytesMax">What fits a message.</param>
    public (IReadOnlyList<TrackedPresence> Members, IReadOnlyList<ReadOnlyMemory<byte>> Removals, bool More) List(PeerId? after, IEnumerable<MemberRemoved> removals, int bytesMax, Func<PeerId, DateTimeOffset?> onlineSince)
    {
        const int Times = 40;   // three of them and the tags
        List<TrackedPresence> page = [];
        List<ReadOnlyMemory<byte>> removed = [];
        var bytes = 0;
        foreach (var (id, entry, record) in Merge(removals))
        {
            if (after is { } last && id <= last) continue;
            bytes += record.Length + Times;
            if (bytes > bytesMax && page.Count + removed.Count > 0) return (page, removed, true);
            if (entry is null) removed.Add(record);
            else page.Add(new TrackedPresence(record, entry.Since, entry.Seen, onlineSince(id)));
        }
        return (page, removed, false);
    }

    /// <summary>In the order of ids; nobody is both.</summary>
    private IEnumerable<(PeerId Id, Entry? Entry, ReadOnlyMemory<byte> Record)> Merge(IEnumerable<MemberRemoved> removals)
    {
        using var removal = removals.GetEnumerator();
        var isLeft = removal.MoveNext();
        foreach (var (id, entry) in _entries)
        {
            for (; isLeft && removal.Current.Member < id; isLeft = removal.MoveNext()) yield return (removal.Current.Member, null, removal.Current.Record);
            yield return (id, entry, entry.Record);
        }
        for (; isLeft; isLeft = removal.MoveNext()) yield return (removal.Current.Member, null, removal.Current.Record);
    }
}
