using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>When T3-rtx runs, and what is measured (RFC 9260 §6.3). The round trip is 20 ms.</summary>
public sealed class RetransmissionTimerTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(5);

    private static SctpWorld Open()
    {
        var world = new SctpWorld(1);
        world.Connect();
        // Two packets are acknowledged at once, so the round trip is the path's alone.
        for (var i = 0; i < 50; i++)
        {
            world.A.Send(0, new byte[2_000]);
            world.RunFor(TimeSpan.FromMilliseconds(100));
        }
        world.Record = [];
        return world;
    }

    private static int DataFrom(SctpWorld world, SctpPeer peer) => world.Record!.Count(sent => sent.From == peer && SctpPackets.TsnsOf(sent.Bytes).Count > 0);

    [Fact]
    public void What_was_sent_twice_measures_nothing()
    {
        // C5, Karn's rule: nobody knows which of the two was answered.
        var world = Open();
        var known = world.A.Association.Statistics.RoundTrip;
        world.Path.Down = true;
        world.A.Send(0, new byte[2_000]);
        world.RunFor(TimeSpan.FromMilliseconds(150));
        world.Path.Down = false;
        world.RunUntil(() => world.A.Association.Statistics.BytesInFlight == 0, s_soon);
        Assert.True(world.A.Association.Statistics.ChunksRetransmitted >= 2);
        Assert.Equal(known, world.A.Association.Statistics.RoundTrip);
    }

    [Fact]
    public void It_stands_still_while_nothing_is_outstanding()
    {
        // R2; heartbeats are all that an idle association sends.
        var world = Open();
        Assert.Equal(0, world.A.Association.Statistics.BytesInFlight);
        world.RunFor(TimeSpan.FromMinutes(5));
        Assert.Equal(0, DataFrom(world, world.A));
        Assert.Equal((0, 0), (world.A.Association.Statistics.RetransmissionTimeouts, world.A.Association.Statistics.TailLossProbes));
    }

    [Fact]
    public void It_begins_anew_with_each_acknowledgement_that_moves_on()
    {
        // R3: data that goes on being acknowledged runs into no timeout, though it takes several of RTO.Min in all.
        var world = Open();
        for (var i = 0; i < 100; i++)
        {
            world.A.Send(0, new byte[2_000]);
            world.RunFor(TimeSpan.FromMilliseconds(15));
            Assert.NotEqual(0, world.A.Association.Statistics.BytesInFlight);
        }
        Assert.Equal((0, 0), (world.A.Association.Statistics.RetransmissionTimeouts, world.A.Association.Statistics.ChunksRetransmitted));
    }

    [Fact]
    public void When_it_runs_out_one_packet_goes_and_the_next_wait_is_twice_as_long()
    {
        // E1 to E3, behind the probe of RFC 8985.
        var world = Open();
        world.Path.Down = true;
        for (var i = 0; i < 5; i++) world.A.Send(0, new byte[2_000]);
        var times = new List<TimeSpan>();
        for (var timeouts = 1; timeouts <= 3; timeouts++)
        {
            world.RunUntil(() => world.A.Association.Statistics.RetransmissionTimeouts == timeouts, s_soon);
            times.Add(TimeSpan.FromTicks(world.Now.Ticks));
            world.Record!.Clear();
            world.RunFor(TimeSpan.FromMilliseconds(1));
            Assert.InRange(world.A.Association.Statistics.BytesInFlight, 1, SctpOptions.Default.PacketBytesMax - PacketHeader.Length);
        }
        Assert.Equal(2 * SctpOptions.Default.RtoMin, times[1] - times[0]);
        Assert.Equal(4 * SctpOptions.Default.RtoMin, times[2] - times[1]);
    }
}
