using System.Text;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Netflux.Client;
using Netflux.Messages;

namespace Netflux.Tests.Client;

public class NetfluxNetworkTests : ClientFixture
{
    [Fact]
    public async Task Events_come_in_order_and_end_with_the_leave()
    {
        var (network, subscriber) = await OpenAsync();
        var bob = Peer(1, "bob");
        INetfluxMessage[] told = [new PeerJoining(bob, Network), Message(bob, "hi", 1), new PeerLeaving(bob, Network, PeerLeavingReason.Left), new NetworkLeft(Network.Id)];
        foreach (var message in told) subscriber.Tell(message);
        var heard = new List<INetfluxMessage>();
        await foreach (var happening in network.Events()) heard.Add(happening);
        Assert.Equal(told, heard);
        Assert.Empty(network.Members);
    }

    [Fact]
    public async Task A_message_is_consumed_when_the_next_event_is_asked_for_and_not_before()
    {
        var (network, subscriber) = await OpenAsync();
        var bob = Peer(1, "bob");
        subscriber.Tell(Message(bob, "one", 1));
        subscriber.Tell(Message(bob, "two", 2));
        await using var reader = network.Events().GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        Assert.True(await reader.MoveNextAsync());
        NetworkRef.ExpectNoMsg(TimeSpan.Zero);
        var next = reader.MoveNextAsync();
        Assert.Equal(new MessagesConsumed(subscriber, 2), await NetworkRef.ExpectMsgAsync<MessagesConsumed>());
        subscriber.Tell(new NetworkLeft(Network.Id));
        Assert.True(await next);
    }

    [Fact]
    public async Task A_reader_that_always_finds_more_reports_each_quarter_of_the_window()
    {
        var (network, subscriber) = await OpenAsync();
        var bob = Peer(1, "bob");
        Watch(subscriber);
        for (var n = 1; n <= 600; n++) subscriber.Tell(Message(bob, "x", n));
        subscriber.Tell(new NetworkLeft(Network.Id));
        await ExpectTerminatedAsync(subscriber); // now all of them wait to be read
        await foreach (var _ in network.Events()) { }
        Assert.Equal(256, (await NetworkRef.ExpectMsgAsync<MessagesConsumed>()).UpTo);
        Assert.Equal(512, (await NetworkRef.ExpectMsgAsync<MessagesConsumed>()).UpTo);
        Assert.Equal(600, (await NetworkRef.ExpectMsgAsync<MessagesConsumed>()).UpTo);
    }

    [Fact]
    public async Task A_second_reader_is_refused_and_a_later_one_reads_on()
    {
        var (network, subscriber) = await OpenAsync();
        var bob = Peer(1, "bob");
        subscriber.Tell(Message(bob, "one", 1));
        subscriber.Tell(Message(bob, "two", 2));
        await using (var reader = network.Events().GetAsyncEnumerator())
        {
            Assert.True(await reader.MoveNextAsync());
            await Assert.ThrowsAsync<InvalidOperationException>(async () => { await foreach (var _ in network.Events()) { } });
        }
        Assert.Equal(1, (await NetworkRef.ExpectMsgAsync<MessagesConsumed>()).UpTo);
        await foreach (var happening in network.Events())
        {
            Assert.Equal(2, Assert.IsType<MessageReceived>(happening).Number);
            break;
        }
        Assert.Equal(2, (await NetworkRef.ExpectMsgAsync<MessagesConsumed>()).UpTo);
    }

    [Fact]
    public async Task Members_are_the_list_of_the_reply_and_what_the_events_changed()
    {
        var opening = Client.OpenNetworkAsync(Network);
        var subscriber = (await Facade.ExpectMsgAsync<Subscribe>()).Subscriber;
        var (ann, bob, cy) = (Peer(1, "ann"), Peer(2, "bob"), Peer(3, "cy"));
        // The events may overtake the reply on their way through two actors.
        subscriber.Tell(new PeerLeaving(ann, Network, PeerLeavingReason.Left));
        subscriber.Tell(new PeerJoining(cy, Network));
        Facade.Reply(new Subscribed(Network.Id, [ann, bob]));
        var network = await opening;
        await using var events = network.Events().GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        Assert.True(await events.MoveNextAsync());
        Assert.Equal([bob, cy], network.Members);
    }

    [Fact]
    public async Task Sends_complete_at_once_within_the_window_and_wait_in_order_behind_it()
    {
        var bob = Peer(1, "bob");
        var (network, subscriber) = await OpenAsync(bob);
        var first = network.BroadcastAsync(new byte[36]); // costs 100
        Assert.False(first.IsCompleted);
        subscriber.Tell(new SendWindowOpened(Network.Id, 150, 0));
        await first;
        Assert.Equal(36, (await NetworkRef.ExpectMsgAsync<BroadcastMessage>()).Payload.Length);
        var second = network.SendAsync(bob, new byte[37]);
        Assert.True(second.IsCompletedSuccessfully); // reaches over the edge
        await NetworkRef.ExpectMsgAsync<SendMessage>();
        var third = network.BroadcastAsync(new byte[38]);
        var fourth = network.SendAsync(bob, new byte[39]);
        Assert.False(third.IsCompleted);
        NetworkRef.ExpectNoMsg(TimeSpan.Zero);
        subscriber.Tell(new SendWindowOpened(Network.Id, 1_000, 2));
        await third;
        await fourth;
        Assert.Equal(38, (await NetworkRef.ExpectMsgAsync<BroadcastMessage>()).Payload.Length);
        Assert.Equal(39, (await NetworkRef.ExpectMsgAsync<SendMessage>()).Payload.Length);
    }

    [Fact]
    public async Task A_cancelled_send_gives_its_place_up()
    {
        var (network, subscriber) = await OpenAsync();
        using var cancel = new CancellationTokenSource();
        var first = network.BroadcastAsync(new byte[1], cancel.Token);
        var second = network.BroadcastAsync(new byte[2]);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first);
        subscriber.Tell(new SendWindowOpened(Network.Id, 1, 0));
        await second;
        Assert.Equal(2, (await NetworkRef.ExpectMsgAsync<BroadcastMessage>()).Payload.Length);
    }

    [Fact]
    public async Task What_cannot_be_sent_says_so()
    {
        var (network, subscriber) = await OpenAsync();
        Assert.Equal(NetfluxError.UnknownPeer, (await Assert.ThrowsAsync<NetfluxException>(async () => await network.SendAsync(Id(7), new byte[1]))).Error);
        Assert.Equal(NetfluxError.MessageTooLarge, (await Assert.ThrowsAsync<NetfluxException>(async () => await network.BroadcastAsync(new byte[1_000_001]))).Error);
        var waiting = network.BroadcastAsync(new byte[1]);
        subscriber.Tell(new NetworkLeft(Network.Id));
        Assert.Equal(NetfluxError.NotAMember, (await Assert.ThrowsAsync<NetfluxException>(async () => await waiting)).Error);
        Assert.Equal(NetfluxError.NotAMember, (await Assert.ThrowsAsync<NetfluxException>(async () => await network.BroadcastAsync(new byte[1]))).Error);
    }

    [Fact]
    public async Task A_confirmed_send_completes_on_delivery_and_fails_where_the_message_may_be_lost()
    {
        var bob = Peer(1, "bob");
        var (network, _) = await OpenAsync(bob);
        var delivered = network.SendConfirmedAsync(bob.Id, new byte[1]);
        Assert.True((await NetworkRef.ExpectMsgAsync<SendMessage>()).Confirm);
        NetworkRef.Reply(new MessageSent(new(5)));
        Assert.False(delivered.IsCompleted);
        NetworkRef.Reply(new MessageDelivered(new(5)));
        await delivered;
        var lost = network.SendConfirmedAsync(bob.Id, new byte[1]);
        await NetworkRef.ExpectMsgAsync<SendMessage>();
        NetworkRef.Reply(new MessageSent(new(7)));
        NetworkRef.Reply(new MessagesUndelivered(bob.Id, Network.Id, new(6), new(8)));
        Assert.Equal(NetfluxError.PeerUnreachable, (await Assert.ThrowsAsync<NetfluxException>(() => lost)).Error);
    }

    [Fact]
    public async Task Disposing_leaves_once_and_ends_the_events()
    {
        var (network, subscriber) = await OpenAsync();
        var disposing = network.DisposeAsync();
        Assert.Equal(Network.Id, (await Facade.ExpectMsgAsync<LeaveNetwork>()).Network);
        Facade.Reply(new NetworkLeft(Network.Id));
        await disposing;
        await network.DisposeAsync();
        Facade.ExpectNoMsg(TimeSpan.Zero);
        var heard = new List<INetfluxMessage>();
        await foreach (var happening in network.Events()) heard.Add(happening);
        Assert.Equal([new NetworkLeft(Network.Id)], heard);
        Watch(subscriber);
        await ExpectTerminatedAsync(subscriber);
    }

    [Fact]
    public async Task Where_the_network_dies_the_events_say_so()
    {
        var (network, _) = await OpenAsync();
        Sys.Stop(NetworkRef);
        var heard = new List<INetfluxMessage>();
        await foreach (var happening in network.Events()) heard.Add(happening);
        Assert.Equal([new NetworkLeft(Network.Id, NetfluxError.Faulted)], heard);
    }

    [Fact]
    public async Task Streams_carry_events_and_broadcasts()
    {
        var (network, subscriber) = await OpenAsync();
        subscriber.Tell(new SendWindowOpened(Network.Id, 1_000_000, 0));
        using var materializer = Sys.Materializer();
        subscriber.Tell(Message(Peer(1, "bob"), "one", 1));
        subscriber.Tell(new NetworkLeft(Network.Id));
        var heard = await network.EventSource().RunWith(Sink.Seq<INetfluxMessage>(), materializer);
        Assert.Equal(2, heard.Count);
        await NetworkRef.ExpectMsgAsync<MessagesConsumed>();
    }

    [Fact]
    public async Task A_sink_broadcasts_in_order()
    {
        var (network, subscriber) = await OpenAsync();
        subscriber.Tell(new SendWindowOpened(Network.Id, 1_000_000, 0));
        using var materializer = Sys.Materializer();
        await Source.From(Enumerable.Range(0, 20)).Select(n => (ReadOnlyMemory<byte>)new byte[n]).RunWith(network.BroadcastSink(), materializer);
        for (var n = 0; n < 20; n++) Assert.Equal(n, (await NetworkRef.ExpectMsgAsync<BroadcastMessage>()).Payload.Length);
    }

    [Fact]
    public async Task Typed_payloads_are_read_back_and_nonsense_is_not()
    {
        var (network, subscriber) = await OpenAsync();
        subscriber.Tell(new SendWindowOpened(Network.Id, 1_000_000, 0));
        await network.BroadcastAsync(new Line("hello"), ClientTestJson.Default.Line);
        var payload = (await NetworkRef.ExpectMsgAsync<BroadcastMessage>()).Payload;
        Assert.Equal("""{"Text":"hello"}""", Encoding.UTF8.GetString(payload.Span));
        var message = new MessageReceived(Network, Peer(1, "bob"), payload, Delivery.Broadcast, 1);
        Assert.True(message.TryRead(ClientTestJson.Default.Line, out var line));
        Assert.Equal("hello", line.Text);
        Assert.False((message with { Payload = payload[..5] }).TryRead(ClientTestJson.Default.Line, out _));
        Assert.False((message with { Payload = "null"u8.ToArray() }).TryRead(ClientTestJson.Default.Line, out _));
    }
}

public sealed record Line(string Text);

[System.Text.Json.Serialization.JsonSerializable(typeof(Line))]
internal sealed partial class ClientTestJson : System.Text.Json.Serialization.JsonSerializerContext;
