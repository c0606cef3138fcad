using Netflux.Core;

namespace Netflux.Transport.WebRtc.Io;

[Trait("Category", "Rim")]
public sealed class DeadlineThreadTests : IDisposable
{
    private readonly DeadlineThread _thread = new();

    public void Dispose() => _thread.Dispose();

    [Fact]
    public void Who_is_due_earlier_is_woken_first()
    {
        var now = RtcClock.Now;
        var order = new List<string>();
        using var done = new CountdownEvent(3);
        foreach (var (name, milliseconds) in new[] { ("last", 60), ("first", 5), ("second", 30) })
        {
            _thread.Schedule(new(new Owner(at =>
            {
                Assert.True(at >= now + TimeSpan.FromMilliseconds(milliseconds));
                lock (order) order.Add(name);
                done.Signal();
                return null;
            })), now + TimeSpan.FromMilliseconds(milliseconds));
        }
        Assert.True(done.Wait(TimeSpan.FromSeconds(10)));
        Assert.Equal(["first", "second", "last"], order);
    }

    [Fact]
    public void An_owner_says_when_it_wants_to_be_woken_again()
    {
        using var done = new CountdownEvent(3);
        var left = 3;
        _thread.Schedule(new(new Owner(at =>
        {
            done.Signal();
            return --left > 0 ? at + TimeSpan.FromMilliseconds(1) : null;
        })), RtcClock.Now);
        Assert.True(done.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void An_earlier_deadline_overtakes_a_later_one_that_sleeps()
    {
        using var woken = new ManualResetEventSlim();
        var entry = new DeadlineThread.Entry(new Owner(_ =>
        {
            woken.Set();
            return null;
        }));
        _thread.Schedule(entry, RtcClock.Now + TimeSpan.FromHours(1));
        _thread.Schedule(entry, RtcClock.Now);
        Assert.True(woken.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Whoever_is_woken_often_has_one_place_in_the_queue()
    {
        using var woken = new SemaphoreSlim(0);
        var later = RtcClock.Now + TimeSpan.FromHours(1);
        var entry = new DeadlineThread.Entry(new Owner(_ =>
        {
            woken.Release();
            return later += TimeSpan.FromTicks(1);
        }));
        for (var i = 0; i < 1000; i++)
        {
            _thread.Wake(entry);
            Assert.True(woken.Wait(TimeSpan.FromSeconds(10)));
        }
        Assert.InRange(_thread.Queued, 0, 1);
    }

    [Fact]
    public void Who_is_woken_without_end_holds_up_no_deadline()
    {
        using var due = new ManualResetEventSlim();
        DeadlineThread.Entry? busy = null;
        busy = new(new Owner(_ =>
        {
            if (!due.IsSet) _thread.Wake(busy!);
            return null;
        }));
        _thread.Wake(busy);
        _thread.Schedule(new(new Owner(_ =>
        {
            due.Set();
            return null;
        })), RtcClock.Now + TimeSpan.FromMilliseconds(5));
        Assert.True(due.Wait(TimeSpan.FromSeconds(10)));
    }

    private sealed class Owner(Func<Instant, Instant?> due) : IDeadlineOwner
    {
        public Instant? HandleDue(Instant now) => due(now);
    }
}
