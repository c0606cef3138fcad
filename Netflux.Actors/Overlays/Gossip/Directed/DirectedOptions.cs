namespace Netflux.Overlays.Gossip.Directed;

/// <summary>The numbers of sends to one member of a gossip network.</summary>
internal sealed record DirectedOptions
{
    public static readonly DirectedOptions Default = new();

    /// <summary>What may be under way to one member. 256 KiB in 200 ms, across a few hops, are 10 Mbit/s. Guess.</summary>
    public long WindowCost { get; init; } = 256 << 10;

    /// <summary>Members to whom something may be under way at once. Guess: with a full window each 64 MiB.</summary>
    public int PairsMax { get; init; } = 256;

    /// <summary>A pair without anything under way may be forgotten after this to make room. Guess.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What is not acknowledged is sent again: after this, doubled up to <see cref="RetryMax"/>. RFC 6298 §2.4 begins with a second.</summary>
    public TimeSpan RetryMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>See <see cref="RetryMin"/>. Guess: three more within <see cref="Patience"/>.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>A member that acknowledges nothing for so long cannot be reached: as a silent link is noticed (DESIGN §5). A message above 64 KiB has a second more for each MiB.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(14);

    /// <summary>A message waits so long for a way to be found. Guess: the broadcast that looks for it, the answer, and both once more.</summary>
    public TimeSpan WayPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A way that is still missing is looked for again after this.</summary>
    public TimeSpan FindAgain { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an acknowledgement may wait for more to acknowledge. RFC 9260 §6.2 allows 200 ms; a quarter of it, as it also opens the window.</summary>
    public TimeSpan AckDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>A send waits so long for the broadcasts before it: a little longer than those are repaired (<see cref="Plumtree.PlumtreeOptions.RepairTimeout"/>).</summary>
    public TimeSpan OrderPatience { get; init; } = TimeSpan.FromSeconds(16);

    /// <summary>Streams that may begin at once, and then each second: who passes frames on could name any sender, and each costs an agreement of keys, 0.1 ms. Guess.</summary>
    public int StreamsBurst { get; init; } = 256;

    /// <summary>See <see cref="StreamsBurst"/>.</summary>
    public int StreamsPerSecond { get; init; } = 64;

    /// <summary>While subscribers here hold more than this, or what waits for broadcasts with it, what comes is not taken; its sender tries again. Guess.</summary>
    public long HeldBytesMax { get; init; } = 32 << 20;
}
