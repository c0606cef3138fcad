using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;

namespace Netflux.Actors;

// Approval: this process asks to be let in, or decides on who asks.
public sealed partial class NetfluxFacade
{
    // ---- Asking ----

    private static void CheckAsk(JoinNetwork join)
    {
        if (join.Ask is { } text && !ApprovalRecord.IsText(text)) throw new NetfluxException(NetfluxError.InvalidOptions, $"Ask is one line of at most {IdentityOptions.ApprovalTextBytesMax} bytes.");
    }

    /// <summary>Nobody has let this process in: it asks where it was told to, and cannot join otherwise.</summary>
    private void AskOrFail(OpenRequest open, Genesis genesis)
    {
        if (open.Request is not JoinNetwork { Ask: { } text })
        {
            Fail(open.Id, NetfluxError.NotAdmitted, NotInvited);
            return;
        }
        open.HasAsked = true;
        SignalingAt(open.Server!).Tell(new AskForApproval(open.Id, genesis.Network, ApprovalRecord.Create(_setup.Keys, genesis.Network, _setup.DisplayName, text, WallClock).Record), Self);
    }

    /// <summary>Requests that wait for a decision of this network's members.</summary>
    private IReadOnlyList<OpenRequest> Asking(NetworkId network) =>
        _requests.FindAll(open => open is { Request: JoinNetwork { Ask: not null }, Admission: null, Tracked: { } opened } && opened.Genesis.Network == network);

    private void HandleApprovalAnswered(ApprovalAnswered answered)
    {
        foreach (var open in Asking(answered.Network))
        {
            var genesis = open.Tracked!.Genesis;
            if (answered.Admission.IsEmpty)
                Fail(open.Id, NetfluxError.ApprovalDeclined, answered.Why.Length == 0 ? "A member declined the wish to join." : $"A member declined the wish to join: {answered.Why}");
            else if (!Admission.TryParse(answered.Admission, genesis, WallClock, out var admission, out var why) || admission.Member != _setup.Keys.Id)
                Fail(open.Id, NetfluxError.NotAdmitted, $"The server gave an admission that does not let this process in. {why}");
            else
            {
                open.Admission = admission;
                TrackSelf(open, genesis);
            }
        }
    }

    /// <summary>The server may have forgotten the wish, or a member may have decided while the server was away; asking again tells.</summary>
    private void AskAgain(NetworkId network)
    {
        foreach (var open in Asking(network)) if (open.IsAwaited) AskOrFail(open, open.Tracked!.Genesis);
    }

    private bool TryExpireAsking(OpenRequest open)
    {
        if (!open.IsAwaited || open.Admission is not null) return false;
        FailClosed(open, NetfluxError.ApprovalAwaited, $"The wish to join waits at the server, for {IdentityOptions.ApprovalLife.TotalDays:0} days at most; no member has decided yet. Say it again to learn what came of it.");
        return true;
    }

    private void BeginWithdrawApproval(WithdrawApproval withdraw)
    {
        var open = Open(withdraw);
        open.Server = withdraw.Address.Server;
        SignalingAt(open.Server).Tell(new OpenDoor(open.Id, withdraw.Address.Door, default, DoorMode.Join, false, Self));
    }

    private void WithdrawAtDoor(OpenRequest open, DoorOpened opened)
    {
        (open.Tracked, open.Network) = (opened, opened.Genesis.Network);
        SignalingAt(open.Server!).Tell(new WithdrawAskedApproval(open.Id, opened.Genesis.Network), Self);
    }

    private void HandleWithdrawn(OpenRequest open)
    {
        Answer(open.Id, new ApprovalWithdrawn(open.Network!.Value));
        CloseTrackedDoor(open);
    }

    // ---- Deciding ----

    private void BeginListApprovals(GetApprovals list)
    {
        var entry = Deciding(list.Network);
        var open = Open(list);
        open.Network = list.Network;
        SignalingAt(entry.Server!).Tell(new ListApprovals(open.Id, list.Network), Self);
    }

    private void BeginDecide(DecideApproval decide)
    {
        var entry = Deciding(decide.Network);
        if (!ApprovalRecord.IsText(decide.Why)) throw new NetfluxException(NetfluxError.InvalidOptions, $"Why is one line of at most {IdentityOptions.ApprovalTextBytesMax} bytes.") { Network = decide.Network };
        var admission = decide.Accept ? Admission.Issue(_setup.Keys, entry.Genesis, decide.Peer, entry.Admission, decide.MayInvite, WallClock, null).Record : default;
        var open = Open(decide);
        (open.Network, open.Peer) = (decide.Network, decide.Peer);
        SignalingAt(entry.Server!).Tell(new SettleApproval(open.Id, decide.Network, decide.Peer, admission, decide.Accept ? "" : decide.Why), Self);
    }

    private NetworkEntry Deciding(NetworkId network)
    {
        var entry = Remembered(network);
        return entry.Admission.MayInvite ? entry : throw new NetfluxException(NetfluxError.NotAdmitted, "This process was admitted to the network without the right to invite.") { Network = network };
    }

    /// <summary>Who asked while this process was away; those that come while it stands at the door the server tells by itself.</summary>
    private void ListApprovalsOf(NetworkEntry entry)
    {
        if (entry is { IsTracked: true, Admission.MayInvite: true, Genesis.Topology.Join: JoinPolicy.Invite }) SignalingAt(entry.Server!).Tell(new ListApprovals(entry.Genesis.Network, entry.Genesis.Network), Self);
    }

    private void HandleApprovalsListed(ApprovalsListed listed)
    {
        var requests = listed.Records.Select(record => RequestOf(record, listed.Network)).OfType<ApprovalRequest>().ToList();
        if (listed.Token is RequestId id) Answer(id, new Approvals(listed.Network, requests));
        else if (_networks.TryGetValue(listed.Network, out var entry) && entry.IsUp)
        {
            foreach (var request in requests) Show(request, entry);
            entry.Shown.IntersectWith(requests); // what waits no more may be asked again
        }
    }

    private void HandleApprovalArrived(ApprovalArrived arrived)
    {
        if (_networks.TryGetValue(arrived.Network, out var entry) && entry is { IsUp: true, Admission.MayInvite: true } && RequestOf(arrived.Record, arrived.Network) is { } request) Show(request, entry);
    }

    private static void Show(ApprovalRequest request, NetworkEntry entry)
    {
        // At a server that says the same for ever it stays a set of those that a list holds.
        if (entry.Shown.Count >= ShownMax) entry.Shown.Clear();
        if (entry.Shown.Add(request)) entry.Ref.Tell(new TellSubscribers(new ApprovalAsked(entry.Handle!, request)));
    }

    private const int ShownMax = 1_024; // guess: four times as many as a server keeps

    private static ApprovalRequest? RequestOf(ReadOnlyMemory<byte> record, NetworkId network) =>
        ApprovalRecord.TryParse(record, network, out var asked, out _) ? new ApprovalRequest(asked.Peer, asked.DisplayName, asked.Text, asked.AskedAt) : null;
}
