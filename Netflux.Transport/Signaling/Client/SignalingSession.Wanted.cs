using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Wire;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>What this process wants of the server.</summary>
internal sealed partial class SignalingSession
{
    private void HandleDoorWanted(DoorWanted wanted, Instant now)
    {
        if (!SignalingNames.IsName(wanted.Door) && !NetworkId.TryParse(wanted.Door, out _))
        {
            Emit(new TellFailed(wanted.Ask, NetfluxError.InvalidAddress,
                $"'{SignalingNames.Sentence(wanted.Door)}' is no name of a network: 1 to {SignalingNames.NameBytesMax} bytes without blanks and slashes are."));
            return;
        }
        Ask(new Pending.Open(wanted, now + options.RequestTimeout), now);
    }

    private void HandleDoorUnwanted(DoorUnwanted unwanted)
    {
        _doors.Remove(unwanted.Network);
        if (_state is SessionState.Open) SayCloseDoor(unwanted.Network);
    }

    private void SayCloseDoor(NetworkId network) => Say(new() { CloseDoor = new() { Network = ByteString.CopyFrom(network.ToArray()) } });

    private void HandleMembersWanted(MembersWanted wanted, Instant now) => Ask(new Pending.List(wanted, now + options.RequestTimeout), now);

    private void HandleIntroductionWanted(IntroductionWanted wanted, Instant now)
    {
        // The server's limit is on the whole message: 128 bytes hold the id, the room, and the tags around them.
        if (_state is SessionState.Open open && wanted.Sealed.Length + 128 + wanted.Room.Length > open.BytesMax)
        {
            Emit(new TellIntroductionFailed(wanted.Ask, wanted.To, wanted.Room, NetfluxError.MessageTooLarge));
            return;
        }
        Ask(new Pending.Introduce(wanted, now + options.RequestTimeout), now);
    }

    private void HandleMeetingWanted(MeetingWanted wanted, Instant now)
    {
        if (!SignalingNames.IsMeetingKey(wanted.Key))
        {
            Emit(new TellFailed(wanted.Ask, NetfluxError.InvalidAddress, $"A meeting point's key has 1 to {SignalingNames.MeetingKeyBytesMax} bytes without blanks and slashes."));
            return;
        }
        if (_meetings.TryGetValue(wanted.Key, out var meeting) && !meeting.Met)
        {
            Emit(new TellFailed(wanted.Ask, NetfluxError.TooMany, "This process waits at this meeting point already."));
            return;
        }
        if (CannotAsk(out var error, out var why))
        {
            Emit(new TellFailed(wanted.Ask, error, why));
            return;
        }
        _meetings[wanted.Key] = new(wanted.Ask, 0, false, false);
        if (_state is SessionState.Open) SayMeet(wanted.Key);
        else HurryUp(now);
    }

    private void SayMeet(string key)
    {
        var request = Say(new() { Meet = new() { Key = key } });
        _meetings[key] = _meetings[key] with { Request = request, Established = true };
    }

    private void HandleMeetingUnwanted(MeetingUnwanted unwanted)
    {
        if (!_meetings.Remove(unwanted.Key, out var meeting)) return;
        if (!meeting.Met) Emit(new TellFailed(meeting.Ask, NetfluxError.Cancelled, "This process no longer waits at the meeting point."));
        if (_state is SessionState.Open) SayLeaveMeeting(unwanted.Key);
    }

    private void SayLeaveMeeting(string key) => Say(new() { LeaveMeeting = new() { Key = key } });

    private void Ask(Pending pending, Instant now)
    {
        if (CannotAsk(out var error, out var why))
        {
            Fail(pending, error, why);
            return;
        }
        var request = ++_lastRequest;
        _pending.Add(request, pending);
        if (_state is SessionState.Open) SayOrHold(request, pending);
        else HurryUp(now);
    }

    /// <summary>What is asked at a door waits until that is open again: a server whose rooms live elsewhere would take the two in either order.</summary>
    private void SayOrHold(ulong request, Pending pending)
    {
        if (DoorOf(pending) is { } network && IsReopening(network)) _held.Add(request);
        else SayPending(request, pending);
    }

    /// <summary>The door is open again, or the server has said why it is not: now it can say that of each ask.</summary>
    private void SayHeld(NetworkId network)
    {
        _held.IntersectWith(_pending.Keys); // some may be over
        foreach (var (request, pending) in _pending.Where(p => _held.Contains(p.Key) && DoorOf(p.Value) == network).ToList())
        {
            _held.Remove(request);
            SayPending(request, pending);
        }
    }

    private bool IsReopening(NetworkId network) => _pending.Values.Any(p => p is Pending.Reopen reopen && reopen.Network == network);

    private static NetworkId? DoorOf(Pending pending) => pending switch
    {
        Pending.List p => p.Wanted.Network,
        Pending.Track p => p.Wanted.Network,
        Pending.Untrack p => p.Wanted.Network,
        Pending.ListTracked p => p.Wanted.Network,
        Pending.Keep p => p.Wanted.Network,
        Pending.EndKept p => p.Wanted.Network,
        Pending.Collect p => p.Network,
        Pending.AskApproval p => p.Wanted.Network,
        Pending.WithdrawApproval p => p.Wanted.Network,
        Pending.Decide p => p.Wanted.Network,
        Pending.ListApprovals p => p.Wanted.Network,
        _ => null,
    };

    private bool CannotAsk(out NetfluxError error, out string why)
    {
        (error, why) = _state switch
        {
            SessionState.Replaced => (NetfluxError.Replaced, "A newer process runs with this identity; this one stays away."),
            SessionState.Waiting { Busy: { } busy } => (NetfluxError.ServerBusy, busy),
            _ when _pending.Count + _meetings.Count >= options.RequestsMax => (NetfluxError.TooMany, $"{options.RequestsMax} requests to the signaling server are open; try again later."),
            _ => (default, ""),
        };
        return error != default;
    }

    /// <summary>Somebody waits for an answer: the pause between two attempts ends.</summary>
    private void HurryUp(Instant now)
    {
        if (_state is SessionState.Waiting) Dial(now);
    }

    private void SayPending(ulong request, Pending pending)
    {
        switch (pending)
        {
            case Pending.Open open:
                SayOpenDoor(request, open.Wanted.Door, open.Wanted.Genesis, (Proto.OpenDoor.Types.Mode)(int)open.Wanted.Mode, open.Wanted.Track, open.Wanted.Ticket);
                break;
            case Pending.Reopen reopen when _doors.TryGetValue(reopen.Network, out var door):
                SayOpenDoor(request, reopen.Door, door.Genesis, Proto.OpenDoor.Types.Mode.Join, false, null);
                break;
            case Pending.List list:
                Say(new() { ListMembers = new() { Network = ByteString.CopyFrom(list.Wanted.Network.ToArray()) } }, request);
                break;
            case Pending.Track track:
                Say(new() { PutMember = new() { Network = ByteString.CopyFrom(track.Wanted.Network.ToArray()), Record = ByteString.CopyFrom(track.Wanted.Record.Span) } }, request);
                break;
            case Pending.Untrack untrack:
                Say(new() { RemoveMember = new() { Network = ByteString.CopyFrom(untrack.Wanted.Network.ToArray()), Peer = ByteString.CopyFrom(untrack.Wanted.Member.ToArray()), Record = ByteString.CopyFrom(untrack.Wanted.Record.Span) } }, request);
                break;
            case Pending.ListTracked list:
                var after = list.After is { } last ? ByteString.CopyFrom(last.ToArray()) : ByteString.Empty;
                var only = list.Wanted.Only is { } one ? ByteString.CopyFrom(one.ToArray()) : ByteString.Empty;
                Say(new() { ListTracked = new() { Network = ByteString.CopyFrom(list.Wanted.Network.ToArray()), After = after, Only = only } }, request);
                break;
            case Pending.Keep or Pending.EndKept or Pending.Collect: SayInvitation(request, pending); break;
            case Pending.AskApproval or Pending.WithdrawApproval or Pending.Decide or Pending.ListApprovals: SayApproval(request, pending); break;
            case Pending.ListNetworks list: Say(new() { ListNetworks = new() { After = list.After } }, request); break;
            case Pending.Introduce introduce:
                var say = new Proto.Introduce { To = ByteString.CopyFrom(introduce.Wanted.To.ToArray()), Room = introduce.Wanted.Room, Sealed = ByteString.CopyFrom(introduce.Wanted.Sealed.Span) };
                Say(new() { Introduce = say }, request);
                break;
        }
    }

    private void SayOpenDoor(ulong request, string door, ReadOnlyMemory<byte> genesis, Proto.OpenDoor.Types.Mode mode, bool track, Ticket? ticket)
    {
        var open = new Proto.OpenDoor { Door = door, Genesis = ByteString.CopyFrom(genesis.Span), Mode = mode, Track = track };
        if (ticket is not null) (open.Ticket, open.TicketSecret) = (ByteString.CopyFrom(ticket.Signed.Record.Span), ByteString.CopyFrom(ticket.Secret.Span));
        Say(new() { OpenDoor = open }, request);
    }

    private void SayReopen(NetworkId network, string door, Instant now)
    {
        var request = ++_lastRequest;
        var pending = new Pending.Reopen(network, door, now + options.RequestTimeout);
        _pending.Add(request, pending);
        SayPending(request, pending);
    }

    private void FailAsks(NetfluxError error, string why)
    {
        foreach (var pending in _pending.Values) Fail(pending, error, why);
        _pending.Clear();
        foreach (var (key, meeting) in _meetings.Where(m => !m.Value.Established).ToList())
        {
            _meetings.Remove(key);
            Emit(new TellFailed(meeting.Ask, error, why));
        }
    }

    private void Fail(Pending pending, NetfluxError error, string why) => Emit(pending switch
    {
        Pending.Open p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.List p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.Track p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.Untrack p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.ListTracked p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.ListNetworks p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.Keep p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.EndKept p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.AskApproval p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.WithdrawApproval p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.Decide p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.ListApprovals p => new TellFailed(p.Wanted.Ask, error, why),
        Pending.Collect p => new NoteNotCollected(p.Network, error, why),
        Pending.Introduce p => new TellIntroductionFailed(p.Wanted.Ask, p.Wanted.To, p.Wanted.Room, error),
        Pending.Reopen p => new NoteDoorRefused(p.Network, error, why),
        _ => throw new ArgumentOutOfRangeException(nameof(pending), pending, null),
    });
}
