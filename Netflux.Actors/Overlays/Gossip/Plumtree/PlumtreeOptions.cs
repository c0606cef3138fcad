namespace Netflux.Overlays.Gossip.Plumtree;

/// <summary>
/// The numbers of Plumtree. "The paper" is Leitão, Pereira and Rodrigues, "Epidemic broadcast trees", SRDS 2007, here as technical report DI-FCUL TR-07-14. It names the timers and says
/// what they depend on, but gives no times: its simulator counts in cycles.
/// </summary>
internal sealed record PlumtreeOptions
{
    // ---- The tree ----

    /// <summary>
    /// A link that comes up while so many are eager begins lazy. The paper begins all eager, so the first broadcast floods every link: in 100 members of five neighbours three copies too many for
    /// each. Measured there (docs/GOSSIP.md): with three eager, the first flood costs a little more than half, and still reaches everybody without a repair.
    /// </summary>
    public int EagerEnough { get; init; } = 3;

    /// <summary>How long IHAVEs are gathered for one neighbour. Guess: a fraction of <see cref="GraftAfter"/>, of which it takes away.</summary>
    public TimeSpan LazyDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>IHAVEs of one neighbour that are sent at once, however short they were gathered. At 46 bytes they are 12 KiB.</summary>
    public int LazyMax { get; init; } = 256;

    /// <summary>
    /// From the first IHAVE to the GRAFT (timer 1): what the tree may be slower than the lazy links. The paper (page 8): "considering the diameter of the overlay and a target maximum recovery
    /// latency". Guess: half a second is noticed, and paths of 10 hops of 50 ms fit.
    /// </summary>
    public TimeSpan GraftAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>From one GRAFT to the next (timer 2). The paper (page 9): smaller than the first, "in the order of an average round trip time to a neighbor". Doubled each time that all have been asked, which the paper does not do: who does not answer may be busy.</summary>
    public TimeSpan GraftAgainAfter { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// A lazy link that is shorter by so many hops takes the place of the eager one. The paper (page 12) has 7 for one sender that stays the same, so that the tree rests. Measured with 1,000 and one
    /// sender: 1 makes the last hop 7.0 where 7 leaves 10.8, the tree rests as well, and right after a failure of half of all there are 0.6 copies too many for each instead of 0.4.
    /// </summary>
    public int OptimizationThreshold { get; init; } = 1;

    /// <summary>
    /// While an author spoke within this time, authors with larger ids do not shape the tree. Twice the time in which a broadcast is everywhere, some 20 hops of 100 ms. Measured with 1,000, of whom
    /// a random one speaks each 500 ms: without it 0.40 copies too many for each and 2.2 s to the last; with 1 s 0.15, with 5 s 0.06 and 0.9 s, with 30 s 0.14.
    /// </summary>
    public TimeSpan ShaperTime { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Hops are counted up to here. Guess: no path has so many.</summary>
    public int RoundMax { get; init; } = 1_000;

    // ---- Order and gaps ----

    /// <summary>
    /// A message that nobody could give for so long is missed, and those behind it go on. Longer than the 14 s in which a silent link is noticed (DESIGN §5), after which they come by another;
    /// longer still would hold up their author's later messages.
    /// </summary>
    public TimeSpan RepairTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How far an author's messages may be ahead of the first that is missing. Guess: 10 s of 400 messages each second.</summary>
    public ulong Window { get; init; } = 4_096;

    /// <summary>Bytes that wait for messages before them, of all authors. Guess.</summary>
    public int HeldBytesMax { get; init; } = 8 * 1024 * 1024;

    // ---- Memory ----

    /// <summary>How long a message can be had from here. Longer than the 14 s in which a silent link is noticed (DESIGN §5), three times <see cref="RepairTimeout"/>.</summary>
    public TimeSpan CacheTime { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Messages that can be had from here. Guess.</summary>
    public int CacheMessagesMax { get; init; } = 4_096;

    /// <summary>Bytes that can be had from here. Guess.</summary>
    public int CacheBytesMax { get; init; } = 8 * 1024 * 1024;

    /// <summary>Authors that are remembered although they are silent. At 250 bytes 32 are 8 KiB, less than half of the 20 KiB that an idle node may take.</summary>
    public int QuietAuthorsMax { get; init; } = 32;

    /// <summary>An author is silent after this: nobody has its messages in a cache any more, with a minute of margin, so none comes twice.</summary>
    public TimeSpan QuietAfter { get; init; } = TimeSpan.FromSeconds(105);

    /// <summary>Authors that are remembered in all; the messages of others are refused until some are silent. Guess: at 250 bytes 4 MiB.</summary>
    public int AuthorsMax { get; init; } = 16_384;

    /// <summary>Messages that were announced and not received: the shares of eight neighbours. At 200 bytes 3.2 MiB.</summary>
    public int MissingMax { get; init; } = 16_384;

    /// <summary>Of these, those that one neighbour was the first to name: what it invents takes no place from others. Guess: half of <see cref="Window"/>, 5 s of 400 messages each second.</summary>
    public int MissingPerNeighborMax { get; init; } = 2_048;

    /// <summary>Neighbours that are remembered to have one missing message: the default active view and room.</summary>
    public int AnnouncersMax { get; init; } = 8;

    // ---- Summaries ----

    /// <summary>How often, while there is something in the cache, one neighbour hears what we have. The ninth comes when the first message leaves the cache; each neighbour of five hears of each.</summary>
    public TimeSpan SummaryInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Authors in a summary, the latest first. At 50 bytes 12 KiB.</summary>
    public int SummaryAuthorsMax { get; init; } = 256;

    /// <summary>Announcements taken from one message, and made in answer to one. Guess.</summary>
    public int AnnouncementsMax { get; init; } = 1_024;

    // ---- What others can make us do ----

    /// <summary>Messages that one neighbour may have us send again at once: a whole window of one author. Guess.</summary>
    public int GraftsBurst { get; init; } = 4_096;

    /// <summary>See <see cref="GraftsBurst"/>; each second.</summary>
    public int GraftsPerSecond { get; init; } = 1_024;
}
