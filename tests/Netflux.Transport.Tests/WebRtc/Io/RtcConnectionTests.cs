using System.Text;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

[Trait("Category", "Rim")]
public sealed class RtcConnectionTests : IDisposable
{
    private readonly RtcPort _offering = RtcPeer.OpenPort();
    private readonly RtcPort _answering = RtcPeer.OpenPort();

    public void Dispose()
    {
        _offering.Dispose();
        _answering.Dispose();
    }

    [Fact]
    public void Two_ports_connect_and_messages_go_both_ways()
    {
        var (offerer, answerer, ours, theirs) = RtcPeer.Connect(_offering, _answering, new() { Label = "hello", Protocol = "test.v1" });
        offerer.AwaitState(PeerConnectionState.Connected);
        answerer.AwaitState(PeerConnectionState.Connected);
        Assert.Equal("hello", theirs.Label);
        Assert.Equal("test.v1", theirs.Options.Protocol);
        Assert.True(theirs.IsOpenedByPeer);
        Assert.Equal(ours.Id, theirs.Id);

        Assert.Equal(SendOutcome.Accepted, ours.Send([1, 2, 3]));
        Assert.Equal([1, 2, 3], answerer.TakeMessage().Bytes);
        Assert.Equal(SendOutcome.Accepted, theirs.Send(Encoding.UTF8.GetBytes("grüezi"), isText: true));
        var (channel, bytes, isText) = offerer.TakeMessage();
        Assert.Same(ours, channel);
        Assert.Equal("grüezi", Encoding.UTF8.GetString(bytes));
        Assert.True(isText);
    }

    [Fact]
    public void A_port_that_is_taken_leaves_nothing_behind()
    {
        // Each would leave a thread.
        var before = ThreadCount();
        for (var i = 0; i < 200; i++) Assert.Throws<System.Net.Sockets.SocketException>(() => RtcPort.Create(new() { Port = _offering.Port }, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));
        Assert.InRange(ThreadCount(), 0, before + 100);
    }

    private static int ThreadCount()
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        return self.Threads.Count;
    }

    [Fact]
    public async Task The_warm_up_connects() => Assert.True(await RtcWarmUp.RunAsync(TimeSpan.Zero));

    [Fact]
    public void Both_ends_see_the_same_binding_and_no_other_connection_has_it()
    {
        var (offerer, answerer, _, _) = RtcPeer.Connect(_offering, _answering);
        var (second, _, _, _) = RtcPeer.Connect(_answering, _offering);
        Assert.Equal(64, offerer.Connection.Binding.Length);
        Assert.Equal(offerer.Connection.Binding.ToArray(), answerer.Connection.Binding.ToArray());
        Assert.NotEqual(offerer.Connection.Binding.ToArray(), second.Connection.Binding.ToArray());
    }

    [Theory, InlineData(0), InlineData(1), InlineData(1_100), InlineData(1_200), InlineData(65_536), InlineData(262_144)]
    public void Messages_of_every_size_arrive_whole(int size)
    {
        var (_, answerer, ours, _) = RtcPeer.Connect(_offering, _answering);
        var sent = new byte[size];
        new Random(size).NextBytes(sent);
        for (var i = 0; i < 3; i++) Assert.Equal(SendOutcome.Accepted, ours.Send(sent));
        for (var i = 0; i < 3; i++) Assert.Equal(sent, answerer.TakeMessage().Bytes);
    }

    [Fact]
    public void A_message_that_the_other_side_does_not_take_is_refused_here()
    {
        var (offerer, _, ours, _) = RtcPeer.Connect(_offering, _answering);
        Assert.Equal(SendOutcome.TooLarge, ours.Send(new byte[offerer.Connection.MessageBytesMax + 1]));
        Assert.Equal(SendOutcome.Accepted, ours.Send(new byte[offerer.Connection.MessageBytesMax]));
    }

    public static TheoryData<string> Kinds => ["ordered", "unordered", "retransmits", "lifetime", "negotiated"];

    [Theory, MemberData(nameof(Kinds))]
    public void Every_kind_of_channel_carries_messages(string kind)
    {
        var options = kind switch
        {
            "unordered" => new ChannelOptions { Label = kind, Ordered = false },
            "retransmits" => new ChannelOptions { Label = kind, MaxRetransmits = 3 },
            "lifetime" => new ChannelOptions { Label = kind, Ordered = false, MaxLifetime = TimeSpan.FromSeconds(3) },
            "negotiated" => new ChannelOptions { Label = kind, NegotiatedId = 7 },
            _ => new ChannelOptions { Label = kind },
        };
        var (offerer, answerer) = RtcPeer.Pair(_offering, _answering);
        var ours = offerer.Connection.OpenChannel(options)!;
        if (options.NegotiatedId is not null) answerer.Connection.OpenChannel(options);
        offerer.Connection.Offer();
        Assert.Same(ours, offerer.TakeOpened());
        var theirs = answerer.TakeOpened();
        Assert.Equal(options, theirs.Options);
        Assert.Equal(options.NegotiatedId is null, theirs.IsOpenedByPeer);
        ours.Send([1]);
        theirs.Send([2]);
        Assert.Equal([1], answerer.TakeMessage().Bytes);
        Assert.Equal([2], offerer.TakeMessage().Bytes);
    }

    [Fact]
    public void A_thousand_channels_on_one_connection()
    {
        var (offerer, answerer, _, _) = RtcPeer.Connect(_offering, _answering);
        var ours = Enumerable.Range(0, 1000).Select(i => offerer.Connection.OpenChannel(new() { Label = $"{i}" })!).ToList();
        foreach (var _ in ours) offerer.TakeOpened();
        var theirs = ours.Select(_ => answerer.TakeOpened()).ToDictionary(channel => channel.Label);
        Assert.Equal(1000, ours.Select(channel => channel.Id).Distinct().Count());
        foreach (var channel in ours) channel.Send(Encoding.ASCII.GetBytes(channel.Label));
        foreach (var _ in ours)
        {
            var (channel, bytes, _) = answerer.TakeMessage();
            Assert.Equal(channel.Label, Encoding.ASCII.GetString(bytes));
            Assert.Same(theirs[channel.Label], channel);
        }
    }

    [Fact]
    public void A_closed_channel_closes_at_the_other_side_and_its_number_is_used_again()
    {
        var (offerer, answerer, ours, theirs) = RtcPeer.Connect(_offering, _answering);
        var number = ours.Id;
        ours.Send([1]);
        ours.Close();
        Assert.Equal([1], answerer.TakeMessage().Bytes);
        Assert.Same(theirs, answerer.TakeClosed());
        Assert.Same(ours, offerer.TakeClosed());
        Assert.Equal(ChannelState.Closed, ours.State);
        Assert.Equal(SendOutcome.NotOpen, ours.Send([1]));
        Assert.Equal(SendOutcome.NotOpen, theirs.Send([1]));

        var next = offerer.Connection.OpenChannel(new() { Label = "next" })!;
        Assert.Same(next, offerer.TakeOpened());
        Assert.Equal("next", answerer.TakeOpened().Label);
        Assert.Equal(number, next.Id);
        next.Send([2]);
        Assert.Equal([2], answerer.TakeMessage().Bytes);
    }

    [Fact]
    public void Closing_the_connection_is_told_to_the_other_side_at_once()
    {
        var (offerer, answerer, ours, theirs) = RtcPeer.Connect(_offering, _answering);
        offerer.Connection.Close();
        answerer.AwaitState(PeerConnectionState.Closed);
        offerer.AwaitState(PeerConnectionState.Closed);
        Assert.Same(theirs, answerer.TakeClosed());
        Assert.Same(ours, offerer.TakeClosed());
    }

    [Fact]
    public void Many_connections_between_the_same_two_ports()
    {
        var pairs = Enumerable.Range(0, 20).Select(_ => RtcPeer.Pair(_offering, _answering)).ToList();
        var channels = pairs.Select((pair, i) => pair.Offerer.Connection.OpenChannel(new() { Label = $"{i}" })!).ToList();
        foreach (var (offerer, _) in pairs) offerer.Connection.Offer();
        foreach (var (offerer, _) in pairs) offerer.TakeOpened();
        for (var i = 0; i < pairs.Count; i++)
        {
            Assert.Equal($"{i}", pairs[i].Answerer.TakeOpened().Label);
            channels[i].Send([(byte)i]);
        }
        for (var i = 0; i < pairs.Count; i++) Assert.Equal([(byte)i], pairs[i].Answerer.TakeMessage().Bytes);
    }

    [Fact]
    public void Offers_that_cross_become_connections_each()
    {
        for (byte round = 1; round <= 10; round++)
        {
            using var left = RtcPeer.OpenPort();
            using var right = RtcPeer.OpenPort();
            (RtcPeer Offerer, RtcPeer Answerer)[] pairs = [RtcPeer.Pair(left, right), RtcPeer.Pair(right, left)];
            foreach (var (offerer, _) in pairs) offerer.Connection.OpenChannel(new() { Label = "test" });
            Parallel.ForEach(pairs, pair => pair.Offerer.Connection.Offer());
            foreach (var (offerer, answerer) in pairs)
            {
                offerer.TakeOpened().Send([round]);
                answerer.TakeOpened().Send([100]);
                Assert.Equal([round], answerer.TakeMessage().Bytes);
                Assert.Equal([100], offerer.TakeMessage().Bytes);
            }
        }
    }

    [Fact]
    public void A_receiver_that_pauses_stops_the_sender_and_loses_nothing()
    {
        var (_, answerer, ours, _) = RtcPeer.Connect(_offering, _answering);
        answerer.Connection.PauseReceiving();
        var sent = 0;
        var outcome = SendOutcome.Accepted;
        while ((outcome = ours.Send(BitConverter.GetBytes(sent).Concat(new byte[65_000]).ToArray())) == SendOutcome.Accepted) sent++;
        Assert.Equal(SendOutcome.BufferFull, outcome);
        Assert.True(answerer.HasNoMessage(TimeSpan.FromMilliseconds(50)));
        answerer.Connection.ResumeReceiving();
        for (var i = 0; i < sent; i++) Assert.Equal(i, BitConverter.ToInt32(answerer.TakeMessage().Bytes));
    }

    [Fact]
    public void A_buffer_that_runs_empty_is_told()
    {
        var (offerer, answerer, ours, _) = RtcPeer.Connect(_offering, _answering);
        answerer.Received = (_, _) => { };
        ours.BufferedAmountLowThreshold = 100_000;
        while (ours.BufferedAmount <= 1_000_000) ours.Send(new byte[65_000]);
        // It may have fallen and risen while it was filled.
        do offerer.AwaitLow();
        while (ours.BufferedAmount > 100_000);
    }

    [Fact]
    public void An_ICE_restart_keeps_the_channels()
    {
        var (offerer, answerer, ours, theirs) = RtcPeer.Connect(_offering, _answering);
        offerer.Connection.RestartIce();
        for (byte i = 0; i < 100; i++)
        {
            ours.Send([i]);
            Assert.Equal([i], answerer.TakeMessage().Bytes);
        }
        theirs.Send([200]);
        Assert.Equal([200], offerer.TakeMessage().Bytes);
        Assert.Equal(PeerConnectionState.Connected, offerer.Connection.State);
    }

    [Fact]
    public void The_portable_path_reaches_the_one_with_offload()
    {
        using var portable = RtcPeer.OpenPort(offload: false);
        var (offerer, answerer, ours, theirs) = RtcPeer.Connect(_offering, portable);
        var sent = new byte[200_000];
        new Random(1).NextBytes(sent);
        ours.Send(sent);
        Assert.Equal(sent, answerer.TakeMessage().Bytes);
        theirs.Send(sent);
        Assert.Equal(sent, offerer.TakeMessage().Bytes);
    }

    [Fact]
    public void A_listener_that_throws_ends_its_connection_and_no_other()
    {
        var (offerer, answerer, ours, _) = RtcPeer.Connect(_offering, _answering);
        var (_, other, others, _) = RtcPeer.Connect(_offering, _answering);
        answerer.Received = (_, _) => throw new InvalidOperationException("A fault, planted by a test.");
        ours.Send([1]);
        offerer.AwaitState(PeerConnectionState.Closed);
        others.Send([2]);
        Assert.Equal([2], other.TakeMessage().Bytes);
    }

    [Fact]
    public void Closing_the_port_closes_its_connections()
    {
        var port = RtcPeer.OpenPort();
        var (offerer, answerer, _, _) = RtcPeer.Connect(port, _answering);
        port.Dispose();
        offerer.AwaitState(PeerConnectionState.Closed);
        answerer.AwaitState(PeerConnectionState.Closed);
        Assert.Null(port.NewConnection(offerer, RtcConnectionOptions.Default));
    }

    [Fact]
    public void Descriptions_that_make_no_sense_are_refused_with_a_sentence()
    {
        var (_, answerer) = RtcPeer.Pair(_offering, _answering);
        Assert.False(answerer.Connection.TrySetRemoteDescription(true, "v=0\r\nnonsense", out var why));
        Assert.NotEmpty(why);
        Assert.False(answerer.Connection.TryAddRemoteCandidate("candidate:nonsense"));
        Assert.Equal(PeerConnectionState.New, answerer.Connection.State);
    }
}
