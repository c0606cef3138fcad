using Netflux.Core;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>The window after what the network did, against the arithmetic of RFC 9438 (CUBIC) and RFC 9406 (HyStart++). Packets have 1,000 bytes.</summary>
public sealed class CubicCongestionControlTests
{
    private const int Packet = 1_000;

    private readonly CubicCongestionControl _control = new(new(Packet, InitialWindow: 10 * Packet, WindowMin: 4 * Packet));
    private Instant _now = new(TimeSpan.TicksPerHour);

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private AcknowledgedSample Sample(long acknowledged, double? roundTrip = null, double least = 20, double smoothed = 20, long lost = 0, bool ends = false, bool recovers = false, bool limited = true) =>
        new(_now, acknowledged, _control.Window, roundTrip is { } measured ? Ms(measured) : null, Ms(least), Ms(smoothed), lost, ends, recovers, limited);

    private void Acknowledge(long bytes) => _control.HandleAcknowledged(Sample(bytes));

    /// <summary>A loss while packets queue on the way.</summary>
    private void Lose() => _control.HandleLossEpisode(Sample(0, roundTrip: 50));

    /// <summary>So many round trips, in each of which the whole window is acknowledged.</summary>
    private void RunRounds(int count, double roundTrip)
    {
        for (var i = 0; i < count; i++)
        {
            _now += Ms(roundTrip);
            _control.HandleAcknowledged(Sample(_control.Window, smoothed: roundTrip));
        }
    }

    // ---- Slow start ----

    [Fact]
    public void It_begins_with_the_initial_window_and_grows_by_what_is_acknowledged()
    {
        Assert.Equal(10_000, _control.Window);
        Acknowledge(3_000);
        Assert.Equal(13_000, _control.Window);
    }

    [Fact]
    public void A_window_that_is_not_used_does_not_grow()
    {
        _control.HandleAcknowledged(Sample(3_000, limited: false));
        Assert.Equal(10_000, _control.Window);
    }

    [Fact]
    public void A_round_trip_that_rises_slows_the_growth_to_a_quarter_and_after_five_rounds_ends_it()
    {
        // RFC 9406 §4.2: the threshold of 20 ms is 4 ms, and three measurements of a round count.
        for (var i = 0; i < 3; i++) _control.HandleAcknowledged(Sample(1_000, roundTrip: 20, ends: i == 2));
        for (var i = 0; i < 2; i++) _control.HandleAcknowledged(Sample(1_000, roundTrip: 24));
        Assert.Equal(15_000, _control.Window);
        _control.HandleAcknowledged(Sample(1_000, roundTrip: 24));
        Assert.Equal(15_250, _control.Window);

        for (var round = 0; round < 5; round++) _control.HandleAcknowledged(Sample(4_000, roundTrip: 24, ends: true));
        Assert.Equal(20_250, _control.Window);
        // Congestion avoidance: about a packet for each round trip.
        RunRounds(1, roundTrip: 24);
        Assert.Equal(21_250, _control.Window);
    }

    [Fact]
    public void A_round_trip_that_falls_again_had_risen_for_another_reason()
    {
        for (var i = 0; i < 3; i++) _control.HandleAcknowledged(Sample(0, roundTrip: 20, ends: i == 2));
        for (var i = 0; i < 3; i++) _control.HandleAcknowledged(Sample(0, roundTrip: 30, ends: i == 2));
        Acknowledge(4_000);
        Assert.Equal(11_000, _control.Window);
        for (var i = 0; i < 3; i++) _control.HandleAcknowledged(Sample(0, roundTrip: 21));
        Acknowledge(4_000);
        Assert.Equal(15_000, _control.Window);
    }

    // ---- Losses ----

    [Fact]
    public void A_loss_while_packets_queue_takes_three_tenths_once_for_an_episode()
    {
        Lose();
        Assert.Equal(7_000, _control.Window);
        for (var round = 0; round < 3; round++) _control.HandleAcknowledged(Sample(5_000, lost: 5_000, ends: true, recovers: true));
        Assert.Equal(7_000, _control.Window);
    }

    [Fact]
    public void A_loss_while_nothing_queues_takes_nothing()
    {
        _control.HandleLossEpisode(Sample(0, roundTrip: 23.9));
        Assert.Equal(10_000, _control.Window);
        _control.HandleAcknowledged(Sample(20_000, lost: 4_000, ends: true, recovers: true, limited: false)); // within a tenth and two packets
        Assert.Equal(10_000, _control.Window);
    }

    [Fact]
    public void More_than_a_tenth_of_a_round_and_two_packets_is_congestion_whatever_the_round_trip()
    {
        _control.HandleLossEpisode(Sample(0, roundTrip: 20));
        _control.HandleAcknowledged(Sample(10_000, lost: 4_000, ends: true, recovers: true, limited: false));
        Assert.Equal(7_000, _control.Window);
        _control.HandleAcknowledged(Sample(10_000, lost: 4_000, ends: true, recovers: true, limited: false));
        Assert.Equal(7_000, _control.Window);
        // The next episode counts anew.
        _control.HandleAcknowledged(Sample(0, ends: true));
        Lose();
        Assert.Equal(4_900, _control.Window);
    }

    [Fact]
    public void Losses_leave_four_packets()
    {
        for (var i = 0; i < 20; i++) Lose();
        Assert.Equal(4_000, _control.Window);
    }

    [Fact]
    public void A_loss_that_was_none_gives_the_window_back()
    {
        Lose();
        _control.HandleSpuriousLoss();
        Assert.Equal(10_000, _control.Window);
        Acknowledge(1_000); // and slow start with it
        Assert.Equal(11_000, _control.Window);
        _control.HandleTimeout(_now, 0);
        _control.HandleSpuriousLoss();
        Assert.Equal(11_000, _control.Window);
    }

    // ---- CUBIC's curve (RFC 9438 §4.2) ----

    [Fact]
    public void After_a_loss_the_window_comes_back_flattens_and_goes_beyond()
    {
        Acknowledge(90_000);
        Lose();
        Assert.Equal(70_000, _control.Window);
        // K = ∛(Wmax · (1 − β) / C) = ∛(100 · 0.3 / 0.4) = 4.217 s, at which it is 100 packets again. The epoch begins with the first acknowledgement.
        var k = Math.Cbrt(75);
        for (var round = 1; round <= 42; round++)
        {
            RunRounds(1, roundTrip: 200);
            var t = round * 0.2; // one round trip ahead of what has passed since the epoch began
            Assert.Equal(0.4 * Math.Pow(t - k, 3) + 100, _control.Window / 1000.0, 0.01);
        }
    }

    [Fact]
    public void Where_Reno_would_grow_faster_it_grows_like_Reno()
    {
        // §4.3: α = 3 · (1 − β) / (1 + β) = 0.529 packets a round trip up to the window before the loss, 1 beyond: 7 + 6 · 0.529 + 4.
        Lose();
        RunRounds(10, roundTrip: 10);
        Assert.Equal(14_176, _control.Window);
    }

    [Fact]
    public void Who_loses_again_before_it_has_come_back_makes_room_for_others()
    {
        // §4.7: 70 packets, of which the next Wmax is 70 · (1 + β) / 2 = 59.5, and the window 49.
        Acknowledge(90_000);
        Lose();
        Lose();
        Assert.Equal(49_000, _control.Window);
        RunRounds(10, roundTrip: 100);
        Assert.Equal(0.4 * Math.Pow(1 - Math.Cbrt(10.5 / 0.4), 3) + 59.5, _control.Window / 1000.0, 0.3);
    }

    // ---- Silence ----

    [Fact]
    public void A_timeout_leaves_one_packet_and_slow_start_up_to_the_reduced_window()
    {
        _control.HandleTimeout(_now, 10_000);
        Assert.Equal(1_000, _control.Window);
        _control.HandleTimeout(_now, 1_000); // the same silence: it lowers nothing more
        Acknowledge(6_000);
        Assert.Equal(7_000, _control.Window);
        RunRounds(1, roundTrip: 20);
        Assert.InRange(_control.Window, 7_001, 8_000);
    }

    [Fact]
    public void A_window_that_rested_is_halved_with_each_timeout_down_to_the_initial_one()
    {
        Acknowledge(50_000);
        _control.HandleIdle(1);
        Assert.Equal(30_000, _control.Window);
        _control.HandleIdle(5);
        Assert.Equal(10_000, _control.Window);
        Lose();
        _control.HandleIdle(5);
        Assert.Equal(7_000, _control.Window);
    }
}
