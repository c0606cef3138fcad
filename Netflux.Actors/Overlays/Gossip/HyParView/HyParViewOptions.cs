namespace Netflux.Overlays.Gossip.HyParView;

/// <summary>
/// The numbers of HyParView. "The paper" is Leitão, Pereira and Rodrigues, "HyParView: a membership protocol for reliable gossip-based broadcast", DSN 2007, here as technical report
/// DI-FCUL TR-07-13; its parameters stand together on page 9 (§5.1).
/// </summary>
internal sealed record HyParViewOptions
{
    /// <summary>Members with whom links are kept. Paper, page 9: 5, a fan-out of four and the one that a message came from.</summary>
    public int ActiveView { get; init; } = 5;

    /// <summary>Members that are known without a link. Paper, page 9: 30.</summary>
    public int PassiveView { get; init; } = 30;

    /// <summary>Hops of a FORWARDJOIN (ARWL). Paper, page 9: 6.</summary>
    public int ActiveWalk { get; init; } = 6;

    /// <summary>Hops that are left when a FORWARDJOIN's member enters a passive view (PRWL). Paper, page 9: 3.</summary>
    public int PassiveWalk { get; init; } = 3;

    /// <summary>Hops of a SHUFFLE. The paper gives it a time to live "as in FORWARDJOIN" and no number of its own.</summary>
    public int ShuffleWalk { get; init; } = 6;

    /// <summary>Members of the active view in a SHUFFLE (k_a). Paper, page 9: 3.</summary>
    public int ShuffleActive { get; init; } = 3;

    /// <summary>Members of the passive view in a SHUFFLE (k_p). Paper, page 9: 4.</summary>
    public int ShufflePassive { get; init; } = 4;

    /// <summary>The pause between two SHUFFLEs of one member. The paper counts in cycles; guess: 8 contacts each 10 s are about as many bytes as the pings of five links.</summary>
    public TimeSpan ShuffleInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Jitter of <see cref="ShuffleInterval"/>: ± 20 %. Guess.</summary>
    public double ShuffleSpread { get; init; } = 0.2;

    /// <summary>Below so many neighbours a NEIGHBOR has high priority. The paper says 1 (high only where the active view is empty); two members whose only neighbours are each other would never come out.</summary>
    public int PriorityBelow { get; init; } = 2;

    /// <summary>A JOIN or NEIGHBOR without an answer counts as failed. A search for links takes up to 5 s in its first round, then round trips.</summary>
    public TimeSpan AskPatience { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// Members asked between two SHUFFLEs once the active view has <see cref="ActiveEnough"/>: in a network whose views are full most say no, and each attempt costs a link. Guess.
    /// </summary>
    public int AsksPerShuffle { get; init; } = 6;

    /// <summary>Neighbours from which on a full view is not urgent. Guess: more than half of the default.</summary>
    public int ActiveEnough { get; init; } = 3;

    // ---- Partitions ----

    /// <summary>Neighbours lost without a word that are tried again: after a partition they are the way back. Guess: one would do.</summary>
    public int LostMax { get; init; } = 3;

    /// <summary>The first retry of a lost neighbour; doubled each time. Guess.</summary>
    public TimeSpan LostRetryMin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A lost neighbour is forgotten after this, as in a full mesh. Guess.</summary>
    public TimeSpan LostMemory { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest pause between retries, so that parts are one again soon after a long partition. Guess.</summary>
    public TimeSpan LostRetryMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The first pause before contacts are asked for again; doubled up to <see cref="ContactsRetryMax"/>. Guess.</summary>
    public TimeSpan ContactsRetryMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>See <see cref="ContactsRetryMin"/>.</summary>
    public TimeSpan ContactsRetryMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// After so many SHUFFLE periods a member looks whether it is in a closed circle (<see cref="ClosedCircle"/>): a minute. Of some 36 SHUFFLEs that a member sees in this time 30 are of
    /// members that are no neighbours, where there are many; where there are few, it sees every member's, but once in a quarter of an hour in a network of eight. Guess.
    /// </summary>
    public int CirclePeriods { get; init; } = 6;

    /// <summary>In a circle SHUFFLEs come of no more than so many that are no neighbours: with five links each, eight members have all of theirs with one another. Guess.</summary>
    public int CircleOthersMax { get; init; } = 2;

    // ---- What others can make us do ----

    /// <summary>FORWARDJOINs and SHUFFLEs of one neighbour that are heeded at once. Guess: a thousand members that join through one contact within a minute, over five links.</summary>
    public int WalksBurst { get; init; } = 256;

    /// <summary>See <see cref="WalksBurst"/>; each second.</summary>
    public int WalksPerSecond { get; init; } = 32;

    /// <summary>Contacts of a list that are heeded: ourselves, k_a and k_p of a neighbour with other settings, with room.</summary>
    public int ContactsMax { get; init; } = 32;
}
