using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays.FullMesh;
using Netflux.Overlays.Gossip;

namespace Netflux.Overlays.Growth;

/// <summary>
/// A full mesh that becomes a gossip network, once and for good, while its members send to one another: docs/decisions/0015-growth.md. The mesh is the network's first epoch, gossip the next; each
/// has channels of its own.
/// <para>
/// Whoever begins the next epoch tells all whom it is linked with, and whoever hears of it, in any way, begins it, too; so it goes on whoever crashes. What users sent before is consumed by
/// all before anything is sent in the new epoch, so order is kept without a count. Until all have moved, the old epoch's messages are taken.
/// </para>
/// </summary>
internal sealed class GrowingOverlay : IOverlay
{
    private enum Stage
    {
        /// <summary>The first epoch alone.</summary>
        Mesh,

        /// <summary>The next has begun, and what was sent in the first is still under way.</summary>
        Moving,

        /// <summary>What users send goes in the next epoch; others may not have moved yet.</summary>
        Moved,

        /// <summary>The next epoch alone.</summary>
        Gossip,

        Ended,
    }

    private readonly Queue<OverlayInstruction> _outbox = new();
    private readonly GrowthOptions _options;
    private readonly int _growAt;
    private readonly FullMeshOverlay _mesh;
    private readonly Func<DateTimeOffset, GossipOverlay> _create;
    private readonly ShownMembers _shown;
    private readonly SortedDictionary<PeerId, bool> _linked = [];   // channels of the first epoch; whether the member has moved
    private IReadOnlyList<HeardMember> _known = [];
    private GossipOverlay? _gossip;
    private MemberRecord? _self;
    private DateTimeOffset _wallClock;
    private Stage _stage;
    private bool _isReady, _isSettled;
    private IReadOnlyList<MemberRecord>? _counted;
    private Instant? _grownSince, _proposeAt, _moveBy, _endBy;

    /// <param name="create">The next epoch, at this time.</param>
    public GrowingOverlay(Genesis genesis, GrowthOptions options, IRandomSource random, DateTimeOffset wallClock, Func<DateTimeOffset, GossipOverlay> create)
    {
        (_options, _growAt, _create, _wallClock) = (options, genesis.Topology.GrowAt, create, wallClock);
        _mesh = new FullMeshOverlay(genesis, new FullMeshOptions(), random);
        _shown = new ShownMembers(options, _outbox);
    }

    /// <summary>The next epoch, once it has begun.</summary>
    public GossipOverlay? Gossip => _gossip;

    // ---- For the data path and for users ----

    private IOverlay Latest => _gossip is null ? _mesh : _gossip;

    public int Epoch => _gossip is null ? 0 : 1;

    public IReadOnlyList<MemberRecord> Members => _shown.Members;

    public int CountMembers(Instant now) => _stage == Stage.Gossip ? _gossip!.CountMembers(now) : Members.Count + 1;

    public IReadOnlyList<PeerId> BroadcastTargets => _stage is Stage.Mesh or Stage.Moving ? _mesh.BroadcastTargets : Latest.BroadcastTargets;

    public bool TryFind(PeerId member, out MemberRecord? record) => Latest.TryFind(member, out record) || _mesh.TryFind(member, out record);

    public PeerId? NextHop(PeerId member) => Latest.NextHop(member);

    public IReadOnlyList<PeerId> Carriers(PeerId member) => Latest.Carriers(member);

    public ReadOnlyMemory<byte> CarryIntroduction(PeerId to, ReadOnlyMemory<byte> sealedBytes) => Latest.CarryIntroduction(to, sealedBytes);

    private bool HasMesh => _stage is Stage.Mesh or Stage.Moving or Stage.Moved;

    // ---- The core ----

    public Instant? NextDeadline => _stage == Stage.Ended || _self is null ? null
        : Instant.Earlier(Instant.Earlier(HasMesh ? _mesh.NextDeadline : null, _gossip?.NextDeadline), Instant.Earlier(Instant.Earlier(_proposeAt, _moveBy), Instant.Earlier(_endBy, _shown.NextDeadline)));

    public bool TryTake([NotNullWhen(true)] out OverlayInstruction? instruction) => _outbox.TryDequeue(out instruction);

    public void Handle(OverlayFact fact, Instant now)
    {
        switch (fact)
        {
            case OverlayStarted started: HandleStarted(started, now); break;
            case NeighbourAsks asks: HandleAsks(asks, now); break;
            case NeighbourUp up when up.NetworkEpoch == 0: HandleUp(up, now); break;
            case NeighbourDown down when down.NetworkEpoch == 0: HandleDown(down, now); break;
            case ControlReceived control when control.NetworkEpoch == 0: OnControl(control, now); break;
            case SendsSettled: _isSettled = true; break;
            case LeaveRequested leave: HandleLeave(leave, now); return;
            case NeighbourUp or NeighbourDown or ControlReceived or ConnectFailed: Pass(fact, fact.NetworkEpoch, now); break;
            case SelfChanged changed: HandleSelfChanged(changed, now); break;
            case NeighbourSuspected or NeighbourRecovered or NeighbourPathChanged: PassToBoth(fact, now); break;
            case NeighbourTooSlow: Pass(fact, 0, now); break;
            case MemberHeard: Pass(fact, Epoch, now); break;
            default: Pass(fact, 1, now); break;     // of broadcasts
        }
        Advance(now);
    }

    public void HandleDeadline(Instant now)
    {
        if (_stage == Stage.Ended || _self is null) return;
        if (HasMesh && _mesh.NextDeadline <= now) _mesh.HandleDeadline(now);
        if (_gossip?.NextDeadline <= now) _gossip.HandleDeadline(now);
        Drain(now);
        _shown.HandleDeadline(now);
        Advance(now);
    }

    private void Pass(OverlayFact fact, int epoch, Instant now)
    {
        if (epoch == 0 && HasMesh) _mesh.Handle(fact, now);
        if (epoch == 1) _gossip?.Handle(fact, now);
        Drain(now);
    }

    private void PassToBoth(OverlayFact fact, Instant now)
    {
        Pass(fact, 0, now);
        Pass(fact, 1, now);
    }

    // ---- What the epochs say ----

    private void Drain(Instant now)
    {
        while (_mesh.TryTake(out var instruction)) CarryMesh(instruction, now);
        while (_gossip is not null && _gossip.TryTake(out var instruction)) CarryGossip(instruction, now);
    }

    private void CarryMesh(OverlayInstruction instruction, Instant now)
    {
        switch (instruction)
        {
            case ConnectNeighbour or AnnounceReady or JoinFailed when _stage != Stage.Mesh: break;       // the mesh grows no more
            case AnnounceReady:
                _isReady = true;
                _outbox.Enqueue(instruction);
                break;
            case JoinFailed:
                _stage = Stage.Ended;
                _outbox.Enqueue(instruction);
                break;
            case AnnounceLeft: break;
            case DropNeighbour drop:
                _linked.Remove(drop.Member);
                _outbox.Enqueue(drop);
                break;
            default: Carry(instruction, 0, now); break;
        }
    }

    private void CarryGossip(OverlayInstruction instruction, Instant now)
    {
        switch (instruction)
        {
            case AnnounceReady when _isReady: break;
            case AnnounceReady:
                _isReady = true;
                _outbox.Enqueue(instruction);
                break;
            case JoinFailed:
                if (HasMesh) EndMesh(now);
                _stage = Stage.Ended;
                _outbox.Enqueue(instruction);
                break;
            case AnnounceLeft: break;
            case ConnectNeighbour or AdmitNeighbour or RefuseNeighbour or DropNeighbour or SendControl: _outbox.Enqueue(instruction with { NetworkEpoch = 1 }); break;
            default: Carry(instruction, 1, now); break;
        }
    }

    private void Carry(OverlayInstruction instruction, int epoch, Instant now)
    {
        switch (instruction)
        {
            case AnnounceJoining joining: _shown.HandleJoining(epoch, joining.Member); break;
            case AnnounceLeaving leaving: _shown.HandleLeaving(epoch, leaving.Member, leaving.Reason, now); break;
            case AnnounceSuspected suspected: _shown.HandleSuspected(epoch, suspected.Member); break;
            case AnnounceRecovered recovered: _shown.HandleRecovered(epoch, recovered.Member); break;
            default: _outbox.Enqueue(instruction); break;
        }
    }

    // ---- Start and end ----

    private void HandleStarted(OverlayStarted started, Instant now)
    {
        (_self, _known) = (started.Self, started.Known);
        Pass(started, 0, now);
    }

    private void HandleSelfChanged(SelfChanged changed, Instant now)
    {
        _self = changed.Self;
        PassToBoth(changed, now);
    }

    private void HandleLeave(LeaveRequested leave, Instant now)
    {
        PassToBoth(leave, now);
        _stage = Stage.Ended;
        _outbox.Enqueue(new AnnounceLeft());
    }

    // ---- Channels of the first epoch ----

    private void HandleAsks(NeighbourAsks asks, Instant now)
    {
        if (_stage == Stage.Ended)
        {
            // Somebody who asks is answered even then.
            _outbox.Enqueue(new RefuseNeighbour(asks.Member.Id, NetfluxError.NotAdmitted) { NetworkEpoch = asks.NetworkEpoch });
            return;
        }
        if (asks.NetworkEpoch == 1 && _stage == Stage.Mesh) Begin(now, asks.Member);
        if (asks.NetworkEpoch == 1 || _stage == Stage.Mesh || (HasMesh && _linked.ContainsKey(asks.Member.Id)))
        {
            Pass(asks, asks.NetworkEpoch, now);
            return;
        }
        // It does not know of the next epoch: it is asked there, and learns of it so.
        Pass(asks, 1, now);
        _outbox.Enqueue(new RefuseNeighbour(asks.Member.Id, NetfluxError.NotAdmitted));
    }

    private void HandleUp(NeighbourUp up, Instant now)
    {
        if (!HasMesh)
        {
            _outbox.Enqueue(new DropNeighbour(up.Member.Id, PeerLeavingReason.Disconnected));
            return;
        }
        _linked[up.Member.Id] = false;
        Pass(up, 0, now);
        if (_stage != Stage.Mesh) Tell(up.Member.Id);
    }

    private void HandleDown(NeighbourDown down, Instant now)
    {
        _linked.Remove(down.Member);
        Pass(down, 0, now);
    }

    private void OnControl(ControlReceived control, Instant now)
    {
        _wallClock = control.WallClock;
        if (!MemberControl.TryParse(control.Body, out var said) || said is not MemberControl.NextEpoch next)
        {
            Pass(control, 0, now);
            return;
        }
        if (!HasMesh || !_linked.TryGetValue(control.From, out var hadMoved)) return;
        if (_stage == Stage.Mesh) Begin(now);
        if (!next.HasMoved || hadMoved) return;
        _linked[control.From] = true;
        _outbox.Enqueue(new AnnounceMemberMoved(control.From));
    }

    // ---- Growing ----

    private void Advance(Instant now)
    {
        if (_stage == Stage.Mesh && _isReady) Propose(now);
        if (_stage == Stage.Moving && ((_isSettled && AllHaveBegun) || _moveBy <= now)) Move(now);
        if (_stage == Stage.Moved && ((AllHaveBegun && _linked.Values.All(hasMoved => hasMoved)) || _endBy <= now)) EndMesh(now);
    }

    /// <summary>Whose word came in the next epoch misses nothing that is said there from then on.</summary>
    private bool AllHaveBegun => _mesh.Members.All(member => _gossip!.FindMember(member.Id) is { Last.Run.Value: > 0 });

    /// <summary>The member that joined first proposes, which is the one with the smallest incarnation and id; each later one waits longer.</summary>
    private void Propose(Instant now)
    {
        if (!ReferenceEquals(_counted, _mesh.Members))
        {
            _counted = _mesh.Members;
            _grownSince = _counted.Count + 1 >= _growAt ? _grownSince ?? now : null;
            _proposeAt = _grownSince + _options.ProposeStep * _counted.Count(member => (member.Incarnation, member.Id).CompareTo((_self!.Incarnation, _self.Id)) < 0);
        }
        if (_proposeAt <= now) Begin(now);
    }

    /// <param name="asker">Who is there in any case.</param>
    private void Begin(Instant now, MemberRecord? asker = null)
    {
        (_stage, _proposeAt, _moveBy) = (Stage.Moving, null, now + _options.MovePatience);
        _gossip = _create(_wallClock);
        _outbox.Enqueue(new AnnounceEpoch());
        IEnumerable<MemberRecord> met = asker is null ? _mesh.Members : _mesh.Members.Prepend(asker);
        var members = met.Select(member => new HeardMember(member.Card, member.Incarnation, member.DisplayName)).ToList();
        // Who is a member already need not join: it knows others, and is linked with them.
        _gossip.Handle(new OverlayStarted(_self!, _isReady ? [] : [.. members.Concat(_known).DistinctBy(member => member.Card.Id)]), now);
        foreach (var member in members) _gossip.Handle(new MemberHeard(member), now);
        Drain(now);
        TellAll();
    }

    private void Move(Instant now)
    {
        (_stage, _moveBy, _endBy) = (Stage.Moved, null, now + _options.EndPatience);
        _outbox.Enqueue(new AnnounceMoved());
        TellAll();
    }

    private void TellAll()
    {
        foreach (var id in _linked.Keys) Tell(id);
    }

    private void Tell(PeerId to) => _outbox.Enqueue(new SendControl(to, MemberControl.WriteNextEpoch(hasMoved: _stage == Stage.Moved)));

    private void EndMesh(Instant now)
    {
        (_stage, _moveBy, _endBy) = (Stage.Gossip, null, null);
        foreach (var id in _linked.Keys) _outbox.Enqueue(new DropNeighbour(id, PeerLeavingReason.Disconnected));
        _linked.Clear();
        _shown.EndFirst(now);
    }
}
