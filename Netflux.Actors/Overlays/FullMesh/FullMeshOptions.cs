using Netflux.Identity;

namespace Netflux.Overlays.FullMesh;

/// <summary>The numbers of the full mesh. What the genesis fixes (members, grace, liveness) is not here.</summary>
internal sealed record FullMeshOptions
{
    // ---- Joining ----

    /// <summary>How long a joiner waits for the other first members, once one is up. Guess: a direct link takes well under a second.</summary>
    public TimeSpan JoinSettle { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A joiner that reaches nobody by then has failed. The facade's request has 10 s (DESIGN §3), less its margin.</summary>
    public TimeSpan JoinTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>So many refusals of one member are believed. A member that a door lists may need a moment until its network is up: 3 attempts are about 0.75 s.</summary>
    public int RefusalsBelieved { get; init; } = 3;

    /// <summary>How long a member counts as new where there are more than places. Guess: news and links of those that join at the same time take about a second.</summary>
    public TimeSpan NewcomerTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Who takes the last place waits so long before it is ready, so that others that take it at the same time are known. Guess: a few round trips.</summary>
    public TimeSpan LastPlaceHold { get; init; } = TimeSpan.FromSeconds(1);

    // ---- Retries ----

    /// <summary>The first retry of a member without a link; doubled each time, with <see cref="RetrySpread"/>. Guess.</summary>
    public TimeSpan RetryMin { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between retries. An attempt takes up to 5 s (the first round of the search for links), and 5 + 1.2 × 2.5 s stay below the 10 s in which views agree (DESIGN §7).</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>Jitter: ± 20 %. Guess.</summary>
    public double RetrySpread { get; init; } = 0.2;

    /// <summary>An attempt that nobody answers counts as failed. Four times the 5 s of a search's first round.</summary>
    public TimeSpan ConnectPatience { get; init; } = TimeSpan.FromSeconds(20);

    // ---- Memory ----

    /// <summary>A member that was up and was lost without a word is retried for so long, so that a partition of this length heals. Guess.</summary>
    public TimeSpan LostMemory { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A member that never was up, and that no neighbour vouches for, is forgotten after this. Guess: six attempts or more.</summary>
    public TimeSpan UnreachedMemory { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A member that went offline is remembered for so long. Guess: a restart of a service.</summary>
    public TimeSpan OfflineMemory { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The first retry of a member that went offline; doubled each time: 5, 10, 20, 40, 80 s end within <see cref="OfflineMemory"/>.</summary>
    public TimeSpan OfflineRetryMin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a member that went offline is retried. The arithmetic is above.</summary>
    public int OfflineRetriesMax { get; init; } = 5;

    /// <summary>A member that left is not taken from others' lists for so long. Guess: twenty rounds of anti-entropy; what is older is not in any list.</summary>
    public TimeSpan TombstoneTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A neighbour's word that a member is up holds for so long unless it is renewed. With 49 neighbours and one digest each way per <see cref="AntiEntropyInterval"/>, it is renewed every 75 s on average; eight times that.</summary>
    public TimeSpan VouchTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Members remembered, up or not, for each place of the network. Guess: three generations beside the present one; 200 × 1 KiB.</summary>
    public int RememberedPerPlace { get; init; } = 4;

    // ---- Exchange ----

    /// <summary>How often the digest of the view goes to one random neighbour. Guess; views mostly agree by news.</summary>
    public TimeSpan AntiEntropyInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The largest control frame that is read: a whole list, 100 records (twice the places) of up to 6 KiB, with room.</summary>
    public int ControlBytesMax { get; init; } = 640 * 1024;

    /// <summary>The largest record of a member; its arithmetic is there.</summary>
    public int RecordBytesMax { get; init; } = Identity.IdentityOptions.MemberBytesMax;

    /// <summary>Records of one neighbour that were not valid, until it is dropped for breaking the protocol. Guess: a clock that is wrong makes a few.</summary>
    public int InvalidRecordsMax { get; init; } = 256;

    /// <summary>New records that one neighbour may have us verify: at once, and then each second. At 0.3 ms for three signatures, 200 are 60 ms and 20/s are 0.6 % of a core.</summary>
    public int VerificationsBurst { get; init; } = 200;

    /// <summary>See <see cref="VerificationsBurst"/>.</summary>
    public int VerificationsPerSecond { get; init; } = 20;

    /// <summary>Whole lists sent to one neighbour because its digest differed: at once, and then each second. A list is up to 50 KiB, a digest 40 bytes: the factor must not be had for nothing.</summary>
    public int ListsAnsweredBurst { get; init; } = 5;

    /// <summary>See <see cref="ListsAnsweredBurst"/>.</summary>
    public int ListsAnsweredPerSecond { get; init; } = 1;

    /// <summary>How long a neighbour that broke the protocol is refused. Guess.</summary>
    public TimeSpan BanTime { get; init; } = TimeSpan.FromMinutes(1);

    // ---- Introductions passed on ----

    /// <summary>The largest introduction passed on: the largest that there is.</summary>
    public int IntroductionBytesMax { get; init; } = IdentityOptions.IntroductionBytesMax;

    /// <summary>
    /// Introductions of one neighbour passed on or taken: at once, and then each second. A data channel takes an offer and up to three with later candidates, for each of 50 members; then guess.
    /// </summary>
    public int IntroductionsBurst { get; init; } = 200;

    /// <summary>See <see cref="IntroductionsBurst"/>.</summary>
    public int IntroductionsPerSecond { get; init; } = 20;
}
