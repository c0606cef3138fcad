using Microsoft.Extensions.Logging.Abstractions;
using System.Net;
using System.Net.Sockets;
using Netflux.Links;
using Netflux.Transport.WebSockets;

namespace Netflux.Transport.DataChannels;

/// <summary>How a data channel opens, or does not: the last word is told once, with a sentence.</summary>
[Trait("Category", "Rim")]
public sealed class DataChannelConnectorTests
{
    [Fact]
    public async Task An_offer_that_cannot_be_read_opens_nothing()
    {
        await using var rig = new DataChannelRig();
        var (id, asker) = (rig.NewId(), rig.NewInbox());
        rig.Answerer.Answer(id, "v=0\r\n", asker.Ref);
        var failed = await asker.ExpectAsync<DataChannelNotOpened>();
        Assert.Equal(id, failed.Connection);
        Assert.StartsWith("The offer does not fit: ", failed.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_opens_nothing()
    {
        await using var rig = new DataChannelRig();
        var asker = rig.NewInbox();
        var offering = rig.Offerer.Offer(rig.NewId(), asker.Ref);
        await asker.ExpectAsync<DataChannelDescribed>();
        offering.TakeAnswer("v=0\r\n");
        Assert.StartsWith("The answer does not fit: ", (await LastWordAsync(asker)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_gives_an_offer_up_hears_no_more_of_it_and_may_still_ask_what_was_tried()
    {
        await using var rig = new DataChannelRig();
        var (given, other) = (rig.NewInbox(), rig.NewInbox());
        var offering = rig.Offerer.Offer(rig.NewId(), given.Ref);
        await given.ExpectAsync<DataChannelDescribed>();
        offering.Abandon();
        // What comes later, comes after all that is said of it.
        offering.TakeAnswer("v=0\r\n");
        rig.Answerer.Answer(rig.NewId(), "v=0\r\n", other.Ref);
        await other.ExpectAsync<DataChannelNotOpened>();
        while (!given.IsEmpty) Assert.IsNotType<DataChannelNotOpened>(await given.NextAsync());
        Assert.All(offering.Report().Local, candidate => Assert.Equal("host", candidate.Type));
    }

    [Fact]
    public async Task A_link_that_nobody_has_started_ends_with_its_asker()
    {
        await using var rig = new DataChannelRig();
        var (id, left, right) = (rig.NewId(), rig.NewInbox(), rig.NewInbox());
        var offering = rig.Offerer.Offer(id, left.Ref);
        var answering = rig.Answerer.Answer(id, (await left.ExpectAsync<DataChannelDescribed>()).Sdp, right.Ref);
        offering.TakeAnswer((await right.ExpectAsync<DataChannelDescribed>()).Sdp);
        IRawLink? offered = null;
        while (offered is null)
            if (await left.NextAsync() is DataChannelOpened opened) offered = opened.Link;
        while (await right.NextAsync() is not DataChannelOpened) { }
        // The asker stops, as the word that its channel is open lies in its mailbox.
        answering.Abandon();
        offered.Start(left.Ref, 16);
        while (await left.NextAsync() is not RawLinkClosed) { }
        // Once it is started, its owner closes it.
        offering.Abandon();
    }

    [Fact]
    public async Task A_link_has_one_channel_and_others_that_the_peer_opens_are_closed()
    {
        await using var rig = new DataChannelRig();
        var (link, inbox, bare) = await rig.BarePairAsync();
        using var _ = bare;
        Assert.NotNull(bare.Connection.OpenChannel(new() { Label = "another" }));
        await bare.Closed.WaitAsync(LinkRig.Patience);
        LinkRig.Send(link, [7]);
        Assert.Equal([7], (await bare.HearAsync()).Bytes);
    }

    [Fact]
    public async Task The_report_tells_the_pair_by_which_both_sides_are_linked()
    {
        await using var rig = new DataChannelRig();
        var (id, left, right) = (rig.NewId(), rig.NewInbox(), rig.NewInbox());
        var offering = rig.Offerer.Offer(id, left.Ref);
        var answering = rig.Answerer.Answer(id, (await left.ExpectAsync<DataChannelDescribed>()).Sdp, right.Ref);
        offering.TakeAnswer((await right.ExpectAsync<DataChannelDescribed>()).Sdp);
        while (await left.NextAsync() is not DataChannelOpened) { }
        while (await right.NextAsync() is not DataChannelOpened) { }
        var (ours, theirs) = (offering.Report(), answering.Report());
        Assert.Equal(("Connected", "Connected"), (ours.State, theirs.State));
        Assert.Equal((ours.Selected?.Local.Address, ours.Selected?.Remote.Address), (theirs.Selected?.Remote.Address, theirs.Selected?.Local.Address));
        Assert.Contains("Selected: ", ours.Selected?.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_found_out_at_the_start_and_told_to_whoever_asks_later()
    {
        await using var rig = new DataChannelRig();
        using var taken = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
        taken.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        using var connector = new DataChannelConnector(new() { Port = new() { Port = ((IPEndPoint)taken.LocalEndPoint!).Port, Addresses = [IPAddress.Loopback] } }, NullLoggerFactory.Instance);
        Assert.Throws<SocketException>(connector.Bind);
        var asker = rig.NewInbox();
        var offering = connector.Offer(rig.NewId(), asker.Ref);
        Assert.StartsWith("No UDP port could be opened: ", (await LastWordAsync(asker)).Why, StringComparison.Ordinal);
        Assert.Equal("none", offering.Report().State);
    }

    private static async Task<DataChannelNotOpened> LastWordAsync(WebSockets.Inbox asker)
    {
        while (true)
            if (await asker.NextAsync() is DataChannelNotOpened failed) return failed;
    }
}
