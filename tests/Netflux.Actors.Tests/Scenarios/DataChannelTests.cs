using Netflux.Identity;
using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Scenarios;

/// <summary>Peers that nobody can dial: they link over data channels, which they agree on through the server or a common member.</summary>
public class DataChannelTests
{
    private static readonly TestPeerOptions s_hidden = new() { Listens = false, DataChannels = true };

    private static async Task<(Network Network, TestPeer[] Peers)> Hidden(NetfluxWorld world, params string[] names)
    {
        foreach (var name in names) world.Peer(name, s_hidden);
        return await world.Meshed(names);
    }

    private static LinkReport Report(TestPeer at, TestPeer of) => at.Ask<LinkReport>(new GetLinkReport(of.Id)).Wait();

    /// <summary>Of the best link that is up: while a direct one takes a relayed one's place, both are.</summary>
    private static LinkWay? Way(TestPeer at, TestPeer of) => Report(at, of).Up.OrderBy(link => link.Way == LinkWay.Relayed).FirstOrDefault()?.Way;

    [Theory, Seeds(10)]
    public async Task Peers_that_do_not_listen_are_one_network(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Hidden(world, "ann", "bob", "cy", "dan");
        foreach (var peer in peers) await peer.BroadcastAsync($"from {peer}");
        await world.Advance(1.Seconds());
        foreach (var peer in peers) Assert.Equal(3, peer.Received.Count);
        foreach (var left in peers)
            foreach (var right in peers.Where(right => right != left))
                Assert.True(Way(left, right) is LinkWay.Offered or LinkWay.Answered, $"{left} and {right}: {Way(left, right)}");
        world.AssertPromises();
    }

    [Theory, Seeds(10)]
    public async Task The_server_stops_and_a_lost_data_channel_is_opened_anew_through_a_member(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Hidden(world, "ann", "bob", "cy");
        world.Server.Stop();
        await world.Advance(1.Seconds());
        world.Link(peers[1], peers[2]).Cut();
        var sent = peers[1].BroadcastNumbered(20);
        await world.Until(() => Way(peers[1], peers[2]) is LinkWay.Offered or LinkWay.Answered, 8.Seconds());
        await world.Until(() => peers[2].Received.Count == 20, 8.Seconds());
        Assert.Equal(sent, peers[2].Received);
        Assert.Contains(Report(peers[1], peers[2]).Attempts, attempt => attempt.Outcome == LinkOutcome.Closed);
        Assert.Empty(peers[1].All<PeerLeaving>());
        world.AssertPromises();
    }

    // bob and cy find no way but ann's relay. When a way opens, a data channel takes its place, agreed on through ann: the server is gone.
    [Theory, Seeds(10)]
    public async Task A_relayed_link_becomes_a_data_channel_without_a_server(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        foreach (var name in new[] { "ann", "bob", "cy" }) world.Peer(name, s_hidden);
        world.Link(world.Peer("bob"), world.Peer("cy")).NoDataChannels();
        var (_, peers) = await world.Meshed("ann", "bob", "cy");
        await world.Until(() => Way(peers[1], peers[2]) == LinkWay.Relayed, 20.Seconds());
        await world.Until(() => Report(peers[1], peers[2]).Attempts.Concat(Report(peers[2], peers[1]).Attempts).Any(attempt => attempt.Why == "No pair of candidates works."), 20.Seconds());
        world.Server.Stop();
        world.Link(peers[1], peers[2]).Heal();
        await world.Until(() => Way(peers[1], peers[2]) is LinkWay.Offered or LinkWay.Answered, TimeSpan.FromMinutes(6));
        await peers[1].BroadcastAsync("direct");
        await world.Until(() => peers[2].Received.Contains("direct"), 2.Seconds());
        world.AssertPromises();
    }

    [Theory, Seeds(10)]
    public async Task Who_listens_is_dialled(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        world.Peer("ann", new() { DataChannels = true });
        world.Peer("bob", s_hidden);
        var (_, peers) = await world.Meshed("ann", "bob");
        Assert.Equal(LinkWay.Dialled, Way(peers[1], peers[0]));
        Assert.Equal(LinkWay.Accepted, Way(peers[0], peers[1]));
        world.AssertPromises();
    }

    // ann listens, behind a firewall that bob does not get through.
    [Theory, Seeds(10)]
    public async Task Who_listens_where_nobody_gets_through_answers_the_offer(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        world.Peer("ann", new() { DataChannels = true });
        world.Peer("bob", s_hidden);
        world.Link(world.Peer("ann"), world.Peer("bob")).CannotBeDialled();
        var (_, peers) = await world.Meshed("ann", "bob");
        await world.Until(() => Way(peers[0], peers[1]) is LinkWay.Offered or LinkWay.Answered, 10.Seconds());
        Assert.Contains(Report(peers[1], peers[0]).Attempts, attempt => attempt is { Way: LinkWay.Dialled, Outcome: LinkOutcome.Failed });
        world.AssertPromises();
    }

    [Theory, Seeds(5)]
    public async Task Two_who_meet_need_not_listen(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (ann, bob) = (world.Peer("ann", s_hidden), world.Peer("bob", s_hidden));
        await world.All(ann.MeetAsync("corner"), bob.MeetAsync("corner"));
        Assert.True(Way(ann, bob) is LinkWay.Offered or LinkWay.Answered);
    }

    [Theory, Seeds(10)]
    public async Task A_peer_that_dies_and_comes_back_is_told_as_restarted(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (network, peers) = await Hidden(world, "ann", "bob");
        peers[1].Crash(reset: true);
        await world.Advance(0.5.Seconds());
        peers[1].Restart();
        await peers[1].JoinAsync(network.Address);
        await peers[1].BroadcastAsync("back");
        await world.Until(() => peers[0].Received.Contains("back"), 5.Seconds());
        Assert.Equal(PeerLeavingReason.Restarted, peers[0].Single<PeerLeaving>().Reason);
        world.AssertPromises();
    }

    [Theory, Seeds(10)]
    public async Task Data_channels_that_break_again_and_again_lose_and_double_nothing(int seed)
    {
        await using var world = new NetfluxWorld(seed);
        var (_, peers) = await Hidden(world, "ann", "bob", "cy");
        foreach (var (left, right) in new[] { (0, 1), (0, 2), (1, 2) }) world.Link(peers[left], peers[right]).Latency(1, 30).Breaks(0.02);
        var sent = new List<string>();
        for (var n = 0; n < 50; n++)
        {
            sent.AddRange(peers[0].BroadcastNumbered(10));
            await world.Advance(0.1.Seconds());
        }
        foreach (var (left, right) in new[] { (0, 1), (0, 2), (1, 2) }) world.Link(peers[left], peers[right]).Clear();
        world.AssertPromises();
        Assert.Equal(sent, peers[1].Received);
        Assert.Equal(sent, peers[2].Received);
    }

    [Fact]
    public async Task Large_messages_pass_in_small_ones()
    {
        await using var world = new NetfluxWorld(7);
        var (_, peers) = await Hidden(world, "ann", "bob");
        var payload = new byte[1 << 20];
        new SeededRandom(7).Fill(payload);
        await peers[0].BroadcastAsync(payload);
        await world.Until(() => peers[1].Messages.Count == 1, 10.Seconds());
        Assert.True(peers[1].Messages[0].Payload.Span.SequenceEqual(payload));
    }

    // Somebody stands between the two with certificates of her own: the encryption below holds, and the proof does not.
    [Fact]
    public async Task Swapped_fingerprints_make_no_link()
    {
        await using var world = new NetfluxWorld(7);
        world.Network.Mallory = true;
        var (ann, bob) = (world.Peer("ann", s_hidden), world.Peer("bob", s_hidden));
        var network = await ann.CreateAsync(Topology.FullMesh());
        var join = bob.JoinAsync(network.Address);
        await world.Advance(3.Seconds());
        Assert.Contains(Report(ann, bob).Attempts, attempt => attempt.Why.StartsWith("ProofInvalid", StringComparison.Ordinal));
        Assert.Empty(Report(ann, bob).Up);
        join.FailsWith(NetfluxError.PeerUnreachable);
    }

    [Fact]
    public async Task Of_a_peer_that_nobody_knows_there_is_no_report()
    {
        await using var world = new NetfluxWorld(7);
        var (ann, bob) = (world.Peer("ann", s_hidden), world.Peer("bob", s_hidden));
        ann.Ask<LinkReport>(new GetLinkReport(bob.Id)).FailsWith(NetfluxError.UnknownPeer);
    }

    [Fact]
    public async Task The_peers_own_actor_reports_too()
    {
        await using var world = new NetfluxWorld(7);
        var (_, peers) = await Hidden(world, "ann", "bob");
        var report = peers[0].AskOf<LinkReport>(peers[0].All<PeerJoining>()[0].Peer.Ref, new GetLinkReport(peers[1].Id)).Wait();
        var up = Assert.Single(report.Up);
        Assert.Equal("host", up.Connection?.Selected?.Local.Type);
        Assert.NotNull(up.Took);
    }
}
