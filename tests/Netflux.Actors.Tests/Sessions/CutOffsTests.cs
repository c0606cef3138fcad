using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;

namespace Netflux.Sessions;

public sealed class CutOffsTests
{
    private const string Address = "192.0.2.7";

    private readonly CutOffs _cutOffs = new(LinkOptions.Default);

    [Fact]
    public void Who_was_cut_off_is_refused_for_its_time_and_nobody_else()
    {
        _cutOffs.Add(Id(1), Address, CloseCode.TooLarge, At(0));
        Assert.Equal(CloseCode.TooLarge, _cutOffs.Refusal(Id(1), "192.0.2.8", At(29.9)));
        Assert.Null(_cutOffs.Refusal(Id(2), Address, At(29.9)));
        Assert.Null(_cutOffs.Refusal(Id(1), Address, At(30)));
    }

    [Fact]
    public void Cut_off_again_it_waits_from_then()
    {
        _cutOffs.Add(Id(1), null, CloseCode.TooLarge, At(0));
        _cutOffs.Add(Id(1), null, CloseCode.Flooding, At(20));
        Assert.Equal(CloseCode.Flooding, _cutOffs.Refusal(Id(1), null, At(49.9)));
        Assert.Null(_cutOffs.Refusal(Id(1), null, At(50)));
    }

    [Fact]
    public void An_address_of_many_offenders_is_refused()
    {
        for (var i = 1; i < 64; i++) _cutOffs.Add(Id(i), Address, CloseCode.ProtocolViolated, At(i * 0.1));
        Assert.Null(_cutOffs.Refusal(Id(100), Address, At(10)));
        _cutOffs.Add(Id(64), Address, CloseCode.ProtocolViolated, At(10));
        Assert.Equal(CloseCode.Flooding, _cutOffs.Refusal(Id(100), Address, At(10)));
        Assert.Null(_cutOffs.Refusal(Id(100), "192.0.2.8", At(10)));
        Assert.Null(_cutOffs.Refusal(Id(100), null, At(10)));
        Assert.Null(_cutOffs.Refusal(Id(100), Address, At(30.1)));
    }

    [Fact]
    public void The_oldest_are_forgotten_beyond_the_limit()
    {
        var few = new CutOffs(LinkOptions.Default with { CutOffsMax = 2 });
        for (var i = 1; i <= 3; i++) few.Add(Id(i), Address, CloseCode.Flooding, At(1));
        Assert.Equal((null, CloseCode.Flooding, CloseCode.Flooding), (few.Refusal(Id(1), null, At(2)), few.Refusal(Id(2), null, At(2)), few.Refusal(Id(3), null, At(2))));
    }

    private static Instant At(double seconds) => Instant.Zero + TimeSpan.FromSeconds(seconds);

    private static PeerId Id(int number) => PeerId.FromBytes([.. BitConverter.GetBytes(number), .. new byte[16]]);
}
