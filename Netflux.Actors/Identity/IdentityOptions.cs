namespace Netflux.Identity;

/// <summary>The limits on records that others sign and send. Not settings: every member of a network has to judge a record alike.</summary>
internal static class IdentityOptions
{
    /// <summary>How far clocks of members may disagree before an expiry matters. Guess: unsynchronised machines are rarely further apart.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(2);

    /// <summary>From a member's admission to the one that the creator signed, both counted. Guess: invitations of invited members rarely go deeper.</summary>
    public const int AdmissionDepthMax = 8;

    /// <summary>
    /// A body of 60 bytes (two ids of 22, rights 2, two times of 7) and its envelope are at most 200 for each of 8 levels: 1,600; the rest is room for later fields. A level that came by a ticket has
    /// 512 at most (<see cref="TicketBytesMax"/>), so of those a chain holds four.
    /// </summary>
    public const int AdmissionBytesMax = 2 << 10;

    /// <summary>
    /// What an admission of 2 KiB still holds beside its own 200 bytes. A ticket without its issuer's admission has 310 at most: three ids of 22, rights 2, two times of 7, uses 6, serial 18,
    /// two hashes of 34, envelope 136; the rest is the issuer's admission.
    /// </summary>
    public const int TicketBytesMax = AdmissionBytesMax - 200;

    /// <summary>How long a ticket may be in force. Guess: who needs one for longer than a year issues another.</summary>
    public static readonly TimeSpan TicketLifeMax = TimeSpan.FromDays(366);

    /// <summary>Of a ticket's secret: nobody finds 256 bits.</summary>
    public const int TicketSecretBytes = 32;

    /// <summary>What somebody says who asks to be let in, or is not let in; UTF-8, one line. Guess: who it is and who knows it.</summary>
    public const int ApprovalTextBytesMax = 200;

    /// <summary>A body of 300 bytes (network 22, name 66, text 203, time 7) and its envelope are 436 at most; the rest is room for later fields.</summary>
    public const int ApprovalRequestBytesMax = 1 << 10;

    /// <summary>How long a wish to join waits for a decision. Guess: as long as an invitation for somebody who is offline.</summary>
    public static readonly TimeSpan ApprovalLife = TimeSpan.FromDays(7);

    /// <summary>UTF-8. Guess: a topology has a dozen fields, so 16 KiB leave room for later ones; an invitation (20 KiB) then fits a frame and a message to a server, 64 KiB each.</summary>
    public const int TopologyJsonBytesMax = 16 << 10;

    /// <summary>The topology's JSON, and 1 KiB for all else.</summary>
    public const int GenesisBytesMax = TopologyJsonBytesMax + (1 << 10);

    /// <summary>An admission (2 KiB), 8 addresses of 200 (1.6 KiB), card (194), name (64) and the small fields are below 4 KiB; the rest is room for later fields.</summary>
    public const int MemberBytesMax = 6 << 10;

    /// <summary>One of the URLs on which a member listens. Guess: ws://, a long host name, a port and the fixed path; 8 of them still fit an introduction.</summary>
    public const int AddressBytesMax = 200;

    /// <summary>A genesis, an admission, and 1 KiB for names.</summary>
    public const int InvitationBytesMax = GenesisBytesMax + AdmissionBytesMax + (1 << 10);

    /// <summary>Sealed. An invitation, a member's record, and 1 KiB for the ids, times, envelope and seal. It fits a message to a server (64 KiB).</summary>
    public const int KeptInvitationBytesMax = InvitationBytesMax + MemberBytesMax + (1 << 10);

    /// <summary>How long a server keeps an invitation for somebody who is offline. Guess: who does not look in for a week is asked again by other means.</summary>
    public static readonly TimeSpan KeptInvitationLifeMax = TimeSpan.FromDays(7);

    /// <summary>A body of 118 bytes (network 22, epoch 11, two roots of 34, members 6, time 11) and its envelope are 255 at most; the rest is room for later fields.</summary>
    public const int TrackerRootBytesMax = 512;

    /// <summary>A body of 55 bytes (two ids of 22, time 11) and its envelope are 192 at most; the rest is room for later fields.</summary>
    public const int RemovalBytesMax = 512;

    /// <summary>Removals that are part of a network's map, the newest; not a setting also because each server that reads the same store has to come to the same root. Guess: 200 KiB of them; who was removed before that is as if it had never been a member.</summary>
    public const int RemovalsMax = 1_024;

    /// <summary>The server named in an invitation: the same length as an address. Guess.</summary>
    public const int ServerBytesMax = 200;

    /// <summary>
    /// Sealed. The longest admission (1,600), 8 addresses (1,624), card (197), name, ids and envelopes (450) and the seal (81) are 3,952 at most, a signal <see cref="DescriptionBytesMax"/>
    /// and 16: 7,968. It fits a message to a server (64 KiB) and a frame between members (256 KiB).
    /// </summary>
    public const int IntroductionBytesMax = 8 << 10;

    /// <summary>An offer or an answer. Chromium's has about 450 bytes without candidates, and some 120 for each: about 25 of them fit, and the others are told later.</summary>
    public const int DescriptionBytesMax = 4_000;

    /// <summary>One candidate line. Two IPv6 addresses of 39 and all extensions that browsers write (RFC 8839 §5.1) are about 220.</summary>
    public const int CandidateBytesMax = 256;

    /// <summary>Candidate lines in one introduction: with two bytes of envelope each they are together no longer than a description.</summary>
    public const int CandidatesMax = DescriptionBytesMax / (CandidateBytesMax + 3);

    /// <summary>An introduction that says another time than ours by more than this is old, or repeated. Two clocks that are both <see cref="ClockTolerance"/> off, and a minute for the way.</summary>
    public static readonly TimeSpan IntroductionAgeMax = 2 * ClockTolerance + TimeSpan.FromMinutes(1);

    /// <summary>Of genesis and introduction: 128 bits are never drawn twice.</summary>
    public const int NonceBytes = 16;
}
