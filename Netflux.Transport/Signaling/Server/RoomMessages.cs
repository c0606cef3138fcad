using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;

namespace Netflux.Transport.Signaling.Server;

/// <summary>One connection of this server.</summary>
internal readonly record struct ConnectionId(long Value);

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
    public static RoomId OfName(string name) => new(RoomKind.Name, name);
    public static RoomId Of(NetworkId network) => new(RoomKind.Network, network.ToString());
    public static RoomId OfMeeting(string key) => new(RoomKind.Meeting, key);

    /// <summary>The key of a meeting point lets one in: it is not for logs.</summary>
    public override string ToString() => Kind == RoomKind.Meeting ? "meet/…" : Kind == RoomKind.Name ? "name/" + Key : "net/" + Key;
}

/// <summary>A proven peer, and the connection that it speaks on.</summary>
internal sealed record Visitor(ConnectionId Connection, PeerCard Card, Incarnation Incarnation, string DisplayName)
{
    public PeerId Id => Card.Id;
}

/// <summary>What is said to a room. Immutable, and complete: a room knows nothing about connections but what stands in its messages.</summary>
internal abstract record RoomMessage;

/// <param name="Door">As the asker wrote it.</param>
/// <param name="Offered">To create with, or to register again with.</param>
/// <param name="Known">The name stands for this network already, so its genesis is at hand.</param>
internal sealed record EnterDoor(Visitor Who, ulong Request, string Door, Genesis? Offered, DoorMode Mode, Genesis? Known = null) : RoomMessage;

internal sealed record RenewLease(Visitor Who) : RoomMessage;

internal sealed record ListDoor(Visitor Who, ulong Request) : RoomMessage;

internal sealed record WaitHere(Visitor Who, ulong Request) : RoomMessage;

internal sealed record PassIntroduction(Visitor Who, ulong Request, PeerId To, ReadOnlyMemory<byte> Sealed) : RoomMessage
{
    public override string ToString() => $"{nameof(PassIntroduction)} {{ From = {Who.Id.Short}, To = {To.Short}, Bytes = {Sealed.Length} }}";
}

/// <param name="OnPurpose">The peer said so; otherwise its connection ended.</param>
internal sealed record LeaveRoom(PeerId Peer, ConnectionId Connection, bool OnPurpose) : RoomMessage;

/// <summary>A network is forgotten, or did not take the name.</summary>
internal sealed record ReleaseName(NetworkId Network) : RoomMessage;

/// <summary>What a room answers, to a connection.</summary>
internal abstract record RoomReply;

internal sealed record Entered(ulong Request, Genesis Genesis, IReadOnlyList<Visitor> Members, bool Created, string? Name) : RoomReply;

internal sealed record Listed(ulong Request, IReadOnlyList<Visitor> Members) : RoomReply;

internal sealed record MetHere(ulong Request, string Key, Visitor Other, bool First) : RoomReply;

internal sealed record IntroductionPassed(PeerId From, string Room, ReadOnlyMemory<byte> Sealed) : RoomReply;

internal sealed record Accomplished(ulong Request) : RoomReply;

internal sealed record RoomRefused(ulong Request, NetfluxError Error, string Text) : RoomReply;

/// <summary>A lease was renewed that this room does not hold.</summary>
internal sealed record LeaseUnknown(NetworkId Network) : RoomReply;

/// <summary>What a room says while it handles a message: replies to connections, messages to rooms, and looks at the clock.</summary>
internal interface IRoomOutlet
{
    Instant Now { get; }

    SignalingServerOptions Options { get; }

    void Reply(ConnectionId connection, RoomReply reply);

    void Tell(RoomId room, RoomMessage message);
}

/// <summary>A room: all its decisions are made in here, one message after the other.</summary>
internal interface IRoom
{
    /// <summary>Nobody and nothing is left: it can be forgotten.</summary>
    bool IsOver { get; }

    void Handle(RoomMessage message, IRoomOutlet outlet);

    /// <summary>Leases and pauses that ended.</summary>
    void HandleDeadline(IRoomOutlet outlet);

    Instant? NextDeadline { get; }
}
