using Netflux.Identity;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Scenarios;

/// <summary>Peers that ask to be let into a network that takes invited members only, and members that decide, both present or not.</summary>
public class ApprovalTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    /// <summary>ann has a club that takes invited members only; bob wishes to join.</summary>
    private sealed record Club(NetfluxWorld World, TrackingServer Server, TestPeer Ann, TestPeer Bob, Network Network) : IAsyncDisposable
    {
        public static async Task<Club> InWorld(int seed = 1)
        {
            var world = new NetfluxWorld(seed);
            var server = new TrackingServer(world);
            var (ann, bob) = (world.Peer("ann", new() { Server = server.Url }), world.Peer("bob", new() { Server = server.Url }));
            var club = (await ann.Ask<NetworkCreated>(new CreateNetwork("""{"type":"full-mesh","join":"invite"}""") { Name = "club", Track = true, Subscriber = ann.Subscriber })).Network;
            return new(world, server, ann, bob, club);
        }

        public ValueTask DisposeAsync() => World.DisposeAsync();

        public WorldOperation<NetworkJoined> Join(TestPeer peer, string? ask = null, TimeSpan? wait = null) => peer.Ask<NetworkJoined>(new JoinNetwork(Network.Address!) { Ask = ask, Deadline = wait, Subscriber = peer.Subscriber });

        public async Task<IReadOnlyList<ApprovalRequest>> Waiting() => (await Ann.Ask<Approvals>(new GetApprovals(Network.Id))).Requests;

        public WorldOperation<ApprovalDecided> Decide(bool accept, string why = "", bool mayInvite = false, PeerId? peer = null) =>
            Ann.Ask<ApprovalDecided>(new DecideApproval(Network.Id, peer ?? Bob.Id, accept) { Why = why, MayInvite = mayInvite });
    }

    // ---- Both are there ----

    [Theory, Seeds(5)]
    public async Task Who_asks_is_told_to_a_member_that_lets_it_in_and_both_talk(int seed)
    {
        await using var club = await Club.InWorld(seed);
        var (world, ann, bob) = (club.World, club.Ann, club.Bob);
        var joining = club.Join(bob, "I am Bob.", s_hour);
        await world.Advance(2.Seconds());
        var asked = ann.Single<ApprovalAsked>();
        Assert.Equal((club.Network.Id, bob.Id, "bob", "I am Bob."), (asked.Network.Id, asked.Request.Peer, asked.Request.Name, asked.Request.Text));
        Assert.InRange(world.Now - asked.Request.AskedAt, TimeSpan.Zero, 2.Seconds());
        Assert.Equal([asked.Request], await club.Waiting());
        Assert.False(joining.IsCompleted);

        Assert.Equal(new ApprovalDecided(club.Network.Id, bob.Id, true), await club.Decide(accept: true));
        var joined = await joining;
        Assert.Equal(ann.Id, Assert.Single(joined.Members).Id);
        Assert.Equal(new[] { ann.Id, bob.Id }.Order(), club.Server.Members(club.Network.Id));
        Assert.Empty(await club.Waiting());
        await bob.BroadcastAsync("here", joined.Network);
        await world.Advance(1.Seconds());
        Assert.Equal(["here"], ann.Received);
        world.AssertPromises();

        bob.Restart();
        await club.Join(bob);       // a member from now on
    }

    [Fact, Provokes(NetfluxError.ApprovalDeclined)]
    public async Task Who_is_declined_is_told_why_and_can_be_let_in_yet()
    {
        await using var club = await Club.InWorld();
        var joining = club.Join(club.Bob, "", s_hour);
        await club.World.Advance(2.Seconds());
        await club.Decide(accept: false, "Not yet.");
        Assert.Equal("A member declined the wish to join: Not yet.", joining.FailsWith(NetfluxError.ApprovalDeclined).Message);
        Assert.Equal("A member declined the wish to join: Not yet.", club.Join(club.Bob, "again").FailsWith(NetfluxError.ApprovalDeclined).Message);
        club.Join(club.Bob).FailsWith(NetfluxError.NotAdmitted);
        await club.Decide(accept: true);
        await club.Join(club.Bob);
    }

    // ---- One after the other ----

    [Fact, Provokes(NetfluxError.ApprovalAwaited)]
    public async Task Who_does_not_wait_comes_again_and_is_let_in_meanwhile()
    {
        await using var club = await Club.InWorld();
        var (world, ann, bob) = (club.World, club.Ann, club.Bob);
        await ann.GoOffline();
        var awaited = club.Join(bob, "I am Bob.").FailsWith(NetfluxError.ApprovalAwaited);
        Assert.Equal((club.Network.Id, true), (awaited.Network, awaited.CanRetry));
        await bob.GoOffline();
        await world.Advance(s_hour);

        ann.Restart();
        await club.Join(ann);
        await world.Advance(1.Seconds());
        Assert.Equal("I am Bob.", ann.Single<ApprovalAsked>().Request.Text);
        await club.Decide(accept: true, mayInvite: true);
        await ann.GoOffline();
        await world.Advance(s_hour);

        bob.Restart();
        Assert.Empty((await club.Join(bob)).Members);
        Assert.Equal(club.Network.Id, (await bob.Ask<TicketIssued>(new IssueTicket(club.Network.Id))).Network);      // it may invite
    }

    [Fact]
    public async Task A_wish_that_was_declined_meanwhile_is_told_to_who_comes_again()
    {
        await using var club = await Club.InWorld();
        club.Join(club.Bob, "hello").FailsWith(NetfluxError.ApprovalAwaited);
        await club.Bob.GoOffline();
        await club.Decide(accept: false);
        club.Bob.Restart();
        Assert.Equal("A member declined the wish to join.", club.Join(club.Bob, "hello").FailsWith(NetfluxError.ApprovalDeclined).Message);
    }

    [Fact]
    public async Task It_is_told_once_to_each_run_of_a_member()
    {
        await using var club = await Club.InWorld();
        var joining = club.Join(club.Bob, "hello", s_hour);
        await club.World.Advance(2.Seconds());
        club.World.Network.Kill("tracker", reset: true);        // all connections; both come again
        await club.World.Advance(30.Seconds());
        Assert.Single(club.Ann.All<ApprovalAsked>());
        await club.Decide(accept: true);
        await joining;
    }

    [Fact]
    public async Task A_decision_that_was_made_while_the_asker_had_no_connection_is_told_when_it_has()
    {
        await using var club = await Club.InWorld();
        var joining = club.Join(club.Bob, "hello", s_hour);
        await club.World.Advance(2.Seconds());
        club.Server.Says = reply => reply is DecisionMade { Request: 0 } ? new Accomplished(0) : reply;     // lost
        await club.Decide(accept: true);
        await club.World.Advance(2.Seconds());
        Assert.False(joining.IsCompleted);
        club.Server.Says = reply => reply;
        club.World.Network.Kill("tracker", reset: true);
        await club.World.Advance(30.Seconds());
        await joining;
    }

    [Fact]
    public async Task A_server_that_does_not_answer_for_a_while_does_not_end_the_waiting()
    {
        await using var club = await Club.InWorld();
        var joining = club.Join(club.Bob, "hello", s_hour);
        await club.World.Advance(2.Seconds());
        club.Server.Holds = message => message is AskApproval;
        club.World.Network.Kill("tracker", reset: true);
        await club.World.Advance(30.Seconds());             // it is said again, and not heard
        Assert.False(joining.IsCompleted);
        club.Server.Release();
        await club.Decide(accept: true);
        await joining;
    }

    // ---- Taking back ----

    [Fact]
    public async Task Who_withdraws_waits_no_more_and_may_ask_again()
    {
        await using var club = await Club.InWorld();
        club.Join(club.Bob, "hello").FailsWith(NetfluxError.ApprovalAwaited);
        Assert.Equal(club.Network.Id, (await club.Bob.Ask<ApprovalWithdrawn>(new WithdrawApproval(club.Network.Address!))).Network);
        Assert.Empty(await club.Waiting());
        club.Bob.Ask<ApprovalWithdrawn>(new WithdrawApproval(club.Network.Address!)).FailsWith(NetfluxError.UnknownRequest);
        club.Decide(accept: true).FailsWith(NetfluxError.UnknownRequest);
        club.Join(club.Bob, "hello again").FailsWith(NetfluxError.ApprovalAwaited);
        Assert.Equal("hello again", Assert.Single(await club.Waiting()).Text);
    }

    [Fact]
    public async Task Who_gives_up_waiting_has_asked_nevertheless()
    {
        await using var club = await Club.InWorld();
        var request = new JoinNetwork(club.Network.Address!) { Ask = "hello", Deadline = s_hour };
        var joining = club.Bob.Ask<NetworkJoined>(request);
        await club.World.Advance(2.Seconds());
        await club.Bob.Ask<RequestCancelled>(new CancelRequest(request.RequestId));
        joining.FailsWith(NetfluxError.Cancelled);
        Assert.Single(await club.Waiting());
    }

    // ---- What is not taken ----

    [Fact]
    public async Task What_is_too_long_or_decided_by_who_may_not_is_refused()
    {
        await using var club = await Club.InWorld();
        foreach (var text in new[] { new string('x', 201), "two\nlines" })
        {
            club.Join(club.Bob, text).FailsWith(NetfluxError.InvalidOptions);
            club.Decide(accept: false, text).FailsWith(NetfluxError.InvalidOptions);
        }
        club.Bob.Ask<Approvals>(new GetApprovals(club.Network.Id)).FailsWith(NetfluxError.NotAMember);
        club.Join(club.Bob, "hello").FailsWith(NetfluxError.ApprovalAwaited);
        await club.Decide(accept: true);
        await club.Join(club.Bob);
        club.Bob.Ask<Approvals>(new GetApprovals(club.Network.Id)).FailsWith(NetfluxError.NotAdmitted);
        club.Bob.Ask<ApprovalDecided>(new DecideApproval(club.Network.Id, club.Ann.Id, true)).FailsWith(NetfluxError.NotAdmitted);
    }

    [Fact]
    public async Task A_server_that_gives_an_admission_of_nobody_lets_nobody_in()
    {
        await using var club = await Club.InWorld();
        club.Server.Says = reply => reply is DecisionMade decision ? decision with { Admission = new byte[] { 1, 2, 3 } } : reply;
        var joining = club.Join(club.Bob, "hello", s_hour);
        await club.World.Advance(2.Seconds());
        await club.Decide(accept: true);
        joining.FailsWith(NetfluxError.NotAdmitted);
    }

    [Fact]
    public async Task A_server_that_says_not_at_the_door_is_asked_once()
    {
        await using var club = await Club.InWorld();
        club.Server.Says = reply => reply is Accomplished done && club.Server.Stored.OfType<ApprovalKept>().Any() ? new RoomRefused(done.Request, NetfluxError.NotAMember, "Not here.") : reply;
        club.Join(club.Bob, "hello").FailsWith(NetfluxError.NotAMember);
    }

    [Fact]
    public async Task Where_everybody_may_join_who_asks_joins()
    {
        await using var club = await Club.InWorld();
        var open = (await club.Ann.Ask<NetworkCreated>(new CreateNetwork(Topology.FullMesh().Json) { Track = true })).Network;
        Assert.Equal(open.Id, (await club.Bob.Ask<NetworkJoined>(new JoinNetwork(open.Address!) { Ask = "hello" })).Network.Id);
    }
}
