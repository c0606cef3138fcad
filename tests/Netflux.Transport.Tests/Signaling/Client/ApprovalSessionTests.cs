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

/// <summary>How a client asks to be let in, hears of those who ask, and decides.</summary>
public sealed class ApprovalSessionTests
{
    private static readonly ReadOnlyMemory<byte> s_bytes = new byte[] { 1, 2, 3 };

    private readonly SignalingSession _session = new(Alice, "alice", "ws://server.test", new SeededRandom(1), new() { ApprovalsMax = 3 });
    private double _now;
    private long _attempt = 1;

    private List<SessionInstruction> Handle(SessionFact fact)
    {
        _session.Handle(fact, At(_now));
        var taken = new List<SessionInstruction>();
        while (_session.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    private List<SessionInstruction> Say(Proto.ToClient message) => Handle(new ServerSaid(_attempt, message.ToByteArray()));

    private static Proto.ToServer Asked(IEnumerable<SessionInstruction> instructions) =>
        SignalingWire.TryParse(Assert.Single(instructions.OfType<SayToServer>()).Message, out Proto.ToServer? message) ? message : throw new InvalidOperationException("not readable");

    private List<SessionInstruction> Connect()
    {
        Handle(new ServerDialled(_attempt, "server.test", new(1), 65_536));
        Say(new() { Hello = new() { VersionMin = 1, VersionMax = 1, Nonce = ByteString.CopyFrom(new byte[32]), LeaseMs = 30_000, MessageBytesMax = 65_536, Tracks = true } });
        return Say(new() { Welcome = new() { SeenIncarnation = 1 } });
    }

    private void OpenDoor()
    {
        Handle(new DoorWanted(4, Lobby.Network.ToString(), Lobby.Record, DoorMode.Join, false));
        Say(new() { Request = Asked(Connect()).Request, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Tracked = true } });
    }

    private static ByteString Network(Genesis? network = null) => ByteString.CopyFrom((network ?? Lobby).Network.ToArray());

    private static Proto.ToClient Waits(ulong request, IPeerKeys keys, Genesis? network = null) => new()
    {
        Request = request,
        ApprovalWaits = new() { Network = Network(network), Record = ByteString.CopyFrom(RecordOf(keys).Span) },
    };

    private static ReadOnlyMemory<byte> RecordOf(IPeerKeys keys) => ApprovalRecord.Create(keys, Lobby.Network, "somebody", "hello", WallClock).Record;

    private static readonly SeededPeerKeys[] s_peers = [.. new[] { Bob, Carol, Dave, new(5) }.OrderBy(keys => keys.Id)];

    [Fact]
    public void What_is_asked_is_said_and_told_once_the_server_has_stored_it()
    {
        OpenDoor();
        var ask = Asked(Handle(new ApprovalWanted(5, Lobby.Network, s_bytes)));
        Assert.Equal((Network(), ByteString.CopyFrom(s_bytes.Span)), (ask.AskApproval.Network, ask.AskApproval.Record));
        Assert.Equal([new TellTracked(5, Lobby.Network)], Say(new() { Request = ask.Request, Done = new() }));
        var decide = Asked(Handle(new DecisionWanted(6, Lobby.Network, Bob.Id, s_bytes, "why")));
        Assert.Equal((Network(), ByteString.CopyFrom(Bob.Id.ToArray()), ByteString.CopyFrom(s_bytes.Span), "why"), (decide.DecideApproval.Network, decide.DecideApproval.Peer, decide.DecideApproval.Admission, decide.DecideApproval.Why));
        Assert.Equal([new TellTracked(6, Lobby.Network)], Say(new() { Request = decide.Request, Done = new() }));
        var withdraw = Asked(Handle(new ApprovalUnwanted(7, Lobby.Network)));
        Assert.Equal(Network(), withdraw.WithdrawApproval.Network);
        Assert.Equal([new TellTracked(7, Lobby.Network)], Say(new() { Request = withdraw.Request, Done = new() }));
    }

    [Fact]
    public void A_refusal_and_silence_are_told()
    {
        OpenDoor();
        foreach (var wanted in new SessionFact[] { new ApprovalWanted(5, Lobby.Network, s_bytes), new DecisionWanted(5, Lobby.Network, Bob.Id, s_bytes, ""), new ApprovalUnwanted(5, Lobby.Network), new ApprovalsWanted(5, Lobby.Network) })
        {
            Assert.Equal([new TellFailed(5, NetfluxError.UnknownRequest, "No.")], Say(new() { Request = Asked(Handle(wanted)).Request, Refused = new() { Code = (uint)NetfluxError.UnknownRequest, Text = "No." } }));
            Handle(wanted);
            _now += 9;
            _session.HandleDeadline(At(_now));
            Assert.True(_session.TryTake(out var told));
            Assert.Equal((5, NetfluxError.TimedOut), told is TellFailed failed ? (failed.Ask, failed.Error) : default);
            while (_session.TryTake(out _)) { }
        }
    }

    [Fact]
    public void A_decision_answers_the_ask_or_comes_by_itself()
    {
        OpenDoor();
        var ask = Asked(Handle(new ApprovalWanted(5, Lobby.Network, s_bytes)));
        Proto.ToClient Decided(ulong request, Genesis? network = null) => new() { Request = request, ApprovalDecided = new() { Network = Network(network), Admission = ByteString.CopyFrom(s_bytes.Span), Why = "well\u0007" } };
        Assert.Empty(Say(Decided(ask.Request + 1)));
        Assert.Empty(Say(Decided(ask.Request, Other)));
        foreach (var (request, expected) in new (ulong, long?)[] { (ask.Request, 5), (0, null) })
        {
            var told = Assert.IsType<TellDecided>(Assert.Single(Say(Decided(request))));
            Assert.Equal((expected, Lobby.Network, "1-2-3", "well?"), (told.Ask, told.Network, string.Join('-', told.Admission.ToArray()), told.Why));
        }
        Assert.Empty(Say(Decided(ask.Request)));
        Assert.Empty(Say(Decided(0, Other)));               // of a door that is not open
    }

    [Fact]
    public void Who_waits_is_asked_for_one_by_one_until_there_is_no_other()
    {
        OpenDoor();
        var asked = Asked(Handle(new ApprovalsWanted(5, Lobby.Network)));
        Assert.Equal(ByteString.Empty, asked.NextApproval.After);
        foreach (var keys in s_peers[..2])
        {
            asked = Asked(Say(Waits(asked.Request, keys)));
            Assert.Equal(ByteString.CopyFrom(keys.Id.ToArray()), asked.NextApproval.After);
        }
        Assert.Equal(2, Assert.IsType<TellApprovals>(Assert.Single(Say(new() { Request = asked.Request, Done = new() }))).Records.Count);
    }

    [Fact]
    public void A_server_that_goes_on_for_ever_or_does_not_get_on_is_asked_no_more()
    {
        OpenDoor();
        var asked = Asked(Handle(new ApprovalsWanted(5, Lobby.Network)));
        foreach (var keys in s_peers[..2]) asked = Asked(Say(Waits(asked.Request, keys)));
        Assert.Equal(3, Assert.IsType<TellApprovals>(Assert.Single(Say(Waits(asked.Request, s_peers[2])))).Records.Count);
        foreach (var second in new[] { s_peers[0], s_peers[1] })
        {
            asked = Asked(Handle(new ApprovalsWanted(6, Lobby.Network)));
            asked = Asked(Say(Waits(asked.Request, s_peers[1])));
            Assert.Single(Assert.IsType<TellApprovals>(Assert.Single(Say(Waits(asked.Request, second)))).Records);
        }
        asked = Asked(Handle(new ApprovalsWanted(7, Lobby.Network)));
        Assert.Empty(Assert.IsType<TellApprovals>(Assert.Single(Say(Waits(asked.Request, s_peers[0], Other)))).Records);
    }

    [Fact]
    public void Who_asks_just_now_is_told_where_its_wish_can_be_read_and_the_door_is_open()
    {
        OpenDoor();
        Assert.Equal(RecordOf(Bob).ToArray(), Assert.IsType<TellApprovalAsked>(Assert.Single(Say(Waits(0, Bob)))).Record.ToArray());
        Assert.Empty(Say(new() { ApprovalWaits = new() { Network = Network(), Record = ByteString.CopyFrom(1, 2) } }));
        Handle(new DoorUnwanted(Lobby.Network));
        Assert.Empty(Say(Waits(0, Bob)));
    }

    [Fact]
    public void What_is_asked_at_a_door_waits_until_that_is_open_again()
    {
        OpenDoor();
        Handle(new ServerLost(1, CloseCode.Lost, "cut"));
        Handle(new ApprovalWanted(5, Lobby.Network, s_bytes));
        _attempt = 2;
        var reopen = Asked(Connect());
        Assert.Equal(Proto.ToServer.SayOneofCase.OpenDoor, reopen.SayCase);
        Assert.Equal(Proto.ToServer.SayOneofCase.AskApproval, Asked(Say(new() { Request = reopen.Request, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Tracked = true } })).SayCase);
    }
}
