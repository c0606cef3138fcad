using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>At the rim: real sockets on loopback.</summary>
[Trait("Rim", "sockets")]
public sealed class WebSocketRawLinkTests
{
    public static TheoryData<string> Loopbacks => ["127.0.0.1", "::1"];

    [Theory, MemberData(nameof(Loopbacks))]
    public async Task Messages_of_all_sizes_arrive_in_order_both_ways(string address)
    {
        await using var rig = new LinkRig(IPAddress.Parse(address));
        var (dialled, left, accepted, right) = await rig.OwnedPairAsync();
        Assert.Equal(Authorities.Of(await rig.AddressAsync()), dialled.Authority);
        Assert.Equal(dialled.Authority, accepted.Authority);
        Assert.Equal(address, dialled.RemoteAddress);
        Assert.Equal(address, accepted.RemoteAddress);
        int[] sizes = [0, 1, 125, 126, 127, 4095, 4096, 4097, 65535, 65536, 65537, dialled.MessageBytesMax - 1, dialled.MessageBytesMax];
        var messages = Enumerable.Range(0, 200).Select(i => RandomNumberGenerator.GetBytes(sizes[i % sizes.Length])).ToList();
        var sending = Task.Run(async () =>
        {
            // Within the queue's limit: in groups, each awaited.
            foreach (var group in messages.Chunk(13))
            {
                foreach (var message in group)
                {
                    LinkRig.Send(dialled, message);
                    LinkRig.Send(accepted, message);
                }
                foreach (var message in group)
                {
                    Assert.Equal(message, await left.ReceiveAsync(dialled));
                    Assert.Equal(message, await right.ReceiveAsync(accepted));
                }
            }
        });
        await sending;
    }

    [Fact]
    public async Task A_message_in_many_frames_is_put_together_up_to_the_limit()
    {
        await using var rig = new LinkRig();
        var (client, link, inbox) = await BareClientAsync(rig);
        using var _ = client;
        var whole = RandomNumberGenerator.GetBytes(link.MessageBytesMax);
        for (var at = 0; at < whole.Length; at += 1000)
            await client.SendAsync(whole.AsMemory(at, Math.Min(1000, whole.Length - at)), WebSocketMessageType.Binary, false, default);
        await client.SendAsync(ReadOnlyMemory<byte>.Empty, WebSocketMessageType.Binary, true, default);
        Assert.Equal(whole, await inbox.ReceiveAsync());
    }

    [Fact]
    public async Task A_message_above_the_limit_closes_the_link_as_too_large()
    {
        await using var rig = new LinkRig();
        var (client, link, inbox) = await BareClientAsync(rig);
        using var _ = client;
        await client.SendAsync(new byte[link.MessageBytesMax + 1], WebSocketMessageType.Binary, true, default);
        Assert.Equal((int)CloseCode.TooLarge, (int)await StatusAsync(client));
        Assert.Equal(CloseCode.TooLarge, (await inbox.ClosedAsync()).Code);
    }

    [Fact]
    public async Task Frames_without_end_close_the_link_as_too_large()
    {
        await using var rig = new LinkRig();
        var (client, link, inbox) = await BareClientAsync(rig);
        using var _ = client;
        for (var sent = 0; sent <= link.MessageBytesMax; sent += 65536) await client.SendAsync(new byte[65536], WebSocketMessageType.Binary, false, default);
        Assert.Equal((int)CloseCode.TooLarge, (int)await StatusAsync(client));
        Assert.Equal(CloseCode.TooLarge, (await inbox.ClosedAsync()).Code);
    }

    [Fact]
    public async Task Text_closes_the_link()
    {
        await using var rig = new LinkRig();
        var (client, _, inbox) = await BareClientAsync(rig);
        using var __ = client;
        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, default);
        Assert.Equal((int)CloseCode.ProtocolViolated, (int)await StatusAsync(client));
        Assert.Contains("binary", client.CloseStatusDescription, StringComparison.Ordinal);
        Assert.Equal(CloseCode.ProtocolViolated, (await inbox.ClosedAsync()).Code);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_close_code_with_its_text_reaches_the_other_side_after_what_was_sent(bool dialledCloses)
    {
        await using var rig = new LinkRig();
        var (dialled, left, accepted, right) = await rig.OwnedPairAsync();
        var (closer, closerInbox, other, otherInbox) = dialledCloses ? (dialled, left, (IRawLink)accepted, right) : (accepted, right, dialled, left);
        for (var i = 0; i < 10; i++) LinkRig.Send(closer, [(byte)i]);
        closer.Close(CloseCode.ProofReplayed, "The nonce was used before.");
        closer.Close(CloseCode.Done, "A second close changes nothing.");
        for (var i = 0; i < 10; i++) Assert.Equal([(byte)i], await otherInbox.ReceiveAsync(other));
        Assert.Equal(new RawLinkClosed(CloseCode.ProofReplayed, "The nonce was used before."), await otherInbox.ClosedAsync());
        Assert.Equal(new RawLinkClosed(CloseCode.ProofReplayed, "The nonce was used before."), await closerInbox.ClosedAsync());
        await accepted.Completion.WaitAsync(LinkRig.Patience);
        LinkRig.Send(closer, [1]); // After a close it does nothing.
        Assert.True(closerInbox.IsEmpty && otherInbox.IsEmpty);
    }

    [Fact]
    public async Task A_long_text_is_cut_at_a_character()
    {
        await using var rig = new LinkRig();
        var (dialled, left, _, right) = await rig.OwnedPairAsync();
        var text = string.Concat(Enumerable.Repeat("é😀", 60));
        dialled.Close(CloseCode.Done, text);
        var heard = await right.ClosedAsync();
        Assert.Equal(CloseCode.Done, heard.Code);
        Assert.Equal(122, Encoding.UTF8.GetByteCount(heard.Text)); // 20 pairs of 6 bytes, and é; the next 😀 would make 126.
        Assert.StartsWith(heard.Text, text, StringComparison.Ordinal);
        Assert.Equal(text, (await left.ClosedAsync()).Text);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task An_abrupt_close_is_lost_to_the_other_side(bool dialledCloses)
    {
        await using var rig = new LinkRig();
        var (dialled, left, accepted, right) = await rig.OwnedPairAsync();
        (dialledCloses ? dialled : accepted).Close(CloseCode.Replaced, "Cut.", abrupt: true);
        Assert.Equal(new RawLinkClosed(CloseCode.Replaced, "Cut."), await (dialledCloses ? left : right).ClosedAsync());
        Assert.Equal(CloseCode.Lost, (await (dialledCloses ? right : left).ClosedAsync()).Code);
    }

    [Fact]
    public async Task A_status_that_is_none_of_ours_is_a_loss()
    {
        await using var rig = new LinkRig();
        var (client, _, inbox) = await BareClientAsync(rig);
        using var __ = client;
        await client.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "bye", default);
        var closed = await inbox.ClosedAsync();
        Assert.Equal(CloseCode.Lost, closed.Code);
        Assert.Equal("The other side closed the WebSocket with status 1001: bye", closed.Text);
    }

    [Fact]
    public async Task Close_before_start_closes_and_the_later_owner_hears_it()
    {
        await using var rig = new LinkRig();
        var (dialled, accepted) = await rig.PairAsync();
        var (left, right) = (rig.NewInbox(), rig.NewInbox());
        dialled.Start(left.Ref, 1);
        accepted.Close(CloseCode.TooManyUnproven, "Too many.");
        await accepted.Completion.WaitAsync(LinkRig.Patience);
        accepted.Start(right.Ref, 1);
        Assert.Equal(new RawLinkClosed(CloseCode.TooManyUnproven, "Too many."), await right.ClosedAsync());
        Assert.Equal(new RawLinkClosed(CloseCode.TooManyUnproven, "Too many."), await left.ClosedAsync());
    }

    [Fact]
    public async Task A_graceful_close_does_not_wait_for_a_peer_that_does_not_answer()
    {
        await using var rig = new LinkRig();
        var (client, link, inbox) = await BareClientAsync(rig);
        using var _ = client; // Reads nothing, so never answers the Close frame.
        link.Close(CloseCode.Done, "");
        Assert.Equal(CloseCode.Done, (await inbox.ClosedAsync()).Code);
        await link.Completion.WaitAsync(LinkRig.Patience);
    }

    private static async Task<(ClientWebSocket Client, WebSocketRawLink Link, Inbox Inbox)> BareClientAsync(LinkRig rig)
    {
        var client = new ClientWebSocket();
        await client.ConnectAsync(await rig.AddressAsync(), default).WaitAsync(LinkRig.Patience);
        var link = await rig.AcceptAsync();
        var inbox = rig.NewInbox();
        link.Start(inbox.Ref, 16);
        return (client, link, inbox);
    }

    private static async Task<WebSocketCloseStatus> StatusAsync(ClientWebSocket client)
    {
        var buffer = new byte[1024];
        while ((await client.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(LinkRig.Patience)).MessageType != WebSocketMessageType.Close) { }
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        return client.CloseStatus!.Value;
    }
}
