using System.Globalization;
using Google.Protobuf;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Signaling;
using Netflux.TestKit;
using static Netflux.Transport.Signaling.Samples;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>The roots that a server shows, with when it was asked: what is judged by them is the network's affair.</summary>
public sealed class RootSessionTests
{
    private static readonly SeededPeerKeys s_tracker = new(900);
    private readonly SignalingSession _session = new(Alice, "alice", "ws://server.test", new SeededRandom(1), new());
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

    private List<SessionInstruction> Say(Proto.ToClient message, long attempt = 1) => Handle(new ServerSaid(attempt, message.ToByteArray()));

    private List<SessionInstruction> Connect(long attempt)
    {
        Handle(new ServerDialled(attempt, "server.test", new(1), 65_536));
        Say(new() { Hello = new() { VersionMin = 1, VersionMax = 1, Nonce = ByteString.CopyFrom(new byte[32]), LeaseMs = 30_000, MessageBytesMax = 65_536, Tracks = true } }, attempt);
        return Say(new() { Welcome = new() { SeenIncarnation = 1 } }, attempt);
    }

    private static Proto.ToServer Asked(IEnumerable<SessionInstruction> instructions) => Proto.ToServer.Parser.ParseFrom(Assert.Single(instructions.OfType<SayToServer>()).Message);

    private static ByteString Root(ulong epoch, NetworkId? network = null, byte state = 1) => ByteString.CopyFrom(
        TrackerRoot.Create(s_tracker, network ?? Lobby.Network, epoch, Enumerable.Repeat(state, 32).ToArray(), epoch == 0 ? default : new byte[32], 1, WallClock).Record.Span);

    private static Proto.ToClient Opened(ulong request, ByteString root) => new() { Request = request, DoorOpened = new() { Genesis = ByteString.CopyFrom(Lobby.Record.Span), Tracked = true, Root = root } };

    private static string? Text(ShownRoot? shown) => shown is null ? null : string.Create(CultureInfo.InvariantCulture, $"{shown.Root.Epoch} asked at {(shown.AskedAt - At(0)).TotalSeconds}");

    private ulong Open()
    {
        Handle(new DoorWanted(1, Lobby.Network.ToString(), Lobby.Record, DoorMode.Join, true));
        return Asked(Connect(1)).Request;
    }

    [Fact]
    public void With_a_door_it_is_told_with_the_time_of_the_question()
    {
        _now = 3;
        var request = Open();
        _now = 5;
        Assert.Equal("4 asked at 3", Text(Assert.IsType<TellDoorOpened>(Assert.Single(Say(Opened(request, Root(4))))).Root));
        Handle(new ServerLost(1, CloseCode.Lost, ""));
        _now = 20;
        _session.HandleDeadline(At(_now));
        Take();
        request = Asked(Connect(2)).Request;
        _now = 22;
        Assert.Equal("6 asked at 20", Text(Assert.IsType<TellDoorReopened>(Assert.Single(Say(Opened(request, Root(6)), 2))).Root));
    }

    public static TheoryData<string> NoRoots => ["none", "junk", "other network", "cut"];

    [Theory]
    [MemberData(nameof(NoRoots))]
    public void What_is_no_root_of_the_network_is_none(string what)
    {
        var root = what switch { "none" => ByteString.Empty, "junk" => ByteString.CopyFrom(1, 2, 3), "cut" => ByteString.CopyFrom(Root(4).Span[..^1]), _ => Root(4, Other.Network) };
        Assert.Null(Assert.IsType<TellDoorOpened>(Assert.Single(Say(Opened(Open(), root)))).Root);
    }

    [Fact]
    public void With_a_renewal_those_of_open_doors_are_told()
    {
        Say(Opened(Open(), Root(4)));
        _now = 10;
        _session.HandleDeadline(At(_now));
        var renew = Asked(Take());
        _now = 11;
        var renewed = new Proto.Renewed();
        renewed.Roots.Add([Root(9), Root(5, Other.Network), ByteString.CopyFrom(1, 2)]);
        var told = Assert.IsType<TellRoot>(Assert.Single(Say(new() { Request = renew.Request, Renewed = renewed })));
        Assert.Equal((Lobby.Network, "9 asked at 10"), (told.Network, Text(told.Root)));
    }

    // ---- Lists ----

    private static readonly SeededPeerKeys[] s_members = [.. new[] { Alice, Bob, Carol, Dave }.OrderBy(keys => keys.Id)];

    private static Proto.ToClient Page(ulong request, bool more, ByteString root, SeededPeerKeys[] members, SeededPeerKeys[] removed)
    {
        var page = new Proto.TrackedListed { More = more, Root = root };
        page.Members.AddRange(members.Select(keys => new Proto.TrackedMember
        {
            Record = ByteString.CopyFrom(MemberRecord.Create(keys, Lobby, new Incarnation(1), 1, "somebody", Admission.Issue(keys, Lobby, keys.Id, null, true, WallClock, null), [], false).Record.Span),
        }));
        page.Removals.AddRange(removed.Select(keys => ByteString.CopyFrom(Removal.Create(keys, Lobby.Network, keys.Id, WallClock).Record.Span)));
        return new() { Request = request, TrackedListed = page };
    }

    private ulong List(PeerId? only = null)
    {
        Handle(new TrackedWanted(5, Lobby.Network, only));
        return Asked(Connect(1)).Request;
    }

    [Fact]
    public void Pages_of_one_state_are_a_whole_list_and_a_page_may_end_with_a_removal()
    {
        _now = 3;
        var request = List();
        _now = 4;
        var next = Asked(Say(Page(request, true, Root(4), [s_members[0]], [s_members[1]])));
        Assert.Equal(ByteString.CopyFrom(s_members[1].Id.ToArray()), next.ListTracked.After);
        next = Asked(Say(Page(request, true, Root(4), [], [s_members[2]])));
        Assert.Equal(ByteString.CopyFrom(s_members[2].Id.ToArray()), next.ListTracked.After);
        var told = Assert.IsType<TellTrackedListed>(Assert.Single(Say(Page(request, false, Root(4), [s_members[3]], []))));
        Assert.Equal((true, 2, 2), (told.IsWhole, told.Members.Count, told.Removals.Count));
        Assert.Equal("4 asked at 3", Text(told.Root));
    }

    public static TheoryData<string> Broken => ["changed", "another state", "unsigned", "unsigned first", "one alone", "does not get on"];

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_not_of_one_state_is_no_whole_list(string what)
    {
        var request = List(what == "one alone" ? Bob.Id : null);
        if (what != "one alone") Asked(Say(Page(request, true, what == "unsigned first" ? ByteString.Empty : Root(4), [s_members[0]], [])));
        var root = what switch { "changed" => Root(5), "another state" => Root(4, state: 2), "unsigned" => ByteString.Empty, _ => Root(4) };
        var told = Assert.IsType<TellTrackedListed>(Assert.Single(Say(Page(request, what == "does not get on", root, what == "does not get on" ? [s_members[0]] : [s_members[3]], []))));
        Assert.False(told.IsWhole);
        Assert.Equal(what != "unsigned", told.Root is not null);
    }
}
