using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;

namespace Netflux.Transport.Signaling.Server;

/// <summary>One connection.</summary>
/// <param name="Node">The node of a cluster that has it; empty where there is one server alone.</param>
internal readonly record struct ConnectionId(string Node, long Value);

internal enum RoomKind
{
    /// <summary>A network's name: which genesis it stands for.</summary>
    Name,
    /// <summary>A network: its genesis, and who is online.</summary>
    Network,
    /// <summary>A meeting point: who waits, and who has met.</summary>
    Meeting,
}

/// <summary>Where something is decided. What is said to a room is addressed by this, so that rooms can live elsewhere than connections.</summary>
internal readonly record struct RoomId(RoomKind Kind, string Key)
{
    /// <summary>With which the paths of networks begin.</summary>
    public const string NetworkPrefix = "net/";

    public static RoomId OfName(string name) => new(RoomKind.Name, name);
    public static RoomId Of(NetworkId network) => new(RoomKind.Network, network.ToString());
    public static RoomId OfMeeting(string key) => new(RoomKind.Meeting, key);

    /// <summary>The key of a meeting point lets one in: it is not for logs.</summary>
    public override string ToString() => Kind == RoomKind.Meeting ? "meet/…" : Path;

    /// <summary>By which it is found where rooms live apart from connections, and under which it is stored.</summary>
    public string Path => Kind switch { RoomKind.Meeting => "meet/", RoomKind.Name => "name/", _ => NetworkPrefix } + Key;

    public static bool TryParse(string path, out RoomId room)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        RoomKind? kind = slash < 0 ? null : path[..slash] switch { "meet" => RoomKind.Meeting, "name" => RoomKind.Name, "net" => RoomKind.Network, _ => null };
        room = kind is { } known ? new RoomId(known, path[(slash + 1)..]) : default;
        return kind is not null;
    }

    /// <summary>The room, as it is before anything was said to it.</summary>
    public IRoom Build() => Kind switch
    {
        RoomKind.Name => new NameRoom(Key),
        RoomKind.Meeting => new MeetingRoom(Key),
        _ => new NetworkRoom(NetworkId.TryParse(Key, out var network) ? network : throw new InvalidOperationException("A room of a network is called by its id.")),
    };
}

/// <summary>A proven peer, and the connection that it speaks on.</summary>
internal sealed record Visitor(ConnectionId Connection, PeerCard Card, Incarnation Incarnation, string DisplayName)
{
    public PeerId Id => Card.Id;
}

/// <summary>What is said to a room. Immutable, and complete: a room knows nothing about connections but what stands in its messages.</summary>
internal abstract record RoomMessage;

/// <summary>What is answered once, with this number, to this visitor.</summary>
internal abstract record RoomRequest(Visitor Who, ulong Request) : RoomMessage;

/// <param name="Door">As the asker wrote it.</param>
/// <param name="Offered">To create with, or to register again with.</param>
/// <param name="Track">It is to be remembered.</param>
/// <param name="Known">The name stands for this network already, so its genesis is at hand.</param>
/// <param name="Ticket">The record, which lets the visitor in; empty for none.</param>
/// <param name="TicketSecret">Of that ticket.</param>
internal sealed record EnterDoor(Visitor Who, ulong Request, string Door, Genesis? Offered, DoorMode Mode, bool Track = false, Genesis? Known = null,
    ReadOnlyMemory<byte> Ticket = default, ReadOnlyMemory<byte> TicketSecret = default) : RoomRequest(Who, Request);

/// <param name="Request">Of the renewal; 0 where a node vouches by itself for its visitor.</param>
internal sealed record RenewLease(Visitor Who, ulong Request = 0) : RoomMessage;

internal sealed record ListDoor(Visitor Who, ulong Request) : RoomRequest(Who, Request);

internal sealed record WaitHere(Visitor Who, ulong Request) : RoomRequest(Who, Request);

/// <summary>Said with each renewal by who has not met yet: the room may have begun again on another node meanwhile, where nobody waits.</summary>
internal sealed record StillWaiting(Visitor Who, ulong Request) : RoomMessage;

/// <summary>The visitor's own record, to be remembered as a member.</summary>
internal sealed record PutTracked(Visitor Who, ulong Request, ReadOnlyMemory<byte> Record) : RoomRequest(Who, Request)
{
    public override string ToString() => $"{nameof(PutTracked)} {{ Who = {Who.Id.Short}, Bytes = {Record.Length} }}";
}

/// <param name="Record">The visitor's signed record of it; empty where an older client asks.</param>
internal sealed record RemoveTracked(Visitor Who, ulong Request, PeerId Member, ReadOnlyMemory<byte> Record = default) : RoomRequest(Who, Request)
{
    public override string ToString() => $"{nameof(RemoveTracked)} {{ Who = {Who.Id.Short}, Member = {Member.Short}, Bytes = {Record.Length} }}";
}

/// <param name="After">The last of the page before.</param>
/// <param name="Only">The one member that is wanted.</param>
internal sealed record ListTrackedMembers(Visitor Who, ulong Request, PeerId? After, PeerId? Only = null) : RoomRequest(Who, Request);

/// <summary>For another member, until it comes.</summary>
internal sealed record KeepInvitation(Visitor Who, ulong Request, InvitationId Id, PeerId To, ReadOnlyMemory<byte> Sealed, DateTimeOffset Until) : RoomRequest(Who, Request)
{
    public override string ToString() => $"{nameof(KeepInvitation)} {{ From = {Who.Id.Short}, To = {To.Short}, Id = {Id}, Bytes = {Sealed.Length} }}";
}

/// <summary>By its sender, who withdraws it, or by its recipient, who has it.</summary>
internal sealed record EndInvitation(Visitor Who, ulong Request, InvitationId Id) : RoomRequest(Who, Request);

/// <summary>The visitor's own, one by one. Answered by <see cref="Invited"/>, or <see cref="Accomplished"/> where there is no other.</summary>
/// <param name="After">The last that it was told.</param>
internal sealed record NextInvitation(Visitor Who, ulong Request, InvitationId? After) : RoomRequest(Who, Request);

/// <summary>The visitor's own, as it signed it. Answered by <see cref="Accomplished"/> once it waits, or by <see cref="DecisionMade"/>.</summary>
internal sealed record AskApproval(Visitor Who, ulong Request, ReadOnlyMemory<byte> Record) : RoomRequest(Who, Request)
{
    public override string ToString() => $"{nameof(AskApproval)} {{ Who = {Who.Id.Short}, Bytes = {Record.Length} }}";
}

/// <summary>By a member that may invite. Answered by <see cref="ApprovalWaits"/>, or <see cref="Accomplished"/> where there is no other.</summary>
/// <param name="After">The last that it was told.</param>
internal sealed record NextApproval(Visitor Who, ulong Request, PeerId? After) : RoomRequest(Who, Request);

/// <param name="Admission">By the visitor, for the peer; empty where it is declined.</param>
internal sealed record TakeDecision(Visitor Who, ulong Request, PeerId Peer, ReadOnlyMemory<byte> Admission, string Why) : RoomRequest(Who, Request)
{
    public override string ToString() => $"{nameof(TakeDecision)} {{ Who = {Who.Id.Short}, Peer = {Peer.Short}, Bytes = {Admission.Length} }}";
}

/// <summary>The visitor's own.</summary>
internal sealed record EndApproval(Visitor Who, ulong Request) : RoomRequest(Who, Request);

internal sealed record PassIntroduction(Visitor Who, ulong Request, PeerId To, ReadOnlyMemory<byte> Sealed) : RoomRequest(Who, Request)
{
    public override string ToString() => $"{nameof(PassIntroduction)} {{ From = {Who.Id.Short}, To = {To.Short}, Bytes = {Sealed.Length} }}";
}

/// <param name="OnPurpose">The peer said so; otherwise its connection ended.</param>
internal sealed record LeaveRoom(PeerId Peer, ConnectionId Connection, bool OnPurpose) : RoomMessage;

/// <summary>The node that has these connections is gone, and they with it.</summary>
internal sealed record NodeGone(string Node) : RoomMessage;

/// <summary>A network is forgotten, or did not take the name.</summary>
internal sealed record ReleaseName(NetworkId Network) : RoomMessage;

/// <summary>The network is remembered, and so is the name that it has.</summary>
internal sealed record KeepName(Genesis Genesis) : RoomMessage;

/// <summary>What a room answers, to a connection.</summary>
internal abstract record RoomReply;

/// <param name="Root">What the server signs of the members; empty where the network is not remembered.</param>
/// <param name="Admission">Of the ticket that was shown, or by the member that let the visitor in; empty for none.</param>
internal sealed record Entered(ulong Request, Genesis Genesis, IReadOnlyList<Visitor> Members, bool Created, string? Name, bool Tracked, ReadOnlyMemory<byte> Root = default,
    ReadOnlyMemory<byte> Admission = default) : RoomReply;

/// <param name="Removals">Signed records, of the ids that the page goes through.</param>
/// <param name="Root">Of the map that all pages together are.</param>
internal sealed record TrackedMembersListed(ulong Request, IReadOnlyList<TrackedPresence> Members, IReadOnlyList<ReadOnlyMemory<byte>> Removals, bool More, ReadOnlyMemory<byte> Root) : RoomReply;

/// <param name="OnlineSince">Null for who is offline.</param>
internal sealed record TrackedPresence(ReadOnlyMemory<byte> Record, DateTimeOffset Since, DateTimeOffset Seen, DateTimeOffset? OnlineSince);

/// <param name="Request">0 where it came just now, and its recipient is at the door.</param>
internal sealed record Invited(ulong Request, NetworkId Network, InvitationId Id, PeerId From, ReadOnlyMemory<byte> Sealed) : RoomReply
{
    public override string ToString() => $"{nameof(Invited)} {{ Id = {Id}, From = {From.Short}, Bytes = {Sealed.Length} }}";
}

/// <param name="Request">0 where it came just now.</param>
internal sealed record ApprovalWaits(ulong Request, NetworkId Network, ReadOnlyMemory<byte> Record) : RoomReply
{
    public override string ToString() => $"{nameof(ApprovalWaits)} {{ Network = {Network}, Bytes = {Record.Length} }}";
}

/// <param name="Request">0 where it was made just now.</param>
/// <param name="Admission">Empty where the wish was declined.</param>
internal sealed record DecisionMade(ulong Request, NetworkId Network, ReadOnlyMemory<byte> Admission, string Why) : RoomReply
{
    public override string ToString() => $"{nameof(DecisionMade)} {{ Network = {Network}, Bytes = {Admission.Length} }}";
}

internal sealed record Listed(ulong Request, IReadOnlyList<Visitor> Members) : RoomReply;

internal sealed record MetHere(ulong Request, string Key, Visitor Other, bool First) : RoomReply;

internal sealed record IntroductionPassed(PeerId From, string Room, ReadOnlyMemory<byte> Sealed) : RoomReply;

/// <param name="CanWait">Nobody waits to hear it.</param>
internal sealed record Accomplished(ulong Request, bool CanWait = false) : RoomReply;

internal sealed record RoomRefused(ulong Request, NetfluxError Error, string Text) : RoomReply;

/// <param name="Last">Where the next page begins.</param>
internal sealed record NetworksFound(ulong Request, IReadOnlyList<NetworkSummary> Networks, bool More, string Last) : RoomReply;

/// <summary>What is shown of a network that is remembered, and that anybody may join.</summary>
internal sealed record NetworkSummary(ReadOnlyMemory<byte> Genesis, string? Name, int Members, int Online);

/// <param name="Request">Of the renewal that this answers, or 0.</param>
/// <param name="Root">Where it has changed since the visitor was told; else empty.</param>
internal sealed record LeaseRenewed(NetworkId Network, ulong Request = 0, ReadOnlyMemory<byte> Root = default) : RoomReply;

/// <summary>A lease was renewed that this room does not hold.</summary>
internal sealed record LeaseUnknown(NetworkId Network) : RoomReply;

/// <summary>What a room says while it handles a message: replies to connections, messages to rooms, what is to be stored; and it looks at the clocks.</summary>
internal interface IRoomOutlet
{
    Instant Now { get; }

    /// <summary>The time that people know.</summary>
    DateTimeOffset WallClock { get; }

    SignalingServerOptions Options { get; }

    /// <summary>The key with which a tracking server signs what it remembers; null where nothing is remembered.</summary>
    IPeerKeys? ServerKeys { get; }

    void Reply(ConnectionId connection, RoomReply reply);

    void Tell(RoomId room, RoomMessage message);

    /// <summary>Stores what happened before anything that is said in the same turn goes out: what was acknowledged is stored.</summary>
    void Store(RoomEvent happened);
}

/// <summary>A room: all its decisions are made in here, one message after the other.</summary>
internal interface IRoom
{
    /// <summary>Nobody is left, and nothing that is not stored: the room can be dropped from memory.</summary>
    bool IsOver { get; }

    /// <summary>Takes up again what was stored, in order.</summary>
    void Recover(RoomEvent happened) { }

    /// <summary>Few events that say what all those before came to; none where nothing is stored.</summary>
    IEnumerable<RoomEvent> Compact() => [];

    void Handle(RoomMessage message, IRoomOutlet outlet);

    /// <summary>Leases and pauses that ended. A room that was taken up again is looked at so, too: what rested rests, and what ended meanwhile ends.</summary>
    void HandleDeadline(IRoomOutlet outlet);

    Instant? NextDeadline { get; }
}
