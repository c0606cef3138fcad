using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.FullMesh;

/// <summary>
/// A link for every pair of members. Whoever learns of a member connects to it; whoever is linked is a member for users.
/// <para>
/// Where there are more than <see cref="Topology.MaxMembers"/>, the elders judge: those that are in for <see cref="FullMeshOptions.NewcomerTime"/>. Elders keep elders; among those that
/// are new to them, the smaller ids have the places, and the others are refused or dropped with <see cref="NetfluxError.NetworkFull"/>. Newcomers refuse nobody. A newcomer that is
/// told so, and sees the places taken, goes. So all elders decide alike, whatever the order in which they heard of the newcomers.
/// </para>
/// Not done: members of two halves of a partition that both took the last places keep apart where they meet again, until a place is free; nobody who was in is put out.
/// </summary>
internal sealed class FullMeshOverlay : IOverlay
{
    private readonly Queue<OverlayInstruction> _outbox = new();
    private readonly FullMeshOptions _options;
    private readonly int _places;
    private readonly MemberBook _book;
    private readonly MemberExchange _exchange;
    private readonly JoinProcedure _join;
    private readonly NeighbourAttempts _attempts;
    private MemberRecord? _self;
    private bool _ended;
    private PeerId[]? _targets;
    private MemberRecord[]? _members;

    public FullMeshOverlay(Genesis genesis, FullMeshOptions options, IRandomSource random)
    {
        _options = options;
        _places = genesis.Topology.MaxMembers;
        _book = new(options, _places);
        _exchange = new(genesis, options, _book, _outbox, random);
        _join = new(options, _places, _book);
        _attempts = new(options, _book, _outbox, random);
    }

    // ---- For the data path and for users ----

    public IReadOnlyList<MemberRecord> Members => _members ??= [.. _book.Neighbours.Select(neighbour => neighbour.Member.Record!)];

    public IReadOnlyList<PeerId> BroadcastTargets => _targets ??= [.. _book.Neighbours.Select(neighbour => neighbour.Member.Id)];

    public bool TryFind(PeerId member, out MemberRecord? record)
    {
        var found = _book.TryFind(member, out var known);
        record = known?.Record;
        return found;
    }

    public PeerId? NextHop(PeerId member) => _book.TryFind(member, out var known) && known.IsUp ? member : null;

    public IReadOnlyList<PeerId> Carriers(PeerId member) => _self is null ? [] :
        CarrierChoice.Rank(_self.Id, member, _book.Neighbours
            .Where(neighbour => neighbour.Member.Record!.Relays && neighbour.Link is { Path: LinkPath.Direct, Suspected: false } && neighbour.Link.Talk.Vouches.ContainsKey(member))
            .Select(neighbour => neighbour.Member.Id));

    public ReadOnlyMemory<byte> CarryIntroduction(PeerId to, ReadOnlyMemory<byte> sealedBytes) => MemberControl.WriteIntroduction(Self.Id, to, sealedBytes);

    private MemberRecord Self => _self ?? throw new InvalidOperationException("The overlay was not started.");

    // ---- The core ----

    public Instant? NextDeadline => _ended || _self is null ? null :
        Instant.Earlier(_attempts.NextDeadline, Instant.Earlier(_exchange.NextDeadline, _join.NextDeadline));

    public bool TryTake([NotNullWhen(true)] out OverlayInstruction? instruction) => _outbox.TryDequeue(out instruction);

    public void Handle(OverlayFact fact, Instant now)
    {
        if (_ended)
        {
            // Somebody who asks is answered even then.
            if (fact is NeighbourAsks late) _outbox.Enqueue(new RefuseNeighbour(late.Member.Id, NetfluxError.NotAdmitted));
            return;
        }
        switch (fact)
        {
            case OverlayStarted started: HandleStarted(started, now); break;
            case MemberHeard heard: HandleHeard(heard.Member, now); break;
            case SelfChanged changed: HandleSelfChanged(changed.Self); break;
            case NeighbourAsks asks: HandleAsks(asks.Member, now); break;
            case NeighbourUp up: HandleUp(up.Member, up.Path, now); break;
            case NeighbourPathChanged changed: HandleLinkChanged(changed.Member, link => link with { Path = changed.Path }); break;
            case NeighbourSuspected suspected: HandleSuspected(suspected.Member); break;
            case NeighbourRecovered recovered: HandleRecovered(recovered.Member); break;
            case NeighbourDown down: HandleDown(down.Member, down.Reason, now); break;
            case ConnectFailed failed: HandleFailed(failed.Member, failed.Why, now); break;
            case NeighbourTooSlow slow: HandleTooSlow(slow.Member, now); break;
            case ControlReceived control: OnControl(control, now); break;
            case LeaveRequested leave: HandleLeave(leave.Reason); return;
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, "Not a fact of this overlay.");
        }
        AdvanceJoin(now);
    }

    public void HandleDeadline(Instant now)
    {
        if (_ended || _self is null) return;
        _attempts.HandleDeadline(now, mayConnect: _join.IsNewcomer(now) || HasRoom);
        _exchange.HandleDeadline(Self, now);
        AdvanceJoin(now);
    }

    // ---- Start and end ----

    private void HandleStarted(OverlayStarted started, Instant now)
    {
        _self = started.Self;
        var known = started.Known.Where(member => member.Card.Id != started.Self.Id).Take(_places).ToList();
        _join.Start(known.Select(member => member.Card.Id), now);
        foreach (var member in known) HandleHeard(member, now);
        if (known.Count == 0) _outbox.Enqueue(new AnnounceReady());
    }

    private void AdvanceJoin(Instant now)
    {
        switch (_join.Advance(now))
        {
            case JoinProcedure.Outcome.Ready:
                _outbox.Enqueue(new AnnounceReady());
                break;
            case JoinProcedure.Outcome.Failed failed:
                DropAll(PeerLeavingReason.Left);
                _outbox.Enqueue(new JoinFailed(failed.Why));
                break;
        }
    }

    private void HandleLeave(PeerLeavingReason reason)
    {
        DropAll(reason);
        _outbox.Enqueue(new AnnounceLeft());
    }

    private void DropAll(PeerLeavingReason reason)
    {
        _ended = true;
        foreach (var member in _book.Snapshot)
        {
            if (member.Link is not MemberLink.Unlinked) _outbox.Enqueue(new DropNeighbour(member.Id, reason));
            _book.Remove(member.Id);
        }
        ForgetView();
    }

    // ---- Who there is ----

    private void HandleHeard(HeardMember heard, Instant now)
    {
        var id = heard.Card.Id;
        if (id == Self.Id || _book.HasLeft(id, heard.Incarnation, uint.MaxValue, now)) return;
        if (!_book.TryFind(id, out var member))
        {
            member = new MeshMember(heard.Card, heard.Incarnation, new MemberLink.Unlinked(now, 0), now + _options.UnreachedMemory);
            if (!_book.TryAdd(member, inPerson: true)) return;
        }
        if (member.Link is not MemberLink.Unlinked) return;
        if (heard.Incarnation > member.Incarnation) member.Incarnation = heard.Incarnation;
        member.OfflineRetriesLeft = null;
        if (_join.IsNewcomer(now) || HasRoom) _attempts.Connect(member, now);
    }

    private void HandleSelfChanged(MemberRecord self)
    {
        _self = self;
        _exchange.SendNews(self);
    }

    private void OnControl(ControlReceived control, Instant now)
    {
        if (!_book.TryFind(control.From, out var from) || from.Link is not MemberLink.Up { Talk: var talk }) return;
        if (control.Body.Length > _options.ControlBytesMax || !MemberControl.TryParse(control.Body, out var said))
        {
            talk.InvalidRecords++;
        }
        else switch (said)
        {
            case MemberControl.List list:
                _join.OnList(from.Id, _exchange.OnList(from, talk, list, Self, now, control.WallClock));
                _attempts.HandleDeadline(now, mayConnect: _join.IsNewcomer(now) || HasRoom);
                _members = null;
                break;
            case MemberControl.Digest digest:
                _exchange.OnDigest(from, talk, digest, Self, now);
                break;
            case MemberControl.Introduction introduction:
                OnIntroduction(from, talk, introduction, control.Body, now);
                break;
        }
        if (talk.InvalidRecords <= _options.InvalidRecordsMax) return;
        from.BannedUntil = now + _options.BanTime;
        Drop(from, PeerLeavingReason.ProtocolViolated, now + _options.BanTime);
    }

    /// <summary>One hop at most: what we pass on must be the sender's own, so what a carrier passed on goes no further.</summary>
    private void OnIntroduction(MeshMember from, NeighbourTalk talk, MemberControl.Introduction introduction, ReadOnlyMemory<byte> body, Instant now)
    {
        if (introduction.Sealed.Length > _options.IntroductionBytesMax || !talk.Introductions.TryTake(now)) return;
        if (introduction.To == Self.Id && introduction.From != Self.Id)
            _outbox.Enqueue(new TakeIntroduction(introduction.From, introduction.Sealed));
        else if (introduction.From == from.Id && introduction.To != from.Id && NextHop(introduction.To) is { } next)
            _outbox.Enqueue(new SendControl(next, body));
    }

    // ---- Neighbours ----

    private void HandleAsks(MemberRecord record, Instant now)
    {
        var banned = _book.TryFind(record.Id, out var known) && known.BannedUntil > now;
        if (record.Id == Self.Id || banned)
        {
            _outbox.Enqueue(new RefuseNeighbour(record.Id, NetfluxError.NotAdmitted));
            return;
        }
        if (!TryMakeRoom(record.Id, now))
        {
            _outbox.Enqueue(new RefuseNeighbour(record.Id, NetfluxError.NetworkFull));
            return;
        }
        var member = Meet(record, now);
        if (member.Link is MemberLink.Unlinked unlinked) member.Link = new MemberLink.Connecting(now, unlinked.Attempts);
        _attempts.Changed();
        _outbox.Enqueue(new AdmitNeighbour(record.Id));
    }

    private void HandleUp(MemberRecord record, LinkPath path, Instant now)
    {
        if (record.Id == Self.Id || _book.TryFind(record.Id, out var known) && known.BannedUntil > now)
        {
            _outbox.Enqueue(new DropNeighbour(record.Id, PeerLeavingReason.ProtocolViolated));
            return;
        }
        if (!TryMakeRoom(record.Id, now))
        {
            Drop(Meet(record, now), PeerLeavingReason.NetworkFull, now + _options.RetryMax);
            return;
        }
        // An attachment that replaces another: of a new run, the old one has ended; of the same run, nothing changes for users.
        var member = Meet(record, now);
        if (member.Link is MemberLink.Up before)
        {
            member.Link = before with { Path = path };
            HandleRecovered(record.Id);
        }
        else
        {
            member.Link = new MemberLink.Up(now, path, Suspected: false, new NeighbourTalk(_options));
            member.OfflineRetriesLeft = null;
            (member.Refusals, member.Refusal, member.HasFailed) = (0, null, false);
            _outbox.Enqueue(new AnnounceJoining(record));
            _exchange.SendNews(record);
        }
        ForgetView();
        _exchange.SendWhole(record.Id, Self);
        _exchange.Begin(now);
        _join.HandleUp(now);
    }

    /// <summary>The member came to us in person: what we know of it is brought up to date, and that it left before is over.</summary>
    private MeshMember Meet(MemberRecord record, Instant now)
    {
        _book.Unbury(record.Id);
        if (!_book.TryFind(record.Id, out var member))
        {
            member = new MeshMember(record.Card, record.Incarnation, new MemberLink.Unlinked(now, 0), now + _options.UnreachedMemory);
            if (!_book.TryAdd(member, inPerson: true)) throw new InvalidOperationException("There is always room for one that comes in person: at most the places are up.");
        }
        else if (member.IsUp && record.Incarnation > member.Incarnation)
        {
            Lose(member, PeerLeavingReason.Restarted, now);
        }
        if (member.Record is null || record.IsNewerThan(member.Record)) _book.SetRecord(member, record);
        return member;
    }

    private void HandleDown(PeerId id, PeerLeavingReason reason, Instant now)
    {
        if (!_book.TryFind(id, out var member)) return;
        if (reason == PeerLeavingReason.NetworkFull) _join.OnToldFull();
        if (member.IsUp) Lose(member, reason, now);
        else if (member.Link is MemberLink.Connecting) HandleFailed(id, NetfluxError.PeerUnreachable, now);
        if (reason == PeerLeavingReason.Left) _book.Bury(member, now);
    }

    /// <summary>The member is gone for users; whether and when it is tried again depends on why.</summary>
    private void Lose(MeshMember member, PeerLeavingReason reason, Instant now)
    {
        _outbox.Enqueue(new AnnounceLeaving(member.Id, reason));
        _attempts.Schedule(member, reason, now);
        ForgetView();
    }

    private void Drop(MeshMember member, PeerLeavingReason reason, Instant retryAt)
    {
        _outbox.Enqueue(new DropNeighbour(member.Id, reason));
        if (member.IsUp) _outbox.Enqueue(new AnnounceLeaving(member.Id, reason));
        _attempts.Postpone(member, retryAt);
        ForgetView();
    }

    private void HandleFailed(PeerId id, NetfluxError why, Instant now)
    {
        if (!_book.TryFind(id, out var member) || member.IsUp) return;
        if (why == NetfluxError.NetworkFull) _join.OnToldFull();
        _attempts.HandleFailed(member, why, now);
    }

    private void HandleTooSlow(PeerId id, Instant now)
    {
        if (_book.TryFind(id, out var member) && member.IsUp) Drop(member, PeerLeavingReason.TooSlow, now + _options.RetryMax);
    }

    private void HandleSuspected(PeerId id)
    {
        if (HandleLinkChanged(id, link => link with { Suspected = true })) _outbox.Enqueue(new AnnounceSuspected(id));
    }

    private void HandleRecovered(PeerId id)
    {
        if (HandleLinkChanged(id, link => link with { Suspected = false })) _outbox.Enqueue(new AnnounceRecovered(id));
    }

    private bool HandleLinkChanged(PeerId id, Func<MemberLink.Up, MemberLink.Up> change)
    {
        if (!_book.TryFind(id, out var member) || member.Link is not MemberLink.Up link) return false;
        member.Link = change(link);
        return member.Link != link;
    }

    // ---- Places ----

    /// <summary>Whether there is a place besides our own and those of our neighbours.</summary>
    private bool HasRoom => _book.Neighbours.Count() + 2 <= _places;

    private bool TryMakeRoom(PeerId newcomer, Instant now)
    {
        if (HasRoom || _book.TryFind(newcomer, out var known) && known.IsUp) return true;
        if (_join.IsNewcomer(now)) return _book.Neighbours.Count() < 2 * _places;
        var last = _book.Neighbours.Where(neighbour => neighbour.Link.Since + _options.NewcomerTime > now).Select(neighbour => neighbour.Member).LastOrDefault();
        if (last is null || last.Id < newcomer) return false;
        Drop(last, PeerLeavingReason.NetworkFull, now + _options.RetryMax);
        return true;
    }

    private void ForgetView()
    {
        (_targets, _members) = (null, null);
        _attempts.Changed();
    }
}
