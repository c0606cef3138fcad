using System.Security.Cryptography;
using Akka.Actor;
using Netflux.Client;
using Netflux.Messages;

namespace Netflux.Host.Sockets;

/// <summary>The conversation with the facade (the scenarios of the simulated worlds), once over real sockets and a real signaling server.</summary>
[Trait("Category", "Rim")]
public class ConversationTests
{
    [Fact]
    public async Task Three_create_and_join_talk_leave_and_go_offline()
    {
        await using var world = await SocketWorld.StartAsync();
        var (ann, bob, cy) = await world.ThreeAsync();
        var first = await ann.Client.CreateAsync(Topology.FullMesh(), "Lobby").ListeningAsync();
        Assert.Equal(($"{world.Net("lobby")}", "lobby"), ($"{first.Address}", first.Name));
        var second = await bob.Client.JoinAsync(world.Net("lobby")).ListeningAsync();
        Assert.Equal([ann.Id], second.Members.Select(member => member.Id));
        var third = await cy.Client.JoinAsync(world.Net(first.Id.ToString())).ListeningAsync();
        Assert.Equal(2, third.Members.Count);
        await first.MeetAsync(2);
        await second.MeetAsync(2);

        await second.BroadcastConfirmedAsync("to all".Bytes()).WaitAsync(SocketWorld.Patience);
        Assert.Equal((bob.Id, Delivery.Broadcast, "to all"), await first.HearAsync());
        Assert.Equal((bob.Id, Delivery.Broadcast, "to all"), await third.HearAsync());
        await third.SendConfirmedAsync(ann.Id, "to ann".Bytes()).WaitAsync(SocketWorld.Patience);
        Assert.Equal((cy.Id, Delivery.Direct, "to ann"), await first.HearAsync());
        await third.SendAsync(cy.Id, "to myself".Bytes()).AsTask().FailsAsync(NetfluxError.UnknownPeer);
        await ann.Client.JoinAsync(world.Net("lobby")).FailsAsync(NetfluxError.AlreadyMember);
        await bob.Client.CreateAsync(Topology.FullMesh(), "lobby").FailsAsync(NetfluxError.NameTaken);

        await third.DisposeAsync().AsTask().WaitAsync(SocketWorld.Patience);
        Assert.Equal((cy.Id, PeerLeavingReason.Left), Gone(await first.NextAsync<PeerLeaving>()));
        Assert.Equal((cy.Id, PeerLeavingReason.Left), Gone(await second.NextAsync<PeerLeaving>()));
        await bob.StopAsync();
        Assert.Equal((bob.Id, PeerLeavingReason.WentOffline), Gone(await first.NextAsync<PeerLeaving>()));
        Assert.Empty(first.Members);
        await second.BroadcastAsync("too late".Bytes()).AsTask().FailsAsync(NetfluxError.Stopping);
    }

    [Fact]
    public async Task Eight_who_join_or_create_at_once_are_one_network()
    {
        await using var world = await SocketWorld.StartAsync();
        var peers = new List<SocketPeer>();
        for (var n = 0; n < 8; n++)
        {
            peers.Add(await world.PeerAsync($"p{n}"));
            await peers[n].Client.JoinAsync(world.Net("elsewhere")).FailsAsync(NetfluxError.NetworkNotFound); // the server knows them all: they race at the door, not to it
        }
        var networks = await Task.WhenAll(peers.Select(peer => peer.Client.JoinAsync(world.Net("race"), Topology.FullMesh()).ListeningAsync()));
        Assert.Single(networks.Select(network => network.Id).Distinct());
        foreach (var network in networks) await network.MeetAsync(7);
        await Task.WhenAll(networks.Select((network, n) => network.BroadcastConfirmedAsync($"from {n}".Bytes())));
        foreach (var (network, n) in networks.Select((network, n) => (network, n)))
        {
            var heard = new List<string>();
            for (var message = 0; message < 7; message++) heard.Add((await network.HearAsync()).Text);
            Assert.Equal(Enumerable.Range(0, 8).Where(other => other != n).Select(other => $"from {other}"), heard.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Order_is_kept_and_a_message_of_20_MB_arrives_among_small_ones()
    {
        await using var world = await SocketWorld.StartAsync();
        var (ann, bob) = (await world.PeerAsync("ann"), await world.PeerAsync("bob", listens: false));
        var from = await ann.Client.CreateAsync(Topology.FullMesh(), "files").ListeningAsync();
        var to = await bob.Client.JoinAsync(world.Net("files")).ListeningAsync();
        await from.MeetAsync(1);
        var large = RandomNumberGenerator.GetBytes(20_000_000);
        await from.SendAsync(bob.Id, "before".Bytes());
        await from.BroadcastAsync(large);
        var last = from.SendConfirmedAsync(bob.Id, "after".Bytes());
        Assert.Equal("before", (await to.HearAsync()).Text);
        var received = await to.NextAsync<MessageReceived>();
        Assert.Equal(SHA256.HashData(large), SHA256.HashData(received.Payload.Span));
        Assert.Equal((ann.Id, Delivery.Direct, "after"), await to.HearAsync());
        await to.SendAsync(ann.Id, "thanks".Bytes());
        Assert.Equal((bob.Id, Delivery.Direct, "thanks"), await from.HearAsync());
        await last.WaitAsync(SocketWorld.Patience);
        await from.SendAsync(bob.Id, new byte[from.Topology.MessageBytesMax + 1]).AsTask().FailsAsync(NetfluxError.MessageTooLarge);
        await from.DisposeAsync().AsTask().WaitAsync(SocketWorld.Patience);
        Assert.Equal((ann.Id, PeerLeavingReason.Left), Gone(await to.NextAsync<PeerLeaving>()));
    }

    [Fact]
    public async Task Two_meet_talk_and_one_invites_the_other_into_a_network_by_invitation()
    {
        await using var world = await SocketWorld.StartAsync();
        var (ann, bob, cy) = await world.ThreeAsync();
        Assert.True(Topology.TryParse("""{"type":"full-mesh","join":"invite"}""", out var closed, out _));
        var club = await ann.Client.CreateAsync(closed, "club").ListeningAsync();
        await bob.Client.JoinAsync(world.Net("club")).FailsAsync(NetfluxError.NotAdmitted);

        var met = await Task.WhenAll(ann.Client.ConnectAsync(world.Meeting("door")), bob.Client.ConnectAsync(world.Meeting("door"))).WaitAsync(SocketWorld.Patience);
        Assert.Equal((bob.Id, ann.Id), (met[0].Id, met[1].Id));
        var sent = met[0].SendConfirmedAsync("psst".Bytes());
        Assert.Equal("psst", await met[1].HearAsync());
        await sent.WaitAsync(SocketWorld.Patience);
        await met[1].SendAsync("yes?".Bytes());
        Assert.Equal("yes?", await met[0].HearAsync());

        var unanswered = Assert.IsType<JoinRequestDeclined>(await met[0].InviteAsync(club).WaitAsync(SocketWorld.Patience));
        Assert.Equal(JoinRequestDeclinedReason.NobodyAnswering, unanswered.Reason);
        var joined = new TaskCompletionSource<NetfluxNetwork>(TaskCreationOptions.RunContinuationsAsynchronously);
        var busy = true;
        using var answering = bob.Client.AnswerJoinRequests(
            (request, _) => ValueTask.FromResult(busy ? JoinAnswer.Decline($"busy, {request.From.Name}") : JoinAnswer.Accept),
            network => { joined.SetResult(network); return ValueTask.CompletedTask; });
        await answering.Started.WaitAsync(SocketWorld.Patience);
        var declined = Assert.IsType<JoinRequestDeclined>(await met[0].InviteAsync(club).WaitAsync(SocketWorld.Patience));
        Assert.Equal((JoinRequestDeclinedReason.Declined, "busy, ann"), (declined.Reason, declined.Why));
        busy = false;
        Assert.IsType<JoinRequestAccepted>(await met[0].InviteAsync(club).WaitAsync(SocketWorld.Patience));
        var inside = await joined.Task.ListeningAsync();
        Assert.Equal(club.Id, inside.Id);
        Assert.Equal([ann.Id], inside.Members.Select(member => member.Id));
        await club.MeetAsync(1);
        await inside.BroadcastConfirmedAsync("in".Bytes()).WaitAsync(SocketWorld.Patience);
        Assert.Equal((bob.Id, Delivery.Broadcast, "in"), await club.HearAsync());
        await met[0].DisconnectAsync().FailsAsync(NetfluxError.SharedNetworks);
        await cy.Client.JoinAsync(world.Net("club")).FailsAsync(NetfluxError.NotAdmitted);
    }

    [Fact]
    public async Task A_member_of_one_network_is_invited_into_another_through_it()
    {
        await using var world = await SocketWorld.StartAsync();
        var (ann, bob) = (await world.PeerAsync("ann"), await world.PeerAsync("bob"));
        var lobby = await ann.Client.CreateAsync(Topology.FullMesh(), "lobby").ListeningAsync();
        var bobs = await bob.Client.JoinAsync(world.Net("lobby")).ListeningAsync();
        Assert.True(Topology.TryParse("""{"type":"full-mesh","join":"invite"}""", out var closed, out _));
        var room = await ann.Client.CreateAsync(closed).ListeningAsync();
        var joined = new TaskCompletionSource<NetfluxNetwork>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var answering = bob.Client.AnswerJoinRequests((_, _) => ValueTask.FromResult(JoinAnswer.Accept), network => { joined.SetResult(network); return ValueTask.CompletedTask; });
        await answering.Started.WaitAsync(SocketWorld.Patience);
        await lobby.MeetAsync(1);
        Assert.IsType<JoinRequestAccepted>(await room.InviteAsync(bob.Id));
        await room.MeetAsync(1);
        var inside = await joined.Task.ListeningAsync();
        await room.SendAsync(bob.Id, "in here".Bytes());
        Assert.Equal((ann.Id, Delivery.Direct, "in here"), await inside.HearAsync());
        // Leaving one network does not disturb the other.
        await inside.DisposeAsync().AsTask().WaitAsync(SocketWorld.Patience);
        Assert.Equal((bob.Id, PeerLeavingReason.Left), Gone(await room.NextAsync<PeerLeaving>()));
        await bobs.BroadcastConfirmedAsync("still here".Bytes()).WaitAsync(SocketWorld.Patience);
        Assert.Equal((bob.Id, Delivery.Broadcast, "still here"), await lobby.HearAsync());
    }

    [Fact]
    public async Task A_disconnected_peer_is_told_and_a_meeting_that_nobody_comes_to_is_withdrawn()
    {
        await using var world = await SocketWorld.StartAsync();
        var (ann, bob, cy) = await world.ThreeAsync();
        using var enough = new CancellationTokenSource();
        var alone = ann.Client.ConnectAsync(world.Meeting("nobody"), enough.Token);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alone.WaitAsync(SocketWorld.Patience));
        var met = await Task.WhenAll(bob.Client.ConnectAsync(world.Meeting("nobody")), cy.Client.ConnectAsync(world.Meeting("nobody")));
        Assert.Equal((cy.Id, bob.Id), (met[0].Id, met[1].Id));
        await met[0].SendAsync("bye".Bytes());
        await met[0].DisconnectAsync();
        var heard = new List<INetfluxMessage>();
        using var patience = new CancellationTokenSource(SocketWorld.Patience);
        await foreach (var happening in met[1].Events(patience.Token)) heard.Add(happening);
        Assert.Equal("bye"u8.ToArray(), Assert.IsType<PeerMessageReceived>(heard[0]).Payload.ToArray());
        Assert.Equal(PeerLeavingReason.Disconnected, Assert.IsType<PeerDisconnected>(heard[1]).Reason);
    }

    [Fact]
    public async Task A_plain_server_says_that_it_does_not_track()
    {
        await using var world = await SocketWorld.StartAsync();
        var (ann, bob) = (await world.PeerAsync("ann"), await world.PeerAsync("bob"));
        await ann.Client.CreateAsync(Topology.FullMesh(), "lobby");
        await bob.Facade.Ask<NetworkJoined>(new JoinNetwork(world.Net("lobby")) { Track = true }).FailsAsync(NetfluxError.TrackingNotSupported);
        await bob.Client.JoinAsync(world.Net("lobby"));
    }

    [Fact]
    public async Task An_id_that_the_server_does_not_know_is_not_found_also_where_it_may_be_created()
    {
        await using var world = await SocketWorld.StartAsync();
        var (ann, bob) = (await world.PeerAsync("ann"), await world.PeerAsync("bob"));
        var network = await ann.Client.CreateAsync(Topology.FullMesh());
        var joined = await bob.Client.JoinAsync(network.Address!, Topology.FullMesh());
        Assert.Equal(network.Id, joined.Id);
        var unknown = (network.Id.ToString()[0] == 'a' ? "b" : "a") + network.Id.ToString()[1..];
        await bob.Client.JoinAsync(world.Net(unknown), Topology.FullMesh()).FailsAsync(NetfluxError.NetworkNotFound);
    }

    private static (Netflux.Identity.PeerId, PeerLeavingReason) Gone(PeerLeaving leaving) => (leaving.Peer.Id, leaving.Reason);
}
