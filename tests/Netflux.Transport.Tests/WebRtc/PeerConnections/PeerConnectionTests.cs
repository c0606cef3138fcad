using Netflux.Transport.WebRtc.Dcep;

namespace Netflux.Transport.WebRtc.PeerConnections;

public sealed class PeerConnectionTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private static readonly ChannelOptions s_channel = new() { Label = "test" };

    private readonly PeerConnectionWorld _world = new(1);

    private PeerConnectionWorld.Peer Offerer => _world.Offerer;

    private PeerConnectionWorld.Peer Answerer => _world.Answerer;

    [Fact]
    public void A_channel_opens_in_nine_trips()
    {
        // Two of signaling, one for the checks, two for the simulated handshake, three for the association, one for the channel.
        var began = _world.Now;
        Connect(_world);
        Assert.InRange((_world.Now - began).TotalMilliseconds, 100, 160);
        Assert.Equal([PeerConnectionState.Connecting, PeerConnectionState.Connected], Offerer.States.TakeLast(2));
    }

    [Theory, InlineData(10, 50), InlineData(70, 280), InlineData(400, 1000)]
    public void Both_sides_repeat_the_handshake_after_twice_the_round_trip_of_ICE(int latency, int firstResend)
    {
        // The answer comes before the answerer's first check. Where it is slower, ClientHello comes before a check of the offerer was answered, and the server's repetition is the default's.
        (_world.Latency, _world.SignalingLatency) = (TimeSpan.FromMilliseconds(latency), TimeSpan.FromMilliseconds(1));
        Connect(_world, 10 * s_second);
        Assert.Equal(TimeSpan.FromMilliseconds(firstResend), Answerer.FirstResend);
        Assert.Equal(TimeSpan.FromMilliseconds(firstResend), Offerer.FirstResend);
    }

    [Fact]
    public void Messages_arrive_in_order()
    {
        var (ours, _) = Connect(_world);
        for (byte i = 0; i < 100; i++) Assert.Equal(SendOutcome.Accepted, Offerer.Connection.Send(ours, new byte[i + 1], false, _world.Now));
        _world.RunUntil(() => Answerer.Messages.Count == 100, 5 * s_second);
        Assert.Equal(Enumerable.Range(1, 100), Answerer.Messages.Select(message => message.Bytes.Length));
    }

    [Theory, InlineData(0.01), InlineData(0.1), InlineData(0.2)]
    public void Connections_open_and_deliver_whatever_the_network_loses(double loss)
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            var world = new PeerConnectionWorld(seed) { Loss = loss, Reordering = 0.2, SignalingShuffles = seed % 2 == 0 };
            var (ours, theirs) = Connect(world, 60 * s_second);
            for (byte i = 0; i < 20; i++) world.Offerer.Connection.Send(ours, [i, .. new byte[2000]], false, world.Now);
            world.Answerer.Connection.Send(theirs, [77], false, world.Now);
            world.RunUntil(() => world.Answerer.Messages.Count == 20 && world.Offerer.Messages.Count == 1, 60 * s_second);
            Assert.Equal(Enumerable.Range(0, 20), world.Answerer.Messages.Select(message => (int)message.Bytes[0]));
        }
    }

    [Fact]
    public void A_first_flight_that_overtakes_the_answer_is_kept()
    {
        // The answer is slow; the answerer's checks are answered without it, and its ClientHello comes before it.
        Offerer.Connection.OpenChannel(s_channel, _world.Now);
        Offerer.Connection.Offer(_world.Now);
        _world.RunUntil(() => Answerer.States.Contains(PeerConnectionState.Connecting), s_second);
        _world.SignalingLatency = TimeSpan.FromMilliseconds(200);
        var began = _world.Now;
        _world.RunUntil(() => Offerer.Opened.Count == 1, s_second);
        Assert.InRange((_world.Now - began).TotalMilliseconds, 0, 320);
    }

    [Fact]
    public void An_answerer_whose_addresses_are_taken_opens_a_further_socket()
    {
        var (_, other) = _world.Pair(_world.Left, _world.Right, " of another connection");
        Assert.True(other.TryHold(0, _world.Left.Sockets[0], HoldRight.Reserve));
        Connect(_world);
        Assert.Equal(1, Answerer.FurtherSockets);
        Assert.Equal(0, Offerer.FurtherSockets);
    }

    [Fact]
    public void An_answerer_that_loses_an_address_to_another_connection_opens_a_further_socket()
    {
        Offerer.Connection.OpenChannel(s_channel, _world.Now);
        Offerer.Connection.Offer(_world.Now);
        _world.RunUntil(() => Answerer.States.Contains(PeerConnectionState.Connecting), s_second);
        var (_, other) = _world.Pair(_world.Left, _world.Right, " of another connection");
        Assert.True(other.TryHold(0, _world.Left.Sockets[0], HoldRight.Hold));
        _world.RunUntil(() => Answerer.FurtherSockets == 1, s_second);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_handshake_ends_with_its_connection_also_where_there_is_no_way_any_more(bool byFault)
    {
        Offerer.Passes = kind => kind != DatagramKind.Dtls;
        Offerer.Connection.OpenChannel(s_channel, _world.Now);
        Offerer.Connection.Offer(_world.Now);
        _world.RunUntil(() => Answerer.HandshakesRunning == 1, s_second);
        Answerer.Connection.HandleAddressLost(0, _world.Left.Sockets[0], _world.Now);
        if (byFault) Answerer.Connection.Fail("a fault", _world.Now);
        else Answerer.Connection.Close(_world.Now);
        Assert.Equal(0, Answerer.HandshakesRunning);
        Assert.Equal(PeerConnectionState.Closed, Answerer.Connection.State);
    }

    [Fact]
    public void What_is_not_taken_stops_the_sender()
    {
        var (ours, _) = Connect(_world);
        Answerer.Takes = false;
        var sent = 0;
        while (Offerer.Connection.Send(ours, new byte[60_000], false, _world.Now) == SendOutcome.Accepted) sent++;
        _world.Run(5 * s_second);
        Assert.True(Offerer.Connection.BufferedAmount(ours) > 0);
        Answerer.Takes = true;
        _world.RunUntil(() => Answerer.Messages.Count == sent, 60 * s_second);
    }

    [Fact]
    public void A_cut_is_told_as_disconnected_and_then_as_failed()
    {
        Connect(_world);
        _world.IsCut = true;
        var began = _world.Now;
        _world.RunUntil(() => Offerer.States[^1] == PeerConnectionState.Disconnected, 15 * s_second);
        _world.RunUntil(() => Offerer.States[^1] is PeerConnectionState.Failed or PeerConnectionState.Closed, 45 * s_second);
        Assert.InRange((_world.Now - began).TotalSeconds, 20, 45);
    }

    [Fact]
    public void A_short_cut_heals_by_itself()
    {
        var (ours, _) = Connect(_world);
        _world.IsCut = true;
        _world.Run(8 * s_second);
        Offerer.Connection.Send(ours, [1], false, _world.Now);
        _world.IsCut = false;
        _world.RunUntil(() => Answerer.Messages.Count == 1 && Offerer.Connection.State == PeerConnectionState.Connected && Answerer.Connection.State == PeerConnectionState.Connected, 15 * s_second);
    }

    [Fact]
    public void A_rebinding_is_followed()
    {
        var (ours, theirs) = Connect(_world);
        _world.Left.Rebind();
        Offerer.Connection.Send(ours, [1], false, _world.Now);
        Answerer.Connection.Send(theirs, [2], false, _world.Now);
        _world.RunUntil(() => Answerer.Messages.Count == 1 && Offerer.Messages.Count == 1, 20 * s_second);
    }

    [Fact]
    public void A_restart_finds_a_new_way_and_keeps_the_channels()
    {
        var (ours, _) = Connect(_world);
        Offerer.Connection.RestartIce(_world.Now);
        Offerer.Connection.Send(ours, [1], false, _world.Now);
        _world.RunUntil(() => Answerer.Messages.Count == 1, 5 * s_second);
        _world.Run(10 * s_second);
        Offerer.Connection.Send(ours, [2], false, _world.Now);
        _world.RunUntil(() => Answerer.Messages.Count == 2, 5 * s_second);
        Assert.Equal(PeerConnectionState.Connected, Offerer.Connection.State);
        Assert.Equal(PeerConnectionState.Connected, Answerer.Connection.State);
    }

    [Fact]
    public void The_answerer_may_restart_as_well()
    {
        var (ours, _) = Connect(_world);
        Answerer.Connection.RestartIce(_world.Now);
        _world.Run(5 * s_second);
        Offerer.Connection.Send(ours, [2], false, _world.Now);
        _world.RunUntil(() => Answerer.Messages.Count == 1, 5 * s_second);
        Assert.Equal(PeerConnectionState.Connected, Offerer.Connection.State);
    }

    [Fact]
    public void A_restart_heals_what_has_failed()
    {
        var (ours, _) = Connect(_world);
        _world.IsCut = true;
        _world.RunUntil(() => Offerer.States[^1] == PeerConnectionState.Disconnected, 15 * s_second);
        _world.Run(TimeSpan.FromSeconds(3));
        _world.IsCut = false;
        Offerer.Connection.RestartIce(_world.Now);
        Offerer.Connection.Send(ours, [1], false, _world.Now);
        _world.RunUntil(() => Answerer.Messages.Count == 1 && Offerer.Connection.State == PeerConnectionState.Connected, 10 * s_second);
    }

    [Fact]
    public void What_came_before_the_other_side_closed_is_taken_first()
    {
        var (ours, theirs) = Connect(_world);
        Answerer.Takes = false;
        for (byte i = 0; i < 3; i++) Offerer.Connection.Send(ours, [i], false, _world.Now);
        _world.Run(s_second);
        Offerer.Connection.Close(_world.Now);
        _world.Run(s_second);
        Assert.Equal((PeerConnectionState.Closed, PeerConnectionState.Connected), (Offerer.Connection.State, Answerer.Connection.State));
        Assert.Empty(Answerer.Closed);
        Answerer.Takes = true;
        _world.RunUntil(() => Answerer.Connection.State == PeerConnectionState.Closed, s_second);
        Assert.Equal([0, 1, 2], Answerer.Messages.Select(message => message.Bytes[0]));
        Assert.Equal([theirs], Answerer.Closed);
    }

    [Fact]
    public void Who_takes_nothing_may_close_as_well()
    {
        var (ours, _) = Connect(_world);
        Answerer.Takes = false;
        Offerer.Connection.Send(ours, [1], false, _world.Now);
        _world.Run(s_second);
        Offerer.Connection.Close(_world.Now);
        _world.Run(s_second);
        Answerer.Connection.Close(_world.Now);
        _world.Run(s_second);
        Assert.Equal(PeerConnectionState.Closed, Answerer.States[^1]);
        Assert.Empty(Answerer.Messages);
    }

    [Fact]
    public void Closing_is_told_in_one_trip()
    {
        Connect(_world);
        Offerer.Connection.Close(_world.Now);
        var began = _world.Now;
        _world.RunUntil(() => Answerer.States[^1] == PeerConnectionState.Closed, s_second);
        Assert.InRange((_world.Now - began).TotalMilliseconds, 5, 20);
        Assert.Equal(PeerConnectionState.Closed, Offerer.Connection.State);
        Assert.Single(Answerer.Closed);
        Assert.Single(Offerer.Closed);
        Assert.Null(Offerer.Connection.NextDeadline);
        Assert.Null(Answerer.Connection.NextDeadline);
    }

    [Fact]
    public void The_report_tells_the_pair_and_why()
    {
        Connect(_world);
        _world.Run(s_second);
        var report = Offerer.Connection.Report();
        Assert.True(report.IsOfferer);
        Assert.Equal("10.0.0.1:5000", report.Selected?.Local.Address);
        Assert.Equal("10.0.0.2:5000", report.Selected?.Remote.Address);
        Assert.Equal("host", report.Selected?.Local.Type);
        Assert.NotEmpty(report.Selected!.Why);
        Assert.Contains(report.Selected, report.Pairs);
        Assert.InRange(report.Selected.RoundTrip!.Value.TotalMilliseconds, 20, 21);
        Assert.True(report.BytesSent > 0 && report.BytesReceived > 0 && report.PacketsSent > 0 && report.PacketsReceived > 0);
    }

    [Fact]
    public void The_report_tells_a_name_that_nobody_has_resolved()
    {
        Connect(_world);
        Assert.True(Offerer.Connection.TryAddRemoteCandidate("candidate:7 1 udp 2113937151 5f0e0d0c.local 4242 typ host", _world.Now));
        Assert.Contains(new CandidateReport("host", "5f0e0d0c.local"), Offerer.Connection.Report().Remote);
    }

    [Fact]
    public void An_answer_without_an_offer_is_refused()
    {
        Offerer.Connection.Offer(_world.Now);
        Assert.True(Offerer.Connection.TryTake(out var told));
        var sdp = Assert.IsType<TellDescription>(told).Sdp;
        Assert.False(Answerer.Connection.TrySetRemoteDescription(false, sdp.Replace("actpass", "active", StringComparison.Ordinal), _world.Now, out var why));
        Assert.Equal("An answer came, but no offer of ours waits for one.", why);
        Assert.False(Offerer.Connection.TrySetRemoteDescription(true, sdp, _world.Now, out why));
        Assert.Equal("An offer of our own waits for its answer.", why);
        Assert.True(Answerer.Connection.TrySetRemoteDescription(true, sdp, _world.Now, out _));
    }

    private static (DataChannel Ours, DataChannel Theirs) Connect(PeerConnectionWorld world, TimeSpan? limit = null)
    {
        var ours = world.Offerer.Connection.OpenChannel(s_channel, world.Now)!;
        world.Offerer.Connection.Offer(world.Now);
        world.RunUntil(() => world.Offerer.Opened.Count == 1 && world.Answerer.Opened.Count == 1, limit ?? s_second);
        return (ours, world.Answerer.Opened[0]);
    }
}
