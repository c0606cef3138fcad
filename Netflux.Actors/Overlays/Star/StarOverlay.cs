using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Star;

/// <summary>
/// One member, the hub, relays for all. A member keeps a link to it, and an idle one to the first of its successors; whoever asked the hub for its list is a member.
/// <para>
/// This file is the port: facts in, instructions out, answers for the data path. How a member comes to a hub is in <c>StarOverlay.Reigns.cs</c>, with whom it has links in
/// <c>StarOverlay.Links.cs</c>, what neighbours say in <c>StarOverlay.Hearing.cs</c>.
/// </para>
/// Not done: members that were refused by a full hub, after two parts that grew apart met, keep apart; nobody who was in is put out.
/// </summary>
internal sealed partial class StarOverlay : IOverlay
{
    private readonly Queue<OverlayInstruction> _outbox = new();
    private readonly Genesis _genesis;
    private readonly StarOptions _options;
    private readonly int _places;
    private readonly StarRoster _roster;
    private readonly StarPeers _peers;
    private readonly LostMembers _lost;
    private readonly HubDuties _duties;
    private readonly SuccessionVote _vote;
    private readonly List<StarContact> _contacts = [];                      // whom a joiner may ask where the hub is
    private StarState _state = new StarState.Looking(Instant.Zero);
    private MemberRecord? _self;
    private bool _hasChanged;                                               // what our attachments carried may be an older record
    private Instant _startedAt;
    private Instant? _deadline;
    private bool _ready;
    private bool _ended;

    public StarOverlay(Genesis genesis, StarOptions options, IPeerKeys keys, IRandomSource random)
    {
        (_genesis, _options, _places) = (genesis, options, genesis.Topology.MaxMembers);
        _lost = new(options, _places, random);
        _roster = new(options, _places, _lost, _outbox);
        _peers = new(options, _places, _outbox, random);
        _duties = new(genesis, options, keys, _roster, _peers, _outbox);
        _vote = new(options, _roster, _peers);
    }

    private MemberRecord Self => _self ?? throw new InvalidOperationException("The overlay was not started.");

    /// <summary>Where the topology fixes the hub, nobody else may be it.</summary>
    private PeerId? OnlyHub => _genesis.Topology.Hub;

    // ---- For the data path and for users ----

    /// <summary>What holds until the hub to which a member goes has taken it.</summary>
    private StarState Standing => _state is StarState.Attaching attaching ? attaching.Before : _state;

    /// <summary>The hub through which messages go now; null while there is none, or we are it.</summary>
    public PeerId? Hub => Standing is StarState.Attached attached ? attached.Reign.Hub.Id : null;

    /// <summary>Whether we are the hub.</summary>
    public bool Rules => Standing is StarState.Ruling;

    /// <summary>We are the hub, and not all of our members know this one yet.</summary>
    public bool IsNews(PeerId member) => Rules && _duties.IsNews(member);

    /// <summary>We have asked this one to be our hub, and wait for its list.</summary>
    public bool IsGoingTo(PeerId hub) => _state is StarState.Attaching attaching && attaching.Target.Hub.Id == hub;

    /// <summary>The epoch of the hub, ourselves or another, that we have or had last; 0 where there never was one.</summary>
    public ulong Epoch { get; private set; }

    public IReadOnlyList<MemberRecord> Members => _roster.Members;

    /// <summary>Also where it was a member and is none any more.</summary>
    public bool TryFind(PeerId member, out MemberRecord? record) => _roster.TryFind(member, out record);

    public bool IsMember(PeerId id) => _roster.Contains(id);

    public IReadOnlyList<PeerId> BroadcastTargets => Rules ? _duties.Members : Hub is { } hub ? [hub] : [];

    /// <summary>Null also while there is no hub, or the hub waits for the member: what is for it has to be kept.</summary>
    public PeerId? NextHop(PeerId member) =>
        Rules ? _duties.IsMember(member) ? member : null
        : Hub is { } hub && _roster.Contains(member) ? hub : null;

    /// <summary>The hub, then the successors in their order, then others with whom we happen to be linked: all know the hub, and all are linked with the first successor.</summary>
    public IReadOnlyList<PeerId> Carriers(PeerId member)
    {
        var direct = _peers.Up.Where(up => up.Peer.Id != member && up.Link is { Path: LinkPath.Direct, Suspected: false } && up.Peer.Contact.Record is { Relays: true }).Select(up => up.Peer.Id).ToList();
        if (direct.Count < 2) return direct;
        var reign = ReignNow;
        return [.. direct.OrderBy(id => id == reign?.Hub.Id ? -1 : RankOf(id, reign))];
    }

    public ReadOnlyMemory<byte> CarryIntroduction(PeerId to, ReadOnlyMemory<byte> sealedBytes) => new StarControl.Introduction(Self.Id, to, sealedBytes).ToBytes();

    /// <summary>The list of succession that we follow, lost or own.</summary>
    private Succession? ReignNow => Standing switch
    {
        StarState.Attached attached => attached.Reign,
        StarState.Orphaned orphaned => orphaned.Lost,
        StarState.Ruling => _duties.Reign,
        _ => null,
    };

    private static int RankOf(PeerId id, Succession? reign)
    {
        for (var i = 0; i < reign?.Successors.Count; i++)
            if (reign.Successors[i] == id) return i;
        return int.MaxValue;
    }

    // ---- The core ----

    public Instant? NextDeadline => _ended ? null : _deadline;

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
            case SelfChanged changed: HandleSelfChanged(changed.Self, now); break;
            case NeighbourAsks asks: HandleAsks(asks.Member, now); break;
            case NeighbourUp up: HandleUp(up.Member, up.Path, now); break;
            case NeighbourPathChanged changed: HandleLinkChanged(changed.Member, link => link with { Path = changed.Path }); break;
            case NeighbourSuspected suspected: HandleSuspected(suspected.Member, now); break;
            case NeighbourRecovered recovered: HandleRecovered(recovered.Member, now); break;
            case NeighbourDown down: HandleDown(down.Member, down.Reason, now); break;
            case ConnectFailed failed: HandleFailed(failed.Member, failed.Why, now); break;
            case NeighbourTooSlow slow: HandleTooSlow(slow.Member, now); break;
            case MemberSpoke spoke:
                if (IsNews(spoke.Member)) _duties.TellNews();
                break;
            case ControlReceived control: OnControl(control, now); break;
            case LeaveRequested leave: End(leave.Reason, new AnnounceLeft(), now); return;
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, "Not a fact of this overlay.");
        }
        Advance(now);
    }

    public void HandleDeadline(Instant now)
    {
        if (!_ended && _self is not null) Advance(now);
    }

    /// <summary>What follows from all that is known.</summary>
    private void Advance(Instant now)
    {
        if (_ended) return;
        AdvanceReign(now);
        if (!_ready && WhyNotJoined(now) is { } why)
        {
            End(PeerLeavingReason.Left, new JoinFailed(why), now);
            return;
        }
        foreach (var gone in _roster.HandleDeadline(now))
            if (Rules) _duties.TellGone(gone.Id, PeerLeavingReason.ConnectionLost);
        if (Rules) AdvanceDuties(now);
        foreach (var id in _lost.HandleDeadline(seeks: Rules, now)) _peers.Hurry(id, now);
        Want(now);
        _peers.Follow(_wanted, IsOfUse, now);
        _deadline = Instant.Earlier(Instant.Earlier(ReignDeadline(now), _ready ? null : _startedAt + _options.JoinTimeout),
            Instant.Earlier(Instant.Earlier(_roster.NextDeadline, Rules ? _duties.DeadlineIf(signs: _state is StarState.Ruling) : null), Instant.Earlier(_lost.DeadlineIf(seeks: Rules), _peers.NextDeadline(_wanted))));
    }

    private void End(PeerLeavingReason reason, OverlayInstruction last, Instant now)
    {
        _ended = true;
        _peers.DropAll(reason, now);
        _outbox.Enqueue(last);
    }

    // ---- Who there is ----

    private void HandleStarted(OverlayStarted started, Instant now)
    {
        (_self, _startedAt, _state) = (started.Self, now, new StarState.Looking(now));
        _contacts.AddRange(started.Known.Where(member => member.Card.Id != Self.Id).Take(_places).Select(member => new StarContact(member.Card, null)));
        if (OnlyHub == Self.Id || (OnlyHub is null && _contacts.Count == 0))
        {
            Rule(1, 0, now);
            foreach (var contact in _contacts) _lost.Add(contact, _options.HeardMemory, now);
        }
        else if (_contacts.Count == 0)
        {
            // The first of a network whose hub is another: it is there, and waits.
            BecomeReady();
            _outbox.Enqueue(new AnnounceHubLost(OnlyHub!.Value, Waits: true));
        }
    }

    private void HandleHeard(HeardMember heard, Instant now)
    {
        if (heard.Card.Id == Self.Id || _roster.Contains(heard.Card.Id)) return;
        var contact = new StarContact(heard.Card, null);
        if (Standing is not StarState.Looking) _lost.Add(contact, _options.HeardMemory, now);
        else if (_contacts.All(known => known.Id != contact.Id) && _contacts.Count < 2 * _places) _contacts.Add(contact);
    }

    private void HandleSelfChanged(MemberRecord self, Instant now)
    {
        (_self, _hasChanged) = (self, true);
        if (Rules) _duties.SetSelf(self, now);
        PeerId?[] hubs = [Hub, (_state as StarState.Attaching)?.Target.Hub.Id];
        foreach (var hub in hubs.OfType<PeerId>().Distinct())
            if (_peers.IsUp(hub)) TellSelf(hub);
    }

    private void BecomeReady()
    {
        if (_ready) return;
        _ready = true;
        _outbox.Enqueue(new AnnounceReady());
    }

    private NetfluxError? WhyNotJoined(Instant now)
    {
        var refused = _contacts.Count > 0 && Standing is StarState.Looking && _contacts.All(contact => _peers.TryFind(contact.Id, out var peer) && peer.Refusals >= _options.RefusalsBelieved);
        if (!refused && _startedAt + _options.JoinTimeout > now) return null;
        return _peers.All.Select(peer => peer.Refusal).FirstOrDefault(refusal => refusal is not null) ?? (OnlyHub is null ? NetfluxError.PeerUnreachable : NetfluxError.HubUnreachable);
    }

    private void Say(PeerId to, StarControl control) => _outbox.Enqueue(new SendControl(to, control.ToBytes()));
}
