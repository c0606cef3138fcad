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
}
