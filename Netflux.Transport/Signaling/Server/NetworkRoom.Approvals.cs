using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Transport.Signaling.Server;

// Wishes to be let in, and what members decide: each signed by whose it is, so that the room only keeps them and passes them on.
internal sealed partial class NetworkRoom
{
    private KeptApprovals _approvals = new();

    private void HandleAskApproval(AskApproval ask, IRoomOutlet outlet)
    {
        if (_tracked is null || _genesis is null)
            Refuse(ask, NetfluxError.TrackingNotSupported, "This network is not remembered here, so no wish to join it waits here.", outlet);
        else if (!IsHere(ask.Who))
            Refuse(ask, NetfluxError.NotAMember, "Only who stands at a network's door asks to be let in.", outlet);
        else if (_genesis.Topology.Join == JoinPolicy.Open || _tracked.Contains(ask.Who.Id))
            Refuse(ask, NetfluxError.InvalidOptions, "Who may join need not ask.", outlet);
        else if (!ApprovalRecord.TryParse(ask.Record, network, out var asked, out var why))
            Refuse(ask, NetfluxError.NotAdmitted, why, outlet);
        else if (asked.Peer != ask.Who.Id)
            Refuse(ask, NetfluxError.NotAdmitted, "The wish to join is another peer's.", outlet);
        else
            Take(ask, outlet);
    }

    private void Take(AskApproval ask, IRoomOutlet outlet)
    {
        _approvals.Trim(outlet.WallClock, outlet.Options);
        if (_approvals.TryFindDecision(ask.Who.Id, out var decision))
            outlet.Reply(ask.Who.Connection, new DecisionMade(ask.Request, network, decision.Admission, decision.Why));
        else if (_approvals.IsWaiting(ask.Who.Id))
            outlet.Reply(ask.Who.Connection, new Accomplished(ask.Request)); // the first stays; so one whose answer was lost is not asked twice
        else if (_approvals.Waiting >= outlet.Options.ApprovalsMax)
            Refuse(ask, NetfluxError.TooMany, "As many peers wish to join this network as there is room for; try again when some have been answered.", outlet);
        else
        {
            Happen(new ApprovalKept(ask.Who.Id, ask.Record, outlet.WallClock), outlet);
            outlet.Reply(ask.Who.Connection, new Accomplished(ask.Request));
            foreach (var member in ThoseWhoMayInvite(outlet.Options.MembersListed)) outlet.Reply(member.Connection, new ApprovalWaits(0, network, ask.Record));
        }
    }

    private void HandleNextApproval(NextApproval next, IRoomOutlet outlet)
    {
        if (!MayInviteHere(next, outlet)) return;
        _approvals.Trim(outlet.WallClock, outlet.Options);
        if (_approvals.NextAfter(next.After) is { } asked) outlet.Reply(next.Who.Connection, new ApprovalWaits(next.Request, network, asked.Record));
        else outlet.Reply(next.Who.Connection, new Accomplished(next.Request));
    }

    private void HandleDecide(TakeDecision decide, IRoomOutlet outlet)
    {
        if (!MayInviteHere(decide, outlet)) return;
        _approvals.Trim(outlet.WallClock, outlet.Options);
        var why = "";
        // Who was declined may be accepted yet; the other way it is a member that would have to be removed.
        var isOpen = _approvals.IsWaiting(decide.Peer);
        if (_approvals.TryFindDecision(decide.Peer, out var before))
        {
            isOpen = before.Admission.IsEmpty && !decide.Admission.IsEmpty;
            if (!isOpen && before.By == decide.Who.Id && before.Admission.IsEmpty == decide.Admission.IsEmpty)
            {
                outlet.Reply(decide.Who.Connection, new Accomplished(decide.Request)); // said again, since the answer was lost
                return;
            }
        }
        if (!isOpen)
            Refuse(decide, NetfluxError.UnknownRequest, "No wish to join of this peer waits here: it was decided or withdrawn, or its time was over.", outlet);
        else if (!ApprovalRecord.IsText(decide.Why))
            Refuse(decide, NetfluxError.InvalidOptions, $"Why is one line of at most {IdentityOptions.ApprovalTextBytesMax} bytes.", outlet);
        else if (!decide.Admission.IsEmpty && !IsAdmissionBy(decide, outlet, out why))
            Refuse(decide, NetfluxError.NotAdmitted, why, outlet);
        else
        {
            Happen(new ApprovalSettled(decide.Peer, decide.Who.Id, decide.Admission, decide.Why, outlet.WallClock), outlet);
            outlet.Reply(decide.Who.Connection, new Accomplished(decide.Request));
            if (_members.TryGetValue(decide.Peer, out var here)) outlet.Reply(here.Lease.Value.Who.Connection, new DecisionMade(0, network, decide.Admission, decide.Why));
        }
    }

    private bool IsAdmissionBy(TakeDecision decide, IRoomOutlet outlet, out string why)
    {
        if (!Admission.TryParse(decide.Admission, _genesis!, outlet.WallClock, out var admission, out why)) return false;
        if (admission.Member != decide.Peer) why = "The admission is another peer's.";
        else if (admission.Issuer != decide.Who.Id) why = "The admission is by another member than the one that decides.";
        return why.Length == 0;
    }

    private void HandleWithdraw(EndApproval withdraw, IRoomOutlet outlet)
    {
        if (!IsHere(withdraw.Who)) Refuse(withdraw, NetfluxError.NotAMember, "Only who stands at a network's door withdraws a wish to join.", outlet);
        else if (!_approvals.IsWaiting(withdraw.Who.Id)) Refuse(withdraw, NetfluxError.UnknownRequest, "No wish to join of this peer waits here: it was decided or withdrawn, or its time was over.", outlet);
        else
        {
            Happen(new ApprovalSettled(withdraw.Who.Id, withdraw.Who.Id, default, "", outlet.WallClock), outlet);
            outlet.Reply(withdraw.Who.Connection, new Accomplished(withdraw.Request));
        }
    }

    /// <summary>What a member has given to a peer that was away; none where that does not hold.</summary>
    private ReadOnlyMemory<byte> DecidedFor(PeerId peer, IRoomOutlet outlet) =>
        _genesis is not null && _approvals.TryFindDecision(peer, out var decision) && Admission.TryParse(decision.Admission, _genesis, outlet.WallClock, out _, out _) ? decision.Admission : default;

    private List<Visitor> ThoseWhoMayInvite(int atMost) =>
        [.. _longestFirst.Where(id => _tracked!.TryFind(id, out var record) && MemberRecord.SaysMayInvite(record)).Take(atMost).Select(id => _members[id].Lease.Value.Who)];

    private bool MayInviteHere(RoomRequest request, IRoomOutlet outlet)
    {
        if (_tracked is null || _genesis is null) Refuse(request, NetfluxError.TrackingNotSupported, "This network is not remembered here, so no wish to join it waits here.", outlet);
        else if (!IsHere(request.Who) || !_tracked.TryFind(request.Who.Id, out var record)) Refuse(request, NetfluxError.NotAMember, "Only members who stand at the network's door decide who is let in.", outlet);
        else if (!MemberRecord.TryParse(record, _genesis, outlet.WallClock, out var member, out var why)) Refuse(request, NetfluxError.NotAdmitted, why, outlet);
        else if (!member.Admission.MayInvite) Refuse(request, NetfluxError.NotAdmitted, "Only members that may invite decide who is let in.", outlet);
        else return true;
        return false;
    }
}
