using Netflux.Client;
using Netflux.Host.Cli;
using Netflux.Messages;

namespace Netflux.Host.Sockets;

/// <summary>Nobody listens and the signaling server is gone: members introduce those whom they know to each other.</summary>
[Trait("Category", "Rim")]
public class CommonMemberTests
{
    [Fact]
    public async Task A_newcomer_whom_one_member_invites_has_data_channels_to_all_through_that_member()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        var url = new Uri(server);
        await using var bob = await Talk.JoinAsync(server, "bob", 0, "--listen", "none");
        await using var cy = await Talk.JoinAsync(server, "cy", 1, "--listen", "none");
        await using var ann = await SocketPeer.StartAsync("ann", url, listens: false);
        await using var dan = await SocketPeer.StartAsync("dan", url, listens: false);
        var lobby = await ann.Client.JoinAsync(NetworkAddress.At(url, "lobby")).ListeningAsync();
        var met = await Task.WhenAll(ann.Client.ConnectAsync(new(url, "/meet/door")), dan.Client.ConnectAsync(new(url, "/meet/door"))).WaitAsync(SocketWorld.Patience);
        host.Kill();
        await host.ExitAsync();

        var joined = new TaskCompletionSource<NetfluxNetwork>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var answering = dan.Client.AnswerJoinRequests((_, _) => ValueTask.FromResult(JoinAnswer.Accept), network => { joined.SetResult(network); return ValueTask.CompletedTask; });
        await answering.Started.WaitAsync(SocketWorld.Patience);
        Assert.IsType<JoinRequestAccepted>(await met[0].InviteAsync(lobby).WaitAsync(SocketWorld.Patience));
        var inside = await joined.Task.ListeningAsync();
        await inside.MeetAsync(3);
        foreach (var chat in new[] { bob, cy })
        {
            await chat.ExpectAsync("peerJoining", e => e.Text("name") == "dan");
            var pair = await DataChannelAsync(dan, chat);
            var there = (await LinksSaid.OfAsync(chat)).Single(links => links.Peer == dan.Id.ToString()).DataChannel;
            Assert.Equal(("host", "host", pair.Local.Address, pair.Remote.Address), (pair.Local.Type, there?.LocalType, there?.Remote, there?.Local));
        }
        await inside.BroadcastAsync("hello from dan".Bytes());
        foreach (var chat in new[] { bob, cy })
        {
            Assert.Equal(("broadcast", "hello from dan"), await Talk.HeardAsync(chat));
            await chat.SayAsync("/to dan welcome");
            Assert.Equal((Identity.PeerId.Parse(Talk.IdOf(chat)), Delivery.Direct, "welcome"), await inside.HearAsync());
        }

        // Who has introduced them is not needed any more.
        await ann.StopAsync();
        Assert.Equal(PeerLeavingReason.WentOffline, (await inside.NextAsync<PeerLeaving>()).Reason);
        await bob.SayAsync("and ann is gone");
        Assert.Equal((Identity.PeerId.Parse(Talk.IdOf(bob)), Delivery.Broadcast, "and ann is gone"), await inside.HearAsync());
        Assert.Equal(("broadcast", "and ann is gone"), await Talk.HeardAsync(cy));
    }

    /// <summary>The pair of the data channel from this peer to that process, once there is one.</summary>
    private static async Task<LinkCandidatePair> DataChannelAsync(SocketPeer peer, NetfluxProcess other)
    {
        using var patience = new CancellationTokenSource(SocketWorld.Patience);
        while (true)
        {
            var report = await peer.Client.GetLinkReportAsync(Identity.PeerId.Parse(Talk.IdOf(other)), patience.Token);
            if (report.Up.LastOrDefault() is { Connection.Selected: { } pair }) return pair;
            await Task.Delay(100, patience.Token);
        }
    }
}
