namespace Netflux.Overlays.Growth;

/// <summary>The numbers of a network that grows.</summary>
internal sealed record GrowthOptions
{
    public static readonly GrowthOptions Default = new();

    /// <summary>A member proposes the next epoch so much later for each that should before it: longer than a silent link is suspected (DESIGN §5), so one that is gone is not waited for long.</summary>
    public TimeSpan ProposeStep { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>What was sent before is given so much time to be consumed; what is not is undelivered. Guess: the default grace of slow members, twice.</summary>
    public TimeSpan MovePatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Who has moved waits so long for all others; then the old epoch ends for it in any case. Longer than <see cref="MovePatience"/> and the 13 s in which a lost member is noticed (DESIGN §5).</summary>
    public TimeSpan EndPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A member whose old channel ended is waited for in the new epoch before it counts as gone. Guess: a few exchanges of the roster.</summary>
    public TimeSpan ShowPatience { get; init; } = TimeSpan.FromSeconds(15);
}
