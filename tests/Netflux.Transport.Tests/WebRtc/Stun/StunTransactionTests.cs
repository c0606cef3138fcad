using Netflux.Core;

namespace Netflux.Transport.WebRtc.Stun;

public sealed class StunTransactionTests
{
    [Fact]
    public void A_request_is_repeated_and_given_up_when_the_rfc_says()
    {
        var transaction = new StunTransaction(default, new byte[20], new StunOptions(), Instant.Zero);
        var sent = new List<double> { 0 };
        while (true)
        {
            var at = transaction.NextDeadline;
            Assert.Equal(StunTransactionStep.None, transaction.HandleDeadline(at - TimeSpan.FromTicks(1)));
            if (transaction.HandleDeadline(at) == StunTransactionStep.TimedOut) break;
            sent.Add((at - Instant.Zero).TotalSeconds);
        }

        Assert.Equal([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5], sent);
        Assert.Equal(39.5, (transaction.NextDeadline - Instant.Zero).TotalSeconds);
        Assert.Equal(7, transaction.Sent);
    }

    [Fact]
    public void One_request_alone_is_waited_for_as_the_last()
    {
        var transaction = new StunTransaction(default, new byte[20], new StunOptions { RequestsMax = 1 }, Instant.Zero);

        Assert.Equal(8, (transaction.NextDeadline - Instant.Zero).TotalSeconds);
        Assert.Equal(StunTransactionStep.TimedOut, transaction.HandleDeadline(transaction.NextDeadline));
    }
}
