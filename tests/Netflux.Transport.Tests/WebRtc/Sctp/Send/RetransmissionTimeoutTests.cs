namespace Netflux.Transport.WebRtc.Sctp.Send;

public sealed class RetransmissionTimeoutTests
{
    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void It_follows_RFC_6298()
    {
        var timeout = new RetransmissionTimeout(SctpOptions.Default);
        Assert.Equal(SctpOptions.Default.RtoInitial, timeout.Current);
        timeout.HandleMeasured(Ms(100));
        // §2.2: SRTT = R, RTTVAR = R / 2, RTO = SRTT + 4 · RTTVAR
        Assert.Equal((Ms(100), Ms(300)), (timeout.Smoothed, timeout.Current));
        timeout.HandleMeasured(Ms(200));
        // §2.3: RTTVAR = ¾ · 50 + ¼ · 100 = 62.5, SRTT = ⅞ · 100 + ⅛ · 200 = 112.5
        Assert.Equal((Ms(112.5), Ms(362.5)), (timeout.Smoothed, timeout.Current));
        Assert.Equal(Ms(100), timeout.Least);
    }

    [Fact]
    public void It_doubles_up_to_its_limit_and_comes_back()
    {
        var timeout = new RetransmissionTimeout(SctpOptions.Default);
        timeout.HandleMeasured(Ms(1));
        Assert.Equal(SctpOptions.Default.RtoMin, timeout.Current);
        timeout.HandleTimeout();
        Assert.Equal(2 * SctpOptions.Default.RtoMin, timeout.Current);
        for (var i = 0; i < 40; i++) timeout.HandleTimeout();
        Assert.Equal(SctpOptions.Default.RtoMax, timeout.Current);
        timeout.HandleProgress();
        Assert.Equal(SctpOptions.Default.RtoMin, timeout.Current);
    }

    [Fact]
    public void It_stays_within_its_limits()
    {
        // RFC 9260 §6.3.1 C6 and C7.
        var timeout = new RetransmissionTimeout(SctpOptions.Default);
        timeout.HandleMeasured(Ms(0));
        Assert.Equal(SctpOptions.Default.RtoMin, timeout.Current);
        for (var i = 0; i < 10; i++) timeout.HandleMeasured(TimeSpan.FromDays(1));
        Assert.Equal(SctpOptions.Default.RtoMax, timeout.Current);
        Assert.Equal(TimeSpan.Zero, timeout.Least);
    }

    [Fact]
    public void A_measurement_ends_the_doubling()
    {
        var timeout = new RetransmissionTimeout(SctpOptions.Default);
        for (var i = 0; i < 3; i++) timeout.HandleTimeout();
        Assert.Equal(SctpOptions.Default.RtoMax, timeout.Current); // 500 ms, doubled three times, is more
        timeout.HandleMeasured(Ms(100));
        Assert.Equal(Ms(300), timeout.Current);
    }

    [Fact]
    public void A_steady_path_is_trusted_more_and_more()
    {
        // RTTVAR falls by a quarter each time: 50 · 0.75ⁿ, so RTO = 100 + 200 · 0.75ⁿ, until the floor.
        var timeout = new RetransmissionTimeout(SctpOptions.Default);
        timeout.HandleMeasured(Ms(100));
        timeout.HandleMeasured(Ms(100));
        Assert.Equal(Ms(250), timeout.Current);
        timeout.HandleMeasured(Ms(100));
        Assert.Equal(SctpOptions.Default.RtoMin, timeout.Current); // not 212.5 ms
    }

    [Fact]
    public void What_cannot_have_been_is_not_measured()
    {
        var timeout = new RetransmissionTimeout(SctpOptions.Default);
        timeout.HandleMeasured(Ms(-1));
        Assert.False(timeout.IsMeasured);
        Assert.Equal(SctpOptions.Default.RtoInitial, timeout.Current);
    }
}
