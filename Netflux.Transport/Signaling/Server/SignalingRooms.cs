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
/// A signaling server's decisions: which connection speaks for which peer, and the rooms. Rooms are spoken to as (room id, message) and answer connections by id;
/// here they live in one table, one message after the other, so that join-or-create is atomic.
/// </summary>
internal sealed class SignalingRooms(SignalingServerOptions options) : IProtocolCore<RoomsFact, RoomsInstruction>, IRoomOutlet
{
    private sealed class Connection(string address)
    {
        public string Address { get; } = address;
        public Visitor? Who { get; set; }
        public SortedSet<NetworkId> Doors { get; } = [];
        public SortedSet<string> Meetings { get; } = new(StringComparer.Ordinal);
    }

    private readonly Dictionary<ConnectionId, Connection> _connections = [];
    private readonly Dictionary<string, int> _perAddress = new(StringComparer.Ordinal);
    private readonly Dictionary<PeerId, Visitor> _online = [];
    private readonly SeenIncarnations _seen = new(options.IncarnationsMax);
    private readonly Dictionary<RoomId, IRoom> _rooms = [];
    private readonly RoomDeadlines _deadlines = new();
    private readonly Queue<(RoomId Room, RoomMessage Message)> _told = new();
    private readonly Queue<RoomsInstruction> _instructions = new();
    private Proto.Renewed? _renewed; // collects the answer while the leases of one renewal are told to their rooms
    private int _networks;

    public int Connections => _connections.Count;

    /// <summary>Networks whose doors this server keeps.</summary>
    public int Doors => _networks;

    public Instant Now { get; private set; }

    public SignalingServerOptions Options => options;

    public Instant? NextDeadline => _deadlines.Next;

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
        foreach (var key in connection.Meetings) Tell(RoomId.OfMeeting(key), new LeaveRoom(who.Id, id, OnPurpose: false));
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
        Say(who.Connection, 0, new() { Welcome = new() { SeenIncarnation = seen.Value } });
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
            case MeetAsk meet when !connection.Meetings.Contains(meet.Key) && connection.Meetings.Count >= options.MeetingsPerConnectionMax:
                Refuse(who.Connection, request, NetfluxError.ServerBusy, $"A connection waits at no more than {options.MeetingsPerConnectionMax} meeting points.");
                break;
            case MeetAsk meet:
                connection.Meetings.Add(meet.Key);
                Tell(RoomId.OfMeeting(meet.Key), new WaitHere(who, request));
                break;
            case LeaveMeetingAsk leave:
                connection.Meetings.Remove(leave.Key);
                Tell(RoomId.OfMeeting(leave.Key), new LeaveRoom(who.Id, who.Connection, OnPurpose: true));
                Say(who.Connection, request, new() { Done = new() });
                break;
            case IntroduceAsk introduce: OnIntroduce(connection, who, request, introduce); break;
            case RenewAsk renew: OnRenew(who, request, renew); break;
            default: throw new ArgumentOutOfRangeException(nameof(ask), ask, null);
        }
    }

    private void OnOpenDoor(Connection connection, Visitor who, ulong request, OpenDoorAsk open)
    {
        var byId = NetworkId.TryParse(open.Door, out var network);
        var room = byId ? RoomId.Of(network) : RoomId.OfName(open.Door);
        if (connection.Doors.Count >= options.DoorsPerConnectionMax && !(byId && connection.Doors.Contains(network)))
            Refuse(who.Connection, request, NetfluxError.ServerBusy, $"A connection has no more than {options.DoorsPerConnectionMax} doors open here.");
        else if (_networks >= options.DoorsMax && !_rooms.ContainsKey(room) && open.Offered is { } offered && !_rooms.ContainsKey(RoomId.Of(offered.Network)))
            Refuse(who.Connection, request, NetfluxError.ServerBusy, "This server keeps as many networks as it takes; try again later.");
        else
            Tell(room, new EnterDoor(who, request, open.Door, open.Offered, open.Mode));
    }

    private void OnIntroduce(Connection connection, Visitor who, ulong request, IntroduceAsk introduce)
    {
        // Rooms are made by entering, not by being spoken of.
        if (!_rooms.ContainsKey(introduce.Room))
        {
            Refuse(who.Connection, request, NetfluxError.UnknownPeer, "That peer is not here.");
            return;
        }
        if (introduce.Room.Kind == RoomKind.Meeting && connection.Meetings.Count < options.MeetingsPerConnectionMax) connection.Meetings.Add(introduce.Room.Key);
        Tell(introduce.Room, new PassIntroduction(who, request, introduce.To, introduce.Sealed));
    }

    private void OnRenew(Visitor who, ulong request, RenewAsk renew)
    {
        _renewed = new();
        foreach (var network in renew.Networks)
        {
            if (_rooms.ContainsKey(RoomId.Of(network))) Tell(RoomId.Of(network), new RenewLease(who));
            else _renewed.Unknown.Add(ByteString.CopyFrom(network.ToArray()));
        }
        Settle();
        Say(who.Connection, request, new() { Renewed = _renewed });
        _renewed = null;
    }

    public void Tell(RoomId room, RoomMessage message) => _told.Enqueue((room, message));

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
        IRoom room = id.Kind switch
        {
            RoomKind.Name => new NameRoom(id.Key),
            RoomKind.Meeting => new MeetingRoom(id.Key),
            _ => new NetworkRoom(NetworkId.TryParse(id.Key, out var network) ? network : throw new ArgumentException("A room of a network is called by its id.", nameof(id))),
        };
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
                var opened = new Proto.DoorOpened { Genesis = ByteString.CopyFrom(r.Genesis.Record.Span), Created = r.Created, Name = r.Name ?? "" };
                opened.Members.AddRange(r.Members.Select(ToWire));
                Say(id, r.Request, new() { DoorOpened = opened });
                break;
            case Listed r:
                var listed = new Proto.MembersOnline();
                listed.Members.AddRange(r.Members.Select(ToWire));
                Say(id, r.Request, new() { MembersOnline = listed });
                break;
            case MetHere r: Say(id, r.Request, new() { Met = new() { Key = r.Key, Other = ToWire(r.Other), First = r.First } }); break;
            case IntroductionPassed r:
                Say(id, 0, new() { Introduced = new() { From = ByteString.CopyFrom(r.From.ToArray()), Room = r.Room, Sealed = ByteString.CopyFrom(r.Sealed.Span) } });
                break;
            case Accomplished r: Say(id, r.Request, new() { Done = new() }); break;
            case RoomRefused r: Refuse(id, r.Request, r.Error, r.Text); break;
            case LeaseUnknown r: _renewed?.Unknown.Add(ByteString.CopyFrom(r.Network.ToArray())); break;
            default: throw new ArgumentOutOfRangeException(nameof(reply), reply, null);
        }
    }

    private static Proto.MemberOnline ToWire(Visitor who) => new() { Card = ByteString.CopyFrom(who.Card.Bytes.Span), Incarnation = who.Incarnation.Value, DisplayName = who.DisplayName };

    private void Refuse(ConnectionId connection, ulong request, NetfluxError error, string text) =>
        Say(connection, request, new() { Refused = new() { Code = (uint)error, Text = text } });

    private void Say(ConnectionId connection, ulong request, Proto.ToClient message)
    {
        message.Request = request;
        _instructions.Enqueue(new SayToClient(connection, message.SayCase.ToString(), message.ToByteArray()));
    }

    private void End(ConnectionId connection, CloseCode code, string text)
    {
        Forget(connection);
        Close(connection, code, text);
    }

    private void Close(ConnectionId connection, CloseCode code, string text) => _instructions.Enqueue(new CloseConnection(connection, code, text));
}
