using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Wire;
using static Netflux.Transport.Signaling.Samples;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>What a client asks a tracking server, and the answers of servers that are not what they should be.</summary>
public sealed class TrackingSessionTests
{
    private readonly SignalingSession _session;
    private double _now;

    public TrackingSessionTests() => _session = NewSession(new());

    private static SignalingSession NewSession(SignalingClientOptions options) => new(Alice, "alice", "ws://server.test", new SeededRandom(1), options);

    private static List<SessionInstruction> Take(SignalingSession session)
    {
        var taken = new List<SessionInstruction>();
        while (session.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    private List<SessionInstruction> Handle(SessionFact fact, SignalingSession? session = null)
    {
        (session ?? _session).Handle(fact, At(_now));
        return Take(session ?? _session);
    }

    private List<SessionInstruction> Say(Proto.ToClient message, SignalingSession? session = null, long attempt = 1) => Handle(new ServerSaid(attempt, message.ToByteArray()), session);

    /// <summary>Connects for this, and gives what was asked of the server.</summary>
    private Proto.ToServer Ask(SessionFact wanted, SignalingSession? session = null)
    {
        session ??= _session;
        if (session.State is SessionState.Open) return Asked(Handle(wanted, session));
        Assert.Equal([new DialServer(1, null)], Handle(wanted, session));
        return Asked(Connect(1, session));
    }

    private List<SessionInstruction> Connect(long attempt, SignalingSession? session = null)
    {
        Handle(new ServerDialled(attempt, "server.test", new(1), 65_536), session);
        Say(new() { Hello = new() { VersionMin = 1, VersionMax = 1, Nonce = ByteString.CopyFrom(new byte[32]), LeaseMs = 30_000, MessageBytesMax = 65_536, Tracks = true } }, session, attempt);
        return Say(new() { Welcome = new() { SeenIncarnation = 1 } }, session, attempt);
    }

    private static Proto.ToServer Asked(IEnumerable<SessionInstruction> instructions) =>
        SignalingWire.TryParse(Assert.Single(instructions.OfType<SayToServer>()).Message, out Proto.ToServer? message) ? message : throw new InvalidOperationException("not readable");

    private static ReadOnlyMemory<byte> RecordOf(IPeerKeys keys) =>
        MemberRecord.Create(keys, Lobby, new Incarnation(1), 1, "somebody", Admission.Issue(keys, Lobby, keys.Id, null, true, WallClock, null), [], false).Record;

    private static readonly SeededPeerKeys[] s_members = [.. new[] { Alice, Bob, Carol, Dave }.OrderBy(keys => keys.Id)];

    private static Proto.TrackedMember Member(ReadOnlyMemory<byte> record) => new() { Record = ByteString.CopyFrom(record.Span), SinceMs = 1_000, SeenMs = 2_000 };

    private static Proto.ToClient Page(ulong request, bool more, params IEnumerable<SeededPeerKeys> members)
    {
        var page = new Proto.TrackedListed { More = more };
        page.Members.AddRange(members.Select(keys => Member(RecordOf(keys))));
        return new() { Request = request, TrackedListed = page };
    }

    private static Proto.ToClient Networks(ulong request, bool more, string last, params IEnumerable<Genesis> networks)
    {
        var page = new Proto.NetworksListed { More = more, Last = last };
        page.Networks.AddRange(networks.Select(n => new Proto.NetworkListed { Genesis = ByteString.CopyFrom(n.Record.Span), Name = "lobby", Members = 3, Online = 1 }));
        return new() { Request = request, NetworksListed = page };
    }

    // ---- One answer ----

    [Fact]
    public void A_ticket_is_shown_with_its_secret_on_each_connection_until_the_door_is_open_and_the_admission_is_told()
    {
        var ticket = Ticket.Issue(Alice, Lobby, Admission.Issue(Alice, Lobby, Alice.Id, null, true, WallClock, null), new TicketTerms(null, 0, TimeSpan.FromDays(1), false, Bob.Id), default, new SeededRandom(1), WallClock);
        var asked = Ask(new DoorWanted(5, "lobby", default, DoorMode.Join, false, ticket));
        Assert.Equal((ByteString.CopyFrom(ticket.Signed.Record.Span), ByteString.CopyFrom(ticket.Secret.Span)), (asked.OpenDoor.Ticket, asked.OpenDoor.TicketSecret));
        Handle(new ServerLost(1, CloseCode.Lost, "cut"));
        _now += 1;
        _session.HandleDeadline(At(_now));
        Assert.Equal([new DialServer(2, null)], Take(_session).OfType<DialServer>());
        Assert.Equal(asked.OpenDoor, Asked(Connect(2)).OpenDoor);
        var opened = new Proto.DoorOpened { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Tracked = true, Admission = ByteString.CopyFrom(1, 2, 3) };
        Assert.Equal([1, 2, 3], Assert.IsType<TellDoorOpened>(Assert.Single(Say(new() { Request = asked.Request, DoorOpened = opened }, attempt: 2))).Admission.ToArray());
        // Who is a member needs none.
        Handle(new ServerLost(2, CloseCode.Lost, "cut"));
        _now += 5;
        _session.HandleDeadline(At(_now));
        Take(_session);
        Assert.Equal((ByteString.Empty, ByteString.Empty), Asked(Connect(3)).OpenDoor is { } again ? (again.Ticket, again.TicketSecret) : default);
    }

    [Theory]
    [InlineData(NetfluxError.TicketInvalid)]
    [InlineData(NetfluxError.TicketExpired)]
    [InlineData(NetfluxError.TicketUsedUp)]
    public void That_a_ticket_is_refused_is_told_with_its_error(NetfluxError error)
    {
        var asked = Ask(new DoorWanted(5, "lobby", default, DoorMode.Join, false));
        Assert.Equal([new TellFailed(5, error, "No.")], Say(new() { Request = asked.Request, Refused = new() { Code = (uint)error, Text = "No." } }));
    }

    [Fact]
    public void A_member_is_tracked_once_the_server_says_so()
    {
        var asked = Ask(new TrackWanted(5, Lobby.Network, RecordOf(Alice)));
        Assert.Equal((ByteString.CopyFrom(Lobby.Network.ToArray()), ByteString.CopyFrom(RecordOf(Alice).Span)), (asked.PutMember.Network, asked.PutMember.Record));
        Assert.Equal([new TellTracked(5, Lobby.Network)], Say(new() { Request = asked.Request, Done = new() }));
        Assert.Empty(Say(new() { Request = asked.Request, Done = new() }));
    }

    [Fact]
    public void A_member_is_removed_once_the_server_says_so()
    {
        var asked = Ask(new UntrackWanted(5, Lobby.Network, Bob.Id, new byte[] { 1, 2 }));
        Assert.Equal((ByteString.CopyFrom(Lobby.Network.ToArray()), ByteString.CopyFrom(Bob.Id.ToArray())), (asked.RemoveMember.Network, asked.RemoveMember.Peer));
        Assert.Equal(ByteString.CopyFrom(1, 2), asked.RemoveMember.Record);
        Assert.Equal([new TellTracked(5, Lobby.Network)], Say(new() { Request = asked.Request, Done = new() }));
    }

    public static TheoryData<string> Asks => ["put", "remove", "list", "networks"];

    private static SessionFact FactOf(string ask) => ask switch
    {
        "put" => new TrackWanted(5, Lobby.Network, RecordOf(Alice)),
        "remove" => new UntrackWanted(5, Lobby.Network, Alice.Id, default),
        "list" => new TrackedWanted(5, Lobby.Network),
        _ => new NetworksWanted(5),
    };

    [Theory]
    [MemberData(nameof(Asks))]
    public void A_refusal_is_told_with_its_error(string ask)
    {
        var asked = Ask(FactOf(ask));
        Assert.Equal([new TellFailed(5, NetfluxError.NetworkFull, "No room.")], Say(new() { Request = asked.Request, Refused = new() { Code = (uint)NetfluxError.NetworkFull, Text = "No room." } }));
    }

    [Theory]
    [MemberData(nameof(Asks))]
    public void A_server_that_does_not_answer_is_told_after_nine_seconds(string ask)
    {
        Ask(FactOf(ask));
        Assert.Equal(At(9), _session.NextDeadline);
        _session.HandleDeadline(At(9));
        Assert.Equal((5, NetfluxError.TimedOut), Take(_session).OfType<TellFailed>().Single() is var failed ? (failed.Ask, failed.Error) : default);
    }

    [Theory]
    [MemberData(nameof(Asks))]
    public void A_server_that_cannot_be_reached_is_told_at_once(string ask)
    {
        Handle(FactOf(ask));
        Assert.Equal(NetfluxError.ServerUnreachable, Handle(new ServerDialFailed(1, DialFailure.Unreachable, "why")).OfType<TellFailed>().Single().Error);
    }

    [Theory]
    [MemberData(nameof(Asks))]
    public void What_was_asked_is_asked_again_on_the_next_connection(string ask)
    {
        var asked = Ask(FactOf(ask));
        _now = 1;
        Handle(new ServerLost(1, CloseCode.Lost, "cut"));
        _now = 2;
        _session.HandleDeadline(At(2));
        Assert.Equal([new DialServer(2, null)], Take(_session));
        Assert.Equal(asked, Asked(Connect(2)));
    }

    [Fact]
    public void An_answer_of_another_kind_answers_nothing()
    {
        var asked = Ask(new TrackedWanted(5, Lobby.Network));
        Assert.Empty(Say(new() { Request = asked.Request, Done = new() }));
        Assert.Empty(Say(Networks(asked.Request, false, "")));
        Assert.Empty(Say(Page(asked.Request + 1, false)));
        Assert.Single(Say(Page(asked.Request, false)).OfType<TellTrackedListed>());
        var networks = Ask(new NetworksWanted(6));
        Assert.Empty(Say(Page(networks.Request, false)));
        Assert.Single(Say(Networks(networks.Request, false, "")).OfType<TellNetworks>());
    }

    // ---- Members, page by page ----

    [Fact]
    public void Pages_of_members_are_asked_for_until_there_are_no_more()
    {
        var asked = Ask(new TrackedWanted(5, Lobby.Network));
        Assert.True(asked.ListTracked.After.IsEmpty);
        asked = Asked(Say(Page(asked.Request, true, s_members[..2])));
        Assert.Equal(ByteString.CopyFrom(s_members[1].Id.ToArray()), asked.ListTracked.After);
        asked = Asked(Say(Page(asked.Request, true, s_members[2])));
        Assert.Equal(ByteString.CopyFrom(s_members[2].Id.ToArray()), asked.ListTracked.After);
        var listed = Assert.IsType<TellTrackedListed>(Assert.Single(Say(Page(asked.Request, false, s_members[3]))));
        Assert.Equal((5, Lobby.Network), (listed.Ask, listed.Network));
        Assert.Equal(s_members.Select(keys => Convert.ToHexString(RecordOf(keys).Span)), listed.Members.Select(m => Convert.ToHexString(m.Record.Span)));
    }

    [Fact]
    public void Times_are_read_whatever_they_are()
    {
        var asked = Ask(new TrackedWanted(5, Lobby.Network));
        var online = Member(RecordOf(Alice));
        (online.SeenMs, online.OnlineSinceMs) = (ulong.MaxValue, 3_000);
        var page = Page(asked.Request, false, s_members[0]);
        page.TrackedListed.Members.Add(online);
        var listed = Assert.Single(Say(page).OfType<TellTrackedListed>()).Members;
        var epoch = DateTimeOffset.UnixEpoch;
        Assert.Equal((epoch.AddSeconds(1), epoch.AddSeconds(2), null), (listed[0].Since, listed[0].Seen, listed[0].OnlineSince));
        Assert.Equal((DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(), epoch.AddSeconds(3)), (listed[1].Seen.ToUnixTimeMilliseconds(), listed[1].OnlineSince));
    }

    [Fact]
    public void A_server_that_sends_the_same_page_for_ever_is_asked_no_more()
    {
        var asked = Ask(new TrackedWanted(5, Lobby.Network));
        asked = Asked(Say(Page(asked.Request, true, s_members[..2])));
        Assert.Equal(4, Assert.IsType<TellTrackedListed>(Assert.Single(Say(Page(asked.Request, true, s_members[..2])))).Members.Count);
    }

    [Fact]
    public void A_page_without_members_is_the_last()
    {
        var asked = Ask(new TrackedWanted(5, Lobby.Network));
        Assert.Empty(Assert.IsType<TellTrackedListed>(Assert.Single(Say(Page(asked.Request, true)))).Members);
    }

    [Fact]
    public void After_a_record_that_cannot_be_read_there_is_no_next_page()
    {
        var asked = Ask(new TrackedWanted(5, Lobby.Network));
        var page = Page(asked.Request, true, s_members[..2]);
        page.TrackedListed.Members.Add(Member(new byte[] { 1, 2, 3 }));
        // Who asked verifies each: here it only ends the list.
        Assert.Equal(3, Assert.IsType<TellTrackedListed>(Assert.Single(Say(page))).Members.Count);
    }

    [Fact]
    public void More_members_than_the_limit_are_not_asked_for()
    {
        var session = NewSession(new() { TrackedMembersMax = 3 });
        var asked = Ask(new TrackedWanted(5, Lobby.Network), session);
        asked = Asked(Say(Page(asked.Request, true, s_members[..2]), session));
        Assert.Single(Say(Page(asked.Request, true, s_members[2]), session).OfType<TellTrackedListed>());
    }

    [Fact]
    public void A_list_has_the_time_of_one_ask_however_many_pages_it_has()
    {
        var asked = Ask(new TrackedWanted(5, Lobby.Network));
        _now = 2;
        Ask(new UntrackWanted(6, Lobby.Network, Alice.Id, default));
        _now = 3;
        Asked(Say(Page(asked.Request, true, s_members[0])));
        Assert.Equal(At(9), _session.NextDeadline);
        _session.HandleDeadline(At(9));
        Assert.Equal(5, Assert.Single(Take(_session).OfType<TellFailed>()).Ask);
        _session.HandleDeadline(At(11));
        Assert.Equal(6, Assert.Single(Take(_session).OfType<TellFailed>()).Ask);
    }

    // ---- Networks, page by page ----

    [Fact]
    public void Pages_of_networks_are_asked_for_until_there_are_no_more()
    {
        var asked = Ask(new NetworksWanted(5));
        Assert.Equal("", asked.ListNetworks.After);
        asked = Asked(Say(Networks(asked.Request, true, "b", Lobby, Other)));
        Assert.Equal("b", asked.ListNetworks.After);
        asked = Asked(Say(Networks(asked.Request, true, "c")));   // none on this page is shown to everybody
        Assert.Equal("c", asked.ListNetworks.After);
        var told = Assert.IsType<TellNetworks>(Assert.Single(Say(Networks(asked.Request, false, "d", Third))));
        Assert.Equal(5, told.Ask);
        Assert.Equal([Lobby.Network, Other.Network, Third.Network], told.Networks.Select(n => n.Id));
        Assert.All(told.Networks, n => Assert.Equal(("lobby", TopologyType.FullMesh, 3, 1), (n.Name, n.Topology.Type, n.Members, n.Online)));
    }

    [Fact]
    public void Each_page_of_networks_has_its_own_time()
    {
        var asked = Ask(new NetworksWanted(5));
        _now = 8;
        asked = Asked(Say(Networks(asked.Request, true, "b", Lobby)));
        _session.HandleDeadline(At(9.5));
        Assert.Empty(Take(_session));
        _session.HandleDeadline(At(17));
        Assert.Single(Take(_session).OfType<TellFailed>());
    }

    [Theory]
    [InlineData("b")]
    [InlineData("a")]
    [InlineData("")]
    public void A_server_that_does_not_get_on_is_asked_no_more(string last)
    {
        var asked = Ask(new NetworksWanted(5));
        asked = Asked(Say(Networks(asked.Request, true, "b", Lobby)));
        Assert.Equal(2, Assert.IsType<TellNetworks>(Assert.Single(Say(Networks(asked.Request, true, last, Other)))).Networks.Count);
    }

    [Fact]
    public void A_network_that_is_not_understood_is_not_shown()
    {
        var asked = Ask(new NetworksWanted(5));
        var page = Networks(asked.Request, false, "b", Lobby, Other);
        page.NetworksListed.Networks[0].Genesis = ByteString.CopyFrom(Lobby.Record.Span[..^1]);
        (page.NetworksListed.Networks[1].Name, page.NetworksListed.Networks[1].Members) = ("no name/", uint.MaxValue);
        var shown = Assert.Single(Assert.IsType<TellNetworks>(Assert.Single(Say(page))).Networks);
        Assert.Equal((Other.Network, null, int.MaxValue), (shown.Id, shown.Name, shown.Members));
    }

    [Fact]
    public void More_networks_than_the_limit_are_not_asked_for()
    {
        var session = NewSession(new() { TrackedNetworksMax = 2 });
        var asked = Ask(new NetworksWanted(5), session);
        asked = Asked(Say(Networks(asked.Request, true, "a", Lobby), session));
        Assert.Single(Say(Networks(asked.Request, true, "b", Other), session).OfType<TellNetworks>());
    }

    [Fact]
    public void A_server_without_networks_that_goes_on_for_ever_is_given_up_in_time()
    {
        var asked = Ask(new NetworksWanted(5));
        for (var page = 0; page < 80; page++)
        {
            _now += 0.1;
            asked = Asked(Say(Networks(asked.Request, true, $"n{page:000}")));
        }
        _now = 55;
        Assert.Equal(NetfluxError.TimedOut, Assert.IsType<TellFailed>(Assert.Single(Say(Networks(asked.Request, true, "y")))).Error);
        Assert.Empty(Say(Networks(asked.Request, true, "z")));
    }

    // ---- The door ----

    /// <summary>What is said to the server, by name.</summary>
    private static IEnumerable<string> Names(IEnumerable<SessionInstruction> instructions) => instructions.OfType<SayToServer>().Select(said => said.What);

    private static Proto.ToClient Opened(ulong request) => new() { Request = request, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Tracked = true } };

    /// <summary>At the lobby's door, and connected again; gives the number of the door that is opened again.</summary>
    private ulong ConnectAgain(Action meanwhile)
    {
        Say(Opened(Ask(new DoorWanted(4, "lobby", Lobby.Record, DoorMode.Create, true)).Request));
        Handle(new ServerLost(1, CloseCode.Lost, "cut"));
        meanwhile();
        var said = Connect(2);
        Assert.Equal(["OpenDoor"], Names(said));
        return Asked(said).Request;
    }

    [Theory]
    [InlineData("put", "PutMember")]
    [InlineData("remove", "RemoveMember")]
    [InlineData("list", "ListTracked")]
    public void What_is_asked_at_a_door_waits_until_it_is_open_again(string ask, string said)
    {
        var door = ConnectAgain(() => Assert.Equal([new DialServer(2, null)], Handle(FactOf(ask))));
        Assert.Equal([said], Names(Say(Opened(door), attempt: 2)));
        Assert.Empty(Say(Opened(door), attempt: 2));
    }

    [Fact]
    public void What_is_asked_while_a_door_is_opened_again_waits_too()
    {
        var door = ConnectAgain(() => Handle(FactOf("list")));
        Assert.Empty(Handle(FactOf("put")));
        Assert.Equal(["ListNetworks"], Names(Handle(FactOf("networks")))); // no door is needed for this
        Assert.Equal(["ListTracked", "PutMember"], Names(Say(Opened(door), attempt: 2)));
        Assert.Equal(["RemoveMember"], Names(Handle(FactOf("remove"))));
    }

    [Fact]
    public void Where_a_door_is_not_opened_again_the_server_says_so_of_each_ask()
    {
        var door = ConnectAgain(() => Handle(FactOf("remove")));
        Assert.Equal(["RemoveMember"], Names(Say(new() { Request = door, Refused = new() { Code = (uint)NetfluxError.ServerBusy, Text = "Full." } }, attempt: 2)));
    }

    [Fact]
    public void Where_the_name_is_lost_asks_wait_for_the_door_by_its_id()
    {
        var door = ConnectAgain(() => Handle(FactOf("remove")));
        var again = Say(new() { Request = door, Refused = new() { Code = (uint)NetfluxError.NameTaken, Text = "Taken." } }, attempt: 2);
        Assert.Equal(["OpenDoor"], Names(again));
        Assert.Equal(["RemoveMember"], Names(Say(Opened(Asked(again).Request), attempt: 2)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_door_says_whether_the_network_is_remembered(bool tracked)
    {
        var asked = Ask(new DoorWanted(5, "lobby", Lobby.Record, DoorMode.Create, Track: tracked));
        Assert.Equal(tracked, asked.OpenDoor.Track);
        var opened = Assert.Single(Say(new() { Request = asked.Request, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Created = true, Tracked = tracked } }).OfType<TellDoorOpened>());
        Assert.Equal(tracked, opened.Tracked);
    }
}
