using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Wire;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Server;

/// <summary>
/// A signaling server's decisions: which connection speaks for which peer, and the rooms. Rooms are spoken to as (room id, message) and answer connections by id. Those of a plain server live
/// here in one table, one message after the other, so that join-or-create is atomic; those of a tracking server live elsewhere, each by itself.
/// </summary>
/// <param name="areElsewhere">Whether rooms are told, and answer, by <see cref="TellRoom"/> and <see cref="RoomSaid"/>.</param>
internal sealed class SignalingRooms(SignalingServerOptions options, bool areElsewhere = false) : IProtocolCore<RoomsFact, RoomsInstruction>, IRoomOutlet
{
    private const int OthersMax = 8, RootsMax = 64;    // signaling.proto
    private const int AskedMax = 256;   // guess: of one connection; those beyond it are asked once
    private static readonly TimeSpan s_askedFor = TimeSpan.FromSeconds(8); // a client waits a second longer for an answer; what it does after that must not meet what it asked before

    private sealed class Connection(string address)
    {
        public string Address { get; } = address;
        public Visitor? Who { get; set; }
        public SortedSet<NetworkId> Doors { get; } = [];
        public SortedDictionary<string, ulong> Meetings { get; } = new(StringComparer.Ordinal); // the request of who still waits; 0 for who has met
        public Renewal? Renewal { get; set; }
        public Dictionary<ulong, Asked> Asked { get; } = []; // of rooms that live elsewhere, and not answered
    }

    private readonly record struct Asked(RoomId Room, RoomRequest Request, Instant At);

    /// <summary>Leases that are told to their rooms, until all have answered.</summary>
    private sealed class Renewal(ulong request, IEnumerable<NetworkId> networks)
    {
        public ulong Request => request;
        public HashSet<NetworkId> Open { get; } = [.. networks];
        public List<NetworkId> Unknown { get; } = [];
        public List<ReadOnlyMemory<byte>> Roots { get; } = [];
    }

    private readonly Dictionary<ConnectionId, Connection> _connections = [];
    private readonly Dictionary<string, int> _perAddress = new(StringComparer.Ordinal);
    private readonly Dictionary<PeerId, Visitor> _online = [];
    private readonly SeenIncarnations _seen = new(options.IncarnationsMax);
    private readonly Dictionary<RoomId, IRoom> _rooms = [];
    private readonly RoomDeadlines _deadlines = new();
    private readonly Queue<(RoomId Room, RoomMessage Message)> _told = new();
    private readonly Queue<RoomsInstruction> _instructions = new();
    private readonly Queue<(ConnectionId Connection, ulong Request, Instant Until)> _renewals = new(); // that wait for rooms; the connection has what they are, and only the last
    private IReadOnlyList<string> _others = [];
    private int _networks;

    public int Connections => _connections.Count;

    /// <summary>Networks whose doors this server keeps.</summary>
    public int Doors => _networks;

    public Instant Now { get; private set; }

    public SignalingServerOptions Options => options;

    public IPeerKeys? ServerKeys => null;

    public DateTimeOffset WallClock => throw new NotSupportedException("What needs the time that people know is stored, and rooms in this table are not.");

    public Instant? NextDeadline => Instant.Earlier(_deadlines.Next, _renewals.TryPeek(out var next) ? next.Until : null);

    public bool TryTake([NotNullWhen(true)] out RoomsInstruction? instruction) => _instructions.TryDequeue(out instruction);

    public void Handle(RoomsFact fact, Instant now)
    {
        Now = now;
        switch (fact)
        {
            case ConnectionOpened f: HandleOpened(f); break;
            case ConnectionGone f: Forget(f.Connection); break;
            case PeerProven f: HandleProven(f.Who); break;
            case PeerAsked f when _connections.TryGetValue(f.Connection, out var connection) && connection.Who is { } who: OnAsked(connection, who, f.Request, f.Ask); break;
            case PeerAsked: break; // it was closed meanwhile
            case RoomSaid f: Reply(f.Connection, f.Reply); break;
            case OtherServersChanged f: HandleOthers(f.Urls); break;
            case ServerStopping: SendElsewhere(); break;
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, null);
        }
        Settle();
    }

    public void HandleDeadline(Instant now)
    {
        Now = now;
        while (_deadlines.TryTakeDue(now, out var id))
        {
            if (!_rooms.TryGetValue(id, out var room)) continue;
            room.HandleDeadline(this);
            AfterRoom(id, room);
        }
        while (_renewals.TryPeek(out var oldest) && oldest.Until <= now)
        {
            _renewals.Dequeue();
            if (!_connections.TryGetValue(oldest.Connection, out var connection) || connection.Renewal is not { } renewal || renewal.Request != oldest.Request) continue;
            // A room that does not answer is as one that knows of nothing: its door is opened again.
            renewal.Unknown.AddRange(renewal.Open);
            EndRenewal(oldest.Connection, connection, renewal);
        }
        Settle();
    }

    private void HandleOpened(ConnectionOpened fact)
    {
        var ofAddress = _perAddress.GetValueOrDefault(fact.Address);
        if (_connections.Count >= options.ConnectionsMax)
            RefuseEntry(fact.Connection, "This server has as many connections as it takes; try again later.");
        else if (ofAddress >= options.ConnectionsPerAddressMax)
            RefuseEntry(fact.Connection, "Too many connections come from this address.");
        else
        {
            _connections.Add(fact.Connection, new(fact.Address));
            _perAddress[fact.Address] = ofAddress + 1;
        }
    }

    private void RefuseEntry(ConnectionId connection, string text)
    {
        Say(connection, 0, new() { Refused = new() { Code = (uint)NetfluxError.ServerBusy, Text = text, RetryAfterMs = (uint)options.BusyRetryAfter.TotalMilliseconds } });
        Close(connection, CloseCode.TooManyConnections, text);
    }

    /// <summary>The connection ended, or is ended: its peer leaves its rooms.</summary>
    private void Forget(ConnectionId id)
    {
        if (!_connections.Remove(id, out var connection)) return;
        if (--_perAddress[connection.Address] == 0) _perAddress.Remove(connection.Address);
        if (connection.Who is not { } who) return;
        if (_online.TryGetValue(who.Id, out var online) && online.Connection == id) _online.Remove(who.Id);
        foreach (var network in connection.Doors) Tell(RoomId.Of(network), new LeaveRoom(who.Id, id, OnPurpose: false));
        foreach (var key in connection.Meetings.Keys) Tell(RoomId.OfMeeting(key), new LeaveRoom(who.Id, id, OnPurpose: false));
    }

    private void HandleProven(Visitor who)
    {
        if (!_connections.TryGetValue(who.Connection, out var connection)) return;
        var seen = _seen.Raise(who.Id, who.Incarnation);
        var before = _online.GetValueOrDefault(who.Id);
        if (seen > who.Incarnation)
        {
            Say(who.Connection, 0, new() { Welcome = new() { SeenIncarnation = seen.Value, NewerOnline = before is not null } });
            End(who.Connection, before is not null ? CloseCode.Replaced : CloseCode.IncarnationOld,
                before is not null ? "A newer process runs with this identity." : "A newer incarnation of this identity was seen; connect with a higher one.");
            return;
        }
        if (before is not null)
        {
            var newer = who.Incarnation > before.Incarnation;
            if (newer) Say(before.Connection, 0, new() { Welcome = new() { SeenIncarnation = seen.Value, NewerOnline = true } });
            End(before.Connection, newer ? CloseCode.Replaced : CloseCode.ConnectedAgain, newer ? "A newer process runs with this identity." : "The same process connected again.");
        }
        connection.Who = who;
        _online[who.Id] = who;
        var welcome = new Proto.Welcome { SeenIncarnation = seen.Value };
        welcome.Others.Add(_others);
        Say(who.Connection, 0, new() { Welcome = welcome });
    }

    /// <summary>Rooms move when nodes come and go: they hear at once who is here, and not with the next renewals; and what a room that is gone did not answer is asked again of the one in its place.</summary>
    private void HandleOthers(IReadOnlyList<string> urls)
    {
        _others = [.. urls.Take(OthersMax)];
        foreach (var connection in _connections.Values)
            if (connection.Who is { } who)
            {
                foreach (var network in connection.Doors) Tell(RoomId.Of(network), new RenewLease(who));
                foreach (var asked in connection.Asked.Values.Where(asked => Now - asked.At < s_askedFor)) _instructions.Enqueue(new TellRoom(asked.Room, asked.Request));
            }
    }

    /// <summary>Each to the next of the others, so that they share who comes.</summary>
    private void SendElsewhere()
    {
        var next = 0;
        foreach (var (id, connection) in _connections)
            if (connection.Who is not null && _others.Count > 0) Say(id, 0, new() { GoElsewhere = new() { Server = _others[next++ % _others.Count] } });
    }

    private void OnAsked(Connection connection, Visitor who, ulong request, PeerAsk ask)
    {
        switch (ask)
        {
            case OpenDoorAsk open: OnOpenDoor(connection, who, request, open); break;
            case CloseDoorAsk close:
                if (connection.Doors.Remove(close.Network)) Tell(RoomId.Of(close.Network), new LeaveRoom(who.Id, who.Connection, OnPurpose: true));
                Say(who.Connection, request, new() { Done = new() });
                break;
            case ListAsk list when connection.Doors.Contains(list.Network): Tell(RoomId.Of(list.Network), new ListDoor(who, request)); break;
            case ListAsk: Refuse(who.Connection, request, NetfluxError.NotAMember, "Only who stands at a network's door learns who is online there."); break;
            case MeetAsk meet when !connection.Meetings.ContainsKey(meet.Key) && connection.Meetings.Count >= options.MeetingsPerConnectionMax:
                Refuse(who.Connection, request, NetfluxError.ServerBusy, $"A connection waits at no more than {options.MeetingsPerConnectionMax} meeting points.");
                break;
            case MeetAsk meet:
                connection.Meetings[meet.Key] = request;
                Tell(RoomId.OfMeeting(meet.Key), new WaitHere(who, request));
                break;
            case LeaveMeetingAsk leave:
                connection.Meetings.Remove(leave.Key);
                Tell(RoomId.OfMeeting(leave.Key), new LeaveRoom(who.Id, who.Connection, OnPurpose: true));
                Say(who.Connection, request, new() { Done = new() });
                break;
            case IntroduceAsk introduce: OnIntroduce(connection, who, request, introduce); break;
            case RenewAsk renew: OnRenew(connection, who, request, renew); break;
            case ListNetworksAsk list when areElsewhere: _instructions.Enqueue(new FindNetworks(who.Connection, request, list.After)); break;
            case ListNetworksAsk: Refuse(who.Connection, request, NetfluxError.TrackingNotSupported, "This server introduces peers that are online; it does not remember networks."); break;
            case PutTrackedAsk put: TellDoor(put.Network, new PutTracked(who, request, put.Record)); break;
            case RemoveTrackedAsk remove: TellDoor(remove.Network, new RemoveTracked(who, request, remove.Member, remove.Record)); break;
            case ListTrackedAsk list: TellDoor(list.Network, new ListTrackedMembers(who, request, list.After, list.Only)); break;
            case KeepInvitationAsk keep: TellDoor(keep.Network, new KeepInvitation(who, request, keep.Id, keep.To, keep.Sealed, keep.Until)); break;
            case EndInvitationAsk end: TellDoor(end.Network, new EndInvitation(who, request, end.Id)); break;
            case NextInvitationAsk next: TellDoor(next.Network, new NextInvitation(who, request, next.After)); break;
            case AskApprovalAsk approval: TellDoor(approval.Network, new AskApproval(who, request, approval.Record)); break;
            case NextApprovalAsk next: TellDoor(next.Network, new NextApproval(who, request, next.After)); break;
            case DecideApprovalAsk decide: TellDoor(decide.Network, new TakeDecision(who, request, decide.Peer, decide.Admission, decide.Why)); break;
            case WithdrawApprovalAsk withdraw: TellDoor(withdraw.Network, new EndApproval(who, request)); break;
            default: throw new ArgumentOutOfRangeException(nameof(ask), ask, null);
        }

        void TellDoor(NetworkId network, RoomRequest asked)
        {
            if (connection.Doors.Contains(network)) Tell(RoomId.Of(network), asked);
            else Refuse(who.Connection, request, NetfluxError.NotAMember, "Only who stands at a network's door asks there.");
        }
    }

    private void OnOpenDoor(Connection connection, Visitor who, ulong request, OpenDoorAsk open)
    {
        var byId = NetworkId.TryParse(open.Door, out var network);
        var room = byId ? RoomId.Of(network) : RoomId.OfName(open.Door);
        if (connection.Doors.Count >= options.DoorsPerConnectionMax && !(byId && connection.Doors.Contains(network)))
            Refuse(who.Connection, request, NetfluxError.ServerBusy, $"A connection has no more than {options.DoorsPerConnectionMax} doors open here.");
        else if (!areElsewhere && _networks >= options.DoorsMax && !_rooms.ContainsKey(room) && open.Offered is { } offered && !_rooms.ContainsKey(RoomId.Of(offered.Network)))
            Refuse(who.Connection, request, NetfluxError.ServerBusy, "This server keeps as many networks as it takes; try again later.");
        else
            Tell(room, new EnterDoor(who, request, open.Door, open.Offered, open.Mode, open.Track) { Ticket = open.Ticket, TicketSecret = open.TicketSecret });
    }

    private void OnIntroduce(Connection connection, Visitor who, ulong request, IntroduceAsk introduce)
    {
        // Rooms are made by entering, not by being spoken of.
        if (!areElsewhere && !_rooms.ContainsKey(introduce.Room))
        {
            Refuse(who.Connection, request, NetfluxError.UnknownPeer, "That peer is not here.");
            return;
        }
        if (introduce.Room.Kind == RoomKind.Meeting && connection.Meetings.Count < options.MeetingsPerConnectionMax) connection.Meetings.TryAdd<string, ulong>(introduce.Room.Key, 0);
        Tell(introduce.Room, new PassIntroduction(who, request, introduce.To, introduce.Sealed));
    }

    private void OnRenew(Connection connection, Visitor who, ulong request, RenewAsk renew)
    {
        if (areElsewhere)
            foreach (var (key, wait) in connection.Meetings)
                if (wait != 0) Tell(RoomId.OfMeeting(key), new StillWaiting(who, wait));
        var renewal = connection.Renewal = new Renewal(request, renew.Networks);
        if (renewal.Open.Count == 0)
        {
            EndRenewal(who.Connection, connection, renewal);
            return;
        }
        if (areElsewhere) _renewals.Enqueue((who.Connection, request, Now + options.RoomTimeout));
        foreach (var network in renewal.Open.ToArray())
        {
            // Only doors that are open: a room that lives elsewhere is read from its store to be told.
            if (areElsewhere ? connection.Doors.Contains(network) : _rooms.ContainsKey(RoomId.Of(network))) Tell(RoomId.Of(network), new RenewLease(who, request));
            else HandleLease(who.Connection, network, isKnown: false);
        }
    }

    private void HandleLease(ConnectionId id, NetworkId network, bool isKnown, ReadOnlyMemory<byte> root = default)
    {
        if (!_connections.TryGetValue(id, out var connection) || connection.Renewal is not { } renewal || !renewal.Open.Remove(network)) return;
        if (!isKnown) renewal.Unknown.Add(network);
        if (root.Length > 0 && renewal.Roots.Count < RootsMax) renewal.Roots.Add(root);
        if (renewal.Open.Count == 0) EndRenewal(id, connection, renewal);
    }

    private void EndRenewal(ConnectionId id, Connection connection, Renewal renewal)
    {
        connection.Renewal = null;
        var renewed = new Proto.Renewed();
        renewed.Unknown.AddRange(renewal.Unknown.Select(network => ByteString.CopyFrom(network.ToArray())));
        renewed.Others.Add(_others);
        renewed.Roots.AddRange(renewal.Roots.Select(root => ByteString.CopyFrom(root.Span)));
        Say(id, renewal.Request, new() { Renewed = renewed });
    }

    public void Tell(RoomId room, RoomMessage message)
    {
        if (!areElsewhere)
        {
            _told.Enqueue((room, message));
            return;
        }
        if (message is RoomRequest request and not WaitHere) RememberAsked(room, request); // who waits says so with each renewal
        _instructions.Enqueue(new TellRoom(room, message));
    }

    private void RememberAsked(RoomId room, RoomRequest request)
    {
        if (!_connections.TryGetValue(request.Who.Connection, out var connection)) return;
        // What nobody waits for any more goes, so that what is kept has no more bytes than a connection may send in that time.
        foreach (var (number, asked) in connection.Asked)
            if (Now - asked.At >= s_askedFor) connection.Asked.Remove(number);
        if (connection.Asked.Count < AskedMax) connection.Asked[request.Request] = new(room, request, Now);
    }

    public void Store(RoomEvent happened) => throw new NotSupportedException("Rooms in this table are not stored: a plain server refuses to track.");

    private void Settle()
    {
        while (_told.TryDequeue(out var told))
        {
            if (!_rooms.TryGetValue(told.Room, out var room))
            {
                if (told.Message is not (EnterDoor or WaitHere)) continue; // the room is over: nobody is left to be told
                room = NewRoom(told.Room);
            }
            room.Handle(told.Message, this);
            AfterRoom(told.Room, room);
        }
    }

    private IRoom NewRoom(RoomId id)
    {
        var room = id.Build();
        _rooms.Add(id, room);
        if (room is NetworkRoom) _networks++;
        return room;
    }

    private void AfterRoom(RoomId id, IRoom room)
    {
        if (room.IsOver)
        {
            _rooms.Remove(id);
            _deadlines.Set(id, null);
            if (room is NetworkRoom) _networks--;
        }
        else _deadlines.Set(id, room.NextDeadline);
    }

    public void Reply(ConnectionId id, RoomReply reply)
    {
        if (!_connections.TryGetValue(id, out var connection)) return;
        switch (reply)
        {
            case Entered r:
                connection.Doors.Add(r.Genesis.Network);
                var opened = new Proto.DoorOpened { Genesis = ByteString.CopyFrom(r.Genesis.Record.Span), Created = r.Created, Name = r.Name ?? "", Tracked = r.Tracked, Root = ByteString.CopyFrom(r.Root.Span) };
                opened.Members.AddRange(r.Members.Select(ToWire));
                opened.Admission = ByteString.CopyFrom(r.Admission.Span);
                Say(id, r.Request, new() { DoorOpened = opened });
                break;
            case Listed r:
                var listed = new Proto.MembersOnline();
                listed.Members.AddRange(r.Members.Select(ToWire));
                Say(id, r.Request, new() { MembersOnline = listed });
                break;
            case MetHere r:
                if (connection.Meetings.ContainsKey(r.Key)) connection.Meetings[r.Key] = 0;
                Say(id, r.Request, new() { Met = new() { Key = r.Key, Other = ToWire(r.Other), First = r.First } });
                break;
            case IntroductionPassed r:
                Say(id, 0, new() { Introduced = new() { From = ByteString.CopyFrom(r.From.ToArray()), Room = r.Room, Sealed = ByteString.CopyFrom(r.Sealed.Span) } });
                break;
            case Accomplished r: Say(id, r.Request, new() { Done = new() }, r.CanWait); break;
            case RoomRefused r: Refuse(id, r.Request, r.Error, r.Text); break;
            case LeaseRenewed r: HandleLease(id, r.Network, isKnown: true, r.Request == connection.Renewal?.Request ? r.Root : default); break; // what answered an earlier one may be old
            case LeaseUnknown r: HandleLease(id, r.Network, isKnown: false); break;
            case NetworksFound r:
                var found = new Proto.NetworksListed { More = r.More, Last = r.Last };
                found.Networks.AddRange(r.Networks.Select(ToWire));
                Say(id, r.Request, new() { NetworksListed = found });
                break;
            case TrackedMembersListed r:
                var tracked = new Proto.TrackedListed { More = r.More, Root = ByteString.CopyFrom(r.Root.Span) };
                tracked.Members.AddRange(r.Members.Select(ToWire));
                tracked.Removals.AddRange(r.Removals.Select(removal => ByteString.CopyFrom(removal.Span)));
                Say(id, r.Request, new() { TrackedListed = tracked });
                break;
            case Invited r: Say(id, r.Request, new() { Invited = ToWire(r) }); break;
            case ApprovalWaits r: Say(id, r.Request, new() { ApprovalWaits = new() { Network = ByteString.CopyFrom(r.Network.ToArray()), Record = ByteString.CopyFrom(r.Record.Span) } }); break;
            case DecisionMade r:
                Say(id, r.Request, new() { ApprovalDecided = new() { Network = ByteString.CopyFrom(r.Network.ToArray()), Admission = ByteString.CopyFrom(r.Admission.Span), Why = r.Why } });
                break;
            default: throw new ArgumentOutOfRangeException(nameof(reply), reply, null);
        }
    }

    private static Proto.Invited ToWire(Invited invited) => new()
    {
        Network = ByteString.CopyFrom(invited.Network.ToArray()),
        Id = ByteString.CopyFrom(invited.Id.ToArray()),
        From = ByteString.CopyFrom(invited.From.ToArray()),
        Sealed = ByteString.CopyFrom(invited.Sealed.Span),
    };

    private static Proto.MemberOnline ToWire(Visitor who) => new() { Card = ByteString.CopyFrom(who.Card.Bytes.Span), Incarnation = who.Incarnation.Value, DisplayName = who.DisplayName };

    private static Proto.NetworkListed ToWire(NetworkSummary network) =>
        new() { Genesis = ByteString.CopyFrom(network.Genesis.Span), Name = network.Name ?? "", Members = (uint)network.Members, Online = (uint)network.Online };

    private static Proto.TrackedMember ToWire(TrackedPresence member) => new()
    {
        Record = ByteString.CopyFrom(member.Record.Span),
        SinceMs = (ulong)member.Since.ToUnixTimeMilliseconds(),
        SeenMs = (ulong)member.Seen.ToUnixTimeMilliseconds(),
        OnlineSinceMs = (ulong)(member.OnlineSince?.ToUnixTimeMilliseconds() ?? 0),
    };

    private void Refuse(ConnectionId connection, ulong request, NetfluxError error, string text) =>
        Say(connection, request, new() { Refused = new() { Code = (uint)error, Text = text } });

    private void Say(ConnectionId connection, ulong request, Proto.ToClient message, bool canWait = false)
    {
        message.Request = request;
        if (request != 0 && _connections.TryGetValue(connection, out var to)) to.Asked.Remove(request);
        _instructions.Enqueue(new SayToClient(connection, message.SayCase, message.ToByteArray(), canWait));
    }

    private void End(ConnectionId connection, CloseCode code, string text)
    {
        Forget(connection);
        Close(connection, code, text);
    }

    private void Close(ConnectionId connection, CloseCode code, string text) => _instructions.Enqueue(new CloseConnection(connection, code, text));
}
