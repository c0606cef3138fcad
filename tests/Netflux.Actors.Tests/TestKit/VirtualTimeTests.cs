using Akka.Actor;

namespace Netflux.TestKit;

public class VirtualTimeTests
{
    private sealed class Ticker : ReceiveActor, IWithTimers
    {
        public Ticker(List<string> heard)
        {
            Receive<string>(text =>
            {
                heard.Add($"{Context.System.Scheduler.MonotonicClock.TotalSeconds} {text}");
                if (text == "start") Timers.StartPeriodicTimer("tick", "tick", TimeSpan.FromSeconds(1));
                if (text == "ask") Sender.Tell("answer");
            });
        }

        public ITimerScheduler Timers { get; set; } = null!;
    }

    [Fact]
    public async Task Time_stands_still_until_it_is_moved()
    {
        await using var world = new NetfluxWorld(1);
        var heard = new List<string>();
        var ticker = world.System.ActorOf(Props.Create(() => new Ticker(heard)));
        ticker.Tell("start");
        Assert.Empty(heard);
        await world.Advance(TimeSpan.Zero);
        Assert.Equal(["0 start"], heard);
        await world.Advance(TimeSpan.FromSeconds(2.5));
        Assert.Equal(["0 start", "1 tick", "2 tick"], heard);
        Assert.Equal(TimeSpan.FromSeconds(2.5), world.Elapsed);
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 2, 500, TimeSpan.Zero), world.System.Scheduler.Now);
        Assert.Equal(world.Elapsed, world.System.Scheduler.HighResMonotonicClock);
    }

    [Fact]
    public async Task Until_stops_at_the_deadline_that_made_it_true()
    {
        await using var world = new NetfluxWorld(1);
        var heard = new List<string>();
        world.System.ActorOf(Props.Create(() => new Ticker(heard))).Tell("start");
        await world.Until(() => heard.Count == 4, within: TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromSeconds(3), world.Elapsed);
        var failure = await Assert.ThrowsAsync<NetfluxWorldException>(() => world.Until(() => false, within: TimeSpan.FromSeconds(2)));
        Assert.Contains("SEED=1", failure.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(5), world.Elapsed);
    }

    [Fact]
    public async Task Code_that_runs_in_the_world_comes_back_to_its_thread()
    {
        await using var world = new NetfluxWorld(1);
        var thread = Environment.CurrentManagedThreadId;
        var ticker = world.System.ActorOf(Props.Create(() => new Ticker(new List<string>())));
        var answer = await world.Run(async () =>
        {
            await world.Advance(TimeSpan.FromSeconds(3));
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            var text = await ticker.Ask<string>("ask", Timeout.InfiniteTimeSpan);
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            await world.Until(() => world.Elapsed >= TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(2));
            return text;
        });
        Assert.Equal("answer", answer);
        Assert.Equal(TimeSpan.FromSeconds(4), world.Elapsed);
    }

    [Fact]
    public async Task A_task_of_the_thread_pool_is_waited_for()
    {
        await using var world = new NetfluxWorld(1);
        var ticker = world.System.ActorOf(Props.Create(() => new Ticker(new List<string>())));
        var done = await world.Run(Task.Run(async () => await ticker.Ask<string>("ask", Timeout.InfiniteTimeSpan).ConfigureAwait(false)));
        Assert.Equal("answer", done);
        Assert.True(world.Elapsed < TimeSpan.FromMinutes(1), $"the pool was not waited for: {world.Elapsed}");
    }

    [Theory, Seeds(20)]
    public async Task The_order_of_actors_is_drawn_from_the_seed(int seed)
    {
        async Task<string> Order()
        {
            await using var world = new NetfluxWorld(seed);
            var heard = new List<string>();
            foreach (var n in Enumerable.Range(0, 8)) world.System.ActorOf(Props.Create(() => new Ticker(heard)), $"t{n}").Tell($"{n}");
            await world.Advance(TimeSpan.Zero);
            return string.Join(',', heard);
        }
        Assert.Equal(await Order(), await Order());
    }

    [Fact]
    public async Task A_world_that_answers_itself_for_ever_is_told()
    {
        await using var world = new NetfluxWorld(1, new() { RunsPerStepMax = 10_000 });
        var (left, right) = (world.System.ActorOf(Props.Create(() => new Echo())), world.System.ActorOf(Props.Create(() => new Echo())));
        left.Tell("ball", right);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => world.Advance(TimeSpan.FromSeconds(1)));
        Assert.Contains("does not settle", failure.Message, StringComparison.Ordinal);
        world.System.Stop(left);
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }
}
