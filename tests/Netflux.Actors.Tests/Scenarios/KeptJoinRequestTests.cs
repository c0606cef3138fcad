using Netflux.Identity;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Scenarios;

/// <summary>Join requests to members that are offline, which a tracking server keeps.</summary>
public class KeptJoinRequestTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1), s_day = TimeSpan.FromDays(1);

    private const string ByInvitation = """{"type":"full-mesh","join":"invite"}""";

    /// <summary>ann and bob are members of a lobby; ann also has a club, by invitation. bob answers join requests, and is offline.</summary>
    private sealed record Friends(NetfluxWorld World, TrackingServer Server, TestPeer Ann, TestPeer Bob, Network Lobby, Network Club) : IAsyncDisposable
    {
        public static async Task<Friends> InWorld(int seed = 1, bool clubIsTracked = true, Func<NetfluxWorld, Uri?>? clubAt = null, bool logs = false)
        {
            var world = new NetfluxWorld(seed, new NetfluxWorldOptions { TraceCores = logs });
            var server = new TrackingServer(world);
            var (ann, bob) = (world.Peer("ann", new() { Server = server.Url }), world.Peer("bob", new() { Server = server.Url }));
            var lobby = (await Create(ann, Topology.FullMesh().Json)).Network;
            var club = (await ann.Ask<NetworkCreated>(new CreateNetwork(ByInvitation) { Name = "club", Server = clubAt?.Invoke(world), Track = clubIsTracked, Subscriber = ann.Subscriber })).Network;
            await Join(bob, lobby);
            await bob.GoOffline();
            await world.Advance(1.Seconds());
            return new(world, server, ann, bob, lobby, club);
        }

        public ValueTask DisposeAsync() => World.DisposeAsync();

        public WorldOperation<JoinRequestAnswer> Invite(TimeSpan? keepFor = null) => Ann.Ask<JoinRequestAnswer>(new SendJoinRequest(Bob.Id, Club.Id) { KeepFor = keepFor });

        public async Task<JoinRequestKept> InviteAndKeep(TimeSpan? keepFor = null) => Assert.IsType<JoinRequestKept>(await Invite(keepFor));

        /// <summary>bob runs again, in the lobby.</summary>
        public async Task BobComes(bool answers = true)
        {
            Bob.Restart();
            if (answers) await Bob.Ask<AnsweringJoinRequests>(new AnswerJoinRequests(Bob.Subscriber));
            await Join(Bob, Lobby);
            await World.Advance(1.Seconds());
        }

        public IEnumerable<InvitationId> Kept => Server.Stored.OfType<InvitationKept>().Select(kept => kept.Id).Except(Server.Stored.OfType<InvitationEnded>().Select(ended => ended.Id));
    }

    private static WorldOperation<NetworkCreated> Create(TestPeer peer, string topology) => peer.Ask<NetworkCreated>(new CreateNetwork(topology) { Track = true, Subscriber = peer.Subscriber });

    private static WorldOperation<NetworkJoined> Join(TestPeer peer, Network network) => peer.Ask<NetworkJoined>(new JoinNetwork(network.Address!) { Subscriber = peer.Subscriber });

    // ---- From one to the other ----

    [Theory, Seeds(5)]
    public async Task Who_comes_when_the_other_has_gone_gets_it_joins_and_is_remembered(int seed)
    {
        await using var friends = await Friends.InWorld(seed);
        var (world, server, ann, bob) = (friends.World, friends.Server, friends.Ann, friends.Bob);
        var sent = world.Now;
        var kept = await friends.InviteAndKeep();
        Assert.Equal((bob.Id, friends.Club.Id, friends.Lobby.Id), (kept.Peer, kept.Network, kept.Through));
        Assert.InRange(kept.Until - sent, s_day, s_day + 5.Seconds());
        Assert.Equal([kept.Id], friends.Kept);
        await ann.GoOffline();
        await world.Advance(s_hour);

        await friends.BobComes();
        var request = bob.Single<JoinRequest>();
        Assert.Equal((ann.Id, "ann", friends.Club.Id, "club"), (request.From.Id, request.From.Name, request.Invitation.Network, request.Invitation.Name));
        Assert.InRange(request.SentAt!.Value, sent, sent + 5.Seconds());
        Assert.Equal([kept.Id], friends.Kept);      // until it is answered
        var club = await bob.AcceptAsync(request);
        Assert.Equal((friends.Club.Id, true, "club"), (club.Id, club.IsTracked, club.Name));
        await world.Advance(1.Seconds());
        Assert.Empty(friends.Kept);
        Assert.Equal(new[] { ann.Id, bob.Id }.Order(), server.Members(club.Id));

        ann.Restart();
        Assert.Equal(bob.Id, Assert.Single((await Join(ann, friends.Club)).Members).Id);
        await bob.BroadcastAsync("here", club);
        await world.Advance(1.Seconds());
        Assert.Equal(["here"], ann.Received);
        world.AssertPromises();
    }

    [Fact]
    public async Task Who_stands_at_the_door_without_a_connection_gets_it_at_once()
    {
        await using var friends = await Friends.InWorld();
        var (world, bob) = (friends.World, friends.Bob);
        await friends.BobComes();
        world.Link(friends.Ann, bob).BlackHole();
        await world.Advance(30.Seconds());
        await friends.InviteAndKeep();
        await world.Advance(1.Seconds());
        Assert.NotNull(bob.Single<JoinRequest>().SentAt);
    }

    [Fact]
    public async Task Who_declines_is_not_asked_again()
    {
        await using var friends = await Friends.InWorld();
        await friends.InviteAndKeep();
        await friends.BobComes();
        var id = friends.Bob.Single<JoinRequest>().Id;
        await friends.Bob.Ask<JoinRequestClosed>(new DeclineJoinRequest(id, "no"));
        await friends.World.Advance(1.Seconds());
        Assert.Empty(friends.Kept);
        friends.Bob.Ask<NetworkJoined>(new AcceptJoinRequest(id)).FailsWith(NetfluxError.UnknownRequest);
        await friends.BobComes();
        Assert.Single(friends.Bob.All<JoinRequest>());
    }

    [Fact]
    public async Task What_was_shown_and_not_answered_is_shown_again_after_a_restart_and_to_each_new_answerer()
    {
        await using var friends = await Friends.InWorld();
        var bob = friends.Bob;
        await friends.InviteAndKeep();
        await friends.BobComes(answers: false);
        Assert.Empty(bob.All<JoinRequest>());
        await bob.Ask<AnsweringJoinRequests>(new AnswerJoinRequests(bob.Subscriber));
        await friends.World.Advance(1.Seconds());
        Assert.Single(bob.All<JoinRequest>());
        await bob.Ask<AnsweringJoinRequests>(new AnswerJoinRequests(bob.Subscriber));
        await friends.World.Advance(1.Seconds());
        Assert.Single(bob.All<JoinRequest>());      // the same answerer knows it
        await bob.Ask<AnsweringJoinRequests>(new StopAnsweringJoinRequests(bob.Subscriber));
        await bob.Ask<AnsweringJoinRequests>(new AnswerJoinRequests(bob.Subscriber));
        await friends.World.Advance(1.Seconds());
        Assert.Equal(2, bob.All<JoinRequest>().Count);
        await friends.BobComes();
        Assert.Equal(3, bob.All<JoinRequest>().Count);
        await bob.AcceptAsync(bob.All<JoinRequest>()[^1]);
    }

    [Fact]
    public async Task Doors_that_are_opened_again_bring_it_once()
    {
        await using var friends = await Friends.InWorld();
        await friends.InviteAndKeep();
        await friends.BobComes();
        friends.World.Network.Between("bob", "tracker").Cut();
        await friends.World.Advance(40.Seconds());
        Assert.Single(friends.Bob.All<JoinRequest>());
    }

    [Fact]
    public async Task A_network_that_no_server_remembers_is_joined_at_its_door()
    {
        await using var friends = await Friends.InWorld(clubIsTracked: false, clubAt: world => world.Server.Url);
        await friends.InviteAndKeep();
        await friends.BobComes();
        var club = await friends.Bob.AcceptAsync(friends.Bob.Single<JoinRequest>());
        Assert.False(club.IsTracked);
        await friends.World.Advance(1.Seconds());
        await friends.Bob.BroadcastAsync("here", club);
        await friends.World.Advance(1.Seconds());
        Assert.Equal(["here"], friends.Ann.Received);
    }

    // ---- Members by invitation ----

    [Fact]
    public async Task Whoever_was_invited_by_a_peer_that_is_there_is_remembered_too_and_comes_back_by_itself()
    {
        await using var friends = await Friends.InWorld();
        var (world, ann, bob) = (friends.World, friends.Ann, friends.Bob);
        await friends.BobComes();
        var asked = friends.Invite();
        await world.Until(() => bob.All<JoinRequest>().Count == 1, 5.Seconds());
        Assert.Null(bob.Single<JoinRequest>().SentAt);
        Assert.True((await bob.AcceptAsync(bob.Single<JoinRequest>())).IsTracked);
        Assert.IsType<JoinRequestAccepted>(await asked);
        Assert.Equal(new[] { ann.Id, bob.Id }.Order(), friends.Server.Members(friends.Club.Id));

        await ann.GoOffline();
        await bob.GoOffline();
        bob.Restart();
        var stored = friends.Server.Stored.Count;
        Assert.Empty((await Join(bob, friends.Club)).Members);      // by the admission in its record
        Assert.Equal(stored, friends.Server.Stored.Count);
        // It was let in with the right to invite.
        var cy = world.Peer("cy", new() { Server = friends.Server.Url });
        await Join(cy, friends.Lobby);
        await cy.Ask<AnsweringJoinRequests>(new AnswerJoinRequests(cy.Subscriber));
        await Join(bob, friends.Lobby);
        var invited = bob.Ask<JoinRequestAnswer>(new SendJoinRequest(cy.Id, friends.Club.Id));
        await world.Until(() => cy.All<JoinRequest>().Count == 1, 5.Seconds());
        await cy.AcceptAsync(cy.Single<JoinRequest>());
        Assert.IsType<JoinRequestAccepted>(await invited);
        world.AssertPromises();
    }

    [Fact]
    public async Task Whoever_was_removed_does_not_come_back()
    {
        await using var friends = await Friends.InWorld();
        await friends.InviteAndKeep();
        await friends.BobComes();
        await friends.Bob.AcceptAsync(friends.Bob.Single<JoinRequest>());
        await friends.Bob.GoOffline();
        await friends.Ann.Ask<TrackedMemberRemoved>(new RemoveTrackedMember(friends.Club.Id, friends.Bob.Id));
        friends.Bob.Restart();
        Join(friends.Bob, friends.Club).FailsWith(NetfluxError.NotAdmitted);
    }

    [Fact, Provokes(NetfluxError.ServerBusy)]
    public async Task A_join_that_fails_leaves_it_open()
    {
        await using var friends = await Friends.InWorld();
        var bob = friends.Bob;
        await friends.InviteAndKeep();
        await friends.BobComes();
        var request = bob.Single<JoinRequest>();
        friends.Server.Fails = NetfluxError.ServerBusy;
        bob.Ask<NetworkJoined>(new AcceptJoinRequest(request.Id)).FailsWith(NetfluxError.ServerBusy);
        Assert.Single(friends.Kept);
        friends.Server.Fails = null;
        await bob.AcceptAsync(request);
        await friends.World.Advance(1.Seconds());
        Assert.Empty(friends.Kept);
    }

    // ---- Ends ----

    [Fact]
    public async Task What_is_withdrawn_does_not_come()
    {
        await using var friends = await Friends.InWorld();
        var kept = await friends.InviteAndKeep();
        Assert.Equal(new JoinRequestWithdrawn(kept.Through, kept.Id), await friends.Ann.Ask<JoinRequestWithdrawn>(new WithdrawJoinRequest(kept.Through, kept.Id)));
        Assert.Empty(friends.Kept);
        friends.Ann.Ask<JoinRequestWithdrawn>(new WithdrawJoinRequest(kept.Through, kept.Id)).FailsWith(NetfluxError.UnknownRequest);
        await friends.BobComes();
        Assert.Empty(friends.Bob.All<JoinRequest>());
    }

    [Fact]
    public async Task A_request_that_is_cancelled_is_taken_back()
    {
        await using var friends = await Friends.InWorld();
        friends.Server.Holds = message => message is KeepInvitation or EndInvitation;
        var send = new SendJoinRequest(friends.Bob.Id, friends.Club.Id);
        var sending = friends.Ann.Ask<JoinRequestAnswer>(send);
        await friends.World.Advance(1.Seconds());
        await friends.Ann.Ask<RequestCancelled>(new CancelRequest(send.RequestId));
        sending.FailsWith(NetfluxError.Cancelled);
        await friends.World.Advance(1.Seconds());
        friends.Server.Release();
        await friends.World.Advance(1.Seconds());
        Assert.Single(friends.Server.Stored.OfType<InvitationKept>());
        Assert.Empty(friends.Kept);
    }

    [Fact, Provokes(NetfluxError.TimedOut)]
    public async Task A_server_that_does_not_answer_fails_the_request()
    {
        await using var friends = await Friends.InWorld();
        friends.Server.Holds = message => message is ListTrackedMembers;
        friends.Invite().FailsWith(NetfluxError.TimedOut);
    }

    [Fact]
    public async Task What_is_over_does_not_come_and_is_not_accepted()
    {
        await using var friends = await Friends.InWorld();
        var bob = friends.Bob;
        await friends.InviteAndKeep(s_hour);
        await friends.BobComes();
        var request = bob.Single<JoinRequest>();
        await friends.World.Advance(s_hour + 180.Seconds());
        bob.Ask<NetworkJoined>(new AcceptJoinRequest(request.Id)).FailsWith(NetfluxError.UnknownRequest);
        await bob.GoOffline();
        await friends.World.Advance(1.Seconds());
        await friends.InviteAndKeep(s_hour);
        await friends.World.Advance(s_hour);
        await friends.BobComes();
        Assert.Single(bob.All<JoinRequest>());
        Assert.Empty(friends.Kept);
    }

    // ---- What cannot be kept ----

    [Fact, Provokes(NetfluxError.UnknownPeer)]
    public async Task Somebody_whom_no_network_knows_is_not_invited()
    {
        await using var friends = await Friends.InWorld();
        var cy = friends.World.Peer("cy");
        friends.Ann.Ask<JoinRequestAnswer>(new SendJoinRequest(cy.Id, friends.Club.Id)).FailsWith(NetfluxError.UnknownPeer);
        // Into the lobby itself no other network leads.
        var lonely = friends.World.Peer("lonely", new() { Server = friends.Server.Url });
        var only = (await Create(lonely, Topology.FullMesh().Json)).Network;
        lonely.Ask<JoinRequestAnswer>(new SendJoinRequest(cy.Id, only.Id)).FailsWith(NetfluxError.UnknownPeer);
    }

    [Fact]
    public async Task Every_network_of_both_is_looked_into()
    {
        await using var friends = await Friends.InWorld();
        for (var i = 0; i < 3; i++) await Create(friends.Ann, Topology.FullMesh().Json);    // bob is in none of them
        Assert.Equal(friends.Lobby.Id, (await friends.InviteAndKeep()).Through);
    }

    [Fact]
    public async Task A_network_without_a_server_is_not_joined_later()
    {
        await using var friends = await Friends.InWorld();
        var here = friends.World.Peer("dan", new() { HasServer = false });
        var dan = (await here.Ask<NetworkJoined>(new JoinNetwork(friends.Lobby.Address!))).Network;
        Assert.True(dan.IsTracked);
        var den = (await here.Ask<NetworkCreated>(new CreateNetwork(ByInvitation))).Network;
        here.Ask<JoinRequestAnswer>(new SendJoinRequest(friends.Bob.Id, den.Id)).FailsWith(NetfluxError.UnknownPeer);
    }

    [Theory, Provokes(NetfluxError.InvalidOptions)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(7 * 24 * 3600 + 1)]
    public async Task A_time_that_is_none_is_refused(int seconds)
    {
        await using var friends = await Friends.InWorld();
        friends.Invite(TimeSpan.FromSeconds(seconds)).FailsWith(NetfluxError.InvalidOptions);
        Assert.Empty(friends.Server.Stored.OfType<InvitationKept>());
    }

    [Fact, Provokes(NetfluxError.TooMany)]
    public async Task More_than_the_server_keeps_for_one_is_refused()
    {
        await using var friends = await Friends.InWorld();
        for (var i = 0; i < 4; i++) await friends.InviteAndKeep();
        friends.Invite().FailsWith(NetfluxError.TooMany);
    }

    [Fact]
    public async Task More_than_a_peer_has_open_wait_at_the_server()
    {
        await using var friends = await Friends.InWorld();
        for (var i = 0; i < 3; i++) await friends.InviteAndKeep();
        var cy = friends.World.Peer("cy", new() { Server = friends.Server.Url, Facade = options => options with { OpenJoinRequestsMax = 2 } });
        await Join(cy, friends.Lobby);
        await cy.GoOffline();
        for (var i = 0; i < 3; i++) Assert.IsType<JoinRequestKept>(await friends.Ann.Ask<JoinRequestAnswer>(new SendJoinRequest(cy.Id, friends.Club.Id)));
        cy.Restart();
        await cy.Ask<AnsweringJoinRequests>(new AnswerJoinRequests(cy.Subscriber));
        await Join(cy, friends.Lobby);
        await friends.World.Advance(1.Seconds());
        Assert.Equal(2, cy.All<JoinRequest>().Count);
        Assert.Equal(6, friends.Kept.Count());
        await cy.Ask<JoinRequestClosed>(new DeclineJoinRequest(cy.All<JoinRequest>()[0].Id, "no"));
        await friends.World.Advance(1.Seconds());
        Assert.Equal(3, cy.All<JoinRequest>().Count);       // there is room for it now
        Assert.Equal(5, friends.Kept.Count());
    }

    // ---- A server that lies ----

    /// <summary>bob comes, and the server says this instead of what it keeps.</summary>
    private static async Task<Friends> Lied(Func<Friends, Invited, Invited> lie)
    {
        var friends = await Friends.InWorld(logs: true);
        await friends.InviteAndKeep();
        friends.Server.Says = reply => reply is Invited invited ? lie(friends, invited) : reply;
        await friends.BobComes();
        return friends;
    }

    [Theory]
    [InlineData("changed", nameof(KeptInvitationFault.NotSealedForThis))]
    [InlineData("cut", nameof(KeptInvitationFault.NotSealedForThis))]
    [InlineData("empty", nameof(KeptInvitationFault.NotSealedForThis))]
    [InlineData("another sender", nameof(KeptInvitationFault.NotSealedForThis))]
    [InlineData("another id", nameof(KeptInvitationFault.NotSealedForThis))]
    [InlineData("too long", nameof(KeptInvitationFault.TooLong))]
    public async Task What_does_not_hold_is_dropped_with_its_reason_and_taken_off_the_server(string what, string fault)
    {
        Assert.True(InvitationId.TryParse("0123456789abcdef0123456789abcdef", out var other));
        await using var friends = await Lied((friends, invited) => what switch
        {
            "changed" => invited with { Sealed = invited.Sealed.ToArray().Select((b, i) => i == 100 ? (byte)(b ^ 1) : b).ToArray() },
            "cut" => invited with { Sealed = invited.Sealed[..^1] },
            "empty" => invited with { Sealed = default },
            "another sender" => invited with { From = friends.Bob.Id },
            "another id" => invited with { Id = other },
            _ => invited with { Sealed = new byte[IdentityOptions.KeptInvitationBytesMax + 1] },
        });
        Assert.Empty(friends.Bob.All<JoinRequest>());
        Assert.Contains($"is dropped: {fault}", friends.World.Trace, StringComparison.Ordinal);
        if (what != "another id") Assert.Empty(friends.Kept);
        friends.World.AssertPromises();
    }

    [Fact]
    public async Task What_was_answered_is_not_shown_again_however_often_the_server_says_it()
    {
        await using var friends = await Friends.InWorld();
        await friends.InviteAndKeep();
        Invited? said = null;
        friends.Server.Says = reply => reply is Invited invited ? said = invited : said is not null && reply is Accomplished done ? said with { Request = done.Request } : reply;
        await friends.BobComes();
        await friends.Bob.Ask<JoinRequestClosed>(new DeclineJoinRequest(friends.Bob.Single<JoinRequest>().Id, "no"));
        for (var i = 0; i < 3; i++)
        {
            friends.World.Network.Between("bob", "tracker").Cut();
            await friends.World.Advance(40.Seconds());
        }
        Assert.Single(friends.Bob.All<JoinRequest>());
    }

    [Fact]
    public async Task Into_a_network_that_it_is_in_nobody_is_invited()
    {
        await using var friends = await Friends.InWorld();
        await friends.InviteAndKeep();
        await friends.InviteAndKeep();
        await friends.BobComes();
        var requests = friends.Bob.All<JoinRequest>();
        Assert.Equal(2, requests.Count);
        await friends.Bob.AcceptAsync(requests[0]);
        friends.Bob.Ask<NetworkJoined>(new AcceptJoinRequest(requests[1].Id)).FailsWith(NetfluxError.AlreadyMember);
        await friends.World.Advance(1.Seconds());
        Assert.Empty(friends.Kept);
    }
}
