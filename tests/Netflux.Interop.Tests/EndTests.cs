using System.Diagnostics;
using Netflux.TestTools.Peers;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Interop;

/// <summary>How connections end, politely and not.</summary>
[Collection(InteropTests.Name), Trait("Category", "Rim")]
public sealed class EndTests(ForeignPrograms programs)
{
    /// <summary>A peer that has vanished is to be gone within this time (the measure for a tab whose renderer is killed).</summary>
    private static readonly TimeSpan s_goneWithin = TimeSpan.FromSeconds(15);

    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("werift"), Against("chromium"), Against("firefox")]
    public async Task They_learn_that_we_have_closed(string stack, bool weOffer)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id);
        await own.ConnectAsync(weOffer);
        own.Connection.Close();
        await program.WaitAsync("closed", id, OwnPeer.Patience);
        await own.StateAsync(PeerConnectionState.Closed);
    }

    [Theory]
    [Against("libdatachannel"), Against("pion"), Against("werift"), Against("chromium"), Against("firefox")]
    public async Task We_learn_that_they_have_closed(string stack, bool weOffer)
    {
        var program = await programs.GetAsync(stack);
        var id = programs.NewId();
        using var own = new OwnPeer(program, id);
        await own.ConnectAsync(weOffer);
        await program.AskAsync(new { t = "close", id }, "closed", id);
        // Not all of them say so: those are missed when their consent ends.
        await own.StateAsync(PeerConnectionState.Closed, PeerConnectionState.Disconnected, PeerConnectionState.Failed);
    }

    [Theory]
    [Against("libdatachannel", InBothRoles = false), Against("pion", InBothRoles = false), Against("werift", InBothRoles = false)]
    [Against("chromium", InBothRoles = false), Against("firefox", InBothRoles = false)]
    public async Task Who_is_killed_is_missed_in_time(string stack)
    {
        await using var program = await PeerProgram.StartAsync(PeerStack.All.Single(known => known.Name == stack));
        using var own = new OwnPeer(program, "killed");
        await own.ConnectAsync(weOffer: true);
        var watch = Stopwatch.StartNew();
        program.Kill();
        await own.StateAsync(PeerConnectionState.Disconnected, PeerConnectionState.Failed, PeerConnectionState.Closed);
        Assert.True(watch.Elapsed < s_goneWithin, $"It took {watch.Elapsed}.");
    }
}
