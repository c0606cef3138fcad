using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;

namespace Netflux.Transport.Signaling.Server;

/// <summary>
/// A network: its genesis and who is online, by lease. Who stands here is no proof of membership; members decide that among themselves (DESIGN §5). Of a tracked one the room also remembers the
/// members, each by the record that it signed, and what waits for them.
/// </summary>
internal sealed partial class NetworkRoom(NetworkId network) : IRoom
{
    /// <param name="Told">The epoch of the last root that it was told.</param>
    private sealed record Member(Visitor Who, Instant Since, Instant Until, ulong? Told);

    private readonly LinkedList<PeerId> _longestFirst = new();
    private readonly Dictionary<PeerId, (LinkedListNode<PeerId> Place, LinkedListNode<Member> Lease)> _members = [];
    private readonly LinkedList<Member> _soonestFirst = new(); // every lease has the same length, so the one renewed last ends last
    private readonly List<string> _names = [];
    private Genesis? _genesis;
    private string? _text;
    private Instant? _forgetAt;

    public bool IsOver => _genesis is null || _isResting;

    public Instant? NextDeadline => _soonestFirst.First?.Value.Until ?? _forgetAt;

    public void Handle(RoomMessage message, IRoomOutlet outlet)
    {
        _isResting = false;
        switch (message)
        {
            case EnterDoor enter: HandleEnter(enter, outlet); break;
            case RenewLease renew: HandleRenew(renew, outlet); break;
            case ListDoor list: HandleList(list, outlet); break;
            case PassIntroduction pass: HandlePass(pass, outlet); break;
            case LeaveRoom leave: HandleLeave(leave, outlet); break;
            case NodeGone gone: HandleGone(gone.Node, outlet); break;
            case PutTracked put: HandlePut(put, outlet); break;
            case RemoveTracked remove: HandleRemove(remove, outlet); break;
            case ListTrackedMembers list: HandleListTracked(list, outlet); break;
            case KeepInvitation keep: HandleKeep(keep, outlet); break;
            case EndInvitation end: HandleEnd(end, outlet); break;
            case NextInvitation next: HandleNext(next, outlet); break;
            case AskApproval ask: HandleAskApproval(ask, outlet); break;
            case NextApproval next: HandleNextApproval(next, outlet); break;
            case TakeDecision decide: HandleDecide(decide, outlet); break;
            case EndApproval withdraw: HandleWithdraw(withdraw, outlet); break;
            default: throw new ArgumentOutOfRangeException(nameof(message), message, null);
        }
        if (_genesis is not null && _members.Count == 0) _forgetAt ??= outlet.Now + outlet.Options.EmptyDoorKept;
    }

    public void HandleDeadline(IRoomOutlet outlet)
    {
        while (_soonestFirst.First is { } first && first.Value.Until <= outlet.Now) Remove(first.Value.Who.Id, outlet);
        if (_genesis is not null && _members.Count == 0 && !(_forgetAt > outlet.Now)) RestOrForget(outlet);
    }

    private void HandleEnter(EnterDoor enter, IRoomOutlet outlet)
    {
        var who = enter.Who;
        var genesis = _genesis ?? enter.Known ?? enter.Offered;
        var name = enter.Known is null ? null : enter.Door;
        if (genesis is null)
            Refuse(NetfluxError.NetworkNotFound, "This server does not know the network. A member that is online would make it known.");
        else if (genesis.Network != network || enter is { Known: null, Offered: { } offered } && offered.Network != network)
            Refuse(NetfluxError.InvalidAddress, "The id at the door is not that of the network's record.");
        else if (name is not null && !_names.Contains(name) && _names.Count >= outlet.Options.NamesPerDoorMax)
            Refuse(NetfluxError.ServerBusy, $"The network has {_names.Count} names here already.");
        else if (!_members.ContainsKey(who.Id) && _members.Count >= outlet.Options.PeersPerDoorMax)
            Refuse(NetfluxError.ServerBusy, $"{_members.Count} peers are online at this door; there is no room for more.");
        else if (!TryRedeem(enter, outlet, out var admission, out var error, out var why))
            Refuse(error, why);
        else
        {
            _genesis = genesis;
            if (enter.Track && _tracked is null) Track(outlet);
            if (name is not null && !_names.Contains(name)) AddName(name, isKept: enter.Track, outlet);
            Put(who, _map.Epoch, outlet);
            var created = enter.Mode != DoorMode.Join && enter.Offered?.Network == network;
            outlet.Reply(who.Connection, new Entered(enter.Request, genesis, Others(who.Id, outlet.Options.MembersListed), created, name ?? _names.FirstOrDefault(), _tracked is not null, Root(outlet), admission.IsEmpty ? DecidedFor(who.Id, outlet) : admission));
        }

        void Refuse(NetfluxError error, string text)
        {
            if (name is not null && !_names.Contains(name)) outlet.Tell(RoomId.OfName(name), new ReleaseName(network));
            outlet.Reply(who.Connection, new RoomRefused(enter.Request, error, text));
        }
    }

    private void Put(Visitor who, ulong? told, IRoomOutlet outlet)
    {
        var isHere = _members.TryGetValue(who.Id, out var here);
        var lease = new LinkedListNode<Member>(new(who, isHere ? here.Lease.Value.Since : outlet.Now, outlet.Now + outlet.Options.Lease, told));
        if (isHere)
        {
            _soonestFirst.Remove(here.Lease);
            _members[who.Id] = (here.Place, lease);
        }
        else _members[who.Id] = (_longestFirst.AddLast(who.Id), lease);
        _soonestFirst.AddLast(lease);
        _forgetAt = null;
    }

    private void HandleRenew(RenewLease renew, IRoomOutlet outlet)
    {
        // A room that began again on another node knows its network from the store, and takes up again whom the nodes vouch for.
        var isNew = _tracked is not null && !_members.ContainsKey(renew.Who.Id) && _members.Count < outlet.Options.PeersPerDoorMax;
        if (isNew || IsHere(renew.Who))
        {
            var told = isNew ? null : _members[renew.Who.Id].Lease.Value.Told;
            var root = renew.Request == 0 || told == _map.Epoch ? default : Root(outlet); // where the visitor did not ask, it is not told
            Put(renew.Who, root.Length == 0 ? told : _map.Epoch, outlet);
            See(renew.Who.Id, outlet);
            outlet.Reply(renew.Who.Connection, new LeaseRenewed(network, renew.Request, root));
        }
        else outlet.Reply(renew.Who.Connection, new LeaseUnknown(network));
    }

    private void HandleList(ListDoor list, IRoomOutlet outlet)
    {
        if (IsHere(list.Who)) outlet.Reply(list.Who.Connection, new Listed(list.Request, Others(list.Who.Id, outlet.Options.MembersListed)));
        else outlet.Reply(list.Who.Connection, new RoomRefused(list.Request, NetfluxError.NotAMember, "Only who stands at a network's door learns who is online there."));
    }

    private void HandlePass(PassIntroduction pass, IRoomOutlet outlet)
    {
        if (!IsHere(pass.Who))
            outlet.Reply(pass.Who.Connection, new RoomRefused(pass.Request, NetfluxError.NotAMember, "Only who stands at a network's door is introduced there."));
        else if (!_members.TryGetValue(pass.To, out var to) || pass.To == pass.Who.Id)
            outlet.Reply(pass.Who.Connection, new RoomRefused(pass.Request, NetfluxError.UnknownPeer, "That peer is not online at this door."));
        else
        {
            outlet.Reply(to.Lease.Value.Who.Connection, new IntroductionPassed(pass.Who.Id, _text ??= network.ToString(), pass.Sealed));
            outlet.Reply(pass.Who.Connection, new Accomplished(pass.Request, CanWait: true));
        }
    }

    private void HandleLeave(LeaveRoom leave, IRoomOutlet outlet)
    {
        // A newer connection of the same peer may stand here already.
        if (!_members.TryGetValue(leave.Peer, out var here) || here.Lease.Value.Who.Connection != leave.Connection) return;
        Remove(leave.Peer, outlet);
        if (_tracked is null && leave.OnPurpose && _members.Count == 0) Forget(outlet);
    }

    private void HandleGone(string node, IRoomOutlet outlet)
    {
        foreach (var member in _soonestFirst.Where(member => member.Who.Connection.Node == node).ToList()) Remove(member.Who.Id, outlet);
    }

    private void Remove(PeerId peer, IRoomOutlet outlet)
    {
        if (!_members.Remove(peer, out var here)) return;
        _longestFirst.Remove(here.Place);
        _soonestFirst.Remove(here.Lease);
        See(peer, outlet);
        if (_members.Count == 0) _forgetAt = outlet.Now + outlet.Options.EmptyDoorKept;
    }

    private void Forget(IRoomOutlet outlet)
    {
        foreach (var name in _names) outlet.Tell(RoomId.OfName(name), new ReleaseName(network));
        _names.Clear();
        (_genesis, _forgetAt, _tracked) = (null, null, null);
        ForgetWhatWaits();
    }

    private bool IsHere(Visitor who) => _members.TryGetValue(who.Id, out var here) && here.Lease.Value.Who.Connection == who.Connection;

    /// <summary>Who waits for a decision is no member, and would only refuse those who link with it.</summary>
    private List<Visitor> Others(PeerId than, int atMost)
    {
        var others = new List<Visitor>();
        for (var place = _longestFirst.First; place is not null && others.Count < atMost; place = place.Next)
            if (place.Value != than && !_approvals.IsWaiting(place.Value)) others.Add(_members[place.Value].Lease.Value.Who);
        return others;
    }
}
