namespace Netflux.Overlays.Graphs;

/// <summary>The numbers of finding out who has links with whom.</summary>
internal sealed record GraphOptions
{
    public static readonly GraphOptions Default = new();

    /// <summary>Members asked at once. Guess: a thousand are asked within the <see cref="WalkTime"/> where an answer takes a quarter of a second.</summary>
    public int OpenMax { get; init; } = 32;

    /// <summary>Members found at most: as many as a gossip network shows one by one.</summary>
    public int MembersMax { get; init; } = 1_000;

    /// <summary>So long one member may take before it is asked again, and once more then. Guess: longer than a lost record takes to be sent again, three times; twice it is below <see cref="WalkTime"/>.</summary>
    public TimeSpan AnswerTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>So long all may take: below the deadline of a request, 10 s.</summary>
    public TimeSpan WalkTime { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Frames of one neighbour that are answered or passed on at once: all members asked through it, once.</summary>
    public int NeighbourBurst { get; init; } = 1_000;

    /// <summary>See <see cref="NeighbourBurst"/>; then each second. An answer has up to 8 KiB, so that is 1 MiB/s at most, and only where all have 400 links. Guess.</summary>
    public double NeighbourPerSecond { get; init; } = 128;
}
