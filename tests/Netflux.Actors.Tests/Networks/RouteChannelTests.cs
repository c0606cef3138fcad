using Netflux.Networks;
using Netflux.Wire;

namespace Netflux.Tests.Networks;

/// <summary>What is outstanding on the channel of one neighbour, in cost and in true bytes.</summary>
public sealed class RouteChannelTests
{
    private const int Window = 1 << 20;

    private static int CountUntilFull(RouteChannel channel, int length)
    {
        var count = 0;
        for (; !channel.IsFull; count++) channel.Add(length, 0);
        return count;
    }

    [Theory, InlineData(100), InlineData(MessageCost.WholeBytesMax), InlineData(1 << 20)]
    public void It_is_full_at_half_of_its_window_in_cost(int length) =>
        Assert.Equal(Window / 2 / MessageCost.Of(length) + 1, CountUntilFull(new RouteChannel(Window), length));

    [Fact]
    public void Long_messages_fill_it_with_their_true_bytes()
    {
        Assert.Equal(3, CountUntilFull(new RouteChannel(Window), 4 << 20));
        var channel = new RouteChannel(Window);
        Assert.Equal(1, CountUntilFull(channel, 64 << 20));
        Assert.False(channel.IsCaughtUp);
        Assert.Equal(64 << 20, channel.CurrentLength);
        Assert.True(channel.TryTake(1, out _));
        Assert.True(channel.IsCaughtUp);
        Assert.False(channel.IsFull);
    }

    [Fact]
    public void What_was_consumed_is_taken_once_in_its_order_and_the_rest_when_the_channel_goes()
    {
        var channel = new RouteChannel(Window);
        for (ulong own = 1; own <= 4; own++) channel.Add(10, own);
        Assert.True(channel.TryTake(2, out var first));
        Assert.True(channel.TryTake(2, out var second));
        Assert.False(channel.TryTake(2, out _));
        ulong[] taken = [first, second, .. channel.TakeAll()];
        Assert.Equal([1, 2, 3, 4], taken);
        Assert.Equal(0, channel.CurrentLength);
    }
}
