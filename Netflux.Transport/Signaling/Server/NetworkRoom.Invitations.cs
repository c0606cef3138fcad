using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Transport.Signaling.Server;

// Invitations from member to member that wait until their recipient is there. What is in them the room cannot see.
internal sealed partial class NetworkRoom
{
    private KeptInvitations _kept = new();

    private void HandleKeep(KeepInvitation keep, IRoomOutlet outlet)
    {
        if (!IsMemberHere(keep, outlet)) return;
        EndExpired(outlet);
        var left = keep.Until - outlet.WallClock;
        var invitation = new InvitationKept(keep.Id, keep.Who.Id, keep.To, keep.Sealed, keep.Until);
        if (!_tracked!.Contains(keep.To) || keep.To == keep.Who.Id)
            Refuse(keep, NetfluxError.UnknownPeer, "No other member has this id.", outlet);
        else if (left <= TimeSpan.Zero || left > IdentityOptions.KeptInvitationLifeMax + IdentityOptions.ClockTolerance)
            Refuse(keep, NetfluxError.InvalidOptions, $"An invitation is kept for {IdentityOptions.KeptInvitationLifeMax.TotalDays:0} days at most, and this one has {left.TotalDays:0.##} left by the server's clock.", outlet);
        else if (_kept.TryGet(keep.Id, out var before))
        {
            // The answer was lost with a connection, and the sender says it again on the next.
            if (before.From == keep.Who.Id && before.To == keep.To) outlet.Reply(keep.Who.Connection, new Accomplished(keep.Request));
            else Refuse(keep, NetfluxError.TooMany, "Another invitation is kept under this id.", outlet);
        }
        else if (!_kept.HasRoomFor(invitation, outlet.Options, out var why))
            Refuse(keep, NetfluxError.TooMany, why, outlet);
        else
        {
            Happen(invitation, outlet);
            outlet.Reply(keep.Who.Connection, new Accomplished(keep.Request));
            if (_members.TryGetValue(keep.To, out var here)) Deliver(invitation, here.Lease.Value.Who.Connection, request: 0, outlet);
        }
    }

    private void HandleEnd(EndInvitation end, IRoomOutlet outlet)
    {
        if (!IsMemberHere(end, outlet)) return;
        EndExpired(outlet);
        // To others it is as if there were none.
        if (!_kept.TryGet(end.Id, out var kept) || (kept.From != end.Who.Id && kept.To != end.Who.Id))
            Refuse(end, NetfluxError.UnknownRequest, "No such invitation waits here: it was answered or withdrawn, or its time was over.", outlet);
        else
        {
            Happen(new InvitationEnded(end.Id), outlet);
            outlet.Reply(end.Who.Connection, new Accomplished(end.Request));
        }
    }

    private void HandleNext(NextInvitation next, IRoomOutlet outlet)
    {
        if (!IsMemberHere(next, outlet)) return;
        EndExpired(outlet);
        if (_kept.NextFor(next.Who.Id, next.After) is { } kept) Deliver(kept, next.Who.Connection, next.Request, outlet);
        else outlet.Reply(next.Who.Connection, new Accomplished(next.Request));
    }

    private void Deliver(InvitationKept kept, ConnectionId to, ulong request, IRoomOutlet outlet) => outlet.Reply(to, new Invited(request, network, kept.Id, kept.From, kept.Sealed));

    /// <summary>Looked at when invitations are spoken of and when the room rests: nobody else notices.</summary>
    private void EndExpired(IRoomOutlet outlet)
    {
        foreach (var id in _kept.ExpiredAt(outlet.WallClock)) Happen(new InvitationEnded(id), outlet);
    }

    private bool IsMemberHere(RoomRequest request, IRoomOutlet outlet)
    {
        if (_tracked is null) Refuse(request, NetfluxError.TrackingNotSupported, "This network is not remembered here, so nothing waits for its members.", outlet);
        else if (!IsHere(request.Who) || !_tracked.Contains(request.Who.Id)) Refuse(request, NetfluxError.NotAMember, "Only members who stand at the network's door send and take invitations.", outlet);
        else return true;
        return false;
    }
}
