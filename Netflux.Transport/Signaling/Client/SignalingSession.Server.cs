using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Wire;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>What the server says. It is trusted with introducing, and with nothing else: what it may not say ends the connection.</summary>
internal sealed partial class SignalingSession
{
    private void HandleSaid(ServerSaid fact, Instant now)
    {
        var attempt = _state switch
        {
            SessionState.AwaitingHello s => s.Attempt,
            SessionState.AwaitingWelcome s => s.Attempt,
            SessionState.Open s => s.Attempt,
            _ => -1,
        };
        if (attempt != fact.Attempt) return; // of a connection that was given up
        if (!_fromServer.TryTake(1, now)) Drop(attempt, CloseCode.Flooding, "The server sends faster than the limits allow.", now);
        else if (!SignalingWire.TryParse(fact.Message.Span, out Proto.ToClient? message)) Drop(attempt, CloseCode.ProtocolViolated, "A message that cannot be read came.", now);
        else OnMessage(attempt, message, now);
    }

    private void OnMessage(long attempt, Proto.ToClient message, Instant now)
    {
        switch (_state, message.SayCase)
        {
            case (SessionState.AwaitingHello s, Proto.ToClient.SayOneofCase.Hello): OnHello(s, message.Hello, now); break;
            case (SessionState.AwaitingHello or SessionState.AwaitingWelcome, Proto.ToClient.SayOneofCase.Refused): OnRefusedEntry(attempt, message.Refused, now); break;
            case (SessionState.AwaitingWelcome s, Proto.ToClient.SayOneofCase.Welcome): OnWelcome(s, message.Welcome, now); break;
            case (SessionState.Open s, Proto.ToClient.SayOneofCase.Welcome): OnNewerSeen(s, message.Welcome); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.DoorOpened): OnDoorOpened(message.Request, message.DoorOpened); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.MembersOnline): OnMembersOnline(message.Request, message.MembersOnline); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.TrackedListed): OnTrackedListed(message.Request, message.TrackedListed); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.NetworksListed): OnNetworksListed(message.Request, message.NetworksListed, now); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.Met): OnMet(message.Request, message.Met); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.Introduced): OnIntroduced(message.Introduced); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.Invited): OnInvited(message.Request, message.Invited, now); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.ApprovalWaits): OnApprovalWaits(message.Request, message.ApprovalWaits); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.ApprovalDecided): OnApprovalDecided(message.Request, message.ApprovalDecided); break;
            case (SessionState.Open s, Proto.ToClient.SayOneofCase.Renewed): OnRenewed(s, message.Request, message.Renewed, now); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.Done): OnDone(message.Request); break;
            case (SessionState.Open, Proto.ToClient.SayOneofCase.Refused): OnRefused(message.Request, message.Refused, now); break;
            case (SessionState.Open s, Proto.ToClient.SayOneofCase.GoElsewhere): OnGoElsewhere(s, message.GoElsewhere, now); break;
            default: Drop(attempt, CloseCode.ProtocolViolated, $"{message.SayCase} came where it is not due.", now); break;
        }
    }

    private void OnHello(SessionState.AwaitingHello state, Proto.ServerHello hello, Instant now)
    {
        if (hello.Nonce.Length != SignalingWire.NonceLength || hello.VersionMin > hello.VersionMax)
        {
            Drop(state.Attempt, CloseCode.NotSignaling, "its greeting cannot be read", now);
            return;
        }
        var version = Math.Min(hello.VersionMax, SignalingWire.VersionMax);
        if (version < hello.VersionMin || version < SignalingWire.VersionMin)
        {
            ConnectFailed(state.Attempt, NetfluxError.VersionNotSupported,
                $"The signaling server at {server} speaks versions {hello.VersionMin} to {hello.VersionMax}, this process {SignalingWire.VersionMin} to {SignalingWire.VersionMax}.", null, now);
            return;
        }
        var authority = SignalingProof.Normalize(state.Authority);
        Say(new()
        {
            Hello = new()
            {
                Version = version,
                Card = ByteString.CopyFrom(keys.Card.Bytes.Span),
                Incarnation = state.Incarnation.Value,
                DisplayName = displayName,
                Authority = authority,
                Signature = ByteString.CopyFrom(keys.Sign(SignalingProof.Purpose, SignalingProof.Body(version, hello.Nonce.Span, state.Incarnation, authority, displayName))),
            },
        }, request: 0);
        var lease = TimeSpan.FromMilliseconds(hello.LeaseMs);
        lease = lease < options.LeaseMin ? options.LeaseMin : lease > options.LeaseMax ? options.LeaseMax : lease;
        var bytesMax = (int)Math.Min(hello.MessageBytesMax, (uint)state.BytesMax);
        _state = new SessionState.AwaitingWelcome(state.Attempt, state.Incarnation, bytesMax, lease, now + options.ConnectTimeout);
    }

    private void OnRefusedEntry(long attempt, Proto.Refused refused, Instant now)
    {
        TimeSpan? retryAfter = refused.RetryAfterMs > 0 ? TimeSpan.FromMilliseconds(refused.RetryAfterMs) : null;
        ConnectFailed(attempt, ErrorOf(refused), $"The signaling server at {server} refuses the connection: {SignalingNames.Sentence(refused.Text)}", retryAfter, now);
    }

    private void OnWelcome(SessionState.AwaitingWelcome state, Proto.Welcome welcome, Instant now)
    {
        var seen = new Incarnation(welcome.SeenIncarnation);
        if (seen > state.Incarnation)
        {
            Emit(new CloseServer(state.Attempt, CloseCode.Done, "A newer incarnation was seen."));
            if (welcome.NewerOnline) BeReplaced(seen);
            else
            {
                // A clock that went back: the facade raises the incarnation, and the next attempt carries it.
                Emit(new TellNewerIncarnation(seen, false));
                Wait(null, null, now);
            }
            return;
        }
        _servers.Learn(welcome.Others);
        var leaseAt = now + state.Lease / 3;
        _state = new SessionState.Open(state.Attempt, state.Incarnation, state.BytesMax, state.Lease, now, leaseAt, NextRenewal(leaseAt, now), 0);
        Emit(new NoteConnection(true, $"Connected to the signaling server at {_servers.Text}."));
        _servers.Connected();
        // Doors first, so that what waits finds this peer in its rooms.
        foreach (var (network, door) in _doors.ToList()) SayReopen(network, door.Text, now);
        foreach (var (key, _) in _meetings.Where(m => !m.Value.Met).ToList()) SayMeet(key);
        _held.Clear();
        foreach (var (request, pending) in _pending.Where(p => p.Value is not Pending.Reopen).ToList()) SayOrHold(request, pending);
    }

    private void OnNewerSeen(SessionState.Open state, Proto.Welcome welcome)
    {
        var seen = new Incarnation(welcome.SeenIncarnation);
        if (seen <= state.Incarnation) return;
        Emit(new CloseServer(state.Attempt, CloseCode.Done, "A newer incarnation is online."));
        BeReplaced(seen);
    }

    private void OnDoorOpened(ulong request, Proto.DoorOpened opened)
    {
        var valid = Genesis.TryParse(opened.Genesis.Memory, out var genesis, out var error, out var why);
        _pending.Remove(request, out var pending);
        switch (pending)
        {
            case Pending.Open p when !valid:
                Emit(new TellFailed(p.Wanted.Ask, error, $"The server's record of the network cannot be used: {why}"));
                break;
            case Pending.Open p when NetworkId.TryParse(p.Wanted.Door, out var asked) && asked != genesis!.Network:
                SayCloseDoor(genesis.Network);
                Emit(new TellFailed(p.Wanted.Ask, NetfluxError.NetworkNotFound, "The server answered with another network than the one asked for."));
                break;
            case Pending.Open p:
                _doors[genesis!.Network] = new(p.Wanted.Door, genesis.Record);
                var name = SignalingNames.IsName(p.Wanted.Door) ? p.Wanted.Door : SignalingNames.IsName(opened.Name) ? opened.Name : null;
                Emit(new TellDoorOpened(p.Wanted.Ask, genesis, ReadMembers(opened.Members), opened.Created, name, opened.Tracked) { Root = ReadRoot(opened.Root, genesis.Network, p), Admission = opened.Admission.Memory });
                break;
            case Pending.Reopen p when !valid:
                Emit(new NoteDoorRefused(p.Network, error, why));
                SayHeld(p.Network);
                break;
            case Pending.Reopen p when valid && genesis!.Network == p.Network && _doors.ContainsKey(p.Network):
                Emit(new TellDoorReopened(p.Network, ReadMembers(opened.Members)) { Root = ReadRoot(opened.Root, p.Network, p) });
                SayHeld(p.Network);
                break;
            case null or Pending.Reopen when valid && !_doors.ContainsKey(genesis!.Network):
                SayCloseDoor(genesis.Network); // nobody waits for it any more: what is late is undone
                break;
        }
    }

    private void OnMembersOnline(ulong request, Proto.MembersOnline online)
    {
        if (_pending.TryGetValue(request, out var pending) && pending is Pending.List list && _pending.Remove(request))
            Emit(new TellMembers(list.Wanted.Ask, list.Wanted.Network, ReadMembers(online.Members)));
    }

    private void OnMet(ulong request, Proto.Met met)
    {
        if (!_meetings.TryGetValue(met.Key, out var meeting) || meeting.Request != request || meeting.Met)
        {
            if (!_meetings.ContainsKey(met.Key) && SignalingNames.IsMeetingKey(met.Key)) SayLeaveMeeting(met.Key); // late: undone
            return;
        }
        if (!SignalingWire.TryReadMember(met.Other, out var other) || other.Card.Id == keys.Id)
        {
            _meetings.Remove(met.Key);
            SayLeaveMeeting(met.Key);
            Emit(new TellFailed(meeting.Ask, NetfluxError.PeerUnreachable, "The server named a peer whose keys cannot be verified."));
            return;
        }
        _meetings[met.Key] = meeting with { Met = true };
        Emit(new TellMet(meeting.Ask, met.Key, other, met.First));
    }

    private void OnIntroduced(Proto.Introduced introduced)
    {
        var known = NetworkId.TryParse(introduced.Room, out var network)
            ? _doors.ContainsKey(network)
            : SignalingNames.TryParseMeetingRoom(introduced.Room, out var key) && _meetings.ContainsKey(key);
        // Of a room that was left meanwhile, or never entered: nobody to tell.
        if (known && SignalingWire.TryReadPeer(introduced.From, out var from)) Emit(new TellIntroduction(from, introduced.Room, introduced.Sealed.Memory));
    }

    private void OnRenewed(SessionState.Open state, ulong request, Proto.Renewed renewed, Instant now)
    {
        if (state.Renewal != request) return;
        _servers.Learn(renewed.Others);
        _state = state with { Renewal = 0, RenewAt = NextRenewal(state.LeaseAt, now) };
        if (now - state.Since >= options.StableAfter) _failures = 0;
        ReadRoots(renewed.Roots);
        foreach (var bytes in renewed.Unknown.Take(_doors.Count))
            if (SignalingWire.TryReadNetwork(bytes, out var network) && _doors.TryGetValue(network, out var door)
                && !IsReopening(network))
                SayReopen(network, door.Text, now);
    }

    private void OnDone(ulong request)
    {
        switch (_pending.GetValueOrDefault(request))
        {
            case Pending.Introduce introduce: Emit(new TellIntroductionPassed(introduce.Wanted.Ask)); break;
            case Pending.Track track: Emit(new TellTracked(track.Wanted.Ask, track.Wanted.Network)); break;
            case Pending.Untrack untrack: Emit(new TellTracked(untrack.Wanted.Ask, untrack.Wanted.Network)); break;
            case Pending.Keep keep: Emit(new TellTracked(keep.Wanted.Ask, keep.Wanted.Network)); break;
            case Pending.EndKept end: Emit(new TellTracked(end.Wanted.Ask, end.Wanted.Network)); break;
            case Pending.AskApproval ask: Emit(new TellTracked(ask.Wanted.Ask, ask.Wanted.Network)); break;
            case Pending.WithdrawApproval withdraw: Emit(new TellTracked(withdraw.Wanted.Ask, withdraw.Wanted.Network)); break;
            case Pending.Decide decide: Emit(new TellTracked(decide.Wanted.Ask, decide.Wanted.Network)); break;
            case Pending.ListApprovals list: Emit(new TellApprovals(list.Wanted.Ask, list.Wanted.Network, list.Read)); break; // there is no other
            case Pending.Collect: break; // there is no other
            default: return;
        }
        _pending.Remove(request);
    }

    private void OnNetworksListed(ulong request, Proto.NetworksListed listed, Instant now)
    {
        if (!_pending.TryGetValue(request, out var pending) || pending is not Pending.ListNetworks list) return;
        _pending.Remove(request);
        foreach (var network in listed.Networks)
        {
            // What this version does not understand it cannot join either.
            if (!Genesis.TryParse(network.Genesis.Memory, out var genesis, out _, out _)) continue;
            var name = SignalingNames.IsName(network.Name) ? network.Name : null;
            list.Read.Add(new TrackedNetwork(genesis.Network, name, genesis.Topology, (int)Math.Min(network.Members, int.MaxValue), (int)Math.Min(network.Online, int.MaxValue)));
        }
        if (!listed.More || string.CompareOrdinal(listed.Last, list.After) <= 0 || list.Read.Count >= options.TrackedNetworksMax)
        {
            Emit(new TellNetworks(list.Wanted.Ask, list.Read));
            return;
        }
        if (now >= list.Ends)
        {
            Fail(list, NetfluxError.TimedOut, $"The signaling server at {server} did not come to an end with its networks in time.");
            return;
        }
        // Each page has its own time: of thousands of networks many have to be read from a disk.
        AskOn(++_lastRequest, list with { After = listed.Last, Until = now + options.RequestTimeout });
    }

    /// <summary>The next page, by the number and within the time of the ask: time-outs stay in the order of numbers.</summary>
    private void AskOn(ulong request, Pending next)
    {
        _pending.Add(request, next);
        SayPending(request, next);
    }

    private void OnRefused(ulong request, Proto.Refused refused, Instant now)
    {
        var (error, text) = (ErrorOf(refused), SignalingNames.Sentence(refused.Text));
        if (_pending.Remove(request, out var pending))
        {
            if (pending is Pending.Reopen reopen) OnReopenRefused(reopen, error, text, now);
            else Fail(pending, error, text);
            return;
        }
        foreach (var (key, meeting) in _meetings.Where(m => m.Value.Request == request && !m.Value.Met).Take(1).ToList())
        {
            _meetings.Remove(key);
            Emit(new TellFailed(meeting.Ask, error, text));
        }
    }

    private void OnReopenRefused(Pending.Reopen reopen, NetfluxError error, string text, Instant now)
    {
        if (!_doors.TryGetValue(reopen.Network, out var door)) return;
        if (error != NetfluxError.NameTaken || door.Text == reopen.Network.ToString())
        {
            Emit(new NoteDoorRefused(reopen.Network, error, text));
            SayHeld(reopen.Network);
            return;
        }
        // Another network took the name while the server had forgotten: members still find each other by the id.
        Emit(new TellDoorConflict(reopen.Network, door.Text, text));
        _doors[reopen.Network] = door with { Text = reopen.Network.ToString() };
        SayReopen(reopen.Network, reopen.Network.ToString(), now);
    }

    private void OnGoElsewhere(SessionState.Open state, Proto.GoElsewhere elsewhere, Instant now)
    {
        _isSent = _servers.TryGo(elsewhere.Server);
        if (_isSent) Emit(new NoteGoElsewhere(_servers.Text));
        Drop(state.Attempt, CloseCode.Done, "The server stops.", now);
    }

    private List<MemberOnline> ReadMembers(IEnumerable<Proto.MemberOnline> members)
    {
        var read = new List<MemberOnline>();
        foreach (var wire in members.Take(options.MembersMax))
            if (SignalingWire.TryReadMember(wire, out var member) && member.Card.Id != keys.Id) read.Add(member);
        return read;
    }

    private static NetfluxError ErrorOf(Proto.Refused refused) => (NetfluxError)refused.Code switch
    {
        // What a server can know. Any other number is of a later version, or made up.
        NetfluxError.InvalidAddress or NetfluxError.NetworkNotFound or NetfluxError.NameTaken or NetfluxError.NetworkFull or NetfluxError.NotAdmitted
            or NetfluxError.TrackingNotSupported or NetfluxError.VersionNotSupported or NetfluxError.ServerBusy or NetfluxError.InvalidTopology
            or NetfluxError.UnknownPeer or NetfluxError.PeerUnreachable or NetfluxError.NotAMember or NetfluxError.MessageTooLarge or NetfluxError.Cancelled
            or NetfluxError.UnknownRequest or NetfluxError.TooMany or NetfluxError.InvalidOptions
            or NetfluxError.TicketInvalid or NetfluxError.TicketExpired or NetfluxError.TicketUsedUp => (NetfluxError)refused.Code,
        _ => NetfluxError.ServerBusy,
    };
}
