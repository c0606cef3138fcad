using Netflux.Core;
using Netflux.Messages;
using Netflux.Wire;

namespace Netflux.Networks;

// What waits for acceptance: one line in order of submission. A message waits for its receivers' room, for earlier messages to the same receivers, and, where
// its sender has a window, for that sender's earlier messages (the count in WindowOpened tells the sender which ones went). It holds nobody else up.
internal sealed partial class SendQueue
{
    private readonly Ring<PendingSend> _pending = new();
    private int _waiting; // entries of _pending that wait
    private int _waitingBroadcasts;
    private int _waitingPlain;
    private long _waitingPlainBytes;
    private int _membersWaitedFor; // members with direct messages waiting
    private int _pass;
    private bool _largeIsTaken;
    private bool _anyBlamed;

    /// <summary>The bytes that one member may hold without a large message.</summary>
    private long Share => _options.SendBytesMax / Math.Max(1, _members.Count);

    public Instant? NextDeadline
    {
        get
        {
            if (!_anyBlamed || _policy != SlowMemberPolicy.Drop) return null;
            Instant? next = null;
            foreach (var member in _members)
            {
                if (!member.Ended && member.HeldUpSince is { } since) next = Instant.Earlier(next, PatienceEnds(member, since));
            }
            return next;
        }
    }

    public void HandleDeadline(Instant now)
    {
        if (NextDeadline is not { } due || due > now) return;
        var slept = now - due > _options.LateMax;
        foreach (var member in _members)
        {
            if (member.Ended || member.HeldUpSince is not { } since) continue;
            if (slept) member.HeldUpSince = now;
            else if (PatienceEnds(member, since) <= now)
            {
                member.Ended = true;
                _instructions.Enqueue(new DropSlowMember(member.Id));
                if (member.Pending > 0) RefusePending(member, WayClosed.Left);
            }
        }
        Advance(now);
    }

    /// <summary>The grace counts from when others began to wait, and anew from each message that the member consumes; the message that it is at may be a long one.</summary>
    private Instant PatienceEnds(SendMember member, Instant heldUpSince)
    {
        var from = heldUpSince > member.LastProgress ? heldUpSince : member.LastProgress;
        var current = member.Flights.Count > 0 ? _flights[member.Flights[0]].Length : 0;
        return from + _slowMemberGrace + _options.LargeMessageTime(current);
    }

    private bool HasRoom(SendMember member, int length) =>
        !member.IsShut && member.HasCredit(MessageCost.Of(length)) && (length > Share || member.HeldBytes == 0 || member.HeldBytes + length <= Share);

    private bool WaitsForLarge(int length) => _largeIsTaken && length > Share;

    private bool HasRoomForAll(int length)
    {
        if (WaitsForLarge(length)) return false;
        foreach (var member in _members)
        {
            if (member is { Ended: false, TakesBroadcasts: true } && !HasRoom(member, length)) return false;
        }
        return true;
    }

    /// <summary>Nothing that waits comes before this message, and there is room.</summary>
    private bool MayGoAtOnce(SendMember? to, SendWindow? window, int length)
    {
        if (to is null) return _waiting == 0 && HasRoomForAll(length);
        return _waitingBroadcasts == 0 && to.Pending == 0 && window is not { Pending: > 0 } && !WaitsForLarge(length) && HasRoom(to, length);
    }

    private bool HasPendingRoom(int length) =>
        _waitingPlain < _options.PendingMessagesMax && (_waitingPlainBytes == 0 || _waitingPlainBytes + length <= _options.PendingBytesMax);

    private void AddPending(in Submission submission, SendWindow? window, SendMember? to, Instant now)
    {
        var length = submission.Payload.Length;
        var isBlockedForSure = to is not null && (_waitingBroadcasts > 0 || window is { Pending: > 0 } || !HasRoom(to, length));
        _pending.Enqueue(new PendingSend
        {
            Waits = true, Confirm = submission.Confirm, Sender = submission.Sender, Window = window, RequestId = submission.RequestId, To = to, Payload = submission.Payload,
        });
        Count(_pending[_pending.Count - 1], 1);
        if (!isBlockedForSure) Advance(now);
    }

    private void Count(in PendingSend entry, int one)
    {
        _waiting += one;
        if (entry.To is { } to)
        {
            var before = to.Pending;
            to.Pending += one;
            if (before == 0) _membersWaitedFor++;
            else if (to.Pending == 0) _membersWaitedFor--;
        }
        else _waitingBroadcasts += one;
        if (entry.Window is { } window)
        {
            window.Pending += one;
            if (window is { IsClosed: true, Pending: 0 }) _windowSenders--;
        }
        else
        {
            _waitingPlain += one;
            _waitingPlainBytes += one * (long)entry.Payload.Length;
        }
    }

    private void RemovePending(int index)
    {
        ref var entry = ref _pending[index];
        Count(entry, -1);
        entry = default;
    }

    private void TrimPending()
    {
        while (_pending.Count > 0 && !_pending[0].Waits) _pending.TryDequeue(out _);
        if (_pending.Count > 2 * _waiting + 64) _pending.Keep(static entry => entry.Waits);
    }

    private void MovePending(SendMember from, SendMember to)
    {
        for (var i = 0; i < _pending.Count; i++)
        {
            if (_pending[i].Waits && _pending[i].To == from) _pending[i].To = to;
        }
        (to.Pending, from.Pending) = (from.Pending, 0);
    }

    private void RefusePending(SendMember to, WayClosed why)
    {
        for (var i = 0; i < _pending.Count; i++)
        {
            var entry = _pending[i];
            if (!entry.Waits || entry.To != to) continue;
            RemovePending(i);
            Refuse(entry.Sender, entry.RequestId, why.Error, $"The message for {to.Id} is not sent: {why.Text}.");
            Settle(entry.Window, SendWindowOpened.CostOf(entry.Payload.Length), accepted: false);
        }
        TrimPending();
    }

    /// <summary>One pass over the line: accepts what can go, and notes which members others wait for.</summary>
    private void Advance(Instant now)
    {
        if (_waiting > 0 || _anyBlamed)
        {
            _pass++;
            var membersBlocked = 0;
            for (var i = 0; i < _pending.Count; i++)
            {
                if (!_pending[i].Waits) continue;
                if (_pending[i].To is null ? !TryGoToAll(i) : !TryGoToOne(i, ref membersBlocked)) break;
            }
            TrimPending();
            NoteBlamed(now);
        }
    }

    /// <summary>False where a broadcast waits: everything behind it waits as well.</summary>
    private bool TryGoToAll(int index)
    {
        var entry = _pending[index];
        var length = entry.Payload.Length;
        var waits = entry.Window is { } window && window.BlockedInPass == _pass;
        var waitsForLarge = WaitsForLarge(length);
        waits |= waitsForLarge;
        foreach (var member in _members)
        {
            if (member.Ended || !member.TakesBroadcasts) continue;
            if (member.IsShut) waits = true;
            else if (member.BlockedInPass == _pass || !HasRoom(member, length) || waitsForLarge && member.HoldsLarge)
            {
                member.BlamedInPass = _pass;
                waits = true;
            }
        }
        if (waits) return false;
        Go(index, entry);
        return true;
    }

    /// <summary>False where nothing behind it can go or tell who is waited for.</summary>
    private bool TryGoToOne(int index, ref int membersBlocked)
    {
        var entry = _pending[index];
        var to = entry.To!;
        if (entry.Window is { } window && window.BlockedInPass == _pass) return true;
        if (to.BlockedInPass != _pass)
        {
            var hasRoom = HasRoom(to, entry.Payload.Length);
            var waitsForLarge = WaitsForLarge(entry.Payload.Length);
            if (hasRoom && !waitsForLarge)
            {
                Go(index, entry);
                return true;
            }
            to.BlockedInPass = _pass;
            membersBlocked++;
            if (hasRoom) BlameForLarge(to);
        }
        if (entry.Window is { } blocked) blocked.BlockedInPass = _pass;
        return membersBlocked < _membersWaitedFor || _waitingBroadcasts > 0;
    }

    private void BlameForLarge(SendMember waiting)
    {
        foreach (var member in _members)
        {
            if (member.HoldsLarge && member != waiting) member.BlamedInPass = _pass;
        }
    }

    private void Go(int index, in PendingSend entry)
    {
        RemovePending(index);
        Accept(entry.Sender, entry.Window, entry.RequestId, entry.To, entry.Payload, entry.Confirm);
    }

    private void NoteBlamed(Instant now)
    {
        _anyBlamed = false;
        foreach (var member in _members)
        {
            var blamed = !member.Ended && member.BlamedInPass == _pass;
            member.HeldUpSince = blamed ? member.HeldUpSince ?? now : null;
            _anyBlamed |= blamed;
        }
    }
}
