using Akka.Actor;
using Netflux.Client;
using Netflux.Messages;

namespace Netflux.Tests.Client;

public class NetfluxClientTests : ClientFixture
{
    private static readonly Topology s_topology = new() { Json = """{"type":"full-mesh"}""" };

    [Fact]
    public async Task Create_names_everything_and_its_subscriber()
    {
        var creating = Client.CreateAsync(s_topology, "lobby", new("ws://127.0.0.1:8400"));
        var request = await Facade.ExpectMsgAsync<CreateNetwork>();
        Assert.Equal((s_topology.Json, "lobby", new Uri("ws://127.0.0.1:8400"), true, true),
            (request.TopologyJson, request.Name, request.Server, request.Subscriber is not null, request.Window > 0));
        Facade.Reply(new NetworkCreated(Network));
        await using var network = await creating;
        Assert.Equal("lobby", network.Name);
        Facade.IgnoreMessages(_ => true);
        Sys.Stop(Facade);
    }

    [Fact]
    public async Task A_failure_is_thrown_and_leaves_no_actor_behind()
    {
        var creating = Client.CreateAsync(s_topology);
        var request = await Facade.ExpectMsgAsync<CreateNetwork>();
        Facade.Reply(new Status.Failure(new NetfluxException(NetfluxError.NameTaken, "Taken.")));
        Assert.Equal(NetfluxError.NameTaken, (await Assert.ThrowsAsync<NetfluxException>(() => creating)).Error);
        Watch(request.Subscriber!);
        await ExpectTerminatedAsync(request.Subscriber!);
    }

    [Fact]
    public async Task A_cancelled_request_is_withdrawn_and_its_answer_awaited()
    {
        using var cancel = new CancellationTokenSource();
        var asking = Client.GetNetworksAsync(cancel.Token);
        var request = await Facade.ExpectMsgAsync<GetNetworks>();
        var asker = Facade.LastSender;
        await cancel.CancelAsync();
        Assert.Equal(request.RequestId, (await Facade.ExpectMsgAsync<CancelRequest>()).Target);
        Assert.False(asking.IsCompleted);
        asker.Tell(new Status.Failure(new NetfluxException(NetfluxError.Cancelled, "Withdrawn.")));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task Where_the_facade_stops_every_open_and_later_request_is_answered()
    {
        var open = Client.GetPeerIdAsync();
        await Facade.ExpectMsgAsync<GetPeerId>();
        Sys.Stop(Facade);
        Assert.Equal(NetfluxError.Stopping, (await Assert.ThrowsAsync<NetfluxException>(() => open)).Error);
        Assert.Equal(NetfluxError.Stopping, (await Assert.ThrowsAsync<NetfluxException>(() => Client.GetPeerIdAsync())).Error);
    }

    [Fact]
    public async Task Queries_answer_with_their_contents()
    {
        var id = Client.GetPeerIdAsync();
        await Facade.ExpectMsgAsync<GetPeerId>();
        Facade.Reply(new PeerIdentified(Id(9)));
        Assert.Equal(Id(9), await id);
        var peers = Client.GetPeersAsync();
        await Facade.ExpectMsgAsync<GetPeers>();
        Facade.Reply(new PeerList([Peer(1, "bob")]));
        Assert.Equal([Peer(1, "bob")], await peers);
    }

    [Fact]
    public async Task An_invitation_answers_with_either_answer()
    {
        var inviting = Client.InviteAsync(Id(1), default);
        await Facade.ExpectMsgAsync<SendJoinRequest>();
        Facade.Reply(new JoinRequestDeclined(Id(1), default, JoinRequestDeclinedReason.Declined, "busy"));
        Assert.Equal("busy", Assert.IsType<JoinRequestDeclined>(await inviting).Why);
    }

    [Fact]
    public async Task A_handler_declines_accepts_and_fails()
    {
        var joined = new TaskCompletionSource<NetfluxNetwork>();
        using var answering = Client.AnswerJoinRequests((request, _) => request.From.Name switch
        {
            "bob" => ValueTask.FromResult(JoinAnswer.Decline("busy")),
            "cy" => ValueTask.FromResult(JoinAnswer.Accept),
            _ => throw new InvalidOperationException("a bug in the handler"),
        }, network => { joined.SetResult(network); return ValueTask.CompletedTask; });
        var answerer = (await Facade.ExpectMsgAsync<AnswerJoinRequests>()).Answerer;
        Facade.Reply(new AnsweringJoinRequests(answerer));
        await answering.Started;
        var invitation = new Invitation(default, "lobby", s_topology);
        answerer.Tell(new JoinRequest(new(1), Peer(1, "bob"), invitation));
        var declined = await Facade.ExpectMsgAsync<DeclineJoinRequest>();
        Assert.Equal((new JoinRequestId(1), "busy"), (declined.Id, declined.Why));
        Facade.Reply(new JoinRequestClosed(new(1)));
        answerer.Tell(new JoinRequest(new(2), Peer(3, "dan"), invitation));
        Assert.Equal(new JoinRequestId(2), (await Facade.ExpectMsgAsync<DeclineJoinRequest>()).Id);
        Facade.Reply(new JoinRequestClosed(new(2)));
        answerer.Tell(new JoinRequest(new(3), Peer(2, "cy"), invitation));
        var accepted = await Facade.ExpectMsgAsync<AcceptJoinRequest>();
        Assert.NotNull(accepted.Subscriber);
        Facade.Reply(new NetworkJoined(Network, [Peer(2, "cy")]));
        Assert.Equal([Peer(2, "cy")], (await joined.Task).Members);
    }

    [Fact]
    public async Task A_second_answerer_hears_that_the_place_is_taken()
    {
        using var answering = Client.AnswerJoinRequests((_, _) => ValueTask.FromResult(JoinAnswer.Accept));
        await Facade.ExpectMsgAsync<AnswerJoinRequests>();
        Facade.Reply(new Status.Failure(new NetfluxException(NetfluxError.AnswererTaken, "Taken.")));
        Assert.Equal(NetfluxError.AnswererTaken, (await Assert.ThrowsAsync<NetfluxException>(() => answering.Started)).Error);
    }

    [Fact]
    public async Task A_disposed_answerer_is_gone()
    {
        var answering = Client.AnswerJoinRequests((_, _) => ValueTask.FromResult(JoinAnswer.Accept));
        var answerer = (await Facade.ExpectMsgAsync<AnswerJoinRequests>()).Answerer;
        Facade.Reply(new AnsweringJoinRequests(answerer));
        await answering.Started;
        Watch(answerer);
        answering.Dispose();
        await ExpectTerminatedAsync(answerer);
    }

    [Fact]
    public async Task A_peer_of_a_meeting_point_is_talked_to_and_dropped_without_disconnecting()
    {
        var connecting = Client.ConnectAsync(new("ws://127.0.0.1:8400/meet/key"));
        var request = await Facade.ExpectMsgAsync<ConnectPeer>();
        var bob = Peer(1, "bob");
        Facade.Reply(new PeerConnected(bob));
        var peer = await connecting;
        await NetworkRef.ExpectMsgAsync<OpenSendWindow>();
        NetworkRef.Reply(new SendWindowOpened(null, 1_000, 0));
        request.Subscriber!.Tell(new PeerMessageReceived(bob, "hi"u8.ToArray(), 1));
        await peer.SendAsync("hello"u8.ToArray());
        Assert.Equal(5, (await NetworkRef.ExpectMsgAsync<SendMessage>()).Payload.Length);
        await foreach (var message in peer.Messages())
        {
            Assert.Equal(1, message.Number);
            break;
        }
        await NetworkRef.ExpectMsgAsync<MessagesConsumed>();
        await peer.DisposeAsync();
        await NetworkRef.ExpectMsgAsync<Unsubscribe>();
        Facade.ExpectNoMsg(TimeSpan.Zero);
    }
}
