using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Gossip.Roster;

/// <summary>
/// Who is a member, up to exactMembers of the genesis. Members say themselves that they come, live and go; who loses a neighbour says so, and the neighbour has a while to object, as in SWIM
/// (Das, Gupta, Motivala, DSN 2002, §4.2: suspicion and refutation). What a member missed it learns from a neighbour: a digest, then ids, then records.
/// </summary>
internal sealed class GossipRoster(Genesis genesis, RosterOptions options, IRandomSource random, Queue<OverlayInstruction> outbox)
{
    private readonly SortedDictionary<PeerId, RosterMember> _byId = [];
    private readonly Queue<RosterNews> _news = new();
    private readonly MemberEstimate _estimate = new(options);
    private MemberRecord? _self;
    private MemberRecord[]? _members;
    private byte[]? _digest;
    private int _count;          // of members
    private Instant _aliveAt;
    private Instant _sweepAt;
    private Instant _answeredAt;
    private bool _hasOthers;

    private int Places => genesis.Topology.ExactMembers - 1;

    /// <summary>Those that users see, without ourselves.</summary>
    public IReadOnlyList<MemberRecord> Members => _members ??= [.. _byId.Values.Where(member => member.Standing == Standing.Member).Select(member => member.Record)];

    /// <summary>Every member is seen: there are not more than the genesis wants to be seen.</summary>
    public bool IsExact => _count < Places;

    public Instant? NextDeadline => _self is null ? null : Instant.Earlier(_sweepAt, _hasOthers ? _aliveAt : null);

    /// <summary>How many members there are, ourselves among them: exactly, or where not all are seen, by an estimate.</summary>
    public int CountMembers(Instant now) => 1 + (IsExact ? _count : Math.Max(_count, _estimate.At(now) ?? 0));

    private TimeSpan AlivePeriod(Instant now)
    {
        var grown = options.AlivePeriodPerMember * CountMembers(now);
        return grown > options.AlivePeriodMin ? grown : options.AlivePeriodMin;
    }

    /// <summary>What is to be broadcast.</summary>
    public bool TryTakeNews([NotNullWhen(true)] out RosterNews? news) => _news.TryDequeue(out news);

    /// <summary>What is known of somebody, member or not.</summary>
    public bool TryFind(PeerId id, [NotNullWhen(true)] out RosterMember? member) => _byId.TryGetValue(id, out member);

    public void Start(MemberRecord self, Instant now)
    {
        _self = self;
        _aliveAt = now + random.Jitter(AlivePeriod(now), options.Spread);
        _sweepAt = now + options.SweepInterval;
        _estimate.Start(now);
        Changed();
    }

    /// <summary>Our record is new to others: they are told.</summary>
    public void Hello(MemberRecord self)
    {
        _self = self;
        Changed();
        _news.Enqueue(new RosterNews.Hello(self.Record));
    }

    public void Bye(PeerLeavingReason reason) => _news.Enqueue(new RosterNews.Bye(reason));

    /// <summary>We broadcast something, so nobody need be told that we live; where members are counted by how often they say it, they are.</summary>
    public void HandleSpoke(Instant now)
    {
        if (IsExact) _aliveAt = now + random.Jitter(AlivePeriod(now), options.Spread);
    }

    // ---- Who comes ----

    /// <summary>A record that was verified. <paramref name="inPerson"/>: its member said it itself, just now.</summary>
    public void Take(MemberRecord record, bool inPerson, Instant now)
    {
        if (!_byId.TryGetValue(record.Id, out var member))
        {
            MakeRoom();
            member = _byId[record.Id] = new RosterMember(record, now);
            Show(member);
        }
        else if (record.Incarnation > member.Record.Incarnation)
        {
            if (member.Standing == Standing.Member) Hide(member, PeerLeavingReason.Restarted);
            member.Record = record;
            Show(member);
        }
        else
        {
            if (record.IsNewerThan(member.Record)) (member.Record, _members) = (record, null);
            if (member.Standing == Standing.Gone && inPerson) Show(member);
        }
        if (inPerson) HandleLife(member, now);
    }

    /// <summary>A proven broadcast of the member. False where it is none for us: it is older than what ended it.</summary>
    public bool HandleBroadcast(RosterMember member, BroadcastPlace place, bool isBye, Instant now)
    {
        if (isBye && member.Standing == Standing.Gone) return false;
        if (place.CompareTo(member.Last) > 0) member.Last = place;
        if (member.Standing == Standing.Gone)
        {
            if (place.CompareTo(member.DoubtedAfter) <= 0) return false;
            Show(member);
        }
        if (!isBye && member.Going is null && (member.Until is null || place.CompareTo(member.DoubtedAfter) > 0)) HandleLife(member, now);
        return true;
    }

    private void HandleLife(RosterMember member, Instant now)
    {
        member.HeardAt = now;
        if (member.Standing == Standing.Beyond && IsExact) Show(member);     // others went, and there is room for it
        if (member.Standing != Standing.Member) return;
        (member.Until, member.Going) = (null, null);
        Recover(member);
    }

    private void Show(RosterMember member)
    {
        _hasOthers = true;
        (member.Until, member.Going) = (null, null);
        member.Standing = _count < Places ? Standing.Member : Standing.Beyond;
        if (member.Standing != Standing.Member) return;
        _count++;
        Changed();
        outbox.Enqueue(new AnnounceJoining(member.Record));
    }

    private void Hide(RosterMember member, PeerLeavingReason reason)
    {
        _count--;
        (member.Standing, member.IsSuspected) = (Standing.Gone, false);
        Changed();
        outbox.Enqueue(new AnnounceLeaving(member.Id, reason));
    }

    private void Changed() => (_members, _digest) = (null, null);

    /// <summary>Of those that are no members the one longest silent is forgotten.</summary>
    private void MakeRoom()
    {
        if (_byId.Count - _count < options.OthersMax) return;
        var oldest = _byId.Values.Where(member => member is { Standing: not Standing.Member, IsLinked: false }).MinBy(member => member.HeardAt.Ticks);
        if (oldest is not null) _byId.Remove(oldest.Id);
    }

    // ---- Who goes ----

    public void HandleLinked(PeerId id, Instant now)
    {
        if (!_byId.TryGetValue(id, out var member)) return;
        member.LinkedAs = member.Record.Incarnation;
        HandleLife(member, now);
    }

    /// <summary>The channel with a member closed.</summary>
    public void HandleUnlinked(PeerId id, PeerLeavingReason reason, Instant now)
    {
        if (!_byId.TryGetValue(id, out var member)) return;
        var was = member.LinkedAs;
        member.LinkedAs = null;
        if (was < member.Record.Incarnation) return;     // it has begun again since, and others said so first
        switch (reason)
        {
            case PeerLeavingReason.Left or PeerLeavingReason.WentOffline when member.Standing == Standing.Member:
                // Its last broadcasts may come by others yet, and the last of all says so.
                (member.Going, member.Until) = (reason, now + options.ByeTime);
                if (member.Until < _sweepAt) _sweepAt = member.Until.Value;
                break;
            case PeerLeavingReason.Restarted:
                End(member, reason, member.Last.EndOfRun(), now);
                break;
            case PeerLeavingReason.ConnectionLost or PeerLeavingReason.Faulted or PeerLeavingReason.ProtocolViolated or PeerLeavingReason.TooSlow:
                if (member.Standing != Standing.Member) break;
                Doubt(member, member.Last, now);
                _news.Enqueue(new RosterNews.Lost(new MemberRun(id, member.Last.Run), member.Last.Sequence));
                break;
        }
    }

    public void HandleSuspected(PeerId id)
    {
        if (_byId.TryGetValue(id, out var member)) Suspect(member);
    }

    public void HandleRecovered(PeerId id)
    {
        if (_byId.TryGetValue(id, out var member) && member.Until is null) Recover(member);
    }

    public void OnNews(RosterMember author, RosterNews news, BroadcastPlace place, Instant now)
    {
        switch (news)
        {
            case RosterNews.Bye bye: End(author, bye.Reason, place.EndOfRun(), now); break;
            case RosterNews.Lost { Member: var lost } when lost.Id == _self!.Id: Answer(now); break;
            case RosterNews.Lost lost when _byId.TryGetValue(lost.Member.Id, out var member) && member is { Standing: Standing.Member, IsLinked: false }:
                // It may have spoken since.
                var after = new BroadcastPlace(lost.Member.Incarnation, lost.Sequence);
                if (member.Until is null && after.CompareTo(member.Last) >= 0) Doubt(member, IsLikely(after, member.Last) ? after : member.Last, now);
                break;
            case RosterNews.Find find when find.Member == _self!.Id: Answer(now); break;
            case RosterNews.Alive alive: CountLife(author, alive.Period, now); break;
        }
    }

    /// <summary>Who says it more often than it says that it does is counted once.</summary>
    private void CountLife(RosterMember author, TimeSpan period, Instant now)
    {
        if (period <= TimeSpan.Zero || author.AliveAt + period * (1 - 2 * options.Spread) > now) return;
        author.AliveAt = now;
        _estimate.Handle(period, AlivePeriod(now), now);
    }

    /// <summary>A neighbour that claims to have heard far more than we did would have the member's own word not count.</summary>
    private bool IsLikely(BroadcastPlace claimed, BroadcastPlace last) => claimed.Run == last.Run && claimed.Sequence - last.Sequence <= options.AheadMax;

    private void Answer(Instant now)
    {
        if (_answeredAt > now) return;
        _answeredAt = now + options.AnswerPause;
        _news.Enqueue(new RosterNews.Alive(TimeSpan.Zero));
    }

    private void Doubt(RosterMember member, BroadcastPlace after, Instant now)
    {
        (member.Until, member.DoubtedAfter) = (now + options.DoubtTime, after);
        if (member.Until < _sweepAt) _sweepAt = member.Until.Value;
        Suspect(member);
    }

    private void End(RosterMember member, PeerLeavingReason reason, BroadcastPlace place, Instant now)
    {
        if (member.Standing == Standing.Member) Hide(member, reason);
        (member.Standing, member.DoubtedAfter, member.Until, member.Going) = (Standing.Gone, place, now + options.TombstoneTime, null);
    }

    private void Suspect(RosterMember member)
    {
        if (member.Standing != Standing.Member || member.IsSuspected) return;
        member.IsSuspected = true;
        outbox.Enqueue(new AnnounceSuspected(member.Id));
    }

    private void Recover(RosterMember member)
    {
        if (!member.IsSuspected) return;
        member.IsSuspected = false;
        outbox.Enqueue(new AnnounceRecovered(member.Id));
    }

    // ---- Time ----

    public void HandleDeadline(Instant now)
    {
        if (_self is null) return;
        if (_hasOthers && _aliveAt <= now)
        {
            var period = AlivePeriod(now);
            _aliveAt = now + random.Jitter(period, options.Spread);
            _news.Enqueue(new RosterNews.Alive(period));
        }
        if (_sweepAt > now) return;
        _sweepAt = now + options.SweepInterval;
        // Where not all are seen, how often each says that it lives is an estimate.
        Instant? silentSince = IsExact ? now - AlivePeriod(now) * options.SilentPeriodsMax : null;
        foreach (var member in _byId.Values.ToList())
        {
            if (member.Standing == Standing.Gone && member.Until <= now && !member.IsLinked) _byId.Remove(member.Id);
            if (member.Standing != Standing.Member || member.IsLinked) continue;
            if (member.Until <= now || member.HeardAt < silentSince) End(member, member.Going ?? PeerLeavingReason.ConnectionLost, member.Going is null ? member.Last : member.Last.EndOfRun(), now);
            else if (member.Until < _sweepAt) _sweepAt = member.Until.Value;
        }
    }

    // ---- For the exchange ----

    /// <summary>Whether a list may tell us of this run: we do not have it, and it did not end here.</summary>
    public bool Lacks(MemberRun run) =>
        run.Id != _self!.Id && (!_byId.TryGetValue(run.Id, out var member) || member.Record.Incarnation < run.Incarnation);

    /// <summary>The record of somebody, ourselves included; null where there is none.</summary>
    public MemberRecord? TryFindRecord(PeerId id) => id == _self?.Id ? _self : _byId.TryGetValue(id, out var member) ? member.Record : null;

    public IReadOnlyList<MemberRun> Known => [new MemberRun(_self!.Id, _self.Incarnation), .. Members.Select(member => new MemberRun(member.Id, member.Incarnation))];

    public byte[] Digest => _digest ??= DigestKnown();

    private byte[] DigestKnown()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> entry = stackalloc byte[MemberRun.Bytes];
        foreach (var run in Known.OrderBy(run => run.Id))
        {
            run.Id.Write(entry);
            BinaryPrimitives.WriteUInt64BigEndian(entry[PeerId.Length..], run.Incarnation.Value);
            hash.AppendData(entry);
        }
        return hash.GetHashAndReset();
    }
}
