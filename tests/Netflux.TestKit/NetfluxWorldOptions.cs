namespace Netflux.TestKit;

/// <summary>How a world runs.</summary>
public sealed record NetfluxWorldOptions
{
    /// <summary>Whether the seed also decides which of several runnable actors goes first. Off, they go in the order in which they became runnable.</summary>
    public bool ShuffleActors { get; init; } = true;

    /// <summary>How many messages an actor handles before another gets its turn. Fewer means more interleavings.</summary>
    public int ActorThroughput { get; init; } = 8;

    /// <summary>How many turns actors may take without time moving, before the world says that it does not settle. Guess: no honest step of fifty peers needs a tenth; two actors that answer each other for ever pass any number.</summary>
    public int RunsPerStepMax { get; init; } = 2_000_000;

    /// <summary>How long an awaited operation may take on the world's clock before the world gives up on it. Guess: far above any deadline of Netflux itself.</summary>
    public TimeSpan OperationLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether facts and instructions of every core go into the trace too. Slow; for the hunt after a bug.</summary>
    public bool TraceCores { get; init; }
}
