using System.Net;
using Netflux.CutProxy;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>At the rim: links through the cutting proxy, a process of its own.</summary>
[Trait("Rim", "processes")]
public sealed class CutProxyTests
{
    [Theory]
    [InlineData("Up")]
    [InlineData("Down")]
    public async Task A_reset_at_a_drawn_byte_is_lost_on_both_sides_after_what_came_before(string direction)
    {
        await using var rig = new LinkRig();
        using var patience = new CancellationTokenSource(LinkRig.Patience);
        await using var proxy = await ProxyAsync(rig, seed: 7, patience.Token);
        await proxy.TellAsync(new("plan") { Cuts = 1, From = 20_000, To = 60_000, Directions = [Enum.Parse<CutDirection>(direction)] }, patience.Token);
        var (dialled, left, accepted, right) = await rig.OwnedPairAsync(readAhead: 1000, through: Through(proxy));
        Assert.Equal($"127.0.0.1:{proxy.Port}", accepted.Authority);
        var (sender, receiver) = direction == "Up" ? (dialled, right) : (accepted, left);
        for (var i = 0; i < 100; i++) LinkRig.Send(sender, Numbered(i));
        var cut = await proxy.ExpectAsync("cut", patience.Token);
        Assert.Equal((CutKind.Reset, 1, 0), (cut.Kind, cut.CutsDone, cut.CutsLeft));
        Assert.InRange((direction == "Up" ? cut.Up : cut.Down)!.Value, 20_000, 60_000);
        var next = 0;
        object message;
        while ((message = await receiver.NextAsync()) is not RawLinkClosed)
            if (message is RawLinkReceived received) Assert.Equal(next++, BitConverter.ToInt32(received.Pooled));
        Assert.InRange(next, 0, 59); // Messages of 1,000 bytes; a reset may overtake the last of them.
        Assert.Equal(CloseCode.Lost, ((RawLinkClosed)message).Code);
        Assert.Equal(CloseCode.Lost, (await (direction == "Up" ? left : right).ClosedAsync()).Code);
        // The plan is done: the next link lives.
        await rig.PairAsync(Through(proxy));
    }

    [Fact]
    public async Task A_black_hole_says_nothing_until_it_is_released()
    {
        await using var rig = new LinkRig();
        using var patience = new CancellationTokenSource(LinkRig.Patience);
        await using var proxy = await ProxyAsync(rig, seed: 8, patience.Token);
        var (dialled, left, accepted, right) = await rig.OwnedPairAsync(through: Through(proxy));
        LinkRig.Send(dialled, [1]);
        Assert.Equal([1], await right.ReceiveAsync(accepted));
        Assert.Equal(1, (await proxy.TellAsync(new("cut") { Kind = CutKind.BlackHole }, patience.Token)).CutsDone);
        Assert.IsType<RawLinkWritten>(await left.NextAsync());
        LinkRig.Send(dialled, [2]);
        Assert.IsType<RawLinkWritten>(await left.NextAsync()); // TCP has taken it: so much for its word.
        Assert.True(left.IsEmpty && right.IsEmpty);
        await proxy.TellAsync(new("release"), patience.Token);
        Assert.Equal(CloseCode.Lost, (await left.ClosedAsync()).Code);
        Assert.Equal(CloseCode.Lost, (await right.ClosedAsync()).Code);
    }

    [Fact]
    public async Task A_cut_within_the_upgrade_is_a_failed_dial()
    {
        await using var rig = new LinkRig();
        using var patience = new CancellationTokenSource(LinkRig.Patience);
        await using var proxy = await ProxyAsync(rig, seed: 9, patience.Token);
        await proxy.TellAsync(new("plan") { Cuts = 5, From = 0, To = 60, Directions = [CutDirection.Up, CutDirection.Down] }, patience.Token);
        for (var i = 0; i < 5; i++) Assert.Equal(DialFailure.Unreachable, (await rig.FailToDialAsync(Through(proxy))).Failure);
        Assert.Equal((5, 0), await StatsAsync());

        async Task<(int, int)> StatsAsync() => await proxy.TellAsync(new("stats"), patience.Token) is var stats ? (stats.CutsDone!.Value, stats.CutsLeft!.Value) : default;
    }

    private static async Task<CutProxyProcess> ProxyAsync(LinkRig rig, ulong seed, CancellationToken token) =>
        await CutProxyProcess.StartAsync(new(IPAddress.Loopback, (await rig.AddressAsync()).Port), seed, token);

    private static Uri Through(CutProxyProcess proxy) => new($"ws://127.0.0.1:{proxy.Port}/netflux/link");

    private static byte[] Numbered(int number)
    {
        var message = new byte[1000];
        BitConverter.TryWriteBytes(message, number);
        return message;
    }
}
