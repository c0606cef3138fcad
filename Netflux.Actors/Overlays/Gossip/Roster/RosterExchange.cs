using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.Roster;

/// <summary>How neighbours bring their rosters together: where two digests differ, both say whom they know, and each asks for the records that it lacks.</summary>
internal sealed class RosterExchange(Genesis genesis, RosterOptions options, GossipRoster roster, Queue<OverlayInstruction> outbox)
{
    /// <summary>What one neighbour may still have us do.</summary>
    private sealed class Talk(PeerId id, RosterOptions options)
    {
        public PeerId Id => id;
        public Instant? AgainAt { get; set; }

        /// <summary>How many records it was asked for that did not come yet.</summary>
        public int Owed { get; set; }

        public TokenBucket Known { get; } = new(options.KnownBurst, options.KnownPerSecond);
        public TokenBucket Sent { get; } = new(options.RecordsBurst, options.RecordsPerSecond);
        public TokenBucket Verified { get; } = new(options.RecordsBurst, options.RecordsPerSecond);
    }

    private readonly List<Talk> _talks = [];
    private readonly Dictionary<PeerId, (Talk From, Instant Until)> _wanted = [];   // whom it was asked of, and when it may be asked for again
    private Instant? _digestAt;
    private int _turn;
    private bool _heardKnown;

    public Instant? NextDeadline
    {
        get
        {
            if (_talks.Count == 0) return null;
            var next = _digestAt;
            foreach (var wanted in _wanted.Values) next = Instant.Earlier(next, wanted.Until);
            foreach (var talk in _talks) next = Instant.Earlier(next, talk.AgainAt);
            return next;
        }
    }

    /// <summary>Somebody told us whom it knows, or knows the same, and nothing is under way: a joiner knows the members then.</summary>
    public bool IsSettled => _heardKnown && _wanted.Count == 0;

    public void Open(PeerId neighbour, Instant now)
    {
        Close(neighbour, now);
        _talks.Add(new Talk(neighbour, options) { AgainAt = now + options.DigestAgain });
        _digestAt ??= now + options.DigestInterval;
        SendDigest(neighbour);
    }

    public void Close(PeerId neighbour, Instant now)
    {
        _talks.RemoveAll(talk => talk.Id == neighbour);
        ForgetWanted(wanted => wanted.From.Id == neighbour, now);
    }

    /// <summary>What did not come is asked of another: its digest brings it up again.</summary>
    private void ForgetWanted(Predicate<(Talk From, Instant Until)> which, Instant now)
    {
        foreach (var lost in _wanted.Where(pair => which(pair.Value)).Select(pair => pair.Key).ToList())
        {
            TryForget(lost);
            _digestAt = now;
        }
    }

    public void HandleDeadline(Instant now)
    {
        ForgetWanted(wanted => wanted.Until <= now, now);
        foreach (var talk in _talks.Where(talk => talk.AgainAt <= now))
        {
            talk.AgainAt = null;
            SendDigest(talk.Id);
        }
        if (_talks.Count == 0 || _digestAt is not { } due || due > now) return;
        _digestAt = now + options.DigestInterval;
        SendDigest(_talks[_turn++ % _talks.Count].Id);
    }

    /// <summary>Asks a neighbour for the record of somebody whose broadcast it passed on: it has verified that, so it has the record.</summary>
    public void Want(PeerId member, PeerId from, Instant now)
    {
        if (_talks.Find(talk => talk.Id == from) is { } talk && TryWant(member, talk, now)) Send(from, new RosterMessage.Wanted([member]));
    }

    /// <summary>Each neighbour has its own share, so that members that one invents take no place from others. False where it was asked for, or the share is used up: a later digest names it again.</summary>
    private bool TryWant(PeerId member, Talk from, Instant now)
    {
        if (IsWanted(member, now) || from.Owed >= options.OwedMax) return false;
        TryForget(member);
        _wanted.Add(member, (from, now + options.WantedPatience));
        from.Owed++;
        return true;
    }

    private bool TryForget(PeerId member)
    {
        if (!_wanted.Remove(member, out var wanted)) return false;
        wanted.From.Owed--;
        return true;
    }

    /// <summary>Answers and asks. Records that are new and verified are returned.</summary>
    public List<MemberRecord> OnMessage(PeerId from, RosterMessage message, Instant now, DateTimeOffset wallClock)
    {
        if (_talks.Find(talk => talk.Id == from) is not { } talk) return [];
        switch (message)
        {
            case RosterMessage.Digest digest: OnDigest(talk, digest, now); break;
            case RosterMessage.Known known: OnKnown(talk, known, now); break;
            case RosterMessage.Wanted wanted: OnWanted(talk, wanted, now); break;
            case RosterMessage.Records records: return OnRecords(talk, records, now, wallClock);
        }
        return [];
    }

    private bool IsWanted(PeerId member, Instant now) => _wanted.TryGetValue(member, out var wanted) && wanted.Until > now;

    private void SendDigest(PeerId to) => Send(to, new RosterMessage.Digest(roster.Digest));

    private void OnDigest(Talk talk, RosterMessage.Digest digest, Instant now)
    {
        if (digest.Hash.Span.SequenceEqual(roster.Digest)) _heardKnown = true;
        else if (talk.Known.TryTake(now)) Send(talk.Id, new RosterMessage.Known(roster.Known));
    }

    private void OnKnown(Talk talk, RosterMessage.Known known, Instant now)
    {
        _heardKnown = true;
        if (!roster.IsExact) return;     // there is no place for more
        List<PeerId> lacked = [];
        foreach (var run in known.Members)
        {
            if (roster.Lacks(run) && TryWant(run.Id, talk, now)) lacked.Add(run.Id);
        }
        foreach (var some in lacked.Chunk(RosterMessage.WantedMax)) Send(talk.Id, new RosterMessage.Wanted(some));
    }

    private void OnWanted(Talk talk, RosterMessage.Wanted wanted, Instant now)
    {
        List<ReadOnlyMemory<byte>> records = [];
        foreach (var id in wanted.Members)
        {
            if (roster.TryFindRecord(id) is { } record && talk.Sent.TryTake(now)) records.Add(record.Record);
        }
        if (records.Count > 0) Send(talk.Id, new RosterMessage.Records(records));
    }

    private List<MemberRecord> OnRecords(Talk talk, RosterMessage.Records records, Instant now, DateTimeOffset wallClock)
    {
        List<MemberRecord> taken = [];
        foreach (var bytes in records.Bytes)
        {
            if (!talk.Verified.TryTake(now) || !MemberRecord.TryParse(bytes, genesis, wallClock, out var record, out _)) continue;
            // Only what was asked for: so a neighbour cannot fill the roster unasked.
            if (TryForget(record.Id)) taken.Add(record);
        }
        return taken;
    }

    private void Send(PeerId to, RosterMessage message) => outbox.Enqueue(new SendControl(to, GossipControl.Write(message)));
}
