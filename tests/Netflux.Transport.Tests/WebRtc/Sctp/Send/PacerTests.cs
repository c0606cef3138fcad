using Netflux.Core;

namespace Netflux.Transport.WebRtc.Sctp.Send;

public sealed class PacerTests
{
    private const int PacketBytes = 1192;

    private readonly Pacer _pacer = new(PacketBytes);
    private readonly RetransmissionTimeout _timeout = new(SctpOptions.Default);
    private Instant _now = Instant.Zero + TimeSpan.FromSeconds(1);

    [Fact]
    public void A_burst_of_one_offload_goes_at_once_and_the_rest_waits()
    {
        _timeout.HandleMeasured(TimeSpan.FromMilliseconds(100));
        Assert.Equal(64, SendWhileAllowed(window: 100 * PacketBytes));
        Assert.Equal(_now + TimeSpan.FromMilliseconds(1), _pacer.NextDeadline);
    }

    [Fact]
    public void What_waits_goes_with_twice_the_window_a_round_trip()
    {
        _timeout.HandleMeasured(TimeSpan.FromMilliseconds(100));
        SendWhileAllowed(window: 100 * PacketBytes);
        var sent = 0;
        for (var i = 0; i < 100; i++)
        {
            _now += TimeSpan.FromMilliseconds(1);
            sent += SendWhileAllowed(window: 100 * PacketBytes);
        }
        Assert.InRange(sent, 199, 201);
    }

    [Fact]
    public void What_went_on_a_path_without_delay_is_not_owed_when_it_becomes_slow()
    {
        _timeout.HandleMeasured(TimeSpan.FromMilliseconds(1));
        for (var i = 0; i < 1_000_000; i++)
        {
            Assert.True(_pacer.MaySend(_timeout, 100 * PacketBytes, _now));
            _pacer.HandleSent(PacketBytes);
        }
        _timeout.HandleMeasured(TimeSpan.FromSeconds(4));
        Assert.InRange(SendWhileAllowed(window: 2 * PacketBytes), 63, 64);
    }

    private int SendWhileAllowed(long window)
    {
        var sent = 0;
        for (; _pacer.MaySend(_timeout, window, _now); sent++) _pacer.HandleSent(PacketBytes);
        return sent;
    }
}
