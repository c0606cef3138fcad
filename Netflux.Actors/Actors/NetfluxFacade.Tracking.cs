using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.Signaling;

namespace Netflux.Actors;

// Networks that a tracking server remembers.
public sealed partial class NetfluxFacade
{
    /// <summary>The server remembers the network, so this peer becomes a member there before it joins the others.</summary>
    private void BeginTracked(OpenRequest open, DoorOpened opened)
    {
        var genesis = opened.Genesis;
        (open.Tracked, open.Network) = (opened, genesis.Network);
        // What let in a member that was invited stands in the record that it signed then.
        if (open.Admission is null && !IsAdmittedBySelf(genesis)) SignalingAt(open.Server!).Tell(new ListTracked(open.Id, genesis.Network, _setup.Keys.Id), Self);
        else TrackSelf(open, genesis);
    }

    private void TrackSelf(OpenRequest open, Genesis genesis) =>
        SignalingAt(open.Server!).Tell(new TrackMember(open.Id, genesis.Network, RecordForServer(genesis, open.Admission ?? SelfAdmission(genesis)).Record), Self);

    /// <summary>A server is no member: where this peer can be dialled is not for it to know.</summary>
    private MemberRecord RecordForServer(Genesis genesis, Admission admission) =>
        MemberRecord.Create(_setup.Keys, genesis, _incarnation.Current, 1, _setup.DisplayName, admission, [], relays: false);

    private void TrackInvited(OpenRequest open, Genesis genesis, TrackedListed listed)
    {
        var own = listed.Members.Select(member => MemberRecord.TryParse(member.Record, genesis, WallClock, out var record, out _) ? record : null).FirstOrDefault(record => record?.Id == _setup.Keys.Id);
        if (own is null)
        {
            AskOrFail(open, genesis);
            return;
        }
        open.Admission = own.Admission;
        TrackSelf(open, genesis);
    }

    private void HandleDoorReopened(DoorReopened reopened)
    {
        TellNetwork(reopened.Network, reopened);
        AskAgain(reopened.Network);
        if (!_networks.TryGetValue(reopened.Network, out var entry) || !entry.IsUp) return;
        CollectInvitationsOf(entry);
        ListApprovalsOf(entry);
    }

    /// <summary>What waited while this peer was away. What comes while it stands at the door the server delivers by itself.</summary>
    private void CollectInvitationsOf(NetworkEntry entry)
    {
        if (entry.IsTracked) SignalingAt(entry.Server!).Tell(new CollectInvitations(entry.Genesis.Network), Self);
    }

    private void HandleMemberTracked(MemberTracked tracked)
    {
        if (tracked.Token is not RequestId id || !_requests.TryGet(id, out var open)) return;
        switch (open.Request)
        {
            case JoinNetwork { Ask: not null } when open.Admission is null && open.Tracked is { } opened && !IsAdmittedBySelf(opened.Genesis): open.IsAwaited = true; break;
            case WithdrawApproval: HandleWithdrawn(open); break;
            case DecideApproval decide: Answer(id, new ApprovalDecided(decide.Network, decide.Peer, decide.Accept)); break;
            case CreateNetwork or JoinNetwork or AcceptJoinRequest when open.Tracked is { } opened && _networks.ContainsKey(opened.Genesis.Network):
                Fail(id, NetfluxError.AlreadyMember, Already(opened.Genesis.Network).Message); // another request came first
                break;
            case CreateNetwork or JoinNetwork or AcceptJoinRequest when open.Tracked is { } opened: StartNetwork(open, opened.Genesis, opened.Members); break;
            case LeaveNetwork leave when _requests.TryClose(id, out _): End(leave, open); break;
            case RemoveTrackedMember remove: Answer(id, new TrackedMemberRemoved(remove.Network, remove.Member)); break;
            case SendJoinRequest when open.Keeping?.Kept is { } kept: Answer(id, kept); break;
            case WithdrawJoinRequest withdraw: Answer(id, new JoinRequestWithdrawn(withdraw.Through, withdraw.Id)); break;
        }
    }

    /// <summary>A network that a server remembers is joined also where nobody is online: whoever was at the door may have gone while this peer came.</summary>
    private bool TryLookAgain(OpenRequest open)
    {
        if (open is not { Tracked: { } opened, HasLookedAgain: false }) return false;
        (open.HasLookedAgain, open.Inviter) = (true, null); // who invited was tried, too
        SignalingAt(open.Server!).Tell(new ListMembers(open.Id, opened.Genesis.Network), Self);
        return true;
    }

    private void HandleLookedAgain(RequestId id, MembersOnline online)
    {
        if (!_requests.TryGet(id, out var open) || open.Tracked is not { } opened) return;
        if (_networks.ContainsKey(online.Network)) Fail(id, NetfluxError.AlreadyMember, Already(online.Network).Message); // another request came first
        else if (online.Members.Any(member => opened.Members.Any(before => before.Card.Id == member.Card.Id))) Fail(id, NetfluxError.PeerUnreachable, NetworkActor.NobodyReached);
        else StartNetwork(open, opened.Genesis, online.Members);
    }

    /// <summary>The door of a network that was not joined after all. What the server has stored of this peer stays: it may have been a member before.</summary>
    private void CloseTrackedDoor(OpenRequest open)
    {
        if (open.Tracked?.Genesis.Network is not { } network || _networks.ContainsKey(network)) return;
        if (_requests.FindAll(other => other.Tracked?.Genesis.Network == network).Count == 0) CloseDoorOf(network, open.Server);
    }

    private void HandleSignalingFailed(RequestId id, SignalingFailed failed)
    {
        if (!_requests.TryGet(id, out var open)) return;
        switch (open.Request, failed.Error)
        {
            // The server remembers the network no more, so it has nothing to take back.
            case (LeaveNetwork leave, NetfluxError.TrackingNotSupported) when _requests.TryClose(id, out _): End(leave, open); break;
            // It was asked by what this peer was let in before, and knows no such member.
            case (JoinNetwork, NetfluxError.NotAMember) when open is { Admission: null, HasAsked: false, Tracked: { } opened } && !IsAdmittedBySelf(opened.Genesis): AskOrFail(open, opened.Genesis); break;
            // The wish waits there, and is said again when the server is back.
            case (JoinNetwork, NetfluxError.ServerUnreachable or NetfluxError.ServerBusy or NetfluxError.TimedOut) when open is { IsAwaited: true, Admission: null }: break;
            case (JoinNetwork, NetfluxError.TicketExpired): Fail(id, failed.Error, $"{failed.Why} By the clock of this process it is {WallClock:u}."); break;
            case (SendJoinRequest, _) when _joinRequests.TryAskNext(open): break;
            default: Fail(id, failed.Error, failed.Why); break;
        }
    }

    private void End(LeaveNetwork leave, OpenRequest open)
    {
        if (!_networks.TryGetValue(leave.Network, out var entry) || !entry.IsUp)
        {
            FailClosed(open, NetfluxError.NotAMember, $"This process is not a member of the network {leave.Network} any more.");
            return;
        }
        NetfluxTelemetry.End(open, null, Now);
        entry.Handle = null;
        entry.Ref.Tell(new EndNetwork(PeerLeavingReason.Left, open.Requester), Self);
    }

    private void BeginUntrack(OpenRequest open, NetworkEntry entry, PeerId member)
    {
        open.Network = entry.Genesis.Network;
        SignalingAt(entry.Server!).Tell(new UntrackMember(open.Id, entry.Genesis.Network, member, Removal.Create(_setup.Keys, entry.Genesis.Network, member, WallClock).Record), Self);
    }

    private void BeginRemove(RemoveTrackedMember remove) => BeginUntrack(Open(remove), Remembered(remove.Network), remove.Member);

    private void BeginListTracked(GetTrackedMembers list)
    {
        var entry = Remembered(list.Network);
        var open = Open(list);
        open.Network = list.Network;
        SignalingAt(entry.Server!).Tell(new ListTracked(open.Id, list.Network), Self);
    }

    private void BeginListNetworks(GetTrackedNetworks list)
    {
        var server = list.Server is null ? _setup.Options.Server : ServerOf(list.Server);
        if (server is null) throw new NetfluxException(NetfluxError.InvalidAddress, "Say which server's networks are wanted: set Server.");
        SignalingAt(server).Tell(new ListNetworks(Open(list, _setup.Options.ListTimeout).Id), Self);
    }

    private NetworkEntry Remembered(NetworkId network)
    {
        var entry = Joined(network);
        return entry.IsTracked ? entry : throw new NetfluxException(NetfluxError.TrackingNotSupported, "No tracking server remembers this network; create it with Track at one.") { Network = network };
    }

    private void HandleTrackedListed(TrackedListed listed)
    {
        if (listed.Token is not RequestId id || !_requests.TryGet(id, out var open)) return;
        switch (open.Request)
        {
            case GetTrackedMembers: AnswerTracked(id, listed); break;
            case JoinNetwork when open.Tracked is { } opened: TrackInvited(open, opened.Genesis, listed); break;
            case SendJoinRequest: _joinRequests.HandleFound(open, listed); break;
        }
    }

    /// <summary>Whether the server listed what it signed. A member whose admission has expired is in the map; a removal that neither the member nor the creator signed is not.</summary>
    private static bool IsListOf(TrackerRoot root, TrackedListed listed, Genesis genesis)
    {
        var map = new MemberMap();
        foreach (var member in listed.Members)
            if (SignedRecords.TryReadSigner(member.Record.Span, out var id)) map.Put(id, member.Record);
        foreach (var record in listed.Removals)
            if (Removal.TryParse(record, genesis, out var removal, out _)) map.Put(removal.Member, record);
        return map.Root.Span.SequenceEqual(root.Root.Span);
    }

    /// <summary>Members whose record does not hold are not shown: the server, or who wrote to its store, made them up, or their admission has expired.</summary>
    private void AnswerTracked(RequestId id, TrackedListed listed)
    {
        if (!_networks.TryGetValue(listed.Network, out var entry))
        {
            Fail(id, NetfluxError.NotAMember, $"This process is not a member of the network {listed.Network} any more.");
            return;
        }
        List<TrackedMember> members = [];
        foreach (var member in listed.Members)
        {
            if (MemberRecord.TryParse(member.Record, entry.Genesis, WallClock, out var record, out _)) members.Add(new(record.Id, record.DisplayName, member.Since, member.Seen, member.OnlineSince));
        }
        if (listed.Root is { } shown) TellNetwork(listed.Network, listed.IsWhole && !IsListOf(shown.Root, listed, entry.Genesis) ? new TrackerListWrong(shown) : (object)new RootShown(listed.Network, shown));
        Answer(id, new TrackedMembers(listed.Network, members));
    }
}
