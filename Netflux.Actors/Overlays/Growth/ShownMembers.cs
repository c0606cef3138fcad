using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Growth;

/// <summary>The members that users see, out of what two epochs say of them: whoever is a member in one of them is one.</summary>
internal sealed class ShownMembers(GrowthOptions options, Queue<OverlayInstruction> outbox)
{
    private sealed class Shown(MemberRecord record)
    {
        public MemberRecord Record { get; set; } = record;
        public bool[] IsIn { get; } = new bool[2];
        public bool[] IsSuspectedIn { get; } = new bool[2];
        public Instant? GoneAt { get; set; }
        public bool IsSuspected => IsSuspectedIn[0] || IsSuspectedIn[1];
    }

    private readonly SortedDictionary<PeerId, Shown> _byId = [];
    private MemberRecord[]? _members;

    public IReadOnlyList<MemberRecord> Members => _members ??= [.. _byId.Values.Select(shown => shown.Record)];

    public Instant? NextDeadline { get; private set; }

    public void HandleJoining(int epoch, MemberRecord member)
    {
        _members = null;
        if (_byId.TryGetValue(member.Id, out var shown) && member.Incarnation > shown.Record.Incarnation) Hide(shown, PeerLeavingReason.Restarted);
        if (!_byId.TryGetValue(member.Id, out shown))
        {
            _byId[member.Id] = shown = new Shown(member);
            outbox.Enqueue(new AnnounceJoining(member));
        }
        else if (member.IsNewerThan(shown.Record)) shown.Record = member;
        shown.IsIn[epoch] = true;
        shown.GoneAt = null;
    }

    public void HandleLeaving(int epoch, PeerId member, PeerLeavingReason reason, Instant now)
    {
        if (!_byId.TryGetValue(member, out var shown)) return;
        HandleRecovered(epoch, member);
        shown.IsIn[epoch] = false;
        if (shown.IsIn[1 - epoch]) return;
        if (reason != PeerLeavingReason.Disconnected) Hide(shown, reason);
        else
        {
            // It ended the old epoch, and is met in the new one.
            shown.GoneAt ??= now + options.ShowPatience;
            NextDeadline = Instant.Earlier(NextDeadline, shown.GoneAt);
        }
    }

    public void HandleSuspected(int epoch, PeerId member)
    {
        if (!_byId.TryGetValue(member, out var shown)) return;
        if (!shown.IsSuspected) outbox.Enqueue(new AnnounceSuspected(member));
        shown.IsSuspectedIn[epoch] = true;
    }

    public void HandleRecovered(int epoch, PeerId member)
    {
        if (!_byId.TryGetValue(member, out var shown) || !shown.IsSuspectedIn[epoch]) return;
        shown.IsSuspectedIn[epoch] = false;
        if (!shown.IsSuspected) outbox.Enqueue(new AnnounceRecovered(member));
    }

    /// <summary>The first epoch is over: who is a member in it alone is waited for.</summary>
    public void EndFirst(Instant now)
    {
        foreach (var shown in _byId.Values.Where(shown => shown.IsIn[0]).ToList()) HandleLeaving(0, shown.Record.Id, PeerLeavingReason.Disconnected, now);
    }

    public void HandleDeadline(Instant now)
    {
        if (NextDeadline is not { } due || due > now) return;
        NextDeadline = null;
        foreach (var shown in _byId.Values.Where(shown => shown.GoneAt is not null).ToList())
        {
            if (shown.GoneAt <= now) Hide(shown, PeerLeavingReason.ConnectionLost);
            else NextDeadline = Instant.Earlier(NextDeadline, shown.GoneAt);
        }
    }

    private void Hide(Shown shown, PeerLeavingReason reason)
    {
        _members = null;
        _byId.Remove(shown.Record.Id);
        outbox.Enqueue(new AnnounceLeaving(shown.Record.Id, reason));
    }
}
