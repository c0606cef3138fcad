using CsCheck;
using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Client;
using Netflux.Transport.Signaling.Wire;
using static Netflux.Transport.Signaling.Samples;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Server;

/// <summary>The edge against clients that do not follow the rules: each has its code, and none throws.</summary>
public sealed class SignalingConnectionTests
{
    private const string Authority = "server.test";

    private readonly SignalingConnection _connection;
    private readonly byte[] _nonce;

    public SignalingConnectionTests() => (_connection, _nonce) = NewConnection(1);

    private static (SignalingConnection, byte[] Nonce) NewConnection(ulong seed, SignalingServerOptions? options = null, bool tracks = false)
    {
        var connection = new SignalingConnection(new("", 1), options ?? new(), new HashSet<string> { Authority }, new SeededRandom(seed), tracks);
        connection.Handle(new ClientConnected(), Instant.Zero);
        Assert.True(connection.TryTake(out var said));
        Assert.True(SignalingWire.TryParse(Assert.IsType<Say>(said).Message, out Proto.ToClient? hello));
        Assert.Equal(tracks, hello.Hello.Tracks);
        return (connection, hello.Hello.Nonce.ToByteArray());
    }

    private static Proto.ToServer Hello(byte[] nonce, string authority = Authority, ulong incarnation = 1, uint version = 1, IPeerKeys? signer = null) => new()
    {
        Hello = new()
        {
            Version = version,
            Card = ByteString.CopyFrom(Alice.Card.Bytes.Span),
            Incarnation = incarnation,
            DisplayName = "alice",
            Authority = authority,
            Signature = ByteString.CopyFrom((signer ?? Alice).Sign(SignalingProof.Purpose, SignalingProof.Body(version, nonce, new Incarnation(incarnation), authority, "alice"))),
        },
    };

    private static CloseCode? CloseOf(SignalingConnection connection, IMessage message, double at = 0) => CloseOf(connection, message.ToByteArray(), at);

    private static CloseCode? CloseOf(SignalingConnection connection, byte[] message, double at = 0)
    {
        connection.Handle(new ClientSaid(message), At(at));
        CloseCode? code = null;
        while (connection.TryTake(out var instruction))
            if (instruction is EndConnection end)
            {
                Assert.NotEmpty(end.Text);
                code = end.Code;
            }
        return code;
    }

    [Fact]
    public void A_proof_for_this_connection_is_taken() => Assert.Null(CloseOf(_connection, Hello(_nonce)));

    [Fact]
    public void What_is_beyond_the_limits_of_all_connections_is_refused_with_a_time()
    {
        CloseOf(_connection, Hello(_nonce));
        _connection.Handle(new AskLimited(7, "Too much; try again in 3 s.", TimeSpan.FromSeconds(2.5)), At(1));
        Assert.True(_connection.TryTake(out var said));
        Assert.True(SignalingWire.TryParse(Assert.IsType<Say>(said).Message, out Proto.ToClient? message));
        Assert.Equal((7ul, (uint)NetfluxError.ServerBusy, 2_500u, "Too much; try again in 3 s."), (message.Request, message.Refused.Code, message.Refused.RetryAfterMs, message.Refused.Text));
    }

    [Fact]
    public void A_proof_of_another_connection_is_not() => Assert.Equal(CloseCode.ProofInvalid, CloseOf(_connection, Hello(NewConnection(2).Nonce)));

    [Fact]
    public void A_proof_for_another_server_is_not() => Assert.Equal(CloseCode.AuthorityMismatch, CloseOf(_connection, Hello(_nonce, "evil.test")));

    [Fact]
    public void A_proof_with_another_key_is_not() => Assert.Equal(CloseCode.ProofInvalid, CloseOf(_connection, Hello(_nonce, signer: Bob)));

    [Fact]
    public void What_was_signed_cannot_be_changed()
    {
        var authority = Hello(_nonce, "other.test");
        authority.Hello.Authority = Authority;
        Assert.Equal(CloseCode.ProofInvalid, CloseOf(_connection, authority));
        var incarnation = Hello(NewConnection(3) is var (again, nonce) ? nonce : []);
        incarnation.Hello.Incarnation++;
        Assert.Equal(CloseCode.ProofInvalid, CloseOf(again, incarnation));
    }

    [Fact]
    public void Another_version_is_refused() => Assert.Equal(CloseCode.VersionNotSupported, CloseOf(_connection, Hello(_nonce, version: 2)));

    [Fact]
    public void Requests_before_the_proof_are_refused() =>
        Assert.Equal(CloseCode.HandshakeExpected, CloseOf(_connection, new Proto.ToServer { Request = 1, Renew = new() }));

    [Fact]
    public void No_proof_in_five_seconds_ends_it()
    {
        Assert.Equal(At(5), _connection.NextDeadline);
        _connection.HandleDeadline(At(5));
        Assert.True(_connection.TryTake(out var instruction));
        Assert.Equal(CloseCode.HandshakeTimeout, Assert.IsType<EndConnection>(instruction).Code);
    }

    [Fact]
    public void Each_broken_rule_has_its_code()
    {
        (Proto.ToServer Message, CloseCode Code)[] broken =
        [
            (new() { Renew = new() }, CloseCode.ProtocolViolated),
            (new() { Request = 1, Hello = new() }, CloseCode.ProtocolViolated),
            (new() { Request = 1, CloseDoor = new() { Network = ByteString.CopyFrom(1, 2) } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, OpenDoor = new() { Door = "a/b" } }, CloseCode.NameInvalid),
            (new() { Request = 1, OpenDoor = new() { Door = new string('x', 65) } }, CloseCode.NameInvalid),
            (new() { Request = 1, OpenDoor = new() { Door = "a", Mode = (Proto.OpenDoor.Types.Mode)9 } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, OpenDoor = new() { Door = "a", Mode = Proto.OpenDoor.Types.Mode.Create } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, Meet = new() { Key = "" } }, CloseCode.NameInvalid),
            (new() { Request = 1, Introduce = new() { To = ByteString.CopyFrom(new byte[20]), Room = "name/lobby" } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, ListTracked = new() { Network = ByteString.CopyFrom(new byte[20]), Only = ByteString.CopyFrom(1) } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, KeepInvitation = new() { Network = ByteString.CopyFrom(new byte[20]), Id = ByteString.CopyFrom(new byte[15]), To = ByteString.CopyFrom(new byte[20]) } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, KeepInvitation = new() { Network = ByteString.CopyFrom(new byte[20]), Id = ByteString.CopyFrom(new byte[16]) } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, EndInvitation = new() { Id = ByteString.CopyFrom(new byte[16]) } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, NextInvitation = new() { Network = ByteString.CopyFrom(new byte[20]), After = ByteString.CopyFrom(new byte[17]) } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, AskApproval = new() { Network = ByteString.CopyFrom(new byte[19]) } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, NextApproval = new() { Network = ByteString.CopyFrom(new byte[20]), After = ByteString.CopyFrom(1) } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, DecideApproval = new() { Network = ByteString.CopyFrom(new byte[20]) } }, CloseCode.ProtocolViolated),
            (new() { Request = 1, WithdrawApproval = new() }, CloseCode.ProtocolViolated),
        ];
        foreach (var (message, code) in broken)
        {
            var (connection, nonce) = NewConnection(1);
            Assert.Null(CloseOf(connection, Hello(nonce)));
            Assert.Equal(code, CloseOf(connection, message));
            Assert.Null(CloseOf(connection, message)); // it is over: nothing more is read
        }
    }

    [Fact]
    public void Invitations_are_read_and_those_that_are_too_long_are_refused()
    {
        Assert.Null(CloseOf(_connection, Hello(_nonce)));
        var keep = new Proto.ToServer
        {
            Request = 3,
            KeepInvitation = new()
            {
                Network = ByteString.CopyFrom(Lobby.Network.ToArray()), Id = ByteString.CopyFrom([.. Enumerable.Repeat((byte)7, 16)]), To = ByteString.CopyFrom(Bob.Id.ToArray()), UntilMs = ulong.MaxValue,
                Sealed = ByteString.CopyFrom(new byte[IdentityOptions.KeptInvitationBytesMax]),
            },
        };
        _connection.Handle(new ClientSaid(keep.ToByteArray()), At(0));
        Assert.True(_connection.TryTake(out var told));
        var ask = Assert.IsType<KeepInvitationAsk>(Assert.IsType<PeerAsked>(Assert.IsType<TellRooms>(told).Fact).Ask);
        Assert.Equal((Lobby.Network, Bob.Id, IdentityOptions.KeptInvitationBytesMax, 9999), (ask.Network, ask.To, ask.Sealed.Length, ask.Until.Year));
        keep.KeepInvitation.Sealed = ByteString.CopyFrom(new byte[IdentityOptions.KeptInvitationBytesMax + 1]);
        _connection.Handle(new ClientSaid(keep.ToByteArray()), At(0));
        Assert.True(_connection.TryTake(out var said));
        Assert.True(SignalingWire.TryParse(Assert.IsType<Say>(said).Message, out Proto.ToClient? refused));
        Assert.Equal((3ul, (uint)NetfluxError.MessageTooLarge), (refused.Request, refused.Refused.Code));
    }

    [Fact]
    public void Tickets_are_read_by_a_server_that_tracks_and_those_that_are_none_are_refused()
    {
        Assert.Equal(NetfluxError.TrackingNotSupported, Shown(1, 32, tracks: false).Refused);
        foreach (var (ticket, secret) in new[] { (1849, 32), (1, 0), (1, 31), (1, 33), (0, 32) }) Assert.Equal(NetfluxError.TicketInvalid, Shown(ticket, secret).Refused);
        Assert.Equal((1848, 32), Shown(1848, 32).Taken);
        Assert.Equal((0, 0), Shown(0, 0).Taken);

        static (NetfluxError? Refused, (int, int)? Taken) Shown(int ticket, int secret, bool tracks = true)
        {
            var (connection, nonce) = NewConnection(1, tracks: tracks);
            Assert.Null(CloseOf(connection, Hello(nonce)));
            var open = new Proto.OpenDoor { Door = "lobby", Ticket = ByteString.CopyFrom(new byte[ticket]), TicketSecret = ByteString.CopyFrom(new byte[secret]) };
            connection.Handle(new ClientSaid(new Proto.ToServer { Request = 1, OpenDoor = open }.ToByteArray()), At(0));
            Assert.True(connection.TryTake(out var told));
            if (told is TellRooms { Fact: PeerAsked { Ask: OpenDoorAsk ask } }) return (null, (ask.Ticket.Length, ask.TicketSecret.Length));
            Assert.True(SignalingWire.TryParse(Assert.IsType<Say>(told).Message, out Proto.ToClient? refused));
            return ((NetfluxError)refused.Refused.Code, null);
        }
    }

    [Fact]
    public void Size_and_rate_are_held()
    {
        Assert.Equal(CloseCode.TooLarge, CloseOf(_connection, new byte[64 * 1024 + 1]));
        var (connection, nonce) = NewConnection(1, new() { MessagesPerSecond = 10, MessagesBurst = 3 });
        var renew = new Proto.ToServer { Request = 1, Renew = new() };
        Assert.Null(CloseOf(connection, Hello(nonce)));
        Assert.Null(CloseOf(connection, renew));
        Assert.Null(CloseOf(connection, renew));
        Assert.Null(CloseOf(connection, renew, at: 0.1));
        Assert.Equal(CloseCode.Flooding, CloseOf(connection, renew, at: 0.15));
        var (byBytes, _) = NewConnection(1, new() { BytesPerSecond = 10, BytesBurst = 100 });
        Assert.Equal(CloseCode.Flooding, CloseOf(byBytes, new byte[101]));
    }

    [Fact]
    public void Truncated_changed_and_random_bytes_never_throw()
    {
        var opened = new Proto.ToServer { Request = 1, OpenDoor = new() { Door = "lobby", Genesis = ByteString.CopyFrom(Lobby.Record.Span), Mode = Proto.OpenDoor.Types.Mode.Create } };
        Proto.ToServer[] samples = [opened, new() { Request = 1, Introduce = new() { To = ByteString.CopyFrom(Bob.Id.ToArray()), Room = "meet/k", Sealed = ByteString.CopyFrom(1, 2, 3) } }];
        foreach (var sample in samples)
        {
            var bytes = sample.ToByteArray();
            for (var length = 0; length < bytes.Length; length++) CloseOf(Proven(), bytes[..length]);
        }
        Gen.Byte.Array[0, 200].Sample(bytes => { CloseOf(Proven(), bytes); }, iter: 300);
        var whole = opened.ToByteArray();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Sample((at, value) =>
        {
            var changed = whole.ToArray();
            changed[at] = value;
            CloseOf(Proven(), changed);
        }, iter: 300);
    }

    // ---- Tracking ----

    private static ByteString Bytes(int length) => ByteString.CopyFrom(new byte[length]);

    private static ByteString OfLobby => ByteString.CopyFrom(Lobby.Network.ToArray());

    /// <summary>What the rooms are told of this.</summary>
    private static PeerAsk AskOf(Proto.ToServer message)
    {
        var connection = Proven(tracks: true);
        message.Request = 7;
        connection.Handle(new ClientSaid(message.ToByteArray()), At(1));
        Assert.True(connection.TryTake(out var instruction));
        Assert.False(connection.TryTake(out _));
        var asked = Assert.IsType<PeerAsked>(Assert.IsType<TellRooms>(instruction).Fact);
        Assert.Equal(7ul, asked.Request);
        return asked.Ask;
    }

    [Fact]
    public void What_is_asked_of_tracked_networks_is_read()
    {
        var put = Assert.IsType<PutTrackedAsk>(AskOf(new() { PutMember = new() { Network = OfLobby, Record = ByteString.CopyFrom(1, 2, 3) } }));
        Assert.Equal((Lobby.Network, 3), (put.Network, put.Record.Length));
        var remove = Assert.IsType<RemoveTrackedAsk>(AskOf(new() { RemoveMember = new() { Network = OfLobby, Peer = ByteString.CopyFrom(Bob.Id.ToArray()), Record = ByteString.CopyFrom(1, 2) } }));
        Assert.Equal((Lobby.Network, Bob.Id), (remove.Network, remove.Member));
        Assert.Equal([1, 2], remove.Record.ToArray());
        Assert.Equal(new ListTrackedAsk(Lobby.Network, null), AskOf(new() { ListTracked = new() { Network = OfLobby } }));
        Assert.Equal(new ListTrackedAsk(Lobby.Network, Bob.Id), AskOf(new() { ListTracked = new() { Network = OfLobby, After = ByteString.CopyFrom(Bob.Id.ToArray()) } }));
        Assert.Equal(new ListNetworksAsk(""), AskOf(new() { ListNetworks = new() }));
        Assert.Equal(new ListNetworksAsk(Lobby.Network.ToString()), AskOf(new() { ListNetworks = new() { After = Lobby.Network.ToString() } }));
        var open = Assert.IsType<OpenDoorAsk>(AskOf(new() { OpenDoor = new() { Door = "lobby", Track = true } }));
        Assert.True(open.Track);
    }

    [Fact]
    public void What_is_malformed_ends_this_connection_and_tells_the_rooms_nothing()
    {
        Proto.ToServer[] malformed =
        [
            new() { PutMember = new() { Network = Bytes(NetworkId.Length - 1), Record = Bytes(3) } },
            new() { PutMember = new() },
            new() { RemoveMember = new() { Network = Bytes(NetworkId.Length + 1), Peer = Bytes(PeerId.Length) } },
            new() { RemoveMember = new() { Network = OfLobby, Peer = Bytes(PeerId.Length - 1) } },
            new() { RemoveMember = new() { Network = OfLobby } },
            new() { ListTracked = new() },
            new() { ListTracked = new() { Network = OfLobby, After = Bytes(PeerId.Length + 1) } },
            new() { ListNetworks = new() { After = "lobby" } },
            new() { ListNetworks = new() { After = Lobby.Network + "A" } },
        ];
        foreach (var message in malformed)
        {
            var connection = Proven(tracks: true);
            message.Request = 7;
            connection.Handle(new ClientSaid(message.ToByteArray()), At(1));
            Assert.True(connection.TryTake(out var instruction), message.ToString());
            Assert.Equal(CloseCode.ProtocolViolated, Assert.IsType<EndConnection>(instruction).Code);
            Assert.False(connection.TryTake(out _));
        }
    }

    [Fact]
    public void Where_nothing_is_tracked_Track_is_refused_and_the_connection_goes_on()
    {
        var connection = Proven();
        var open = new Proto.ToServer { Request = 7, OpenDoor = new() { Door = "lobby", Genesis = ByteString.CopyFrom(Lobby.Record.Span), Mode = Proto.OpenDoor.Types.Mode.Create, Track = true } };
        connection.Handle(new ClientSaid(open.ToByteArray()), At(1));
        Assert.True(connection.TryTake(out var instruction));
        Assert.True(SignalingWire.TryParse(Assert.IsType<Say>(instruction).Message, out Proto.ToClient? refused));
        Assert.Equal((7ul, NetfluxError.TrackingNotSupported), (refused.Request, (NetfluxError)refused.Refused.Code));
        Assert.False(connection.TryTake(out _));
        open.OpenDoor.Track = false;
        connection.Handle(new ClientSaid(open.ToByteArray()), At(1));
        Assert.True(connection.TryTake(out instruction));
        Assert.IsType<TellRooms>(instruction);
    }

    private static SignalingConnection Proven(bool tracks = false)
    {
        var (connection, nonce) = NewConnection(1, tracks: tracks);
        Assert.Null(CloseOf(connection, s_hello ??= Hello(nonce).ToByteArray()));
        return connection;
    }

    private static byte[]? s_hello;
}
