using System.Security.Cryptography;
using System.Text;
using Netflux.Links;
using Netflux.Transport.WebRtc.PeerConnections;
using Netflux.Transport.WebSockets;

namespace Netflux.Transport.DataChannels;

/// <summary>At the rim: real sockets on loopback.</summary>
[Trait("Category", "Rim")]
public sealed class DataChannelRawLinkTests
{
    [Fact]
    public async Task Messages_of_all_sizes_arrive_in_order_both_ways()
    {
        await using var rig = new DataChannelRig();
        var (offered, left, answered, right) = await rig.OwnedPairAsync();
        Assert.Equal((LinkKind.DataChannel, null, "127.0.0.1", 16 << 10), (offered.Kind, offered.Authority, offered.RemoteAddress, offered.MessageBytesMax));
        Assert.Equal((LinkKind.DataChannel, null, "127.0.0.1", 16 << 10), (answered.Kind, answered.Authority, answered.RemoteAddress, answered.MessageBytesMax));
        int[] sizes = [0, 1, 1_199, 1_200, 1_201, 4_096, offered.MessageBytesMax - 1, offered.MessageBytesMax];
        var messages = Enumerable.Range(0, 200).Select(i => RandomNumberGenerator.GetBytes(sizes[i % sizes.Length])).ToList();
        foreach (var group in messages.Chunk(13))
        {
            foreach (var message in group)
            {
                LinkRig.Send(offered, message);
                LinkRig.Send(answered, message);
            }
            foreach (var message in group)
            {
                Assert.Equal(message, await left.ReceiveAsync(offered));
                Assert.Equal(message, await right.ReceiveAsync(answered));
            }
        }
    }

    [Fact]
    public async Task Both_ends_are_bound_to_the_same_certificates_and_no_other_two_are()
    {
        await using var rig = new DataChannelRig();
        await using var others = new DataChannelRig();
        var ((one, other), (third, _)) = (await rig.PairAsync(), await others.PairAsync());
        Assert.Equal(64, one.Binding!.Value.Length);
        Assert.Equal(one.Binding.Value.ToArray(), other.Binding!.Value.ToArray());
        Assert.NotEqual(one.Binding.Value.ToArray(), third.Binding!.Value.ToArray());
    }

    [Fact]
    public async Task What_came_before_there_is_an_owner_is_kept_for_it()
    {
        await using var rig = new DataChannelRig();
        var (offered, answered) = await rig.PairAsync();
        var (left, right) = (rig.NewInbox(), rig.NewInbox());
        offered.Start(left.Ref, 16);
        for (var i = 0; i < 10; i++) LinkRig.Send(offered, [(byte)i]);
        await left.ExpectAsync<RawLinkWritten>();
        answered.Start(right.Ref, 16);
        for (var i = 0; i < 10; i++) Assert.Equal([(byte)i], await right.ReceiveAsync());
    }

    [Fact]
    public async Task An_owner_hears_no_more_than_it_asked_for_and_holds_the_sender()
    {
        const int readAhead = 4, bytes = 16 << 10;
        await using var rig = new DataChannelRig();
        var (offered, answered) = await rig.PairAsync();
        var (sent, received) = (rig.NewInbox(), rig.NewInbox());
        offered.Start(sent.Ref, readAhead);
        answered.Start(received.Ref, readAhead);
        var message = new byte[bytes];
        int next = 0, unwritten = 0;
        // The quiet that shows the stall is the only wait on time here: longer quiet makes the test slower, a shorter one only weaker.
        while (next < 4096)
        {
            for (; unwritten < 16 * bytes && next < 4096; unwritten += bytes)
            {
                BitConverter.TryWriteBytes(message, next++);
                LinkRig.Send(offered, message);
            }
            if (await sent.NextOrQuietAsync(TimeSpan.FromMilliseconds(500)) is not { } report) break;
            unwritten -= Assert.IsType<RawLinkWritten>(report).Bytes;
        }
        Assert.True(next < 4096, "64 MiB left although nobody read");
        for (var i = 0; i < next; i++)
        {
            Assert.Equal(i, BitConverter.ToInt32(await received.ReceiveAsync()));
            if (i < readAhead) Assert.True(i < readAhead - 1 || received.IsEmpty, "more was told than the read-ahead allows");
            if (i >= readAhead - 1) answered.ReadMore(1);
        }
        while (unwritten > 0) unwritten -= (await sent.ExpectAsync<RawLinkWritten>()).Bytes;
        Assert.Equal(0, unwritten);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_close_code_with_its_text_reaches_the_other_side_after_what_was_sent(bool offererCloses)
    {
        await using var rig = new DataChannelRig();
        var (offered, left, answered, right) = await rig.OwnedPairAsync();
        var (closer, closerInbox, other, otherInbox) = offererCloses ? (offered, left, answered, right) : (answered, right, offered, left);
        for (var i = 0; i < 10; i++) LinkRig.Send(closer, [(byte)i]);
        closer.Close(CloseCode.ProofReplayed, "The nonce was used before.");
        closer.Close(CloseCode.Done, "A second close changes nothing.");
        LinkRig.Send(closer, [99]); // After a close it does nothing.
        for (var i = 0; i < 10; i++) Assert.Equal([(byte)i], await otherInbox.ReceiveAsync(other));
        Assert.Equal(new RawLinkClosed(CloseCode.ProofReplayed, "The nonce was used before."), await otherInbox.ClosedAsync());
        Assert.Equal(new RawLinkClosed(CloseCode.ProofReplayed, "The nonce was used before."), await closerInbox.ClosedAsync());
        Assert.True(closerInbox.IsEmpty && otherInbox.IsEmpty);
    }

    // More than the association takes at once waits in the link, and the last word behind it.
    [Fact]
    public async Task A_close_behind_more_than_the_connection_takes_at_once_loses_nothing()
    {
        await using var rig = new DataChannelRig(new() { CloseLimit = LinkRig.Patience });
        var (offered, left, answered, right) = await rig.OwnedPairAsync();
        var message = new byte[16 << 10];
        for (var i = 0; i < 2_000; i++)
        {
            BitConverter.TryWriteBytes(message, i);
            LinkRig.Send(offered, message);
        }
        offered.Close(CloseCode.Done, "That was all.");
        for (var i = 0; i < 2_000; i++) Assert.Equal(i, BitConverter.ToInt32(await right.ReceiveAsync(answered)));
        Assert.Equal(new RawLinkClosed(CloseCode.Done, "That was all."), await right.ClosedAsync());
        Assert.Equal(new RawLinkClosed(CloseCode.Done, "That was all."), await left.ClosedAsync());
    }

    [Fact]
    public async Task The_end_is_told_once_all_before_it_was_read()
    {
        await using var rig = new DataChannelRig();
        var (offered, left, answered, right) = await rig.OwnedPairAsync(readAhead: 1);
        for (var i = 0; i < 3; i++) LinkRig.Send(offered, [(byte)i]);
        offered.Close(CloseCode.Done, "");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal([(byte)i], await right.ReceiveAsync());
            if (i < 2) Assert.Null(await right.NextOrQuietAsync(TimeSpan.FromMilliseconds(20)));
            answered.ReadMore(1);
        }
        Assert.Equal(new RawLinkClosed(CloseCode.Done, ""), await right.ClosedAsync());
        Assert.Equal(CloseCode.Done, (await left.ClosedAsync()).Code);
    }

    [Fact]
    public async Task Who_both_close_at_once_each_hear_one_word()
    {
        await using var rig = new DataChannelRig();
        var (offered, left, answered, right) = await rig.OwnedPairAsync();
        offered.Close(CloseCode.Disconnected, "left");
        answered.Close(CloseCode.Stopping, "right");
        Assert.Equal(new RawLinkClosed(CloseCode.Disconnected, "left"), await left.ClosedAsync());
        Assert.Contains(await right.ClosedAsync(), new[] { new RawLinkClosed(CloseCode.Stopping, "right"), new(CloseCode.Disconnected, "left") }); // whichever word was there first
        offered.Close(CloseCode.Done, "again", abrupt: true);
        Assert.True(left.IsEmpty && right.IsEmpty);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task An_abrupt_close_is_lost_to_the_other_side(bool offererCloses)
    {
        await using var rig = new DataChannelRig();
        var (offered, left, answered, right) = await rig.OwnedPairAsync();
        (offererCloses ? offered : answered).Close(CloseCode.Replaced, "Cut.", abrupt: true);
        Assert.Equal(new RawLinkClosed(CloseCode.Replaced, "Cut."), await (offererCloses ? left : right).ClosedAsync());
        Assert.Equal(CloseCode.Lost, (await (offererCloses ? right : left).ClosedAsync()).Code);
    }

    [Fact]
    public async Task Close_before_start_closes_and_the_later_owner_hears_it()
    {
        await using var rig = new DataChannelRig();
        var (offered, answered) = await rig.PairAsync();
        var (left, right) = (rig.NewInbox(), rig.NewInbox());
        offered.Start(left.Ref, 1);
        answered.Close(CloseCode.TooManyUnproven, "Too many.");
        Assert.Equal(new RawLinkClosed(CloseCode.TooManyUnproven, "Too many."), await left.ClosedAsync());
        answered.Start(right.Ref, 1);
        Assert.Equal(new RawLinkClosed(CloseCode.TooManyUnproven, "Too many."), await right.ClosedAsync());
    }

    [Fact]
    public async Task A_polite_close_does_not_wait_for_a_peer_that_reads_nothing()
    {
        await using var rig = new DataChannelRig(new() { CloseLimit = TimeSpan.FromMilliseconds(200) });
        var (link, inbox, bare) = await rig.BarePairAsync();
        using var _ = bare;
        bare.Connection.PauseReceiving();
        for (var i = 0; i < 2_000; i++) LinkRig.Send(link, new byte[16 << 10]);
        link.Close(CloseCode.Done, "enough");
        Assert.Equal(new RawLinkClosed(CloseCode.Done, "enough"), await inbox.ClosedAsync());
    }

    [Fact]
    public async Task The_last_word_is_text()
    {
        await using var rig = new DataChannelRig();
        var (link, inbox, bare) = await rig.BarePairAsync();
        using var _ = bare;
        LinkRig.Send(link, [1, 2, 3]);
        link.Close(CloseCode.WrongPeer, "not you");
        Assert.Equal([1, 2, 3], (await bare.HearAsync()).Bytes);
        var (last, isText) = await bare.HearAsync();
        Assert.Equal(("4017 not you", true), (Encoding.UTF8.GetString(last), isText));
        await bare.Closed.WaitAsync(LinkRig.Patience);
        Assert.Equal(CloseCode.WrongPeer, (await inbox.ClosedAsync()).Code);
    }

    [Fact]
    public async Task Text_that_closes_nothing_breaks_the_protocol()
    {
        await using var rig = new DataChannelRig();
        var (_, inbox, bare) = await rig.BarePairAsync();
        using var __ = bare;
        Assert.Equal(SendOutcome.Accepted, bare.Channel.Send("hello"u8, isText: true));
        Assert.Equal(CloseCode.ProtocolViolated, (await inbox.ClosedAsync()).Code);
        await bare.Closed.WaitAsync(LinkRig.Patience);
    }

    [Fact]
    public async Task A_message_above_the_limit_closes_the_link_as_too_large()
    {
        await using var rig = new DataChannelRig();
        var (link, inbox, bare) = await rig.BarePairAsync();
        using var _ = bare;
        Assert.Equal(SendOutcome.Accepted, bare.Channel.Send(new byte[link.MessageBytesMax]));
        Assert.Equal(link.MessageBytesMax, (await inbox.ReceiveAsync(link)).Length);
        Assert.Equal(SendOutcome.Accepted, bare.Channel.Send(new byte[link.MessageBytesMax + 1]));
        Assert.Equal(CloseCode.TooLarge, (await inbox.ClosedAsync()).Code);
    }

    [Fact]
    public async Task A_channel_that_closes_without_a_word_is_a_loss()
    {
        await using var rig = new DataChannelRig();
        var (_, inbox, bare) = await rig.BarePairAsync();
        using var __ = bare;
        bare.Channel.Close();
        Assert.Equal(new RawLinkClosed(CloseCode.Lost, "the data channel was closed without a word"), await inbox.ClosedAsync());
    }

    [Fact]
    public async Task A_connection_that_ends_is_a_loss_after_what_it_has_brought()
    {
        await using var rig = new DataChannelRig();
        var (link, inbox, bare) = await rig.BarePairAsync(readAhead: 1);
        using var _ = bare;
        for (var i = 0; i < 3; i++) bare.Channel.Send([(byte)i]);
        bare.Channel.Close();
        for (var i = 0; i < 3; i++) Assert.Equal([(byte)i], await inbox.ReceiveAsync(link));
        Assert.Equal(CloseCode.Lost, (await inbox.ClosedAsync()).Code);
    }

    [Fact]
    public async Task More_than_the_limit_is_a_bug_of_the_caller()
    {
        await using var rig = new DataChannelRig();
        var (offered, _, _, _) = await rig.OwnedPairAsync();
        Assert.Throws<ArgumentOutOfRangeException>(() => LinkRig.Send(offered, new byte[offered.MessageBytesMax + 1]));
    }
}
