using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>The numbers of ICE.</summary>
internal sealed record IceOptions
{
    /// <summary>How often a check is repeated, and when it is given up: RFC 8445 §14.3 has the values of RFC 8489 §6.2.1, 39.5 s in all.</summary>
    public StunOptions Checks { get; init; } = new();

    /// <summary>Ta, between two ordinary checks: RFC 8445 §14.2, 50 ms. Triggered checks, which an authenticated request asks for, do not wait.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// So many ordinary checks may go at once after a pause. RFC 8445 §14.2 has one; but a check is one packet of about 120 bytes, RFC 6928 lets every TCP connection begin with ten
    /// of 1,460, and a machine with four interfaces would wait 150 ms for the pair that works.
    /// </summary>
    public int ChecksAtOnce { get; init; } = 8;

    /// <summary>The least time between two checks of one pair that requests of the other side trigger: Ta (see <see cref="CheckInterval"/>). A check that was sent in its turn does not count: it may be lost, and this is how that is found out soonest.</summary>
    public TimeSpan TriggeredInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Checks of one pair that are waited for at once; the oldest is forgotten. Arithmetic: those of consent, one each <see cref="ConsentRepeat"/> for <see cref="AnswerWait"/>, make
    /// five; one under way, one that a triggered one replaced, and one that nominates, three.
    /// </summary>
    public int ChecksPerPairMax { get; init; } = 8;

    /// <summary>How long an answer to a check is waited for that is not repeated any more: cancelled, or of consent. Guess: ten times a long round trip.</summary>
    public TimeSpan AnswerWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long candidates are waited for, and checks of the other side, before nothing working is a failure: RFC 8863 §3, the time of one whole check.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(39.5);

    /// <summary>
    /// A pair that leads over a relay is nominated after this, if better pairs are still being checked. Guess: a direct path, if there is one, answers within a few round trips. Data
    /// does not wait for it; direct pairs are nominated at once.
    /// </summary>
    public TimeSpan NominationPatience { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// For so long after a nomination a better pair that works is nominated in its place. Guess: four transmissions of a check fit. RFC 8445 §8.1.1 nominates once; but peers of RFC 5245,
    /// which browsers are, follow the highest nominated pair, and the others stay with the first and lose nothing.
    /// </summary>
    public TimeSpan SwitchTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Between two checks of consent: RFC 7675 §5.1, 5 s …</summary>
    public TimeSpan ConsentInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>… randomised by 0.8 to 1.2 (the same section).</summary>
    public double ConsentSpread { get; init; } = 0.2;

    /// <summary>Without an answer for this long nothing more is sent on a pair: RFC 7675 §5.1.</summary>
    public TimeSpan ConsentExpiry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An unanswered check of consent is followed by another after this, so that one lost packet is no silence. Guess: above ordinary round trips.</summary>
    public TimeSpan ConsentRepeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A pair that has not answered for this long after a check was sent is called disconnected. Guess: five checks were lost by then.</summary>
    public TimeSpan DisconnectedAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After nomination, a pair on which nothing is heard is forgotten after this: the time of consent (<see cref="ConsentExpiry"/>), without which it could not be used.</summary>
    public TimeSpan IdlePairKept { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The pair before a restart is kept for so long after the next was selected, for what is still on its way. Guess: two Maximum Segment Lifetimes in practice are less.</summary>
    public TimeSpan FormerKept { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Candidates of ours. Guess: 16 interfaces with 4 addresses each.</summary>
    public int LocalCandidatesMax { get; init; } = 64;

    /// <summary>Announced candidates of the other side, names among them. Guess: as <see cref="LocalCandidatesMax"/>; with one base of ours they make fewer pairs than <see cref="PairsMax"/>.</summary>
    public int RemoteCandidatesMax { get; init; } = 64;

    /// <summary>Sources of authenticated checks that nobody announced; the oldest unused gives way. Guess: a NAT in front of each of a few interfaces, and some rebindings.</summary>
    public int PeerReflexiveMax { get; init; } = 16;

    /// <summary>RFC 8445 §6.1.2.5: 100 pairs; the lowest give way.</summary>
    public int PairsMax { get; init; } = 100;

    /// <summary>Checks that arrived before the description and trigger ours once it is there. Guess: one for each path of a few interfaces on both sides.</summary>
    public int EarlyChecksMax { get; init; } = 16;

    /// <summary>Messages that wait to be taken; the oldest are lost, as on the way. Guess: a whole checklist, and the answers to the other side's.</summary>
    public int MessagesQueuedMax { get; init; } = 256;

    /// <summary>Refusals of requests that are not authenticated, at once and each second; more are dropped silently, so that this port is no reflector. Guess.</summary>
    public int RefusalsBurst { get; init; } = 10;

    /// <summary>See <see cref="RefusalsBurst"/>.</summary>
    public double RefusalsPerSecond { get; init; } = 10;
}
