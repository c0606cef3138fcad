using Google.Protobuf;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Wire;
using static Netflux.Transport.Signaling.Samples;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>A client of a cluster, whose servers name each other.</summary>
public sealed class OtherServersTests
{
    private const string Home = "ws://home.test", One = "ws://one.test", Two = "ws://two.test";

    private readonly SignalingSession _session = new(Alice, "alice", Home, new SeededRandom(1), new());
    private long _attempt;
    private double _now;

    private List<SessionInstruction> Handle(SessionFact fact)
    {
        _session.Handle(fact, At(_now));
        return Take();
    }

    private List<SessionInstruction> Take()
    {
        var taken = new List<SessionInstruction>();
        while (_session.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    private List<SessionInstruction> Say(Proto.ToClient message) => Handle(new ServerSaid(_attempt, message.ToByteArray()));

    private string Dialled(IEnumerable<SessionInstruction> instructions)
    {
        var dial = Assert.Single(instructions.OfType<DialServer>());
        _attempt = dial.Attempt;
        return dial.Other?.GetLeftPart(UriPartial.Authority) ?? Home;
    }

    private string DialledLater()
    {
        _now += 11;   // the longest pause
        _session.HandleDeadline(At(_now));
        return Dialled(Take());
    }

    private List<SessionInstruction> Welcome(params string[] others)
    {
        Handle(new ServerDialled(_attempt, "any.test", new(1), 65_536));
        Say(new() { Hello = new() { VersionMin = 1, VersionMax = 1, Nonce = ByteString.CopyFrom(new byte[32]), LeaseMs = 30_000, MessageBytesMax = 65_536 } });
        var welcome = new Proto.Welcome { SeenIncarnation = 1 };
        welcome.Others.Add(others);
        return Say(new() { Welcome = welcome });
    }

    private Proto.RenewLeases Renewal() => SignalingWire.TryParse(Assert.Single(Take().OfType<SayToServer>()).Message, out Proto.ToServer? said) ? said.Renew : throw new InvalidOperationException("not readable");

    private void Open(params string[] others)
    {
        Assert.Equal(Home, Dialled(Handle(new DoorWanted(1, "lobby", Lobby.Record, DoorMode.Create, false))));
        Welcome(others);
        Say(new() { Request = 1, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Created = true } });
    }

    private List<SessionInstruction> Lose() => Handle(new ServerLost(_attempt, CloseCode.Lost, "cut"));

    private List<SessionInstruction> FailDial() => Handle(new ServerDialFailed(_attempt, DialFailure.Unreachable, "nobody is there"));

    [Fact]
    public void Who_loses_its_server_goes_to_one_that_it_named_and_opens_its_doors_there()
    {
        Open(One);
        Lose();
        Assert.Equal(One, DialledLater());
        Assert.Equal("OpenDoor", Assert.Single(Welcome(Home).OfType<SayToServer>()).What);
    }

    [Fact]
    public void All_are_dialled_before_a_pause_and_before_anybody_is_told()
    {
        Open(One, Two);
        Lose();
        List<string> dialled = [DialledLater()];
        var told = Handle(new DoorWanted(2, "other", Other.Record, DoorMode.Create, false));
        Assert.Empty(told.OfType<TellFailed>());
        for (var failures = 0; failures < 2; failures++) dialled.Add(Dialled(FailDial()));
        Assert.Equal([Home, One, Two], dialled.Order(StringComparer.Ordinal));
        var last = FailDial();
        Assert.Empty(last.OfType<DialServer>());
        Assert.Equal(NetfluxError.ServerUnreachable, Assert.Single(last.OfType<TellFailed>()).Error);
        Assert.IsType<SessionState.Waiting>(_session.State);
        DialledLater(); // without end
    }

    [Fact]
    public void A_server_that_stops_says_where_to_go()
    {
        Open(One, Two);
        var told = Say(new() { GoElsewhere = new() { Server = Two } });
        Assert.Equal(new NoteGoElsewhere(Two), Assert.Single(told.OfType<NoteGoElsewhere>()));
        Assert.Single(told.OfType<CloseServer>());
        Assert.Equal(Two, DialledLater());
        // One that nobody named before, and that is not there: the user's own is tried, too.
        Welcome(Home);
        Say(new() { GoElsewhere = new() { Server = "ws://three.test" } });
        Assert.Equal("ws://three.test", DialledLater());
        Assert.Equal(Home, Dialled(FailDial()));
    }

    [Fact]
    public void What_a_server_names_later_counts()
    {
        Open(One);
        _now = 4;
        _session.HandleDeadline(At(_now));
        Assert.Empty(Renewal().Networks);   // only a sign of life
        var renewal = new Proto.Renewed();
        renewal.Others.Add(Two);
        Say(new() { Request = 2, Renewed = renewal });
        Lose();
        Assert.Equal(Two, DialledLater());
    }

    [Fact]
    public void A_server_of_a_cluster_that_stands_still_is_left_within_ten_seconds()
    {
        Open(One);
        for (_now = 4; _now < 8.5; _now += 4)
        {
            _session.HandleDeadline(At(_now));
            Assert.Empty(Renewal().Networks);
            var alive = new Proto.Renewed();
            alive.Others.Add(One);
            Say(new() { Request = _now < 5 ? 2ul : 3, Renewed = alive });
        }
        _now = 10;   // its leases are due
        _session.HandleDeadline(At(_now));
        Assert.Single(Renewal().Networks);
        _now = 15;
        _session.HandleDeadline(At(_now));
        Assert.Single(Take().OfType<CloseServer>());
        Assert.Equal(One, DialledLater());
    }

    [Theory]
    [InlineData("ftp://one.test")]
    [InlineData("http://one.test")]
    [InlineData("ws://me@one.test")]
    [InlineData("ws://one.test/path")]
    [InlineData("ws://one.test/?query")]
    [InlineData("one.test")]
    [InlineData("")]
    [InlineData(Home)]
    public void What_is_no_other_server_is_skipped(string named)
    {
        Open(named, new string('x', 1_000));
        Assert.Empty(Say(new() { GoElsewhere = new() { Server = named } }).OfType<NoteGoElsewhere>());
        Assert.Equal(Home, DialledLater());
        Assert.NotEmpty(FailDial());
        Assert.Equal(Home, DialledLater());
    }

    [Fact]
    public void A_secure_server_sends_nobody_to_one_that_is_not()
    {
        var choice = new ServerChoice("wss://home.test", new SeededRandom(1), 8);
        choice.Learn([One, "wss://two.test"]);
        Assert.False(choice.TryGo(One));
        choice.Leave();
        Assert.Equal("wss://two.test", choice.Text);
        Assert.True(choice.TryNext());
        Assert.Equal("wss://home.test", choice.Text);
    }

    [Fact]
    public void Clients_of_one_server_spread_over_the_others()
    {
        var first = Enumerable.Range(0, 40).Select(seed =>
        {
            var choice = new ServerChoice(Home, new SeededRandom((ulong)seed), 8);
            choice.Learn([One, Two]);
            choice.Leave();
            return choice.Text;
        }).ToLookup(text => text);
        Assert.InRange(first[One].Count(), 10, 30);
        Assert.InRange(first[Two].Count(), 10, 30);
    }
}
