using Google.Protobuf;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Wire;
using static Netflux.Transport.Signaling.Samples;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>What a client has a server keep for others, and how it takes its own.</summary>
public sealed class InvitationSessionTests
{
    private static readonly ReadOnlyMemory<byte> s_sealed = new byte[] { 1, 2, 3 };
    private static readonly DateTimeOffset s_until = WallClock.AddDays(1);

    private readonly SignalingSession _session;
    private double _now;
    private long _attempt = 1;

    public InvitationSessionTests() => _session = new(Alice, "alice", "ws://server.test", new SeededRandom(1), new() { InvitationsMax = 3 });

    private static InvitationId Id(byte of) => InvitationId.TryRead([.. Enumerable.Repeat(of, 16)], out var id) ? id : default;

    private List<SessionInstruction> Take()
    {
        var taken = new List<SessionInstruction>();
        while (_session.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    private List<SessionInstruction> Handle(SessionFact fact)
    {
        _session.Handle(fact, At(_now));
        return Take();
    }

    private List<SessionInstruction> Say(Proto.ToClient message) => Handle(new ServerSaid(_attempt, message.ToByteArray()));

    private static List<Proto.ToServer> Asked(IEnumerable<SessionInstruction> instructions) =>
        [.. instructions.OfType<SayToServer>().Select(i => SignalingWire.TryParse(i.Message, out Proto.ToServer? message) ? message : throw new InvalidOperationException("not readable"))];

    private List<SessionInstruction> Connect(int bytesMax = 65_536)
    {
        Handle(new ServerDialled(_attempt, "server.test", new(1), bytesMax));
        Say(new() { Hello = new() { VersionMin = 1, VersionMax = 1, Nonce = ByteString.CopyFrom(new byte[32]), LeaseMs = 30_000, MessageBytesMax = 65_536, Tracks = true } });
        return Say(new() { Welcome = new() { SeenIncarnation = 1 } });
    }

    private static Proto.ToClient Opened(ulong request, Genesis genesis) => new() { Request = request, DoorOpened = new() { Genesis = ByteString.CopyFrom(genesis.Record.Span), Tracked = true } };

    private void OpenDoor(Genesis genesis)
    {
        var said = Handle(new DoorWanted(4, genesis.Network.ToString(), genesis.Record, DoorMode.Join, false));
        if (_session.State is not SessionState.Open) said = Connect();
        Say(Opened(Assert.Single(Asked(said)).Request, genesis));
    }

    private static Proto.ToClient Invited(ulong request, byte id, Genesis? genesis = null) => new()
    {
        Request = request,
        Invited = new() { Network = ByteString.CopyFrom((genesis ?? Lobby).Network.ToArray()), Id = ByteString.CopyFrom(Id(id).ToArray()), From = ByteString.CopyFrom(Bob.Id.ToArray()), Sealed = ByteString.CopyFrom(s_sealed.Span) },
    };

    private static (NetworkId, InvitationId, PeerId)? Told(IEnumerable<SessionInstruction> said) => said.OfType<TellInvited>().SingleOrDefault() is { } told ? (told.Network, told.Id, told.From) : null;

    // ---- For others ----

    [Fact]
    public void It_is_kept_once_the_server_says_so()
    {
        OpenDoor(Lobby);
        var asked = Assert.Single(Asked(Handle(new KeepWanted(5, Lobby.Network, Id(1), Bob.Id, s_until, s_sealed))));
        var keep = asked.KeepInvitation;
        Assert.Equal((ByteString.CopyFrom(Lobby.Network.ToArray()), ByteString.CopyFrom(Id(1).ToArray()), ByteString.CopyFrom(Bob.Id.ToArray())), (keep.Network, keep.Id, keep.To));
        Assert.Equal(((ulong)s_until.ToUnixTimeMilliseconds(), ByteString.CopyFrom(s_sealed.Span)), (keep.UntilMs, keep.Sealed));
        Assert.Equal([new TellTracked(5, Lobby.Network)], Say(new() { Request = asked.Request, Done = new() }));
    }

    [Fact]
    public void It_is_ended_once_the_server_says_so()
    {
        OpenDoor(Lobby);
        var asked = Assert.Single(Asked(Handle(new EndKeptWanted(5, Lobby.Network, Id(1)))));
        Assert.Equal((ByteString.CopyFrom(Lobby.Network.ToArray()), ByteString.CopyFrom(Id(1).ToArray())), (asked.EndInvitation.Network, asked.EndInvitation.Id));
        Assert.Equal([new TellTracked(5, Lobby.Network)], Say(new() { Request = asked.Request, Done = new() }));
    }

    [Theory]
    [InlineData(NetfluxError.UnknownRequest)]
    [InlineData(NetfluxError.TooMany)]
    [InlineData(NetfluxError.InvalidOptions)]
    [InlineData(NetfluxError.MessageTooLarge)]
    [InlineData(NetfluxError.UnknownPeer)]
    public void A_refusal_is_told_with_its_error(NetfluxError error)
    {
        OpenDoor(Lobby);
        foreach (var wanted in new SessionFact[] { new KeepWanted(5, Lobby.Network, Id(1), Bob.Id, s_until, s_sealed), new EndKeptWanted(5, Lobby.Network, Id(1)) })
        {
            var request = Assert.Single(Asked(Handle(wanted))).Request;
            Assert.Equal([new TellFailed(5, error, "No.")], Say(new() { Request = request, Refused = new() { Code = (uint)error, Text = "No." } }));
        }
    }

    [Fact]
    public void What_no_message_holds_is_not_said()
    {
        OpenDoor(Lobby);
        Assert.Equal(NetfluxError.MessageTooLarge, Assert.IsType<TellFailed>(Assert.Single(Handle(new KeepWanted(5, Lobby.Network, Id(1), Bob.Id, s_until, new byte[65_536 - 127])))).Error);
        var said = Assert.Single(Handle(new KeepWanted(6, Lobby.Network, Id(1), Bob.Id, s_until, new byte[65_536 - 128])));
        Assert.InRange(Assert.IsType<SayToServer>(said).Message.Length, 65_000, 65_536);
    }

    [Fact]
    public void It_waits_until_the_door_is_open_again()
    {
        OpenDoor(Lobby);
        Handle(new ServerLost(1, CloseCode.Lost, "cut"));
        Handle(new KeepWanted(5, Lobby.Network, Id(1), Bob.Id, s_until, s_sealed));
        _attempt = 2;
        var door = Assert.Single(Asked(Connect()));
        Assert.NotNull(door.OpenDoor);
        Assert.NotNull(Assert.Single(Asked(Say(Opened(door.Request, Lobby)))).KeepInvitation);
    }

    // ---- One's own ----

    [Fact]
    public void Its_own_are_taken_one_after_the_other()
    {
        OpenDoor(Lobby);
        var next = Assert.Single(Asked(Handle(new InvitationsWanted(Lobby.Network))));
        Assert.True(next.NextInvitation.After.IsEmpty);
        var said = Say(Invited(next.Request, 7));
        Assert.Equal((Lobby.Network, Id(7), Bob.Id), Told(said));
        next = Assert.Single(Asked(said));
        Assert.Equal(Id(7).ToArray(), next.NextInvitation.After.ToByteArray());
        said = Say(Invited(next.Request, 9));
        Assert.Equal(Id(9), Told(said)!.Value.Item2);
        Assert.Empty(Say(new() { Request = Assert.Single(Asked(said)).Request, Done = new() }));
    }

    [Fact]
    public void One_door_after_the_other()
    {
        OpenDoor(Lobby);
        OpenDoor(Other);
        var first = Assert.Single(Asked(Handle(new InvitationsWanted(Lobby.Network))));
        Assert.Empty(Handle(new InvitationsWanted(Other.Network)));
        Assert.Empty(Handle(new InvitationsWanted(Other.Network)));      // said twice is said once
        Assert.Empty(Handle(new InvitationsWanted(Third.Network)));      // no door
        var second = Assert.Single(Asked(Say(new() { Request = first.Request, Done = new() })));
        Assert.Equal(Other.Network.ToArray(), second.NextInvitation.Network.ToByteArray());
        Assert.Empty(Say(new() { Request = second.Request, Done = new() }));
    }

    [Fact]
    public void A_door_that_fails_or_does_not_answer_holds_up_no_other()
    {
        OpenDoor(Lobby);
        OpenDoor(Other);
        var first = Assert.Single(Asked(Handle(new InvitationsWanted(Lobby.Network))));
        Handle(new InvitationsWanted(Other.Network));
        var said = Say(new() { Request = first.Request, Refused = new() { Code = (uint)NetfluxError.NotAMember, Text = "No." } });
        Assert.Equal(new NoteNotCollected(Lobby.Network, NetfluxError.NotAMember, "No."), Assert.Single(said.OfType<NoteNotCollected>()));
        Assert.Single(Asked(said));
        Handle(new InvitationsWanted(Lobby.Network));
        _now = 9;
        _session.HandleDeadline(At(_now));
        said = Take();
        Assert.Equal(NetfluxError.TimedOut, Assert.Single(said.OfType<NoteNotCollected>()).Error);
        Assert.Equal(Lobby.Network.ToArray(), Assert.Single(Asked(said), asked => asked.NextInvitation is not null).NextInvitation.Network.ToByteArray());
    }

    [Fact]
    public void What_comes_while_it_stands_at_the_door_is_told()
    {
        OpenDoor(Lobby);
        Assert.Equal((Lobby.Network, Id(1), Bob.Id), Told(Say(Invited(0, 1))));
        Assert.Empty(Say(Invited(0, 1, Other)));       // a door that is not open
        Handle(new DoorUnwanted(Lobby.Network));
        Assert.Empty(Say(Invited(0, 1)));
    }

    [Fact]
    public void A_server_that_does_not_get_on_is_asked_no_more()
    {
        OpenDoor(Lobby);
        var next = Assert.Single(Asked(Handle(new InvitationsWanted(Lobby.Network))));
        next = Assert.Single(Asked(Say(Invited(next.Request, 7))));
        Assert.Empty(Say(Invited(next.Request, 7)));
        next = Assert.Single(Asked(Handle(new InvitationsWanted(Lobby.Network))));
        Assert.Empty(Say(Invited(next.Request, 1, Other)));
        next = Assert.Single(Asked(Handle(new InvitationsWanted(Lobby.Network))));
        var unreadable = Invited(next.Request, 1);
        unreadable.Invited.Id = ByteString.CopyFrom(1, 2);
        Assert.Empty(Say(unreadable));
        Assert.Empty(Say(Invited(next.Request, 1)));   // nobody asked
    }

    [Fact]
    public void A_server_that_goes_on_for_ever_is_asked_no_more_than_it_keeps()
    {
        OpenDoor(Lobby);
        var next = Assert.Single(Asked(Handle(new InvitationsWanted(Lobby.Network))));
        next = Assert.Single(Asked(Say(Invited(next.Request, 1))));
        next = Assert.Single(Asked(Say(Invited(next.Request, 2))));
        Assert.Equal(Id(3), Assert.IsType<TellInvited>(Assert.Single(Say(Invited(next.Request, 3)))).Id);
    }
}
