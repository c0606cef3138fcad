namespace Netflux.Sessions;

/// <summary>The numbers of the search for a link to one peer.</summary>
internal sealed record LinkSearchOptions
{
    /// <summary>Between two dials: RFC 8305 §5, Connection Attempt Delay, recommended 250 ms. A failed dial lets the next begin at once (the same section).</summary>
    public TimeSpan DialStagger { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Where both sides listen, the one with the larger id lets the other dial first, for this long. One dial stagger.</summary>
    public TimeSpan PolitePause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The first pause before a way is tried again; doubled each time.</summary>
    public TimeSpan RetryMin { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause. A returned peer must be found within the resume window of 8 s (DESIGN §5).</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Jitter: ± 20 %. Guess.</summary>
    public double RetrySpread { get; init; } = 0.2;

    /// <summary>A dial of which nothing is heard for so long may be repeated: the peer may have come back behind a path that swallowed the first. Below the resume window of 8 s, so that at least two fit.</summary>
    public TimeSpan DialPatience { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>Introductions begin when every known address has failed, or after this. Guess: a direct dial takes a few round trips.</summary>
    public TimeSpan IntroduceAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an introduction's answer, and the link after it, is waited for before relays are tried. 1 s until introductions, 2 s for them and 2 s for relays make the 5 s of a round.</summary>
    public TimeSpan IntroductionWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a carrier has until the next is tried beside it. See <see cref="IntroductionWait"/>.</summary>
    public TimeSpan RelayWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A round has failed after this, whatever is still under way. See <see cref="IntroductionWait"/>.</summary>
    public TimeSpan RoundTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>With a relayed link only, a direct one is looked for first after this, doubled each time. Guess.</summary>
    public TimeSpan UpgradeMin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>And at least this often. Guess.</summary>
    public TimeSpan UpgradeMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Addresses of a peer that are remembered: 8 of its record (MemberRecord.AddressesMax) and 8 of its introductions.</summary>
    public int AddressesMax { get; init; } = 16;

    /// <summary>Introductions of the peer that are answered, or make us dial: at once, and then each second. Guess: a few searches of its own, each with one introduction per 2 s.</summary>
    public int IntroductionsBurst { get; init; } = 5;

    /// <summary>See <see cref="IntroductionsBurst"/>.</summary>
    public int IntroductionsPerSecond { get; init; } = 1;
}
