using Netflux.TestTools.Peers;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Interop;

/// <summary>Channels of every kind: opened by either side, several at once, closed and opened again.</summary>
[Collection(InteropTests.Name), Trait("Category", "Rim")]
public sealed class ChannelTests(ForeignPrograms programs)
{
    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("werift"), Against("chromium"), Against("firefox")]
    public async Task Our_channels_are_what_we_asked_for(string stack, bool weOffer)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id);
        await own.ConnectAsync(weOffer);
        ChannelOptions[] kinds =
        [
            new() { Label = "reliable", Protocol = "netflux.v1" },
            new() { Label = "unordered", Ordered = false },
            new() { Label = "tried three times", MaxRetransmits = 3 },
            new() { Label = "tried once", Ordered = false, MaxRetransmits = 0 },
            new() { Label = "tried for a while", MaxLifetime = TimeSpan.FromMilliseconds(2000) },
            new() { Label = "", Protocol = "ümlaut" },
        ];
        foreach (var kind in kinds)
        {
            var (channel, told) = await own.OpenAsync(kind);
            Assert.Equal(kind.Protocol, told.Text("protocol"));
            if (told.TruthOrNull("ordered") is { } ordered)
            {
                Assert.Equal(kind.Ordered, ordered);
                Assert.Equal(kind.MaxRetransmits, told.NumberOrNull("maxRetransmits"));
                Assert.Equal(kind.MaxLifetime?.TotalMilliseconds, told.NumberOrNull("maxPacketLifeTime"));
            }
            await program.AskAsync(new { t = "mode", id, label = kind.Label, mode = "echo" }, "mode", id);
            byte[] message = [.. Enumerable.Range(0, 5000).Select(i => (byte)i)];
            await own.SendAsync(channel, message);
            Assert.Equal(message, (await own.ReceiveAsync(channel)).Bytes);
        }
    }

    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("werift"), Against("chromium"), Against("firefox")]
    public async Task Their_channels_are_what_they_asked_for(string stack, bool weOffer)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id) { Echoes = true };
        await own.ConnectAsync(weOffer);
        ChannelOptions[] kinds =
        [
            new() { Label = "reliable", Protocol = "netflux.v1" },
            new() { Label = "unordered", Ordered = false },
            new() { Label = "tried three times", MaxRetransmits = 3 },
            new() { Label = "tried once", Ordered = false, MaxRetransmits = 0 },
            new() { Label = "tried for a while", MaxLifetime = TimeSpan.FromMilliseconds(2000) },
        ];
        // werift's own fault: it announces channels that are both unordered and partially reliable as ordered.
        foreach (var kind in kinds.Where(kind => stack != "werift" || kind.Ordered || kind.MaxRetransmits is null))
        {
            program.Tell(new
            {
                t = "channel", id,
                channel = new { label = kind.Label, protocol = kind.Protocol, ordered = kind.Ordered, maxRetransmits = kind.MaxRetransmits, maxPacketLifeTime = kind.MaxLifetime?.TotalMilliseconds },
            });
            var channel = await own.OpenedAsync();
            Assert.True(channel.IsOpenedByPeer);
            Assert.Equal(kind, channel.Options with { NegotiatedId = null });
            await program.WaitAsync("channel", id, where: opened => opened.Text("label") == kind.Label);
            await program.AskAsync(new { t = "ping", id, label = kind.Label, n = 3, size = 3000 }, "ping", id);
        }
    }

    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("werift"), Against("chromium"), Against("firefox")]
    public async Task A_channel_that_we_close_is_closed_there_and_can_be_opened_again(string stack, bool weOffer)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id);
        await own.ConnectAsync(weOffer);
        for (var round = 0; round < 3; round++)
        {
            var (channel, _) = await own.OpenAsync(new() { Label = "again" });
            await program.AskAsync(new { t = "mode", id, label = "again", mode = "echo" }, "mode", id);
            byte[] message = [(byte)round, 1, 2, 3];
            await own.SendAsync(channel, message);
            Assert.Equal(message, (await own.ReceiveAsync(channel)).Bytes);
            channel.Close();
            await program.WaitAsync("channelclosed", id, OwnPeer.Patience, closed => closed.Text("label") == "again");
            await own.ClosedAsync(channel);
        }
    }

    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("werift"), Against("chromium"), Against("firefox")]
    public async Task A_channel_that_they_close_is_closed_here_and_can_be_opened_again(string stack, bool weOffer)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id) { Echoes = true };
        await own.ConnectAsync(weOffer);
        for (var round = 0; round < 3; round++)
        {
            program.Tell(new { t = "channel", id, channel = new { label = "again" } });
            var channel = await own.OpenedAsync();
            await program.WaitAsync("channel", id, where: opened => opened.Text("label") == "again");
            await program.AskAsync(new { t = "ping", id, label = "again", n = 3, size = 100 }, "ping", id);
            program.Tell(new { t = "closechannel", id, label = "again" });
            await own.ClosedAsync(channel);
            await program.WaitAsync("channelclosed", id, OwnPeer.Patience, closed => closed.Text("label") == "again");
        }
    }

    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("chromium"), Against("firefox")]
    public async Task Many_channels_are_open_at_once(string stack, bool weOffer)
    {
        const int Count = 50;
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id) { Echoes = true };
        await own.ConnectAsync(weOffer);
        var labels = Enumerable.Range(0, Count).Select(i => FormattableString.Invariant($"of many {i}")).ToList();
        foreach (var label in labels.Take(Count / 2)) Assert.NotNull(own.Connection.OpenChannel(new() { Label = label }));
        foreach (var label in labels.Skip(Count / 2)) program.Tell(new { t = "channel", id, channel = new { label } });
        for (var i = 0; i < Count; i++) await own.OpenedAsync();
        foreach (var label in labels)
        {
            await program.WaitAsync("channel", id, where: opened => opened.Text("label") == label);
            await program.AskAsync(new { t = "ping", id, label, n = 1, size = 10 }, "ping", id);
        }
    }
}
