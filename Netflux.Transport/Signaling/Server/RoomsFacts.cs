using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Server;

/// <summary>What connections tell the rooms.</summary>
internal abstract record RoomsFact;

/// <param name="Address">The other end's IP address, for the limit on connections of one.</param>
internal sealed record ConnectionOpened(ConnectionId Connection, string Address) : RoomsFact;

internal sealed record ConnectionGone(ConnectionId Connection) : RoomsFact;

/// <summary>The peer proved itself.</summary>
internal sealed record PeerProven(Visitor Who) : RoomsFact;

/// <summary>A proven peer asks for something. The texts and records in it were read and checked.</summary>
internal sealed record PeerAsked(ConnectionId Connection, ulong Request, PeerAsk Ask) : RoomsFact;

/// <summary>A room that lives elsewhere answers a connection.</summary>
internal sealed record RoomSaid(ConnectionId Connection, RoomReply Reply) : RoomsFact;

/// <summary>The other servers of the cluster that clients can go to, by their public URLs.</summary>
internal sealed record OtherServersChanged(IReadOnlyList<string> Urls) : RoomsFact;

/// <summary>The server stops: clients are told where to go.</summary>
internal sealed record ServerStopping : RoomsFact;

internal abstract record PeerAsk;

/// <param name="Ticket">The record; empty for none.</param>
/// <param name="TicketSecret">Of that ticket.</param>
internal sealed record OpenDoorAsk(string Door, Genesis? Offered, DoorMode Mode, bool Track, ReadOnlyMemory<byte> Ticket = default, ReadOnlyMemory<byte> TicketSecret = default) : PeerAsk;

internal sealed record CloseDoorAsk(NetworkId Network) : PeerAsk;

internal sealed record PutTrackedAsk(NetworkId Network, ReadOnlyMemory<byte> Record) : PeerAsk
{
    public override string ToString() => $"{nameof(PutTrackedAsk)} {{ Network = {Network}, Bytes = {Record.Length} }}";
}

internal sealed record RemoveTrackedAsk(NetworkId Network, PeerId Member, ReadOnlyMemory<byte> Record) : PeerAsk
{
    public override string ToString() => $"{nameof(RemoveTrackedAsk)} {{ Network = {Network}, Member = {Member.Short}, Bytes = {Record.Length} }}";
}

/// <param name="After">The last of the page before.</param>
internal sealed record ListNetworksAsk(string After) : PeerAsk;

internal sealed record ListTrackedAsk(NetworkId Network, PeerId? After, PeerId? Only = null) : PeerAsk;

internal sealed record KeepInvitationAsk(NetworkId Network, InvitationId Id, PeerId To, ReadOnlyMemory<byte> Sealed, DateTimeOffset Until) : PeerAsk
{
    public override string ToString() => $"{nameof(KeepInvitationAsk)} {{ Network = {Network}, To = {To.Short}, Id = {Id}, Bytes = {Sealed.Length} }}";
}

internal sealed record EndInvitationAsk(NetworkId Network, InvitationId Id) : PeerAsk;

/// <param name="After">The last that was told.</param>
internal sealed record NextInvitationAsk(NetworkId Network, InvitationId? After) : PeerAsk;

internal sealed record AskApprovalAsk(NetworkId Network, ReadOnlyMemory<byte> Record) : PeerAsk
{
    public override string ToString() => $"{nameof(AskApprovalAsk)} {{ Network = {Network}, Bytes = {Record.Length} }}";
}

/// <param name="After">The last that was told.</param>
internal sealed record NextApprovalAsk(NetworkId Network, PeerId? After) : PeerAsk;

internal sealed record DecideApprovalAsk(NetworkId Network, PeerId Peer, ReadOnlyMemory<byte> Admission, string Why) : PeerAsk
{
    public override string ToString() => $"{nameof(DecideApprovalAsk)} {{ Network = {Network}, Peer = {Peer.Short}, Bytes = {Admission.Length} }}";
}

internal sealed record WithdrawApprovalAsk(NetworkId Network) : PeerAsk;

internal sealed record ListAsk(NetworkId Network) : PeerAsk;

internal sealed record MeetAsk(string Key) : PeerAsk
{
    public override string ToString() => nameof(MeetAsk);
}

internal sealed record LeaveMeetingAsk(string Key) : PeerAsk
{
    public override string ToString() => nameof(LeaveMeetingAsk);
}

internal sealed record IntroduceAsk(PeerId To, RoomId Room, ReadOnlyMemory<byte> Sealed) : PeerAsk
{
    public override string ToString() => $"{nameof(IntroduceAsk)} {{ To = {To.Short}, Room = {Room}, Bytes = {Sealed.Length} }}";
}

internal sealed record RenewAsk(IReadOnlyList<NetworkId> Networks) : PeerAsk
{
    public override string ToString() => $"{nameof(RenewAsk)} {{ Networks = {Networks.Count} }}";
}

/// <summary>What the rooms want done.</summary>
internal abstract record RoomsInstruction;

/// <summary>Of a room that lives elsewhere.</summary>
internal sealed record TellRoom(RoomId Room, RoomMessage Message) : RoomsInstruction;

/// <summary>A page of the networks that are remembered; answered by <see cref="NetworksFound"/>.</summary>
internal sealed record FindNetworks(ConnectionId Connection, ulong Request, string After) : RoomsInstruction;

/// <param name="CanWait">Nobody waits for it: it may go with what is said next.</param>
internal sealed record SayToClient(ConnectionId Connection, Proto.ToClient.SayOneofCase What, byte[] Message, bool CanWait) : RoomsInstruction
{
    public override string ToString() => $"{nameof(SayToClient)} {{ Connection = {Connection.Value}, What = {What}, Bytes = {Message.Length} }}";
}

internal sealed record CloseConnection(ConnectionId Connection, CloseCode Code, string Text) : RoomsInstruction;
