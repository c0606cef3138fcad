using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Server;
using Proto = Netflux.Host.Tracking.Rooms;

namespace Netflux.Host.Tracking;

/// <summary>What is said to rooms and by them, as it travels between nodes. What cannot be read is of a newer version, and is not answered: who asked hears in time that nobody did.</summary>
internal static class RoomWire
{
    public static Proto.ToRoom Write(RoomId room, RoomMessage message)
    {
        var to = new Proto.ToRoom { Room = room.Path };
        if (message is RoomRequest asked) (to.Who, to.Request) = (Write(asked.Who), asked.Request);
        switch (message)
        {
            case EnterDoor m:
                to.Enter = new() { Door = m.Door, Offered = Bytes(m.Offered?.Record ?? default), Mode = (uint)m.Mode, Track = m.Track, Known = Bytes(m.Known?.Record ?? default), Ticket = Bytes(m.Ticket), TicketSecret = Bytes(m.TicketSecret) };
                break;
            case RenewLease m:
                (to.Who, to.Request, to.Renew) = (Write(m.Who), m.Request, new());
                break;
            case StillWaiting m:
                (to.Who, to.Request, to.StillWaiting) = (Write(m.Who), m.Request, new());
                break;
            case ListDoor: to.List = new(); break;
            case WaitHere: to.Wait = new(); break;
            case PutTracked m: to.Put = new() { Record = Bytes(m.Record) }; break;
            case RemoveTracked m: to.Remove = new() { Member = Bytes(m.Member), Record = Bytes(m.Record) }; break;
            case ListTrackedMembers m: to.ListTracked = new() { After = BytesOrNone(m.After), Only = BytesOrNone(m.Only) }; break;
            case KeepInvitation m: to.KeepInvitation = new() { Id = Bytes(m.Id), To = Bytes(m.To), Sealed = Bytes(m.Sealed), UntilMs = m.Until.ToUnixTimeMilliseconds() }; break;
            case EndInvitation m: to.EndInvitation = new() { Id = Bytes(m.Id) }; break;
            case NextInvitation m: to.NextInvitation = new() { After = m.After is { } last ? Bytes(last) : ByteString.Empty }; break;
            case AskApproval m: to.AskApproval = new() { Record = Bytes(m.Record) }; break;
            case NextApproval m: to.NextApproval = new() { After = BytesOrNone(m.After) }; break;
            case TakeDecision m: to.TakeDecision = new() { Peer = Bytes(m.Peer), Admission = Bytes(m.Admission), Why = m.Why }; break;
            case EndApproval: to.EndApproval = new(); break;
            case PassIntroduction m: to.Pass = new() { To = Bytes(m.To), Sealed = Bytes(m.Sealed) }; break;
            case LeaveRoom m: to.Leave = new() { Peer = Bytes(m.Peer), Node = m.Connection.Node, Connection = m.Connection.Value, OnPurpose = m.OnPurpose }; break;
            case ReleaseName m: to.ReleaseName = new() { Network = Bytes(m.Network) }; break;
            case KeepName m: to.KeepName = new() { Genesis = Bytes(m.Genesis.Record) }; break;
            default: throw new ArgumentOutOfRangeException(nameof(message), message, "This stays on its node.");
        }
        return to;
    }

    public static (RoomId Room, RoomMessage Message) Read(Proto.ToRoom to)
    {
        if (!RoomId.TryParse(to.Room, out var room)) throw new InvalidDataException("No room has this path.");
        return (room, to.SayCase switch
        {
            Proto.ToRoom.SayOneofCase.Enter => new EnterDoor(Read(to.Who), to.Request, to.Enter.Door, GenesisOrNone(to.Enter.Offered), (DoorMode)to.Enter.Mode, to.Enter.Track, GenesisOrNone(to.Enter.Known),
                to.Enter.Ticket.Memory, to.Enter.TicketSecret.Memory),
            Proto.ToRoom.SayOneofCase.Renew => new RenewLease(Read(to.Who), to.Request),
            Proto.ToRoom.SayOneofCase.StillWaiting => new StillWaiting(Read(to.Who), to.Request),
            Proto.ToRoom.SayOneofCase.List => new ListDoor(Read(to.Who), to.Request),
            Proto.ToRoom.SayOneofCase.Wait => new WaitHere(Read(to.Who), to.Request),
            Proto.ToRoom.SayOneofCase.Put => new PutTracked(Read(to.Who), to.Request, to.Put.Record.Memory),
            Proto.ToRoom.SayOneofCase.Remove => new RemoveTracked(Read(to.Who), to.Request, Peer(to.Remove.Member), to.Remove.Record.Memory),
            Proto.ToRoom.SayOneofCase.ListTracked => new ListTrackedMembers(Read(to.Who), to.Request, PeerOrNone(to.ListTracked.After), PeerOrNone(to.ListTracked.Only)),
            Proto.ToRoom.SayOneofCase.KeepInvitation => new KeepInvitation(Read(to.Who), to.Request, Invitation(to.KeepInvitation.Id), Peer(to.KeepInvitation.To), to.KeepInvitation.Sealed.Memory,
                DateTimeOffset.FromUnixTimeMilliseconds(to.KeepInvitation.UntilMs)),
            Proto.ToRoom.SayOneofCase.EndInvitation => new EndInvitation(Read(to.Who), to.Request, Invitation(to.EndInvitation.Id)),
            Proto.ToRoom.SayOneofCase.NextInvitation => new NextInvitation(Read(to.Who), to.Request, to.NextInvitation.After.IsEmpty ? null : Invitation(to.NextInvitation.After)),
            Proto.ToRoom.SayOneofCase.AskApproval => new AskApproval(Read(to.Who), to.Request, to.AskApproval.Record.Memory),
            Proto.ToRoom.SayOneofCase.NextApproval => new NextApproval(Read(to.Who), to.Request, PeerOrNone(to.NextApproval.After)),
            Proto.ToRoom.SayOneofCase.TakeDecision => new TakeDecision(Read(to.Who), to.Request, Peer(to.TakeDecision.Peer), to.TakeDecision.Admission.Memory, to.TakeDecision.Why),
            Proto.ToRoom.SayOneofCase.EndApproval => new EndApproval(Read(to.Who), to.Request),
            Proto.ToRoom.SayOneofCase.Pass => new PassIntroduction(Read(to.Who), to.Request, Peer(to.Pass.To), to.Pass.Sealed.Memory),
            Proto.ToRoom.SayOneofCase.Leave => new LeaveRoom(Peer(to.Leave.Peer), new ConnectionId(to.Leave.Node, to.Leave.Connection), to.Leave.OnPurpose),
            Proto.ToRoom.SayOneofCase.ReleaseName => new ReleaseName(Network(to.ReleaseName.Network)),
            Proto.ToRoom.SayOneofCase.KeepName => new KeepName(RoomEvents.Read(to.KeepName.Genesis.Memory)),
            _ => throw new InvalidDataException("A message to a room that this version does not know; a newer node sent it."),
        });
    }

    public static Proto.FromRoom Write(ConnectionId connection, RoomReply reply)
    {
        var from = new Proto.FromRoom { Node = connection.Node, Connection = connection.Value };
        switch (reply)
        {
            case Entered m:
                (from.Request, from.Entered) = (m.Request, new() { Genesis = Bytes(m.Genesis.Record), Created = m.Created, Name = m.Name ?? "", Tracked = m.Tracked, Root = Bytes(m.Root), Admission = Bytes(m.Admission) });
                from.Entered.Members.AddRange(m.Members.Select(Write));
                break;
            case TrackedMembersListed m:
                (from.Request, from.TrackedMembers) = (m.Request, new() { More = m.More, Root = Bytes(m.Root) });
                from.TrackedMembers.Members.AddRange(m.Members.Select(Write));
                from.TrackedMembers.Removals.AddRange(m.Removals.Select(Bytes));
                break;
            case Listed m:
                (from.Request, from.Listed) = (m.Request, new());
                from.Listed.Members.AddRange(m.Members.Select(Write));
                break;
            case MetHere m: (from.Request, from.Met) = (m.Request, new() { Key = m.Key, Other = Write(m.Other), First = m.First }); break;
            case IntroductionPassed m: from.Introduction = new() { From = Bytes(m.From), Room = m.Room, Sealed = Bytes(m.Sealed) }; break;
            case Accomplished m: (from.Request, from.Accomplished) = (m.Request, new() { CanWait = m.CanWait }); break;
            case RoomRefused m: (from.Request, from.Refused) = (m.Request, new() { Error = (uint)m.Error, Text = m.Text }); break;
            case LeaseRenewed m: (from.Request, from.Renewed) = (m.Request, new() { Network = Bytes(m.Network), Root = Bytes(m.Root) }); break;
            case LeaseUnknown m: from.Unknown = new() { Network = Bytes(m.Network) }; break;
            case Invited m: (from.Request, from.Invited) = (m.Request, new() { Network = Bytes(m.Network), Id = Bytes(m.Id), From = Bytes(m.From), Sealed = Bytes(m.Sealed) }); break;
            case ApprovalWaits m: (from.Request, from.ApprovalWaits) = (m.Request, new() { Network = Bytes(m.Network), Record = Bytes(m.Record) }); break;
            case DecisionMade m: (from.Request, from.DecisionMade) = (m.Request, new() { Network = Bytes(m.Network), Admission = Bytes(m.Admission), Why = m.Why }); break;
            default: throw new ArgumentOutOfRangeException(nameof(reply), reply, "This stays on its node.");
        }
        return from;
    }

    public static (ConnectionId Connection, RoomReply Reply) Read(Proto.FromRoom from) => (new ConnectionId(from.Node, from.Connection), from.SayCase switch
    {
        Proto.FromRoom.SayOneofCase.Entered => new Entered(from.Request, RoomEvents.Read(from.Entered.Genesis.Memory), [.. from.Entered.Members.Select(Read)], from.Entered.Created, TextOrNone(from.Entered.Name), from.Entered.Tracked, from.Entered.Root.Memory, from.Entered.Admission.Memory),
        Proto.FromRoom.SayOneofCase.TrackedMembers => new TrackedMembersListed(from.Request, [.. from.TrackedMembers.Members.Select(Read)],
            [.. from.TrackedMembers.Removals.Select(removal => removal.Memory)], from.TrackedMembers.More, from.TrackedMembers.Root.Memory),
        Proto.FromRoom.SayOneofCase.Listed => new Listed(from.Request, [.. from.Listed.Members.Select(Read)]),
        Proto.FromRoom.SayOneofCase.Met => new MetHere(from.Request, from.Met.Key, Read(from.Met.Other), from.Met.First),
        Proto.FromRoom.SayOneofCase.Introduction => new IntroductionPassed(Peer(from.Introduction.From), from.Introduction.Room, from.Introduction.Sealed.Memory),
        Proto.FromRoom.SayOneofCase.Accomplished => new Accomplished(from.Request, from.Accomplished.CanWait),
        Proto.FromRoom.SayOneofCase.Refused => new RoomRefused(from.Request, (NetfluxError)from.Refused.Error, from.Refused.Text),
        Proto.FromRoom.SayOneofCase.Renewed => new LeaseRenewed(Network(from.Renewed.Network), from.Request, from.Renewed.Root.Memory),
        Proto.FromRoom.SayOneofCase.Unknown => new LeaseUnknown(Network(from.Unknown.Network)),
        Proto.FromRoom.SayOneofCase.Invited => new Invited(from.Request, Network(from.Invited.Network), Invitation(from.Invited.Id), Peer(from.Invited.From), from.Invited.Sealed.Memory),
        Proto.FromRoom.SayOneofCase.ApprovalWaits => new ApprovalWaits(from.Request, Network(from.ApprovalWaits.Network), from.ApprovalWaits.Record.Memory),
        Proto.FromRoom.SayOneofCase.DecisionMade => new DecisionMade(from.Request, Network(from.DecisionMade.Network), from.DecisionMade.Admission.Memory, from.DecisionMade.Why),
        _ => throw new InvalidDataException("An answer of a room that this version does not know; a newer node sent it."),
    });

    public static Proto.Described Write(RoomDescribed described) => described.Network is { } network
        ? new() { Genesis = Bytes(network.Genesis), Name = network.Name ?? "", Members = network.Members, Online = network.Online } : new();

    public static RoomDescribed Read(Proto.Described described) =>
        new(described.Genesis.IsEmpty ? null : new NetworkSummary(described.Genesis.Memory, TextOrNone(described.Name), described.Members, described.Online));

    private static Proto.Visitor Write(Visitor who) =>
        new() { Node = who.Connection.Node, Connection = who.Connection.Value, Card = Bytes(who.Card.Bytes), Incarnation = who.Incarnation.Value, DisplayName = who.DisplayName };

    private static Visitor Read(Proto.Visitor? who) => who is null ? throw new InvalidDataException("A visitor is missing.") : new(new ConnectionId(who.Node, who.Connection),
        PeerCard.TryParse(who.Card.Span, out var card) ? card : throw new InvalidDataException("A visitor's card cannot be read."), new Incarnation(who.Incarnation), who.DisplayName);

    private static Proto.TrackedMember Write(TrackedPresence member)
    {
        var written = new Proto.TrackedMember { Record = Bytes(member.Record), SinceMs = member.Since.ToUnixTimeMilliseconds(), SeenMs = member.Seen.ToUnixTimeMilliseconds() };
        if (member.OnlineSince is { } since) written.OnlineSinceMs = since.ToUnixTimeMilliseconds();
        return written;
    }

    private static TrackedPresence Read(Proto.TrackedMember member) => new(member.Record.Memory, DateTimeOffset.FromUnixTimeMilliseconds(member.SinceMs), DateTimeOffset.FromUnixTimeMilliseconds(member.SeenMs),
        member.HasOnlineSinceMs ? DateTimeOffset.FromUnixTimeMilliseconds(member.OnlineSinceMs) : null);

    private static Genesis? GenesisOrNone(ByteString record) => record.IsEmpty ? null : RoomEvents.Read(record.Memory);

    private static string? TextOrNone(string text) => text.Length == 0 ? null : text;

    private static PeerId Peer(ByteString bytes) => PeerId.FromBytes(bytes.Span);

    private static PeerId? PeerOrNone(ByteString bytes) => bytes.IsEmpty ? null : Peer(bytes);

    private static InvitationId Invitation(ByteString bytes) => InvitationId.TryRead(bytes.Span, out var id) ? id : throw new InvalidDataException("An invitation's id cannot be read.");

    private static NetworkId Network(ByteString bytes) => NetworkId.FromBytes(bytes.Span);

    private static ByteString Bytes(ReadOnlyMemory<byte> bytes) => ByteString.CopyFrom(bytes.Span);

    private static ByteString Bytes(PeerId peer) => ByteString.CopyFrom(peer.ToArray());

    private static ByteString BytesOrNone(PeerId? peer) => peer is { } known ? Bytes(known) : ByteString.Empty;

    private static ByteString Bytes(InvitationId id) => ByteString.CopyFrom(id.ToArray());

    private static ByteString Bytes(NetworkId network) => ByteString.CopyFrom(network.ToArray());
}
