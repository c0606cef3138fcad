namespace Netflux.Networks;

/// <summary>The numbers of watching a tracking server.</summary>
internal sealed record RootOptions
{
    public static readonly RootOptions Default = new();

    /// <summary>Roots that are remembered, the newest: what is shown is compared with them. Guess: those that a member has yet to hear of are younger, and it is 30 KiB.</summary>
    public int RememberedMax { get; init; } = 64;

    /// <summary>Contradictions that are told in one membership. Guess: one says it; a server that goes on from a backup makes one with each change.</summary>
    public int ContradictionsMax { get; init; } = 16;

    /// <summary>One neighbour is told a new root at most so often. Guess: half of the time in which the server tells those at its door.</summary>
    public TimeSpan TellInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Roots of one neighbour that are looked at at once, each at the cost of a signature (some 0.1 ms): those of both epochs of a network that grows, with room. Guess.</summary>
    public int NeighbourBurst { get; init; } = 8;

    /// <summary>See <see cref="NeighbourBurst"/>; then each second: five times as often as an honest one tells them.</summary>
    public double NeighbourPerSecond { get; init; } = 1;
}
