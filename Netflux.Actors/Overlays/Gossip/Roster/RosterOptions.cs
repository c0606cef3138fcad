namespace Netflux.Overlays.Gossip.Roster;

/// <summary>The numbers of who is seen as a member of a gossip network. What the genesis fixes (exactMembers) is not here.</summary>
internal sealed record RosterOptions
{
    // ---- Signs of life ----

    /// <summary>A member that broadcast nothing for so long says that it lives: with every shuffle, so that one that vanished together with its neighbours is missed after three of them (DESIGN §7).</summary>
    public TimeSpan AlivePeriodMin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The period grows by this for each member, so that all together say it some 17 times a second at most: 2 KB/s for each link of the tree.</summary>
    public TimeSpan AlivePeriodPerMember { get; init; } = TimeSpan.FromMilliseconds(60);

    /// <summary>Jitter: ± 20 %. Guess.</summary>
    public double Spread { get; init; } = 0.2;

    /// <summary>A member of whom nothing was heard for so many periods is gone: two that were missed, and their jitter.</summary>
    public int SilentPeriodsMax { get; init; } = 3;

    /// <summary>A member whose neighbour lost it has so long to say that it lives. Guess: a broadcast there and one back take two seconds where links must be mended.</summary>
    public TimeSpan DoubtTime { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How far a member's last broadcast, as the neighbour that lost it knows it, may be ahead of what came here. Guess: what is under way in a second.</summary>
    public ulong AheadMax { get; init; } = 64;

    /// <summary>A member whose channel ended in order is gone after this, or when its goodbye comes. Guess: what is under way takes a second.</summary>
    public TimeSpan ByeTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often it is looked who is silent. Guess.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a member that is doubted or looked for answers: once in so long, whoever asks.</summary>
    public TimeSpan AnswerPause { get; init; } = TimeSpan.FromSeconds(1);

    // ---- Estimate ----

    /// <summary>
    /// What was heard in so long is counted. Where all say 17 times a second that they live it is a thousand times, each of which had the chance W / T to be in it: three of a hundred off,
    /// as a standard deviation (√(1,000) of 1,000).
    /// </summary>
    public TimeSpan EstimateWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Signs of life remembered for it: four times as many. At 16 bytes 64 KiB.</summary>
    public int EstimateHeardMax { get; init; } = 4_096;

    /// <summary>A member that claims to say it more seldom than so many times our own period counts as one that says it so seldom: else one liar stood for a crowd. Guess: a network grows by less in a period.</summary>
    public int PeriodBelieved { get; init; } = 4;

    // ---- Exchange ----

    /// <summary>Two that became neighbours compare their rosters again after this: what both heard meanwhile from others. Guess.</summary>
    public TimeSpan DigestAgain { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the digest of whom we know goes to one neighbour: with every shuffle, so that views agree within three of them (DESIGN §7).</summary>
    public TimeSpan DigestInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A record that was asked for and did not come is asked for again after this. Guess: some round trips.</summary>
    public TimeSpan WantedPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Records that one neighbour was asked for and did not send yet: a whole roster. At 100 bytes 100 KiB, and so much for each channel.</summary>
    public int OwedMax { get; init; } = RosterMessage.KnownMax;

    /// <summary>Records that one neighbour may have us send, or verify: a whole roster at once.</summary>
    public int RecordsBurst { get; init; } = 2_000;

    /// <summary>See <see cref="RecordsBurst"/>; each second. At 0.3 ms for three signatures 50 are 1.5 % of a core.</summary>
    public int RecordsPerSecond { get; init; } = 50;

    /// <summary>How often a neighbour's digest that differs is answered by all that we know, 28 KiB: at once, and then each second.</summary>
    public int KnownBurst { get; init; } = 8;

    /// <summary>See <see cref="KnownBurst"/>.</summary>
    public double KnownPerSecond { get; init; } = 0.2;

    // ---- Memory ----

    /// <summary>A member that is gone is not taken from others' lists for so long. Longer than the longest time in which a member is noticed to be silent: 3 × 60 s.</summary>
    public TimeSpan TombstoneTime { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Records that are remembered of those that are gone, or beyond exactMembers: who speaks is checked against its record. Guess: at 1 KiB 4 MiB.</summary>
    public int OthersMax { get; init; } = 4_096;
}
