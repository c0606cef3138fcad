using Netflux.Transport.WebRtc.Sctp;

namespace Netflux.Transport.WebRtc.Dcep;

public sealed class DataChannelsTests
{
    private const string ByPeer = "The other side closed it.", Here = "It was closed here.";

    [Fact]
    public void Both_sides_open_at_once_with_numbers_of_their_own()
    {
        var pair = new ChannelPair().Connect();
        pair.Client.Open("a");
        pair.Client.Open("b");
        pair.Server.Open("c");
        pair.Run();
        Assert.Equal(["opened 0 a", "opened 2 b", "opened 1 c"], pair.Client.Heard);
        Assert.Equal(["opened 1 c", "opened 0 a", "opened 2 b"], pair.Server.Heard);
    }

    [Fact]
    public void A_channel_opened_before_the_connection_opens_with_it_and_data_does_not_wait_for_the_acknowledgement()
    {
        var pair = new ChannelPair();
        var terms = new ChannelTerms(Protocol: "p", Ordered: false, Lifetime: TimeSpan.FromMilliseconds(250), Priority: 512);
        var early = pair.Client.Open("early", terms);
        Assert.Equal((DataChannelState.Connecting, null), (early.State, early.Id));
        Assert.Equal(DataChannelSend.NotOpen, pair.Client.Send(early, "too early"));
        pair.Connect();
        Assert.Equal(["opened 0 early"], pair.Client.Heard);
        Assert.Equal(terms with { Label = "early" }, Assert.Single(pair.Server.Met).Terms);

        // → OPEN, data: both leave before anything comes back.
        var channel = pair.Client.Open("next", terms);
        Assert.Equal(DataChannelSend.Accepted, pair.Client.Send(channel, "at once"));
        pair.Run();
        Assert.Equal(["opened 0 early", "opened 2 next", "2 next: at once"], pair.Server.Heard);
    }

    [Fact]
    public void Until_the_acknowledgement_all_is_ordered_and_then_it_is_not()
    {
        var pair = new ChannelPair().Connect();
        var channel = pair.Client.Open("unordered", new(Ordered: false));
        pair.Client.Send(channel, "behind the OPEN");
        pair.Run();
        pair.Client.Send(channel, "free");
        pair.Server.Send(pair.Server.Met[0], "free as well, as the OPEN was read here");
        pair.Run();
        Assert.Equal([false, false, true], pair.Client.SentUnordered);
        Assert.Equal([false, true], pair.Server.SentUnordered); // the ACK and a message
    }

    [Fact]
    public void Text_bytes_and_nothing_arrive_as_what_they_were()
    {
        var pair = new ChannelPair().Connect();
        var channel = pair.Client.Open("c");
        pair.Client.Send(channel, "text");
        pair.Client.Send(channel, [1, 2, 3]);
        pair.Client.Send(channel, "");
        pair.Client.Send(channel, Array.Empty<byte>());
        pair.Run();
        Assert.Equal(["opened 0 c", "0 c: text", "0 c: 010203", "0 c: ", "0 c: "], pair.Server.Heard);
    }

    [Fact]
    public void Empty_messages_are_one_zero_byte_on_the_wire()
    {
        var pair = new ChannelPair();
        pair.Server.IsRaw = true;
        pair.Connect();
        var channel = pair.Client.Channels.Open(new(), new StreamId(7), pair.Now)!;
        pair.Client.Send(channel, "");
        pair.Client.Send(channel, Array.Empty<byte>());
        pair.Run();
        Assert.Equal(["7 StringEmpty 00", "7 BinaryEmpty 00"], pair.Server.Heard[1..]);
    }

    [Fact]
    public void A_negotiated_channel_says_nothing_of_itself()
    {
        var pair = new ChannelPair();
        var client = pair.Client.Channels.Open(new("netflux"), new StreamId(0), pair.Now)!;
        var server = pair.Server.Channels.Open(new("netflux"), new StreamId(0), pair.Now)!;
        Assert.Null(pair.Client.Channels.Open(new("again"), new StreamId(0), pair.Now));
        Assert.Null(pair.Client.Channels.Open(new("reserved"), new StreamId(65535), pair.Now));
        pair.Connect();
        pair.Server.Send(server, "hello");
        pair.Client.Open("beside"); // the lowest number is taken
        pair.Run();
        Assert.Equal(["opened 0 netflux", "opened 2 beside", "0 netflux: hello"], pair.Client.Heard);
        Assert.Equal(["opened 0 netflux", "opened 2 beside", "low 0 netflux"], pair.Server.Heard);
        Assert.Equal(DataChannelState.Open, client.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Closing_delivers_what_was_sent_and_frees_the_number(bool byOpener)
    {
        var pair = new ChannelPair().Connect();
        var opened = pair.Client.Open("first");
        pair.Run();
        var (side, other, channel) = byOpener ? (pair.Client, pair.Server, opened) : (pair.Server, pair.Client, pair.Server.Met[0]);
        for (var i = 0; i < 20; i++) Assert.Equal(DataChannelSend.Accepted, side.Send(channel, new byte[30_000]));
        side.Close(channel);
        side.Close(channel);
        Assert.Equal(DataChannelState.Closing, channel.State);
        Assert.Equal(DataChannelSend.NotOpen, side.Send(channel, "late"));
        pair.Run();
        Assert.Equal(20, other.Heard.Count(line => line.StartsWith("0 first: 00", StringComparison.Ordinal)));
        Assert.Equal($"closed 0 first: {ByPeer}", other.Heard[^1]);
        Assert.Equal($"closed 0 first: {Here}", side.Heard[^1]);
        Assert.Equal((0, 0), (pair.Client.Channels.Count, pair.Server.Channels.Count));

        var second = pair.Client.Open("second");
        pair.Client.Send(second, "in a new life");
        pair.Run();
        Assert.Equal(["opened 0 second", "0 second: in a new life"], pair.Server.Heard[^2..]);
    }

    [Fact]
    public void Both_close_at_once()
    {
        var pair = new ChannelPair().Connect();
        var channel = pair.Client.Open("c");
        pair.Run();
        pair.Client.Close(channel);
        pair.Server.Close(pair.Server.Met[0]);
        pair.Run();
        Assert.Equal(["opened 0 c", $"closed 0 c: {Here}"], pair.Client.Heard);
        Assert.Equal(["opened 0 c", $"closed 0 c: {Here}"], pair.Server.Heard);
    }

    [Fact]
    public void The_end_is_told_after_the_last_message_also_to_a_reader_that_rests()
    {
        var pair = new ChannelPair().Connect();
        var channel = pair.Client.Open("c");
        pair.Run();
        pair.Server.IsPaused = true;
        pair.Client.Send(channel, "last");
        pair.Client.Close(channel);
        pair.Run();
        Assert.Equal(["opened 0 c"], pair.Server.Heard);
        pair.Server.IsPaused = false;
        pair.Server.Drain();
        Assert.Equal(["opened 0 c", "0 c: last", $"closed 0 c: {ByPeer}"], pair.Server.Heard);
    }

    [Fact]
    public void A_number_that_the_other_uses_again_at_once_is_told_as_two_channels()
    {
        var pair = new ChannelPair().Connect();
        for (var i = 0; i < 50; i++)
        {
            var channel = pair.Client.Open($"{i}");
            pair.Client.Send(channel, "x");
            pair.Client.Close(channel);
            while (channel.State != DataChannelState.Closed) pair.Run();
        }
        pair.Run();
        Assert.Equal(Enumerable.Range(0, 50).SelectMany(i => new[] { $"opened 0 {i}", $"0 {i}: x", $"closed 0 {i}: {ByPeer}" }), pair.Server.Heard);
    }

    [Fact]
    public void A_number_may_be_used_again_before_the_answer_to_our_reset_is_here()
    {
        var pair = new ChannelPair();
        pair.Server.IsRaw = true;
        pair.Connect();
        pair.Server.SendRaw(1, PayloadProtocolId.Dcep, Convert.FromHexString("030000000000000000010000" + "61"));
        pair.Run();
        // The other has reset its stream; our own reset has not left yet when its next OPEN comes.
        pair.Client.Channels.Handle(new StreamResetByPeer(new(1)), pair.Now);
        pair.Server.SendRaw(1, PayloadProtocolId.Dcep, Convert.FromHexString("030000000000000000010000" + "62"));
        pair.Server.Pass(pair.Client);
        Assert.Equal(["opened 1 a", $"closed 1 a: {ByPeer}", "opened 1 b"], pair.Client.Heard);
        var second = pair.Client.Met[1];
        Assert.Equal(DataChannelSend.BufferFull, pair.Client.Send(second, "not while the stream is reset"));
        pair.Run();
        Assert.Equal("low 1 b", pair.Client.Heard[^1]);
        Assert.Equal(DataChannelSend.Accepted, pair.Client.Send(second, "now"));
        pair.Run();
        Assert.Equal(["1 Dcep 02", "1 String 6E6F77"], pair.Server.Heard[^2..]);
    }

    [Fact]
    public void A_thousand_channels_open_echo_and_close()
    {
        var pair = new ChannelPair().Connect();
        var channels = Enumerable.Range(0, 1000).Select(i => pair.Client.Open($"{i}")).ToList();
        pair.Run();
        Assert.Equal(1000, pair.Server.Met.Count);
        foreach (var met in pair.Server.Met) Assert.Equal(DataChannelSend.Accepted, pair.Server.Send(met, met.Terms.Label));
        pair.Run();
        Assert.Equal(channels.Select(c => $"{c.Id} {c.Terms.Label}: {c.Terms.Label}"), pair.Client.Heard[1000..].Order(Comparer<string>.Create((x, y) => Number(x).CompareTo(Number(y)))));
        foreach (var channel in channels) pair.Client.Close(channel);
        for (var i = 0; i < 100 && pair.Client.Channels.Count > 0; i++) pair.Run();
        Assert.Equal((0, 0), (pair.Client.Channels.Count, pair.Server.Channels.Count));
        static int Number(string line) => int.Parse(line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal)), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Further_channels_than_there_may_be_are_refused_and_the_others_live()
    {
        var pair = new ChannelPair(server: new() { ChannelsMax = 3 }).Connect();
        for (var i = 0; i < 5; i++) pair.Client.Open($"{i}");
        pair.Run();
        Assert.Equal(["opened 0 0", "opened 2 1", "opened 4 2"], pair.Server.Heard);
        Assert.Equal([$"closed 6 3: {ByPeer}", $"closed 8 4: {ByPeer}"], pair.Client.Heard[5..].Order(StringComparer.Ordinal));
        Assert.Null(pair.Server.Channels.Open(new(), null, pair.Now));
    }

    [Fact]
    public void Names_have_a_limit_in_all_that_is_free_again_after_a_close()
    {
        var pair = new ChannelPair(server: new() { PeerNameBytesMax = 100 }).Connect();
        var first = pair.Client.Open(new string('x', 60));
        pair.Client.Open(new string('y', 60));
        pair.Run();
        Assert.Single(pair.Server.Met);
        pair.Client.Close(first);
        pair.Run();
        pair.Client.Open(new string('z', 100));
        pair.Run();
        Assert.Equal(2, pair.Server.Met.Count);
    }

    [Fact]
    public void Where_no_number_is_left_nothing_opens_until_one_is_free()
    {
        var pair = new ChannelPair(client: new() { HighestId = 3 }).Connect();
        var first = pair.Client.Open("0");
        pair.Client.Open("2");
        Assert.Null(pair.Client.Open("none"));
        pair.Run();
        pair.Client.Close(first);
        Assert.Null(pair.Client.Open("not yet"));
        pair.Run();
        Assert.Equal(new StreamId(0), pair.Client.Open("again").Id);
    }

    [Fact]
    public void Low_water_is_told_when_the_buffer_falls_to_it()
    {
        var pair = new ChannelPair().Connect();
        var channel = pair.Client.Open("c");
        pair.Client.Channels.SetLowThreshold(channel, 100_000);
        pair.Run();
        Assert.Equal(["opened 0 c"], pair.Client.Heard);
        for (var i = 0; i < 10; i++) pair.Client.Send(channel, new byte[50_000]);
        Assert.Equal(500_000, pair.Client.Channels.BufferedBytes(channel));
        pair.Run();
        Assert.Equal(["opened 0 c", "low 0 c"], pair.Client.Heard);
        Assert.Equal(0, pair.Client.Channels.BufferedBytes(channel));
    }

    [Fact]
    public void A_channel_that_found_no_room_because_of_others_is_told_when_there_is()
    {
        var pair = new ChannelPair(sctp: new() { SendBufferBytes = 100_000 }).Connect();
        var (greedy, modest) = (pair.Client.Open("greedy"), pair.Client.Open("modest"));
        pair.Run();
        while (pair.Client.Send(greedy, new byte[10_000]) == DataChannelSend.Accepted)
        {
        }
        Assert.Equal(DataChannelSend.BufferFull, pair.Client.Send(modest, new byte[10_000]));
        var late = pair.Client.Open(new string('l', 10_000)); // nor does its OPEN find room
        pair.Run();
        Assert.Contains("low 2 modest", pair.Client.Heard);
        Assert.Equal(DataChannelSend.Accepted, pair.Client.Send(modest, new byte[10_000]));
        Assert.Equal(DataChannelSend.Accepted, pair.Client.Send(late, "first"));
        pair.Run();
        Assert.Contains($"4 {late.Terms.Label}: first", pair.Server.Heard);
    }

    [Fact]
    public void A_channel_whose_OPEN_found_no_room_is_closed_without_the_other()
    {
        var pair = new ChannelPair(sctp: new() { SendBufferBytes = 100_000 }).Connect();
        var greedy = pair.Client.Open("greedy");
        pair.Run();
        while (pair.Client.Send(greedy, new byte[10_000]) == DataChannelSend.Accepted)
        {
        }
        var late = pair.Client.Open(new string('l', 10_000));
        pair.Client.Close(late);
        Assert.Equal(DataChannelState.Closed, late.State);
        pair.Run();
        Assert.Single(pair.Server.Met);
        Assert.Equal((1, 1), (pair.Client.Channels.Count, pair.Server.Channels.Count));
    }

    [Fact]
    public void What_is_too_large_is_said_and_does_no_harm()
    {
        var pair = new ChannelPair().Connect();
        var channel = pair.Client.Open("c");
        Assert.Equal(DataChannelSend.TooLarge, pair.Client.Send(channel, new byte[65537]));
        Assert.Equal(DataChannelSend.Accepted, pair.Client.Send(channel, new byte[65536]));
        Assert.Throws<ArgumentException>(() => pair.Client.Open(new string('x', 65536)));
        Assert.Throws<ArgumentException>(() => pair.Client.Open("c", new(RetransmitsMax: 1, Lifetime: TimeSpan.Zero)));

        var label = new string('x', 65535);
        pair.Client.Open(label);
        pair.Run();
        Assert.Contains($"closed 2 {label}: Its label and protocol are longer than the other side takes in one message.", pair.Client.Heard);
    }

    // ---- A side that breaks the rules ----

    [Theory]
    [InlineData(1, PayloadProtocolId.Binary, "00", "a message on a stream that nobody opened")]
    [InlineData(1, PayloadProtocolId.Dcep, "02", "an acknowledgement of nothing")]
    [InlineData(1, PayloadProtocolId.Dcep, "FF", "no message of DCEP")]
    [InlineData(1, PayloadProtocolId.Dcep, "030000000000000000050000", "an OPEN that ends too early")]
    [InlineData(2, PayloadProtocolId.Dcep, "030000000000000000000000", "a number of ours")]
    internal void What_no_channel_can_be_made_of_resets_the_stream(int stream, PayloadProtocolId ppid, string hex, string what)
    {
        var pair = new ChannelPair();
        pair.Server.IsRaw = true;
        pair.Connect();
        pair.Server.SendRaw(stream, ppid, Convert.FromHexString(hex));
        pair.Run();
        Assert.True(pair.Server.Heard.Contains(new StreamResetByPeer(new((ushort)stream)).ToString()), what);
        Assert.Empty(pair.Client.Heard);
    }

    [Theory]
    [InlineData(PayloadProtocolId.Dcep, "030000000000000000000000", "The other side opened the channel's stream a second time.")]
    [InlineData(PayloadProtocolId.Dcep, "07", "The other side sent a message of DCEP that cannot be read.")]
    [InlineData(PayloadProtocolId.BinaryPartial, "00", "The other side sent a message of the kind 52, which data channels do not have.")]
    [InlineData((PayloadProtocolId)4711, "00", "The other side sent a message of the kind 4711, which data channels do not have.")]
    internal void What_breaks_a_channel_closes_it_and_leaves_the_others(PayloadProtocolId ppid, string hex, string why)
    {
        var pair = new ChannelPair();
        pair.Server.IsRaw = true;
        pair.Connect();
        pair.Server.SendRaw(1, PayloadProtocolId.Dcep, Convert.FromHexString("030000000000000000010000" + "61"));
        pair.Server.SendRaw(3, PayloadProtocolId.Dcep, Convert.FromHexString("030000000000000000010000" + "62"));
        pair.Server.SendRaw(1, ppid, Convert.FromHexString(hex));
        pair.Server.SendRaw(1, PayloadProtocolId.Binary, [1]);
        pair.Server.SendRaw(3, PayloadProtocolId.Binary, [2]);
        pair.Run();
        pair.Server.Association.ResetStream(new(1), pair.Now);
        pair.Run();
        Assert.Equal(["opened 1 a", "opened 3 b", "3 b: 02", $"closed 1 a: {why}"], pair.Client.Heard);
    }

    [Fact]
    public void The_end_of_the_association_closes_everything_after_its_last_message()
    {
        var pair = new ChannelPair().Connect();
        var channel = pair.Client.Open("c");
        pair.Client.Send(channel, "last");
        pair.Run();
        pair.Server.Association.Abort("enough", pair.Now);
        pair.Run();
        Assert.Equal(["opened 0 c", "low 0 c"], pair.Client.Heard[..^1]);
        Assert.StartsWith("closed 0 c: ", pair.Client.Heard[^1], StringComparison.Ordinal);
        Assert.Equal(["opened 0 c", "0 c: last"], pair.Server.Heard[..^1]);
        Assert.Equal(DataChannelState.Closed, channel.State);
        Assert.Null(pair.Client.Channels.Open(new(), null, pair.Now));
    }

    [Fact]
    public void Closing_all_is_told_of_each_once()
    {
        var pair = new ChannelPair();
        pair.Client.Open("a");
        pair.Client.Channels.Open(new("n"), new StreamId(9), pair.Now);
        pair.Client.Channels.CloseAll("The connection is closed.");
        pair.Client.Channels.CloseAll("Again.");
        pair.Client.Drain();
        Assert.Equal(["closed 9 n: The connection is closed.", "closed ? a: The connection is closed."], pair.Client.Heard);
    }

    [Fact]
    public void A_message_costs_no_allocation_here()
    {
        var pair = new ChannelPair().Connect();
        var channel = pair.Client.Open("c");
        pair.Run();
        var message = new byte[100];
        long Cost(int count)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < count; i++) pair.Client.Channels.Send(channel, message, isText: false, pair.Now);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Cost(1000);
        pair.Run();
        Cost(1000);
        pair.Run();
        Assert.True(Cost(500) < 500, "sending allocates");
    }
}
