using System.Text;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Interop;

/// <summary>What is sent arrives as it was sent, in both directions.</summary>
[Collection(InteropTests.Name), Trait("Category", "Rim")]
public sealed class MessageTests(ForeignPrograms programs)
{
    /// <summary>What we announce ourselves, so what can come back from those who announce more, as Firefox does with 1 GiB.</summary>
    private const int AnnouncedBytesMax = 256 * 1024;

    /// <summary>Around one packet, around several, and around 64 KiB.</summary>
    private static readonly int[] s_sizes = [1, 2, 100, 1150, 1200, 1250, 4096, 16_384, 65_535];

    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("werift"), Against("chromium"), Against("firefox")]
    public async Task Messages_come_back_as_they_were(string stack, bool weOffer)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id);
        var channel = await own.ConnectAsync(weOffer);
        await program.AskAsync(new { t = "mode", id, mode = "echo" }, "mode", id);

        foreach (var size in s_sizes.Append(Largest(own, stack)))
        {
            foreach (var isText in new[] { false, true })
            {
                var message = Message(size, isText);
                await own.SendAsync(channel, message, isText);
                var back = await own.ReceiveAsync(channel);
                Assert.Equal(isText, back.IsText);
                Assert.Equal(message, back.Bytes);
            }
        }
    }

    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("werift"), Against("chromium"), Against("firefox")]
    public async Task What_they_send_goes_back_as_it_was(string stack, bool weOffer)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id) { Echoes = true };
        await own.ConnectAsync(weOffer);
        foreach (var size in s_sizes)
        {
            // The program compares.
            await program.AskAsync(new { t = "ping", id, n = 5, size }, "ping", id);
            await program.AskAsync(new { t = "ping", id, n = 5, size, text = true }, "ping", id);
        }
    }

    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("werift"), Against("chromium"), Against("firefox")]
    public async Task A_flood_of_ours_arrives_whole(string stack, bool weOffer)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id);
        var channel = await own.ConnectAsync(weOffer);
        const int Messages = 500;
        var sent = 0L;
        for (var i = 0; i < Messages; i++)
        {
            var message = Message(1 + (i * 7919 % 65_535), isText: false);
            await own.SendAsync(channel, message);
            sent += message.Length;
        }
        Assert.Equal((sent, Messages), await CountedAsync(program, id, Messages));
    }

    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("chromium"), Against("firefox")]
    public async Task A_message_larger_than_they_take_is_not_sent(string stack, bool weOffer)
    {
        using var own = new OwnPeer(await programs.GetAsync(stack), programs.NewId());
        var channel = await own.ConnectAsync(weOffer);
        if (own.Connection.MessageBytesMax <= AnnouncedBytesMax) Assert.Equal(SendOutcome.TooLarge, channel.Send(new byte[own.Connection.MessageBytesMax + 1]));
        Assert.Equal(SendOutcome.Accepted, channel.Send(new byte[1]));
    }

    /// <summary>What the other side announces. pion announces nothing, which means 65,536 (RFC 8841 §6.1), and reads one less.</summary>
    private static int Largest(OwnPeer own, string stack) => stack == "pion" ? 65_535 : Math.Min(own.Connection.MessageBytesMax, AnnouncedBytesMax);

    private static byte[] Message(int size, bool isText)
    {
        if (isText) return Encoding.UTF8.GetBytes(string.Create(size, size, (span, seed) => { for (var i = 0; i < span.Length; i++) span[i] = (char)('!' + ((i + seed) % 90)); }));
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    private static async Task<(long Bytes, long Messages)> CountedAsync(TestTools.Peers.PeerProgram program, string id, int messages)
    {
        while (true)
        {
            var counted = await program.AskAsync(new { t = "stat", id }, "stat", id);
            if (counted.Number("msgs") >= messages) return ((long)counted.Number("bytes"), (long)counted.Number("msgs"));
            await Task.Delay(50);
        }
    }
}
