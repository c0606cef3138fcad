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

    /// <summary>Introductions of the peer that are answered, or make us dial: at once, and then each second. Guess: a few searches of its own, each with two introductions per 2 s.</summary>
    public int IntroductionsBurst { get; init; } = 10;

    /// <summary>See <see cref="IntroductionsBurst"/>.</summary>
    public int IntroductionsPerSecond { get; init; } = 1;

    // ---- Data channels ----

    /// <summary>A description waits so long for its first candidates, which then need no introduction of their own: those of a STUN server take one round trip. Guess: a near one's.</summary>
    public TimeSpan FirstCandidatesWait { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Later candidates travel together when the first of them has waited this long. Each introduction costs both sides about 2 ms; guess.</summary>
    public TimeSpan CandidatesWait { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long an offer or an answer may take to be made. Guess: it takes milliseconds where the processor is free.</summary>
    public TimeSpan DescribePatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>An offer that nobody has answered is given up after this, as the addresses in it grow old. Guess.</summary>
    public TimeSpan OfferPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>From the answer to the open channel: checks of several pairs, a TURN server that is tried after them, and a DTLS flight lost twice (1 s and 2 s, RFC 6347 §4.2.4.1). Guess.</summary>
    public TimeSpan ConnectPatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>An offer waits so long while the offerer's addresses are dialled. As long as known addresses are tried before introductions, <see cref="IntroduceAfter"/>.</summary>
    public TimeSpan DialFirst { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>An offer of the peer crosses ours if it comes within this time; later ones say that the peer has not got ours. Guess: two round trips through a server far away.</summary>
    public TimeSpan CrossingWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Introductions with candidates that are heeded: at once, and then each second. Guess: a few for each of two connections, and as many again.</summary>
    public int CandidatesBurst { get; init; } = 20;

    /// <summary>See <see cref="CandidatesBurst"/>.</summary>
    public int CandidatesPerSecond { get; init; } = 5;

    /// <summary>Introductions with candidates kept for an offer that waits. Guess: within a second a gathering peer sends two or three.</summary>
    public int EarlyCandidatesMax { get; init; } = 4;
}
