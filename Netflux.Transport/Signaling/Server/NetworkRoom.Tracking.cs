using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Transport.Signaling.Server;

// What is remembered of a tracked network, also while nobody is online.
internal sealed partial class NetworkRoom
{
    private readonly SignedMap _map = new();
    private TrackedMembers? _tracked;
    private bool _isResting;

    public void Recover(RoomEvent happened)
    {
        _map.Apply(happened);
        switch (happened)
        {
            case NetworkTracked tracked:
                _genesis = RoomEvents.Read(tracked.Genesis);
                _tracked = new TrackedMembers(tracked.At);
                ForgetWhatWaits();
                break;
            case NetworkNamed named: _names.Add(named.Name); break;
            case NetworkForgotten:
                _names.Clear();
                (_genesis, _tracked) = (null, null);
                ForgetWhatWaits();
                break;
            default:
                Apply(happened);
                break;
        }
    }

    public IEnumerable<RoomEvent> Compact() =>
        _tracked is null ? _map.Compact() : [new NetworkTracked(_genesis!.Record, _tracked.EmptySince ?? default), .. _names.Select(name => new NetworkNamed(name)), .. _tracked.Compact(), .. _map.Compact(), .. _kept.Compact(), .. _redemptions.Compact(), .. _approvals.Compact()];

    /// <summary>Null for a network that is not remembered, or not for everybody.</summary>
    public NetworkSummary? Describe() =>
        _tracked is null || _genesis is not { Topology.Join: JoinPolicy.Open } ? null : new NetworkSummary(_genesis.Record, _names.FirstOrDefault(), _tracked.Count, _members.Count);

    private void Track(IRoomOutlet outlet)
    {
        _tracked = new TrackedMembers(outlet.WallClock);
        outlet.Store(new NetworkTracked(_genesis!.Record, outlet.WallClock));
        foreach (var name in _names) StoreName(name, isKept: false, outlet);
    }

    private void AddName(string name, bool isKept, IRoomOutlet outlet)
    {
        _names.Add(name);
        if (_tracked is not null) StoreName(name, isKept, outlet);
    }

    /// <param name="isKept">The room of the name has stored it already, because it was taken to be remembered.</param>
    private void StoreName(string name, bool isKept, IRoomOutlet outlet)
    {
        outlet.Store(new NetworkNamed(name));
        if (!isKept) outlet.Tell(RoomId.OfName(name), new KeepName(_genesis!));
    }

    /// <summary>Where a server dies, it has stored when a member was seen at most so long ago.</summary>
    private void See(PeerId member, IRoomOutlet outlet)
    {
        if (_tracked?.TrySee(member, outlet.WallClock, out var seen) == true) Happen(seen, outlet);
    }

    private void Happen(RoomEvent happened, IRoomOutlet outlet)
    {
        Apply(happened);
        _map.Apply(happened);
        outlet.Store(happened);
    }

    private void Apply(RoomEvent happened)
    {
        _tracked?.Apply(happened);
        _kept.Apply(happened);
        _redemptions.Apply(happened);
        _approvals.Apply(happened);
    }

    private void ForgetWhatWaits() => (_kept, _redemptions, _approvals) = (new KeptInvitations(), new TicketRedemptions(), new KeptApprovals());

    /// <summary>What the server signs of the members as they are now.</summary>
    private ReadOnlyMemory<byte> Root(IRoomOutlet outlet) => _tracked is not null && outlet.ServerKeys is { } keys ? _map.Sign(keys, network, outlet.WallClock) : default;

    private void HandlePut(PutTracked put, IRoomOutlet outlet)
    {
        if (_tracked is null || _genesis is null)
            Refuse(put, NetfluxError.TrackingNotSupported, "This network is not remembered here; its creator would have asked for it.", outlet);
        else if (!IsHere(put.Who))
            Refuse(put, NetfluxError.NotAMember, "Only who stands at a network's door becomes a member.", outlet);
        else if (!MemberRecord.TryParse(put.Record, _genesis, outlet.WallClock, out var record, out var why))
            Refuse(put, NetfluxError.NotAdmitted, why, outlet);
        else if (record.Id != put.Who.Id)
            Refuse(put, NetfluxError.NotAdmitted, "The record is of another peer.", outlet);
        else if (IsTakenBack(record))
            Refuse(put, NetfluxError.NotAdmitted, "The network's creator has removed this member since it was admitted: a member that may invite can let it in again.", outlet);
        else if (!_tracked.Contains(record.Id) && _tracked.Count >= outlet.Options.TrackedMembersMax)
            Refuse(put, NetfluxError.NetworkFull, $"{_tracked.Count} members are remembered; there is no room for more.", outlet);
        else
        {
            if (_tracked.TryPut(record, _genesis, outlet.WallClock, out var happened)) Happen(happened, outlet);
            outlet.Reply(put.Who.Connection, new Accomplished(put.Request));
        }
    }

    /// <summary>Where members are let in, the creator's word ends what was given before it, also by a ticket. In an open network each admits itself, and can again.</summary>
    private bool IsTakenBack(MemberRecord record) =>
        _genesis!.Topology.Join != JoinPolicy.Open && _map.RemovalOf(record.Id) is { } removal && removal.By != record.Id && record.Admission.IssuedAtMs <= removal.At.ToUnixTimeMilliseconds();

    private void HandleRemove(RemoveTracked remove, IRoomOutlet outlet)
    {
        if (_tracked is null || _genesis is null)
            Refuse(remove, NetfluxError.TrackingNotSupported, "This network is not remembered here.", outlet);
        else if (!IsHere(remove.Who))
            Refuse(remove, NetfluxError.NotAMember, "Only who stands at a network's door removes members.", outlet);
        else if (remove.Who.Id != _genesis.Creator && remove.Who.Id != remove.Member)
            Refuse(remove, NetfluxError.NotAdmitted, "Only the network's creator removes other members.", outlet);
        else if (!_tracked.Contains(remove.Member) && remove.Who.Id != remove.Member)
            Refuse(remove, NetfluxError.UnknownPeer, "No member has this id.", outlet);
        else if (!IsSigned(remove, _genesis, out var why))
            Refuse(remove, NetfluxError.NotAdmitted, why, outlet);
        else
        {
            if (_tracked.Contains(remove.Member)) Happen(new MemberRemoved(remove.Member, remove.Who.Id, outlet.WallClock, remove.Record), outlet);
            outlet.Reply(remove.Who.Connection, new Accomplished(remove.Request));
        }
    }

    private static bool IsSigned(RemoveTracked remove, Genesis genesis, out string why)
    {
        why = "";
        if (remove.Record.Length == 0 || !Removal.TryParse(remove.Record, genesis, out var removal, out why)) return remove.Record.Length == 0;
        if (removal.Member != remove.Member || removal.By != remove.Who.Id) why = "The record of the removal is of another member, or signed by another peer.";
        return why.Length == 0;
    }

    private void HandleListTracked(ListTrackedMembers list, IRoomOutlet outlet)
    {
        if (_tracked is null)
        {
            Refuse(list, NetfluxError.TrackingNotSupported, "This network is not remembered here.", outlet);
            return;
        }
        if (!IsHere(list.Who) || !_tracked.Contains(list.Who.Id))
        {
            Refuse(list, NetfluxError.NotAMember, "Only members learn who the others are.", outlet);
            return;
        }
        var (members, removals, more) = list.Only is { } only ? (_tracked.Find(only, OnlineSince(only)) is { } found ? [found] : [], [], false)
            : _tracked.List(list.After, _map.Removals, outlet.Options.MessageBytesMax * 3 / 4, OnlineSince);
        outlet.Reply(list.Who.Connection, new TrackedMembersListed(list.Request, members, removals, more, Root(outlet)));

        DateTimeOffset? OnlineSince(PeerId id) => _members.TryGetValue(id, out var here) ? outlet.WallClock - (outlet.Now - here.Lease.Value.Since) : null;
    }

    /// <summary>Nobody was online for a while: members come back, but a network that has none is forgotten after a time.</summary>
    private void RestOrForget(IRoomOutlet outlet)
    {
        if (_tracked is null)
        {
            Forget(outlet);
            return;
        }
        EndExpired(outlet);
        EndRedemptions(outlet);
        _approvals.Trim(outlet.WallClock, outlet.Options);
        if (_tracked.EmptySince is not { } since)
        {
            (_isResting, _forgetAt) = (true, null);
            return;
        }
        var left = since + outlet.Options.TrackedEmptyKept - outlet.WallClock;
        if (left > TimeSpan.Zero)
        {
            _forgetAt = outlet.Now + left;
            return;
        }
        var forgotten = new NetworkForgotten();
        _map.Apply(forgotten);
        outlet.Store(forgotten);
        Forget(outlet);
    }

    private static void Refuse(RoomRequest request, NetfluxError error, string text, IRoomOutlet outlet) => outlet.Reply(request.Who.Connection, new RoomRefused(request.Request, error, text));
}
