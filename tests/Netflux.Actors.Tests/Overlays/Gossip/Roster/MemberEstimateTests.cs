using Netflux.Core;
using Netflux.Overlays.Gossip.Roster;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays.Gossip.Roster;

public sealed class MemberEstimateTests
{
    private static readonly RosterOptions s_options = new();
    private readonly MemberEstimate _estimate = new(s_options);

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds).Ticks);

    /// <summary>So many members, each at its own times, over some minutes; the estimate at the end.</summary>
    private int? Listen(int members, int seed, double seconds, Func<int, TimeSpan>? periodOf = null)
    {
        var random = new SeededRandom((ulong)seed);
        List<(double At, TimeSpan Period)> all = [];
        for (var member = 0; member < members; member++)
        {
            var period = periodOf?.Invoke(member) ?? PeriodFor(members);
            for (var at = random.Next(1_000_000) / 1e6 * period.TotalSeconds; at < seconds; at += random.Jitter(period, s_options.Spread).TotalSeconds) all.Add((at, period));
        }
        _estimate.Start(At(0));
        foreach (var (at, period) in all.OrderBy(said => said.At)) _estimate.Handle(period, PeriodFor(members), At(at));
        return _estimate.At(At(seconds));
    }

    private static TimeSpan PeriodFor(int members) => TimeSpan.FromSeconds(Math.Max(10, 0.06 * members));

    [Theory]
    [InlineData(20, 2)]
    [InlineData(150, 10)]
    [InlineData(1_000, 60)]
    [InlineData(5_000, 450)]
    [InlineData(100_000, 12_000)]
    public void It_is_off_by_no_more_than_is_said(int members, int off)
    {
        for (var seed = 1; seed <= 20; seed++) Assert.InRange(new MemberEstimateTests().Listen(members, seed, 120)!.Value, members - off, members + off);
    }

    [Fact]
    public void Who_joined_lately_and_says_it_often_counts_no_more_than_others() =>
        Assert.InRange(Listen(5_000, 1, 120, member => member % 2 == 0 ? PeriodFor(5_000) : PeriodFor(1_000))!.Value, 4_550, 5_450);

    [Fact]
    public void Nothing_is_said_before_it_was_listened_for_ten_seconds()
    {
        Assert.Null(Listen(1_000, 1, 9.9));
        Assert.InRange(new MemberEstimateTests().Listen(1_000, 1, 10)!.Value, 700, 1_300);
    }

    [Fact]
    public void Those_that_went_are_forgotten_within_a_minute()
    {
        Listen(1_000, 1, 120);
        Assert.Equal(0, _estimate.At(At(181)));
    }

    [Fact]
    public void A_liar_counts_as_few()
    {
        Listen(1_000, 1, 120);
        var before = _estimate.At(At(120))!.Value;
        _estimate.Handle(TimeSpan.FromDays(30), PeriodFor(1_000), At(120));
        Assert.Equal(before + 4, _estimate.At(At(120)));
        for (var n = 0; n < 100_000; n++) _estimate.Handle(TimeSpan.FromDays(30), PeriodFor(1_000), At(120));
        Assert.Equal(4_096 * 4, _estimate.At(At(120)));      // what is remembered has a bound
    }
}
