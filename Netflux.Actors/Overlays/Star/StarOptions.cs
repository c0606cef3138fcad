using Netflux.Identity;

namespace Netflux.Overlays.Star;

/// <summary>The numbers of the star. What the genesis fixes (members, grace, liveness) is not here.</summary>
internal sealed record StarOptions
{
    // ---- Joining ----

    /// <summary>A joiner that has no hub by then has failed. The facade's request has 10 s (DESIGN §3), less its margin.</summary>
    public TimeSpan JoinTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>So many refusals of one member are believed. A member that a door lists may need a moment until its network is up: 3 attempts are about 0.75 s.</summary>
    public int RefusalsBelieved { get; init; } = 3;

    /// <summary>A joiner asks so many members at once where the hub is; one more after each second. Guess.</summary>
    public int HelpersMin { get; init; } = 3;

    /// <summary>See <see cref="HelpersMin"/>. Guess.</summary>
    public int HelpersMax { get; init; } = 8;

    /// <summary>Where all that one reaches look for a hub as well, the smallest id among them becomes one after this. Guess: several round trips, and shorter than a join.</summary>
    public TimeSpan FoundingWait { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>So long a hub that was named has for a link and its list. The first round of a search for links takes up to 5 s.</summary>
    public TimeSpan AttachPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A hub that could not be reached is left alone for so long. Guess.</summary>
    public TimeSpan UnreachedHubPause { get; init; } = TimeSpan.FromSeconds(2.5);

    // ---- Succession ----

    /// <summary>
    /// How long a suspect hub has to be heard again. Suspected after 5 s, 1 s of grace, about a second for the vote and the new links: half of the 15 s in which a network is whole again.
    /// </summary>
    public TimeSpan HubGrace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Orphans link to so many of the order that may still live. Guess: hub and the first two die together rarely.</summary>
    public int CandidatesSought { get; init; } = 3;

    /// <summary>A successor to which there is no link counts as dead after this. Guess: most links take less, and the next in the order must leave time for a second one.</summary>
    public TimeSpan CandidatePatience { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>An orphan that is linked with nobody becomes its own hub after this. Guess: the time in which it would have heard of a successor.</summary>
    public TimeSpan LonerWait { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>An orphan that the order did not help takes any hub after this, and any orphan may become it. Guess: two patiences and a link.</summary>
    public TimeSpan OrphanPatience { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>An orphan whose neighbours all see the hub that it cannot reach is out of the network after this: twice the 14 s after which the hub has let it go (DESIGN §5).</summary>
    public TimeSpan CutOffAfter { get; init; } = TimeSpan.FromSeconds(28);

    /// <summary>A member that a new hub has not got yet stays for users so long. Guess: a search for a link (5 s), and a second.</summary>
    public TimeSpan DoubtTime { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a member waits for its hub to follow a better one of which it told it. Guess: twenty round trips.</summary>
    public TimeSpan YieldPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Members named in a list of succession, in its order; those after them follow by their ids. Guess: more than die together.</summary>
    public int SuccessorsMax { get; init; } = Succession.SuccessorsMax;

    /// <summary>Members among the first so many of the order keep links that others opened to them.</summary>
    public int SuccessorsLinked { get; init; } = 3;

    // ---- The hub ----

    /// <summary>News of members are gathered for so long. Guess: nobody sees a fifth of a second, and 50 members that attach at once are one message for each and not 50.</summary>
    public TimeSpan NewsDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The order changes at most so often: a signature, and a record of a kilobyte to each member.</summary>
    public TimeSpan ReignInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The records in one control frame, of the 256 KiB that it may have: a record of 6 KiB still fits beside them.</summary>
    public int ListPartBytes { get; init; } = 64 * 1024;

    // ---- Links ----

    /// <summary>The first retry of a member without a link; doubled each time, with <see cref="RetrySpread"/>. Guess.</summary>
    public TimeSpan RetryMin { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between retries. An attempt takes up to 5 s, and 5 + 1.2 × 2.5 s stay below the 10 s in which views agree (DESIGN §7).</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>The longest pause for the idle link to the first successor, which nobody waits for. Guess.</summary>
    public TimeSpan IdleRetryMax { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Jitter: ± 20 %. Guess.</summary>
    public double RetrySpread { get; init; } = 0.2;

    /// <summary>An attempt that nobody answers counts as failed. Four times the 5 s of a search's first round.</summary>
    public TimeSpan ConnectPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A link that we opened and need no more is dropped after this. Guess: what was said last has arrived.</summary>
    public TimeSpan NeedlessTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A link that another opened and does not use is dropped after this. Guess: longer than <see cref="JoinTimeout"/>, and it drops its own first.</summary>
    public TimeSpan UnusedTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What is known of a peer without a link is kept for so long after it was last wanted: failures and refusals.</summary>
    public TimeSpan PeerMemory { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Peers remembered for each place: members, those of another part of the network, and joiners. Guess.</summary>
    public int PeersPerPlace { get; init; } = 4;

    // ---- Lost members ----

    /// <summary>A member that was lost without a word is remembered for so long, and a hub looks for it, so that a partition of this length heals. Guess.</summary>
    public TimeSpan LostMemory { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>One that went offline, or of which it only heard, for so long. Guess: six attempts or more.</summary>
    public TimeSpan HeardMemory { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>So many lost members are tried at once. Guess: each costs a search for links.</summary>
    public int LookupsMax { get; init; } = 16;

    /// <summary>One that was reached and did not come is tried again after this. Guess: its part of the network has had time to follow.</summary>
    public TimeSpan ReachedPause { get; init; } = TimeSpan.FromSeconds(10);

    // ---- What others may cost ----

    /// <summary>Records of one neighbour that were not valid, until it is dropped for breaking the protocol. Guess: a clock that is wrong makes a few.</summary>
    public int InvalidMax { get; init; } = 256;

    /// <summary>Signatures that one neighbour may have us verify: at once, and then each second. A joiner verifies 200 members with 3 signatures each; 600 are 60 ms.</summary>
    public int VerificationsBurst { get; init; } = 600;

    /// <summary>See <see cref="VerificationsBurst"/>: 0.6 % of a core.</summary>
    public int VerificationsPerSecond { get; init; } = 60;

    /// <summary>Whole lists sent to one neighbour: at once, and then each second. A list is up to 200 KiB: the factor must not be had for nothing.</summary>
    public int ListsAnsweredBurst { get; init; } = 5;

    /// <summary>See <see cref="ListsAnsweredBurst"/>.</summary>
    public double ListsAnsweredPerSecond { get; init; } = 0.5;

    /// <summary>How long a neighbour that broke the protocol is refused. Guess.</summary>
    public TimeSpan BanTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The largest introduction passed on: the largest that there is.</summary>
    public int IntroductionBytesMax { get; init; } = IdentityOptions.IntroductionBytesMax;

    /// <summary>Introductions of one neighbour passed on or taken, as in a full mesh: at once, and then each second.</summary>
    public int IntroductionsBurst { get; init; } = 200;

    /// <summary>See <see cref="IntroductionsBurst"/>.</summary>
    public int IntroductionsPerSecond { get; init; } = 20;
}
