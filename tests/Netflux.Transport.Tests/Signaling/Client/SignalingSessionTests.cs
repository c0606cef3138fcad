using CsCheck;
using Google.Protobuf;
using Netflux.Core;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using static Netflux.Transport.Signaling.Samples;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>The client against servers that are not what they should be.</summary>
public sealed class SignalingSessionTests
{
    private readonly SignalingSession _session = new(Alice, "alice", "ws://server.test", new SeededRandom(1), new());

    private List<SessionInstruction> Take()
    {
        var taken = new List<SessionInstruction>();
        while (_session.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    private List<SessionInstruction> Handle(SessionFact fact, double at = 0)
    {
        _session.Handle(fact, At(at));
        return Take();
    }

    private static Proto.ToClient Hello(uint min = 1, uint max = 1, int nonce = 32) =>
        new() { Hello = new() { VersionMin = min, VersionMax = max, Nonce = ByteString.CopyFrom(new byte[nonce]), LeaseMs = 30_000, MessageBytesMax = 65_536 } };

    private List<SessionInstruction> Say(IMessage message, double at = 0) => Handle(new ServerSaid(1, message.ToByteArray()), at);

    private void Connect()
    {
        Assert.Equal(new DialServer(1, null), Handle(new DoorWanted(1, "lobby", Lobby.Record, DoorMode.Create, false))[0]);
        Assert.Empty(Handle(new ServerDialled(1, "server.test", new(1), 65_536)));
    }

    [Theory]
    [InlineData(DialFailure.Unreachable, NetfluxError.ServerUnreachable)]
    [InlineData(DialFailure.TimedOut, NetfluxError.ServerUnreachable)]
    [InlineData(DialFailure.NotWebSocket, NetfluxError.NotASignalingServer)]
    [InlineData(DialFailure.Refused, NetfluxError.ServerBusy)]
    [InlineData(DialFailure.AccessDenied, NetfluxError.AccessDenied)]
    internal void Each_failed_dial_has_its_error(DialFailure failure, NetfluxError expected)
    {
        Handle(new DoorWanted(1, "lobby", Lobby.Record, DoorMode.Create, false));
        Assert.Equal(expected, Handle(new ServerDialFailed(1, failure, "why")).OfType<TellFailed>().Single().Error);
    }

    [Fact]
    public void What_does_not_greet_is_no_signaling_server()
    {
        Proto.ToClient[] wrong = [new() { Welcome = new() }, new() { Done = new() }, Hello(nonce: 31), Hello(min: 2, max: 1)];
        foreach (var message in wrong) Assert.Equal(NetfluxError.NotASignalingServer, new SignalingSessionTests().FirstSaid(message));
        Assert.Equal(NetfluxError.VersionNotSupported, new SignalingSessionTests().FirstSaid(Hello(min: 2, max: 3)));
        Connect();
        _session.HandleDeadline(At(4));
        Assert.Equal(NetfluxError.NotASignalingServer, Take().OfType<TellFailed>().Single().Error);
    }

    [Fact]
    public void A_slow_server_has_the_time_for_each_step_again()
    {
        Handle(new DoorWanted(1, "lobby", Lobby.Record, DoorMode.Create, false));
        Handle(new ServerDialled(1, "server.test", new(1), 65_536), 3);
        _session.HandleDeadline(At(6));
        Say(Hello(), 6);
        _session.HandleDeadline(At(8.9));
        Say(new Proto.ToClient { Welcome = new() { SeenIncarnation = 1 } }, 8.9);
        var told = Say(new Proto.ToClient { Request = 1, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Created = true } }, 8.95);
        Assert.Single(told.OfType<TellDoorOpened>());
    }

    private NetfluxError FirstSaid(IMessage message)
    {
        Connect();
        var told = Say(message);
        Assert.Single(told.OfType<CloseServer>());
        return told.OfType<TellFailed>().Single().Error;
    }

    [Fact]
    public void A_busy_server_is_believed_for_its_pause()
    {
        Connect();
        Say(new Proto.ToClient { Hello = Hello().Hello });
        Say(new Proto.ToClient { Welcome = new() { SeenIncarnation = 1 } });
        Say(new Proto.ToClient { Request = 1, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Created = true } });
        Handle(new ServerLost(1, CloseCode.Lost, "cut"), 1);
        _session.HandleDeadline(At(2));
        Assert.Equal(new DialServer(2, null), Take().Single());
        Handle(new ServerDialled(2, "server.test", new(1), 65_536), 2);
        Handle(new ServerSaid(2, new Proto.ToClient { Refused = new() { Code = (uint)NetfluxError.ServerBusy, Text = "full", RetryAfterMs = 20_000 } }.ToByteArray()), 2);
        Assert.Equal(At(22), _session.NextDeadline);
        Assert.Equal(NetfluxError.ServerBusy, Handle(new DoorWanted(5, "x", Other.Record, DoorMode.Create, false), 3).OfType<TellFailed>().Single().Error);
    }

    [Fact]
    public void A_server_that_denies_access_is_not_asked_again_for_a_minute_but_by_who_asks()
    {
        Establish();
        Handle(new ServerLost(1, CloseCode.Lost, "cut"), 1);
        _session.HandleDeadline(At(2));
        Take();
        Handle(new ServerDialFailed(2, DialFailure.AccessDenied, "it does not take this access token"), 2);
        Assert.Equal(At(62), _session.NextDeadline);
        // Who asks may have another token by now.
        Assert.Equal(new DialServer(3, null), Handle(new DoorWanted(5, "x", Other.Record, DoorMode.Create, false), 3).Single());
        Assert.Equal(NetfluxError.AccessDenied, Handle(new ServerDialFailed(3, DialFailure.AccessDenied, "nor this"), 3).OfType<TellFailed>().Single().Error);
    }

    [Fact]
    public void A_server_that_says_when_to_dial_again_is_believed()
    {
        Establish();
        Handle(new ServerLost(1, CloseCode.Lost, "cut"), 1);
        _session.HandleDeadline(At(2));
        Take();
        Handle(new ServerDialFailed(2, DialFailure.Refused, "HTTP 429", TimeSpan.FromSeconds(20)), 2);
        Assert.Equal(At(22), _session.NextDeadline);
    }

    private void Establish()
    {
        Connect();
        Say(new Proto.ToClient { Hello = Hello().Hello });
        Say(new Proto.ToClient { Welcome = new() { SeenIncarnation = 1 } });
        Say(new Proto.ToClient { Request = 1, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Created = true } });
    }

    [Fact]
    public void A_server_that_does_not_answer_a_renewal_is_left()
    {
        Connect();
        Say(Hello());
        Say(new Proto.ToClient { Welcome = new() { SeenIncarnation = 1 } });
        Say(new Proto.ToClient { Request = 1, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span) } });
        Assert.Equal(At(10), _session.NextDeadline);
        _session.HandleDeadline(At(10));
        Assert.Equal("Renew", Assert.IsType<SayToServer>(Take().Single()).What);
        _session.HandleDeadline(At(20));
        Assert.Equal(CloseCode.Lost, Take().OfType<CloseServer>().Single().Code);
        Assert.IsType<SessionState.Waiting>(_session.State);
    }

    [Fact]
    public void An_answer_that_comes_too_late_is_undone()
    {
        Connect();
        Say(Hello());
        Say(new Proto.ToClient { Welcome = new() { SeenIncarnation = 1 } });
        _session.HandleDeadline(At(9));
        Assert.Equal(NetfluxError.TimedOut, Take().OfType<TellFailed>().Single().Error);
        var late = Say(new Proto.ToClient { Request = 1, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span) } }, 9.1);
        Assert.Equal("CloseDoor", Assert.IsType<SayToServer>(late.Single()).What);
    }

    [Fact]
    public void Hostile_bytes_of_a_server_never_throw()
    {
        byte[][] samples =
        [
            Hello().ToByteArray(),
            new Proto.ToClient { Request = 1, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Members = { new Proto.MemberOnline { Card = ByteString.CopyFrom(Bob.Card.Bytes.Span) } } } }.ToByteArray(),
            new Proto.ToClient { Met = new() { Key = "k", Other = new() { Card = ByteString.CopyFrom(1) } } }.ToByteArray(),
            new Proto.ToClient { Renewed = new() { Unknown = { ByteString.CopyFrom(1, 2) } } }.ToByteArray(),
        ];
        foreach (var sample in samples)
            for (var length = 0; length <= sample.Length; length++) Opened().Say(new Raw(sample[..length]));
        Gen.Byte.Array[0, 100].Sample(bytes => { Opened().Say(new Raw(bytes)); }, iter: 300);
    }

    private void Say(Raw raw) => Handle(new ServerSaid(1, raw.Bytes));

    private readonly record struct Raw(byte[] Bytes);

    private static SignalingSessionTests Opened()
    {
        var test = new SignalingSessionTests();
        test.Connect();
        test.Say(Hello());
        test.Say(new Proto.ToClient { Welcome = new() { SeenIncarnation = 1 } });
        return test;
    }
}
