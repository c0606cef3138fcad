using Netflux.Identity;

namespace Netflux.Sessions;

/// <summary>The limits and intervals of one session. Each says where it comes from.</summary>
internal sealed record SessionOptions
{
    public static readonly SessionOptions Default = new();

    // ---- Sending ----

    /// <summary>Frames sent and not acknowledged wait here, to be sent again on the next link. 4 MiB: 100 Mbit/s times 320 ms.</summary>
    public int UnacknowledgedBytesMax { get; init; } = 4 << 20;

    /// <summary>Written to one link and not yet passed on by it. Guess: several records, so that the socket never idles, and little enough for control frames to stay quick.</summary>
    public int LinkBufferBytesMax { get; init; } = 256 << 10;

    /// <summary>A chunk of a large message, header included: the size at which channels take turns. DESIGN §8.</summary>
    public int ChunkBytes { get; init; } = 16 << 10;

    /// <summary>Control and relayed frames that wait to be sent. A session that cannot get rid of more is over. Guess: thousands of ordinary ones, one list of a large network many times.</summary>
    public int ControlQueueBytesMax { get; init; } = 8 << 20;

    /// <summary>
    /// Relayed frames of one network that wait to be sent. 16 circuits carried for one neighbour and 150 with an end here, 256 KiB each (RelayOptions), are 42 MiB; more comes only of a
    /// carrier that says it has read what it was never sent.
    /// </summary>
    public int RelayedQueueBytesMax { get; init; } = 48 << 20;

    // ---- Receiving ----

    /// <summary>Acknowledged at once after so many frames; the benchmark of the issue acknowledges at the same step.</summary>
    public int AckAfterFrames { get; init; } = 64;

    /// <summary>Acknowledged at once after so many bytes: a sixteenth of <see cref="UnacknowledgedBytesMax"/>, and a quarter of a network's window, when credit goes back too.</summary>
    public int AckAfterBytes { get; init; } = 256 << 10;

    /// <summary>Otherwise acknowledged after this delay, RFC 9000 §13.2.1 (max_ack_delay).</summary>
    public TimeSpan AckDelay { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Credit goes back after this delay when less than a quarter of the window was consumed. Guess: twice the delay of acknowledgements.</summary>
    public TimeSpan CreditDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The window of channel 0, in cost, on both sides. Guess: four of the largest messages that need no grant.</summary>
    public long OutsideWindowCost { get; init; } = 256 << 10;

    /// <summary>The largest message of channel 0. Guess: what a peer outside any network has to say is small.</summary>
    public int OutsideMessageBytesMax { get; init; } = 1 << 20;

    /// <summary>Reserved by large messages of one session until they are consumed: one of the default limit of a network (64 MiB).</summary>
    public long ReassemblyBytesMax { get; init; } = 64 << 20;

    /// <summary>A granted message of which no chunk came for this long, while the session has a link, is a violation. Guess.</summary>
    public TimeSpan ReassemblyStallMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a start that waits for the budget of the process looks again. Guess: below what a person notices.</summary>
    public TimeSpan GrantRetryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    // ---- Networks and invitations ----

    /// <summary>Networks of one session, in any state. Guess: far above what two peers share.</summary>
    public int NetworksMax { get; init; } = 256;

    /// <summary>Attachments by the other side that wait for our answer. Guess.</summary>
    public int AttachmentsAskedMax { get; init; } = 32;

    /// <summary>An attachment that nobody answers is refused. Guess: an actor answers within milliseconds; a join under way may take some seconds.</summary>
    public TimeSpan AttachmentAnswerMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Invitations without an answer, per direction. Guess.</summary>
    public int InvitationsMax { get; init; } = 16;

    /// <summary>The longest record of an invitation that can be made: a genesis, an admission with its chain of issuers, and names.</summary>
    public int InvitationBytesMax { get; init; } = IdentityOptions.InvitationBytesMax;

    // ---- Links ----

    /// <summary>Links of one session at once, proven. Guess: two simultaneous dials, a relayed one and a successor.</summary>
    public int LinksMax { get; init; } = 4;

    /// <summary>Two links proven within this time by different sides were dialled at the same time: as long as a handshake may take.</summary>
    public TimeSpan SimultaneousDialWindow { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the preferred one of two simultaneous links has to show life before the other is kept. Guess: more than a round trip around the world.</summary>
    public TimeSpan PreferredLinkGrace { get; init; } = TimeSpan.FromSeconds(1);

    // ---- Life ----

    /// <summary>DESIGN §5, where no network says otherwise.</summary>
    public Liveness Liveness { get; init; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(8));

    /// <summary>A deadline that fires later than this means that we slept: ping before judging (DESIGN §5).</summary>
    public TimeSpan SleptAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A session that nobody needs ends itself after this. Guess: longer than leaving one network and joining the next.</summary>
    public TimeSpan IdleLinger { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What was sent before an end in order has this long to go first. Guess: half of what Ctrl-C may take.</summary>
    public TimeSpan EndInOrderMax { get; init; } = TimeSpan.FromSeconds(2);

    // ---- Abuse ----

    /// <summary>Unnumbered frames that bring nothing new, per second: pings, acknowledgements that acknowledge nothing, ignored kinds. Guess: a hundred times what an honest peer sends.</summary>
    public int IdleFramesPerSecondMax { get; init; } = 200;

    /// <summary>Unnumbered frames in one record. An honest peer writes four at most.</summary>
    public int UnnumberedFramesPerRecordMax { get; init; } = 32;

    /// <summary>Attachments and join requests, which make us verify signatures: at once, and then each second. Guess: all networks of a session, detached and attached again.</summary>
    public int AsksBurst { get; init; } = 512;

    /// <summary>See <see cref="AsksBurst"/>; at about 1 ms each, a sixteenth of a processor.</summary>
    public int AsksPerSecond { get; init; } = 64;

    /// <summary>Unknown kinds that are refused to their sender before the session is cut off. Guess.</summary>
    public int RefusedFramesMax { get; init; } = 16;
}
