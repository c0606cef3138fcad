using Netflux.Messages;
using Netflux.Sessions;

namespace Netflux.Tests.Sessions;

public sealed class LinkHistoryTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly LinkHistory _history = new();

    private static DateTimeOffset At(double seconds) => s_start + TimeSpan.FromSeconds(seconds);

    /// <summary>The attempts in short: target, outcome, seconds, why.</summary>
    private IEnumerable<(string, LinkOutcome, double?, string)> Told => _history.Attempts.Select(attempt => (attempt.Target, attempt.Outcome, attempt.Took?.TotalSeconds, attempt.Why));

    [Fact]
    public void What_is_under_way_has_taken_no_time_yet()
    {
        _history.Begin("a", LinkWay.Dialled, "ws://a", s_start);
        Assert.Equal([("ws://a", LinkOutcome.UnderWay, null, "")], Told);
        Assert.Equal((LinkWay.Dialled, s_start, null), (_history.Attempts[0].Way, _history.Attempts[0].BeganAt, _history.Attempts[0].Connection));
    }

    [Fact]
    public void A_link_took_until_it_was_proven_however_long_it_lives()
    {
        _history.Begin("a", LinkWay.Offered, "a", s_start);
        _history.HandleUp("a", At(2));
        Assert.Equal([("a", LinkOutcome.Up, 2, "")], Told);
        _history.HandleClosed("a", "Lost: it is gone", At(60));
        Assert.Equal([("a", LinkOutcome.Closed, 2, "Lost: it is gone")], Told);
    }

    [Fact]
    public void A_failure_and_what_is_given_up_have_their_reason_and_time()
    {
        _history.Begin("a", LinkWay.Dialled, "a", s_start);
        _history.Begin("b", LinkWay.Offered, "b", At(1));
        _history.HandleFailed("a", "nothing listens there", At(1.5));
        _history.HandleAbandoned("b", "another link came first", At(3));
        Assert.Equal([("a", LinkOutcome.Failed, 1.5, "nothing listens there"), ("b", LinkOutcome.Abandoned, 2, "another link came first")], Told);
    }

    [Fact]
    public void The_last_word_stands()
    {
        _history.Begin("a", LinkWay.Dialled, "a", s_start);
        _history.HandleFailed("a", "first", At(1));
        _history.HandleFailed("a", "second", At(2));
        _history.HandleUp("a", At(3));
        _history.HandleClosed("a", "third", At(4));
        _history.HandleAbandoned("a", "fourth", At(5));
        Assert.Equal([("a", LinkOutcome.Failed, 1, "first")], Told);
    }

    [Fact]
    public void What_nobody_began_is_not_told_of()
    {
        _history.HandleUp("a", s_start);
        _history.HandleFailed("a", "why", s_start);
        Assert.Empty(Told);
    }

    // An address is dialled again while its link is up, and again when a dial was swallowed.
    [Fact]
    public void Attempts_by_the_same_key_are_told_apart()
    {
        _history.Begin("a", LinkWay.Dialled, "a", s_start);
        _history.HandleUp("a", At(1));
        _history.Begin("a", LinkWay.Dialled, "a", At(2));
        _history.Begin("a", LinkWay.Dialled, "a", At(5));
        _history.HandleFailed("a", "refused", At(6));
        _history.HandleClosed("a", "Done: a newer link", At(7));
        Assert.Equal([("a", LinkOutcome.Closed, 1, "Done: a newer link"), ("a", LinkOutcome.Abandoned, 3, "nothing was heard"), ("a", LinkOutcome.Failed, 1, "refused")], Told);
    }

    [Fact]
    public void The_report_of_a_connection_is_asked_for_until_its_end_and_kept_as_it_was_then()
    {
        var asked = 0;
        ConnectionTrial Report() => new($"report {++asked}", "", "", "", [], [], []);
        _history.Begin("a", LinkWay.Offered, "a", s_start, Report);
        Assert.Equal("report 1", _history.Attempts[0].Connection?.State);
        _history.HandleUp("a", At(1));
        Assert.Equal("report 2", _history.Attempts[0].Connection?.State);
        _history.HandleClosed("a", "", At(2));
        Assert.Equal(("report 3", "report 3", 3), (_history.Attempts[0].Connection?.State, _history.Attempts[0].Connection?.State, asked));
    }

    [Fact]
    public void A_clock_that_is_set_back_makes_no_negative_time()
    {
        _history.Begin("a", LinkWay.Dialled, "a", s_start);
        _history.HandleFailed("a", "", At(-5));
        Assert.Equal([("a", LinkOutcome.Failed, 0, "")], Told);
    }

    [Fact]
    public void The_oldest_that_is_over_makes_room_and_what_is_up_stays()
    {
        _history.Begin("up", LinkWay.Dialled, "up", s_start);
        _history.HandleUp("up", s_start);
        for (var n = 0; n < 2 * LinkHistory.AttemptsMax; n++)
        {
            _history.Begin(n, LinkWay.Dialled, $"{n}", At(n));
            _history.HandleFailed(n, "", At(n));
        }
        Assert.Equal(["up", .. Enumerable.Range(LinkHistory.AttemptsMax + 1, LinkHistory.AttemptsMax - 1).Select(n => $"{n}")], _history.Attempts.Select(attempt => attempt.Target));
    }

    [Fact]
    public void Where_nothing_is_over_the_oldest_makes_room()
    {
        for (var n = 0; n <= LinkHistory.AttemptsMax; n++) _history.Begin(n, LinkWay.Dialled, $"{n}", s_start);
        Assert.Equal(Enumerable.Range(1, LinkHistory.AttemptsMax).Select(n => $"{n}"), _history.Attempts.Select(attempt => attempt.Target));
    }
}
