using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

public class JoinRequestTests
{
    private const string ByInvitation = """{"type":"full-mesh","join":"invite"}""";

    /// <summary>ann has a network by invitation, and knows bob from a meeting point.</summary>
    private static async Task<(TestPeer Ann, TestPeer Bob, Network Network)> Acquainted(NetfluxWorld world, bool answers = true)
    {
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob"));
        var network = await ann.CreateAsync(SendTests.Parsed(ByInvitation));
        await world.All(ann.MeetAsync("abc"), bob.MeetAsync("abc"));
        if (answers) await bob.Ask<AnsweringJoinRequests>(new AnswerJoinRequests(bob.Subscriber));
        return (ann, bob, network);
    }

    [Theory, Seeds(10)]
    public async Task An_accepted_invitation_is_a_join(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob, network) = await Acquainted(world);
        var asked = ann.Ask<JoinRequestAnswer>(new SendJoinRequest(bob.Id, network.Id));
        await world.Until(() => bob.All<JoinRequest>().Count == 1, 5.Seconds());
        var request = bob.Single<JoinRequest>();
        Assert.Equal((ann.Id, network.Id), (request.From.Id, request.Invitation.Network));
        Assert.Equal(network.Id, (await bob.AcceptAsync(request)).Id);
        Assert.IsType<JoinRequestAccepted>(await asked);
        await bob.BroadcastAsync("here");
        await world.Advance(1.Seconds());
        Assert.Equal(["here"], ann.Received);
        world.AssertPromises();
    }

    [Theory, Seeds(5), Provokes(NetfluxError.UnknownRequest)]
    public async Task A_declined_invitation_says_why_and_is_answered_once(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob, network) = await Acquainted(world);
        var asked = ann.Ask<JoinRequestAnswer>(new SendJoinRequest(bob.Id, network.Id));
        await world.Until(() => bob.All<JoinRequest>().Count == 1, 5.Seconds());
        var id = bob.Single<JoinRequest>().Id;
        Assert.Equal(id, (await bob.Ask<JoinRequestClosed>(new DeclineJoinRequest(id, "busy"))).Id);
        var declined = Assert.IsType<JoinRequestDeclined>(await asked);
        Assert.Equal((JoinRequestDeclinedReason.Declined, "busy"), (declined.Reason, declined.Why));
        bob.Ask<NetworkJoined>(new AcceptJoinRequest(id)).FailsWith(NetfluxError.UnknownRequest);
    }

    [Fact]
    public async Task Where_nobody_answers_the_invitation_is_declined_at_once()
    {
        await using var world = new NetfluxWorld(1);
        var (ann, bob, network) = await Acquainted(world, answers: false);
        var declined = Assert.IsType<JoinRequestDeclined>(await ann.Ask<JoinRequestAnswer>(new SendJoinRequest(bob.Id, network.Id)));
        Assert.Equal(JoinRequestDeclinedReason.NobodyAnswering, declined.Reason);
    }

    [Fact]
    public async Task An_invitation_that_is_not_answered_times_out()
    {
        await using var world = new NetfluxWorld(1);
        var (ann, bob, network) = await Acquainted(world);
        var declined = Assert.IsType<JoinRequestDeclined>(await ann.Ask<JoinRequestAnswer>(new SendJoinRequest(bob.Id, network.Id)));
        Assert.Equal(JoinRequestDeclinedReason.TimedOut, declined.Reason);
        Assert.InRange(world.Elapsed.TotalSeconds, 10, 11);
    }

    [Theory, Seeds(5)]
    public async Task A_member_of_one_network_is_invited_into_another_through_it(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await world.Meshed("ann", "bob");
        var second = await peers[0].CreateAsync(SendTests.Parsed(ByInvitation));
        await peers[1].Ask<AnsweringJoinRequests>(new AnswerJoinRequests(peers[1].Subscriber));
        var asked = peers[0].Ask<JoinRequestAnswer>(new SendJoinRequest(peers[1].Id, second.Id));
        await world.Until(() => peers[1].All<JoinRequest>().Count == 1, 5.Seconds());
        await peers[1].AcceptAsync(peers[1].Single<JoinRequest>());
        Assert.IsType<JoinRequestAccepted>(await asked);
        // Invited again, it is a member already.
        var again = Assert.IsType<JoinRequestDeclined>(await peers[0].Ask<JoinRequestAnswer>(new SendJoinRequest(peers[1].Id, second.Id)));
        Assert.Equal(JoinRequestDeclinedReason.AlreadyMember, again.Reason);
        world.AssertPromises();
    }

    [Fact]
    public async Task A_peer_that_dies_declines_by_connection()
    {
        await using var world = new NetfluxWorld(1);
        var (ann, bob, network) = await Acquainted(world);
        var asked = ann.Ask<JoinRequestAnswer>(new SendJoinRequest(bob.Id, network.Id) { Deadline = 60.Seconds() });
        await world.Advance(1.Seconds());
        bob.Crash();
        Assert.Equal(JoinRequestDeclinedReason.ConnectionLost, Assert.IsType<JoinRequestDeclined>(await asked).Reason);
    }

    [Fact, Provokes(NetfluxError.AnswererTaken)]
    public async Task There_is_one_answerer()
    {
        await using var world = new NetfluxWorld(1);
        var (ann, bob) = (world.Peer("ann"), world.Peer("bob"));
        await ann.Ask<AnsweringJoinRequests>(new AnswerJoinRequests(ann.Subscriber));
        ann.Ask<AnsweringJoinRequests>(new AnswerJoinRequests(bob.Subscriber)).FailsWith(NetfluxError.AnswererTaken);
        Assert.Null((await ann.Ask<AnsweringJoinRequests>(new StopAnsweringJoinRequests(ann.Subscriber))).Answerer);
        await ann.Ask<AnsweringJoinRequests>(new AnswerJoinRequests(bob.Subscriber));
    }
}
