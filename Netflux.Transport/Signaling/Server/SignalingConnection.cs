using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Wire;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Server;

/// <summary>What happens to one connection of a server.</summary>
internal abstract record ConnectionFact;

/// <summary>The connection is there: the server speaks first.</summary>
internal sealed record ClientConnected : ConnectionFact;

internal sealed record ClientSaid(ReadOnlyMemory<byte> Message) : ConnectionFact
{
    public override string ToString() => $"{nameof(ClientSaid)} {{ Bytes = {Message.Length} }}";
}

/// <summary>What the client asked is more than it may ask over all of its connections.</summary>
internal sealed record AskLimited(ulong Request, string Text, TimeSpan RetryAfter) : ConnectionFact;

/// <summary>What one connection wants done.</summary>
internal abstract record ConnectionInstruction;

internal sealed record Say(Proto.ToClient.SayOneofCase What, byte[] Message) : ConnectionInstruction
{
    public override string ToString() => $"{nameof(Say)} {{ What = {What}, Bytes = {Message.Length} }}";
}

internal sealed record TellRooms(RoomsFact Fact) : ConnectionInstruction;

internal sealed record EndConnection(CloseCode Code, string Text) : ConnectionInstruction;

/// <summary>
/// The edge of a signaling server, one for each connection: it challenges the client, verifies its proof, reads what it asks, and holds it to the limits of rate
/// and size. What it passes on to the rooms is checked. Anything hostile ends this connection and nothing else.
/// </summary>
/// <param name="authorities">The authorities that are this server's own, in lower case.</param>
/// <param name="tracks">Whether this server remembers networks.</param>
internal sealed class SignalingConnection(ConnectionId id, SignalingServerOptions options, IReadOnlySet<string> authorities, IRandomSource random, bool tracks = false)
    : IProtocolCore<ConnectionFact, ConnectionInstruction>
{
    private abstract record State
    {
        public sealed record New : State;
        public sealed record AwaitingHello(byte[] Nonce, Instant Until) : State;
        public sealed record Proven(Instant LeaseUntil) : State;
        public sealed record Ended : State;
    }

    private readonly Queue<ConnectionInstruction> _instructions = new();
    private readonly TokenBucket _messages = new(options.MessagesBurst, options.MessagesPerSecond);
    private readonly TokenBucket _bytes = new(options.BytesBurst, options.BytesPerSecond);
    private State _state = new State.New();

    public Instant? NextDeadline => _state switch
    {
        State.AwaitingHello s => s.Until,
        State.Proven s => s.LeaseUntil,
        _ => null,
    };

    public bool TryTake([NotNullWhen(true)] out ConnectionInstruction? instruction) => _instructions.TryDequeue(out instruction);

    public void Handle(ConnectionFact fact, Instant now)
    {
        switch (_state, fact)
        {
            case (State.New, ClientConnected): HandleConnected(now); break;
            case (State.AwaitingHello or State.Proven, ClientSaid f): HandleSaid(f.Message, now); break;
            case (State.Proven, AskLimited f): Answer(f.Request, new() { Refused = new() { Code = (uint)NetfluxError.ServerBusy, Text = f.Text, RetryAfterMs = (uint)f.RetryAfter.TotalMilliseconds } }); break;
            case (State.Ended, _): break;
            default: throw new ArgumentOutOfRangeException(nameof(fact), fact, null);
        }
    }

    public void HandleDeadline(Instant now)
    {
        switch (_state)
        {
            case State.AwaitingHello s when s.Until <= now: End(CloseCode.HandshakeTimeout, "No proof came in time."); break;
            case State.Proven s when s.LeaseUntil <= now: End(CloseCode.LeaseExpired, "The lease was not renewed in time."); break;
        }
    }

    private void HandleConnected(Instant now)
    {
        var nonce = new byte[SignalingWire.NonceLength];
        random.Fill(nonce);
        _state = new State.AwaitingHello(nonce, now + options.HandshakeTimeout);
        Answer(0, new()
        {
            Hello = new()
            {
                VersionMin = SignalingWire.VersionMin,
                VersionMax = SignalingWire.VersionMax,
                Nonce = ByteString.CopyFrom(nonce),
                Tracks = tracks,
                LeaseMs = (uint)options.Lease.TotalMilliseconds,
                MessageBytesMax = (uint)options.MessageBytesMax,
            },
        });
    }

    private void HandleSaid(ReadOnlyMemory<byte> bytes, Instant now)
    {
        if (bytes.Length > options.MessageBytesMax)
            End(CloseCode.TooLarge, $"A message has {bytes.Length} bytes; at most {options.MessageBytesMax} are taken.");
        else if (!_messages.TryTake(1, now) || !_bytes.TryTake(bytes.Length, now))
            End(CloseCode.Flooding, $"More than {options.MessagesPerSecond} messages or {options.BytesPerSecond} bytes a second came.");
        else if (!SignalingWire.TryParse(bytes.Span, out Proto.ToServer? message))
            End(_state is State.Proven ? CloseCode.ProtocolViolated : CloseCode.HandshakeExpected, "A message that cannot be read came.");
        else if (_state is State.AwaitingHello awaiting)
            OnHello(awaiting, message, now);
        else if (message.Request == 0)
            End(CloseCode.ProtocolViolated, "A request has no number.");
        else
            OnAsked(message, now);
    }

    private void OnHello(State.AwaitingHello state, Proto.ToServer message, Instant now)
    {
        if (message.SayCase != Proto.ToServer.SayOneofCase.Hello)
        {
            End(CloseCode.HandshakeExpected, "The first message of a client is its hello.");
            return;
        }
        var hello = message.Hello;
        if (hello.Version is < SignalingWire.VersionMin or > SignalingWire.VersionMax)
            RefuseEntry(NetfluxError.VersionNotSupported, CloseCode.VersionNotSupported, $"This server speaks versions {SignalingWire.VersionMin} to {SignalingWire.VersionMax}.");
        else if (!SignalingNames.IsDisplayName(hello.DisplayName) || Encoding.UTF8.GetByteCount(hello.Authority) > SignalingProof.AuthorityBytesMax
            || hello.Signature.Length != 64 || !PeerCard.TryParse(hello.Card.Span, out var card))
            End(CloseCode.HelloInvalid, "The hello has a card, a name, an authority or a signature that cannot be read.");
        else if (!authorities.Contains(SignalingProof.Normalize(hello.Authority)))
            RefuseEntry(NetfluxError.InvalidAddress, CloseCode.AuthorityMismatch,
                $"This server is not '{SignalingNames.Sentence(hello.Authority)}'; its operator lists the URLs under which it is dialled in PublicUrls.");
        else if (!SignalingProof.Verify(card, SignalingProof.Body(hello.Version, state.Nonce, new Incarnation(hello.Incarnation), hello.Authority, hello.DisplayName), hello.Signature.Span))
            End(CloseCode.ProofInvalid, "The signature does not hold for this connection.");
        else
        {
            _state = new State.Proven(now + options.Lease);
            _instructions.Enqueue(new TellRooms(new PeerProven(new(id, card, new Incarnation(hello.Incarnation), hello.DisplayName))));
        }
    }

    private void OnAsked(Proto.ToServer message, Instant now)
    {
        switch (message.SayCase)
        {
            case Proto.ToServer.SayOneofCase.OpenDoor:
                OnOpenDoor(message.Request, message.OpenDoor);
                break;
            case Proto.ToServer.SayOneofCase.CloseDoor when SignalingWire.TryReadNetwork(message.CloseDoor.Network, out var network):
                Ask(message, new CloseDoorAsk(network));
                break;
            case Proto.ToServer.SayOneofCase.ListMembers when SignalingWire.TryReadNetwork(message.ListMembers.Network, out var network):
                Ask(message, new ListAsk(network));
                break;
            case Proto.ToServer.SayOneofCase.PutMember when SignalingWire.TryReadNetwork(message.PutMember.Network, out var network):
                Ask(message, new PutTrackedAsk(network, message.PutMember.Record.Memory));
                break;
            case Proto.ToServer.SayOneofCase.RemoveMember when SignalingWire.TryReadNetwork(message.RemoveMember.Network, out var network) && SignalingWire.TryReadPeer(message.RemoveMember.Peer, out var member):
                Ask(message, new RemoveTrackedAsk(network, member, message.RemoveMember.Record.Memory));
                break;
            case Proto.ToServer.SayOneofCase.ListNetworks when message.ListNetworks.After.Length == 0 || NetworkId.TryParse(message.ListNetworks.After, out _):
                Ask(message, new ListNetworksAsk(message.ListNetworks.After));
                break;
            case Proto.ToServer.SayOneofCase.ListTracked when SignalingWire.TryReadNetwork(message.ListTracked.Network, out var network)
                && TryReadPeerOrNone(message.ListTracked.After, out var after) && TryReadPeerOrNone(message.ListTracked.Only, out var only):
                Ask(message, new ListTrackedAsk(network, after, only));
                break;
            case Proto.ToServer.SayOneofCase.KeepInvitation when message.KeepInvitation.Sealed.Length > IdentityOptions.KeptInvitationBytesMax:
                Refuse(message.Request, NetfluxError.MessageTooLarge, $"An invitation has {message.KeepInvitation.Sealed.Length} bytes; at most {IdentityOptions.KeptInvitationBytesMax} are kept.");
                break;
            case Proto.ToServer.SayOneofCase.KeepInvitation when SignalingWire.TryReadNetwork(message.KeepInvitation.Network, out var network)
                && InvitationId.TryRead(message.KeepInvitation.Id.Span, out var invitation) && SignalingWire.TryReadPeer(message.KeepInvitation.To, out var recipient):
                Ask(message, new KeepInvitationAsk(network, invitation, recipient, message.KeepInvitation.Sealed.Memory, SignalingWire.TimeOf(message.KeepInvitation.UntilMs)));
                break;
            case Proto.ToServer.SayOneofCase.EndInvitation when SignalingWire.TryReadNetwork(message.EndInvitation.Network, out var network) && InvitationId.TryRead(message.EndInvitation.Id.Span, out var invitation):
                Ask(message, new EndInvitationAsk(network, invitation));
                break;
            case Proto.ToServer.SayOneofCase.NextInvitation when SignalingWire.TryReadNetwork(message.NextInvitation.Network, out var network) && TryReadInvitationOrNone(message.NextInvitation.After, out var last):
                Ask(message, new NextInvitationAsk(network, last));
                break;
            case Proto.ToServer.SayOneofCase.AskApproval when SignalingWire.TryReadNetwork(message.AskApproval.Network, out var network):
                Ask(message, new AskApprovalAsk(network, message.AskApproval.Record.Memory));
                break;
            case Proto.ToServer.SayOneofCase.NextApproval when SignalingWire.TryReadNetwork(message.NextApproval.Network, out var network) && TryReadPeerOrNone(message.NextApproval.After, out var lastAsked):
                Ask(message, new NextApprovalAsk(network, lastAsked));
                break;
            case Proto.ToServer.SayOneofCase.DecideApproval when SignalingWire.TryReadNetwork(message.DecideApproval.Network, out var network) && SignalingWire.TryReadPeer(message.DecideApproval.Peer, out var asker):
                Ask(message, new DecideApprovalAsk(network, asker, message.DecideApproval.Admission.Memory, message.DecideApproval.Why));
                break;
            case Proto.ToServer.SayOneofCase.WithdrawApproval when SignalingWire.TryReadNetwork(message.WithdrawApproval.Network, out var network):
                Ask(message, new WithdrawApprovalAsk(network));
                break;
            case Proto.ToServer.SayOneofCase.Meet when SignalingNames.IsMeetingKey(message.Meet.Key):
                Ask(message, new MeetAsk(message.Meet.Key));
                break;
            case Proto.ToServer.SayOneofCase.LeaveMeeting when SignalingNames.IsMeetingKey(message.LeaveMeeting.Key):
                Ask(message, new LeaveMeetingAsk(message.LeaveMeeting.Key));
                break;
            case Proto.ToServer.SayOneofCase.Meet or Proto.ToServer.SayOneofCase.LeaveMeeting:
                End(CloseCode.NameInvalid, "A key of a meeting point cannot be read.");
                break;
            case Proto.ToServer.SayOneofCase.Introduce when SignalingWire.TryReadPeer(message.Introduce.To, out var to) && TryReadRoom(message.Introduce.Room, out var room):
                Ask(message, new IntroduceAsk(to, room, message.Introduce.Sealed.Memory));
                break;
            case Proto.ToServer.SayOneofCase.Renew when message.Renew.Networks.All(n => n.Length == NetworkId.Length):
                _state = new State.Proven(now + options.Lease);
                Ask(message, new RenewAsk([.. message.Renew.Networks.Select(n => NetworkId.FromBytes(n.Span))]));
                break;
            default:
                End(CloseCode.ProtocolViolated, $"{message.SayCase} is not due, or cannot be read.");
                break;
        }
    }

    private void OnOpenDoor(ulong request, Proto.OpenDoor open)
    {
        Genesis? offered = null;
        var mode = (DoorMode)(int)open.Mode;
        if (!SignalingNames.IsName(open.Door) && !NetworkId.TryParse(open.Door, out _))
            End(CloseCode.NameInvalid, "A door is neither a name nor an id of a network.");
        else if (mode is not (DoorMode.Join or DoorMode.Create or DoorMode.JoinOrCreate))
            End(CloseCode.ProtocolViolated, "A door is opened in a way that is not known.");
        else if (open.Track && !tracks)
            Refuse(request, NetfluxError.TrackingNotSupported, "This server introduces peers that are online; it does not remember networks.");
        else if (open.Ticket.Length > 0 && !tracks)
            Refuse(request, NetfluxError.TrackingNotSupported, "This server introduces peers that are online; it redeems no tickets.");
        else if (open.Ticket.Length > IdentityOptions.TicketBytesMax || open.TicketSecret.Length != (open.Ticket.IsEmpty ? 0 : IdentityOptions.TicketSecretBytes))
            Refuse(request, NetfluxError.TicketInvalid, "The ticket cannot be read.");
        else if (open.Genesis.Length > 0 && !Genesis.TryParse(open.Genesis.Memory, out offered, out var error, out var why))
            Refuse(request, error, $"The record of the network cannot be used: {why}");
        else if (offered is null && mode != DoorMode.Join)
            End(CloseCode.ProtocolViolated, "To create a network takes its record.");
        else
            _instructions.Enqueue(new TellRooms(new PeerAsked(id, request, new OpenDoorAsk(open.Door, offered, mode, open.Track, open.Ticket.Memory, open.TicketSecret.Memory))));
    }

    private static bool TryReadPeerOrNone(ByteString bytes, out PeerId? peer)
    {
        peer = SignalingWire.TryReadPeer(bytes, out var read) ? read : null;
        return bytes.IsEmpty || peer is not null;
    }

    private static bool TryReadInvitationOrNone(ByteString bytes, out InvitationId? invitation)
    {
        invitation = InvitationId.TryRead(bytes.Span, out var read) ? read : null;
        return bytes.IsEmpty || invitation is not null;
    }

    private static bool TryReadRoom(string text, out RoomId room)
    {
        var meeting = SignalingNames.TryParseMeetingRoom(text, out var key);
        room = meeting ? RoomId.OfMeeting(key!) : NetworkId.TryParse(text, out var network) ? RoomId.Of(network) : default;
        return room != default;
    }

    private void Ask(Proto.ToServer message, PeerAsk ask) => _instructions.Enqueue(new TellRooms(new PeerAsked(id, message.Request, ask)));

    private void RefuseEntry(NetfluxError error, CloseCode code, string text)
    {
        Refuse(0, error, text);
        End(code, text);
    }

    private void Refuse(ulong request, NetfluxError error, string text) => Answer(request, new() { Refused = new() { Code = (uint)error, Text = text } });

    private void Answer(ulong request, Proto.ToClient message)
    {
        message.Request = request;
        _instructions.Enqueue(new Say(message.SayCase, message.ToByteArray()));
    }

    private void End(CloseCode code, string text)
    {
        _state = new State.Ended();
        _instructions.Enqueue(new EndConnection(code, text));
    }
}
