using Netflux.Core;
using Netflux.Overlays.Gossip.Directed;
using Netflux.Wire;

namespace Netflux.Tests.Overlays.Gossip.Directed;

public sealed class PairSenderTests : IDisposable
{
    private static readonly DirectedOptions s_options = DirectedOptions.Default;
    private readonly PairSender _sender = new(s_options, PairSeal.Create(OverlayPeople.Keys(0), OverlayPeople.Keys(1).Card, new PairStream(OverlayPeople.Keys(0).Id, 1, OverlayPeople.Keys(1).Id, new(1)), default)!, At(0));

    public void Dispose() => _sender.Seal.Dispose();

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds).Ticks);

    private byte[] Write(double at, int length = 1) => _sender.Write(default, FrameFlags.None, new byte[length], 5, At(at));

    [Fact]
    public void What_is_not_acknowledged_is_sent_again_ever_more_seldom_until_the_member_counts_as_unreachable()
    {
        byte[][] frames = [Write(0), Write(0)];
        List<double> times = [];
        while (!_sender.HasFailed(_sender.NextDeadline!.Value))
        {
            var due = _sender.NextDeadline.Value;
            Assert.Equal(frames, _sender.TakeDue(due));
            times.Add(due.Ticks / (double)TimeSpan.TicksPerSecond);
        }
        Assert.Equal([1, 3, 7, 11], times);
        Assert.Equal(At(14), _sender.NextDeadline);
    }

    [Fact]
    public void What_is_acknowledged_is_not_sent_again_and_begins_the_time_anew()
    {
        for (var number = 0; number < 3; number++) Write(0);
        Assert.Equal(3, _sender.TakeDue(At(1)).Count);
        _sender.HandleAcknowledged(2, At(13));
        Assert.False(_sender.HasFailed(At(14)));
        Assert.Single(_sender.TakeDue(At(14)));
        _sender.HandleAcknowledged(3, At(15));
        Assert.Equal((true, null), (_sender.IsIdle, _sender.NextDeadline));
    }

    [Fact]
    public void Acknowledgements_of_what_was_not_sent_or_again_change_nothing()
    {
        Write(0);
        Write(0);
        _sender.HandleAcknowledged(3, At(1));
        _sender.HandleAcknowledged(1, At(1));
        _sender.HandleAcknowledged(1, At(9));
        _sender.HandleAcknowledged(0, At(9));
        Assert.Single(_sender.TakeDue(At(9)));
        Assert.True(_sender.HasFailed(At(1) + s_options.Patience));
    }

    [Fact]
    public void A_large_message_has_more_time()
    {
        Write(0, 8 << 20);
        Assert.False(_sender.HasFailed(At(21.9)));
        Assert.True(_sender.HasFailed(At(22)));
    }
}
