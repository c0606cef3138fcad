using Netflux.Core;
using Netflux.Messages;

namespace Netflux.Overlays.FullMesh;

/// <summary>When a member without a link is tried again, and when it is forgotten.</summary>
internal sealed class NeighbourAttempts(FullMeshOptions options, MemberBook book, Queue<OverlayInstruction> outbox, IRandomSource random)
{
    private Instant? _deadline;
    private bool _changed = true;

    public Instant? NextDeadline
    {
        get
        {
            if (!_changed) return _deadline;
            _changed = false;
            _deadline = null;
            foreach (var member in book.All) _deadline = Instant.Earlier(_deadline, DeadlineOf(member));
            return _deadline;
        }
    }

    /// <summary>Said when links of members changed outside this file.</summary>
    public void Changed() => _changed = true;

    private Instant? DeadlineOf(MeshMember member) => member.Link switch
    {
        MemberLink.Unlinked link => Instant.Earlier(member.OfflineRetriesLeft == 0 ? null : link.RetryAt, member.ForgetAt),
        MemberLink.Connecting link => Instant.Earlier(link.Since + options.ConnectPatience, member.ForgetAt),
        _ => null,
    };

    /// <param name="mayConnect">False where every place is taken: then attempts are put off.</param>
    public void HandleDeadline(Instant now, bool mayConnect)
    {
        _changed = true;
        foreach (var member in book.Snapshot)
        {
            if (member.IsUp) continue;
            if (member.ForgetAt <= now && !TryKeep(member, now)) continue;
            switch (member.Link)
            {
                case MemberLink.Unlinked link when link.RetryAt <= now && member.OfflineRetriesLeft != 0:
                    if (mayConnect) Connect(member, now);
                    else member.Link = link with { RetryAt = now + random.Jitter(options.RetryMax, options.RetrySpread) };
                    break;
                case MemberLink.Connecting link when link.Since + options.ConnectPatience <= now:
                    HandleFailed(member, NetfluxError.PeerUnreachable, now);
                    break;
            }
        }
    }

    private bool TryKeep(MeshMember member, Instant now)
    {
        // Who went offline told us itself; a neighbour's word to the contrary is older.
        if (member.OfflineRetriesLeft is null && book.IsVouchedFor(member.Id))
        {
            member.ForgetAt = now + options.UnreachedMemory;
            return true;
        }
        if (member.Link is MemberLink.Connecting) outbox.Enqueue(new DropNeighbour(member.Id, PeerLeavingReason.ConnectionLost));
        book.Remove(member.Id);
        return false;
    }

    public void Connect(MeshMember member, Instant now)
    {
        if (member.Link is not MemberLink.Unlinked link) return;
        _changed = true;
        member.Link = new MemberLink.Connecting(now, link.Attempts);
        if (member.OfflineRetriesLeft is { } left) member.OfflineRetriesLeft = left - 1;
        outbox.Enqueue(new ConnectNeighbour(member.Card, member.Record));
    }

    /// <summary>An attempt failed, or was refused.</summary>
    public void HandleFailed(MeshMember member, NetfluxError why, Instant now)
    {
        if (member.Link is not MemberLink.Connecting link) return;
        _changed = true;
        member.HasFailed = true;
        var refused = why is not (NetfluxError.PeerUnreachable or NetfluxError.TimedOut);
        member.Refusals = refused ? member.Refusals + 1 : 0;
        member.Refusal = refused ? why : null;
        member.Link = new MemberLink.Unlinked(now + BackOff(member, link.Attempts), link.Attempts + 1);
    }

    private TimeSpan BackOff(MeshMember member, int attempts)
    {
        var offline = member.OfflineRetriesLeft is not null;
        var (min, max) = offline ? (options.OfflineRetryMin, options.OfflineMemory) : (options.RetryMin, options.RetryMax);
        var pause = min * Math.Pow(2, Math.Min(attempts, 16));
        return random.Jitter(pause < max ? pause : max, options.RetrySpread);
    }

    /// <summary>A member that was up is lost: what is remembered of it, and for how long.</summary>
    public void Schedule(MeshMember member, PeerLeavingReason reason, Instant now)
    {
        _changed = true;
        var offline = reason == PeerLeavingReason.WentOffline;
        member.OfflineRetriesLeft = offline ? options.OfflineRetriesMax : null;
        member.ForgetAt = now + (offline ? options.OfflineMemory : options.LostMemory);
        var patient = reason is PeerLeavingReason.TooSlow or PeerLeavingReason.NetworkFull or PeerLeavingReason.ProtocolViolated or PeerLeavingReason.Faulted;
        member.Link = patient
            ? new MemberLink.Unlinked(now + random.Jitter(options.RetryMax, options.RetrySpread), 4)
            : new MemberLink.Unlinked(now + BackOff(member, 0), offline ? 1 : 0);
    }

    /// <summary>We dropped the member ourselves.</summary>
    public void Postpone(MeshMember member, Instant retryAt)
    {
        _changed = true;
        member.ForgetAt = retryAt + options.UnreachedMemory;
        member.Link = new MemberLink.Unlinked(retryAt, 4);
    }
}
