using Netflux.TestKit;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.Tests.WebRtc.Dtls.Records;

public class ReplayWindowTests
{
    [Fact]
    public void A_number_is_fresh_once()
    {
        var window = new ReplayWindow();
        Assert.True(window.IsFresh(0));
        window.Mark(0);
        Assert.False(window.IsFresh(0));
        Assert.True(window.IsFresh(1));
    }

    [Fact]
    public void What_is_as_old_as_the_window_is_wide_is_not_fresh()
    {
        var window = new ReplayWindow();
        window.Mark(5_000);
        Assert.True(window.IsFresh(5_000 - ReplayWindow.Width + 1));
        Assert.False(window.IsFresh(5_000 - ReplayWindow.Width));
        Assert.False(window.IsFresh(0));
    }

    [Theory, InlineData(1UL), InlineData(2UL), InlineData(3UL), InlineData(4UL)]
    public void It_agrees_with_a_set_of_all_numbers(ulong seed)
    {
        var random = new SeededRandom(seed);
        var window = new ReplayWindow();
        var seen = new HashSet<ulong>();
        ulong highest = 0;
        for (var i = 0; i < 20_000; i++)
        {
            // Mostly near the highest number, sometimes far ahead: by a word, by the whole ring, by more.
            var near = (long)highest + random.Next(2 * ReplayWindow.Width) - (long)(1.5 * ReplayWindow.Width);
            var number = random.Chance(0.01) ? highest + (ulong)random.Next(4_000) : (ulong)Math.Max(0, near);
            var expected = !seen.Contains(number) && (number > highest || highest - number < ReplayWindow.Width);
            Assert.True(expected == window.IsFresh(number), $"seed {seed}, step {i}, number {number}, highest {highest}: expected {expected}.");
            if (!expected) continue;
            window.Mark(number);
            seen.Add(number);
            highest = Math.Max(highest, number);
        }
    }

    [Fact]
    public void The_last_number_there_is_can_be_marked()
    {
        var window = new ReplayWindow();
        window.Mark(RecordNumber.SequenceMax);
        Assert.False(window.IsFresh(RecordNumber.SequenceMax));
        Assert.True(window.IsFresh(RecordNumber.SequenceMax - 1));
    }
}
