using Akka.Actor;
using Akka.Configuration;

namespace Netflux.TestKit;

/// <summary>
/// Whole Netflux networks in one process: real peers, facades, sessions and signaling rooms over wires in memory, in a time of their own, on one thread.
/// The same seed and the same test give the same run, byte for byte of <see cref="Trace"/>.
/// </summary>
/// <remarks>
/// Nothing happens unless the test waits: <c>await</c> on an operation of a peer, <see cref="Advance"/>, <see cref="Until"/> and <see cref="Run(Task)"/> move
/// the world on the calling thread. Tasks that a service of yours continues on the thread pool (<c>Task.Run</c>, <c>ConfigureAwait(false)</c> behind a
/// completion that runs its continuations asynchronously) are waited for by <see cref="Run(Task)"/>, but when they run is up to the pool: such a test is not
/// repeatable to the byte.
/// </remarks>
public sealed partial class NetfluxWorld : IAsyncDisposable
{
    /// <summary>Guess: how long real threads may take to end an actor system that the loop has drained.</summary>
    private static readonly TimeSpan s_terminationLimit = TimeSpan.FromSeconds(10);

    /// <summary>Guess: how long a continuation on the thread pool may take before the world's time goes on without it.</summary>
    private static readonly TimeSpan s_poolGrace = TimeSpan.FromMilliseconds(20);

    /// <summary>Guess: how long a task that depends on nothing in the world may take.</summary>
    private static readonly TimeSpan s_poolLimit = TimeSpan.FromSeconds(30);

    private readonly NetfluxWorldOptions _options;
    private readonly WorldTrace _trace;

    /// <summary>A world of this seed.</summary>
    public NetfluxWorld(int seed, NetfluxWorldOptions? options = null)
    {
        Seed = seed;
        _options = options ?? new NetfluxWorldOptions();
        Loop = new WorldLoop(_options.ShuffleActors ? SeededRandom.For((ulong)seed, "order") : null, _options.RunsPerStepMax);
        _trace = new WorldTrace(Loop);
        Network = new MemoryNetwork(Loop, seed, _trace.Add);
        System = ActorSystem.Create("world", VirtualDispatcherConfigurator.ForWorld(Loop, _options.ActorThroughput).WithFallback(ConfigurationFactory.Default()));
        Logging = new WorldLogging(_trace.Add, _options.TraceCores);
        WatchForErrors();
        Loop.Settle();
    }

    /// <summary>The seed.</summary>
    public int Seed { get; }

    /// <summary>The actor system of all peers. Actors of your own may run in it too: their timers and clocks are the world's.</summary>
    public ActorSystem System { get; }

    /// <summary>How long the world has been running, in its own time.</summary>
    public TimeSpan Elapsed => Loop.Elapsed;

    /// <summary>The wall clock of the world; it begins at 2030-01-01 UTC.</summary>
    public DateTimeOffset Now => Loop.Now;

    /// <summary>How many timers are set.</summary>
    public int PendingTimers => Loop.PendingTimers;

    /// <summary>What was delivered to whom and when, and which links came and went, as text.</summary>
    public string Trace => _trace.ToString();

    /// <summary>Sets everybody's wall clock forward, or back, as a person or a time server does. The monotonic clocks, and so all deadlines, know nothing of it.</summary>
    public void SetWallClock(TimeSpan by) => Loop.WallClockSet += by;

    internal WorldLoop Loop { get; }

    internal MemoryNetwork Network { get; }

    internal bool IsMoving => Loop.IsRunning;

    /// <summary>Moves the world by this span, deadline by deadline: between two deadlines every actor comes to rest.</summary>
    public Task Advance(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        if (IsMoving) return Delay(span);
        Loop.AdvanceTo(Loop.Elapsed + span);
        return Task.CompletedTask;
    }

    /// <summary>Moves the world until the condition holds, and not beyond; it is looked at after every deadline.</summary>
    /// <exception cref="NetfluxWorldException">It does not hold within this span of the world's time.</exception>
    public Task Until(Func<bool> condition, TimeSpan within)
    {
        ArgumentNullException.ThrowIfNull(condition);
        if (IsMoving) return UntilInside(condition, within);
        var limit = Loop.Elapsed + within;
        Loop.Settle();
        while (!condition())
            if (!Loop.Step(limit))
                return condition() ? Task.CompletedTask : throw Failure($"What the test waits for did not happen within {within}.");
        return Task.CompletedTask;
    }

    /// <summary>Moves the world until the task is done, and throws what it threw.</summary>
    public Task Run(Task task)
    {
        ArgumentNullException.ThrowIfNull(task);
        MoveUntilDone(task, foreign: true);
        task.GetAwaiter().GetResult();
        return Task.CompletedTask;
    }

    /// <summary>Moves the world until the task is done, and gives its result.</summary>
    public Task<T> Run<T>(Task<T> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        MoveUntilDone(task, foreign: true);
        return Task.FromResult(task.GetAwaiter().GetResult());
    }

    /// <summary>Runs code in the world: its awaits come back to the world's thread, and other operations, <see cref="Advance"/> and <see cref="Until"/> may be awaited in it.</summary>
    public Task Run(Func<Task> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        return Run(Begin(async () => { await code(); return 0; }));
    }

    /// <summary>Runs code in the world, as <see cref="Run(Func{Task})"/>, and gives its result.</summary>
    public Task<T> Run<T>(Func<Task<T>> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        return Run(Begin(code));
    }

    /// <summary>Several operations at once.</summary>
    public WorldOperation<T[]> All<T>(params WorldOperation<T>[] operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        return new(this, Task.WhenAll(operations.Select(operation => operation.Task)));
    }

    /// <summary>Ends all actors. What the contract promises is not looked at.</summary>
    public ValueTask DisposeAsync()
    {
        var terminated = System.Terminate();
        var until = Environment.TickCount64 + (long)s_terminationLimit.TotalMilliseconds;
        while (!terminated.IsCompleted && Environment.TickCount64 < until)
            if (!Loop.Settle() && !terminated.Wait(1)) Loop.Step(Loop.NextDeadline ?? TimeSpan.Zero);
        Loop.Dispose();
        foreach (IDisposable peer in _peers.Values) peer.Dispose();
        return terminated.IsCompleted ? ValueTask.CompletedTask : throw Failure("The actor system did not terminate.");
    }

    /// <param name="task">What is waited for.</param>
    /// <param name="foreign">Whether the thread pool may have a part in it: then the pool comes to rest before time moves.</param>
    internal void MoveUntilDone(Task task, bool foreign = false)
    {
        if (IsMoving)
        {
            if (!task.IsCompleted) throw new InvalidOperationException("The world is moving already. Inside Run, await instead of waiting.");
            return;
        }
        var limit = Loop.Elapsed + _options.OperationLimit;
        Loop.Settle();
        while (!task.IsCompleted)
        {
            if (foreign && PoolBroughtWork(task)) Loop.Settle();
            else if (!Loop.Step(limit) && !(foreign && SpinWait.SpinUntil(() => task.IsCompleted || Loop.HasWork, s_poolLimit))) throw Failure($"An awaited operation is not done after {_options.OperationLimit}.");
        }
    }

    internal NetfluxWorldException Failure(string what) =>
        new($"{what}\nAt {Loop.Elapsed} of seed {Seed}; repeat with SEED={Seed}. The last of the trace:\n{_trace.Tail(40)}");

    /// <summary>
    /// Waits, for a bounded time, until the thread pool has nothing of its own to do: three items in a row of ours pass through it and nothing else does.
    /// (The pool cannot be asked whether it rests: some of its threads are blocked for good in most processes.) True once the task is done or something can run in the world.
    /// </summary>
    private bool PoolBroughtWork(Task task)
    {
        var until = Environment.TickCount64 + (long)s_poolGrace.TotalMilliseconds;
        for (var quiet = 0; quiet < 3;)
        {
            if (task.IsCompleted || Loop.HasWork) return true;
            if (Environment.TickCount64 > until) return false;
            var before = ThreadPool.CompletedWorkItemCount;
            using var passed = new ManualResetEventSlim();
            ThreadPool.UnsafeQueueUserWorkItem(static passed => passed.Set(), passed, preferLocal: false);
            passed.Wait();
            quiet = ThreadPool.PendingWorkItemCount == 0 && ThreadPool.CompletedWorkItemCount - before <= 1 ? quiet + 1 : 0;
        }
        return task.IsCompleted || Loop.HasWork;
    }

    private Task<T> Begin<T>(Func<Task<T>> code)
    {
        var result = new TaskCompletionSource<Task<T>>();
        Loop.PostContinuation(new Beginning<T>(code, result));
        return result.Task.Unwrap();
    }

    private Task Delay(TimeSpan span)
    {
        var done = new TaskCompletionSource();
        Loop.Schedule(span, done.SetResult);
        return done.Task;
    }

    private async Task UntilInside(Func<bool> condition, TimeSpan within)
    {
        var limit = Loop.Elapsed + within;
        while (!condition())
        {
            if (Loop.Elapsed >= limit) throw Failure($"What the test waits for did not happen within {within}.");
            await Delay(TimeSpan.FromMilliseconds(1));
        }
    }

    private sealed class Beginning<T>(Func<Task<T>> code, TaskCompletionSource<Task<T>> result) : Akka.Dispatch.IRunnable
    {
        public void Run()
        {
            try { result.SetResult(code()); }
            catch (Exception e) { result.SetException(e); }
        }

        public void Execute() => Run();
    }
}
