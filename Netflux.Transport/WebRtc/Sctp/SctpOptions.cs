using Netflux.Transport.WebRtc.Sctp.Send;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>The limits and times of an association. Every number says where it comes from.</summary>
internal sealed record SctpOptions
{
    /// <summary>What most associations use.</summary>
    public static SctpOptions Default { get; } = new();

    // ---- Who speaks to whom ----

    /// <summary>Our SCTP port. Source: RFC 8841 §5, 5000 unless the SDP says otherwise.</summary>
    public ushort LocalPort { get; init; } = 5000;

    /// <summary>The other's SCTP port, from its SDP.</summary>
    public ushort RemotePort { get; init; } = 5000;

    /// <summary>
    /// The longest packet written, in bytes; a multiple of four. Source: arithmetic. IPv6 carries 1,280 bytes everywhere (RFC 8200 §5); 40 of them are IP's, 8 are UDP's
    /// and 37 are those of a DTLS record with AES-GCM; RFC 8261 §5 and libwebrtc start at about the same.
    /// </summary>
    public int PacketBytesMax { get; init; } = (1280 - 40 - 8 - 37) & ~3;

    /// <summary>Whether a checksum of zero is accepted, and used where the other accepts it (RFC 9653): DTLS below detects errors better.</summary>
    public bool ZeroChecksum { get; init; } = true;

    /// <summary>Whether messages may be interleaved (RFC 8260) with a peer that can: a long message then does not hold up those of other streams.</summary>
    public bool Interleaving { get; init; } = true;

    // ---- What a peer can make grow ----

    /// <summary>
    /// How many bytes may wait here: in fragments, behind a gap, or for <see cref="SctpAssociation.TryReceive"/>; it is the window that the peer is told. Source: libwebrtc's
    /// 5 MiB; it carries 50 MB/s over a round trip of 100 ms.
    /// </summary>
    public int ReceiveBufferBytes { get; init; } = 5 * 1024 * 1024;

    /// <summary>The largest message that is taken, in bytes; a larger one ends the association. Source: what libwebrtc announces in its SDP.</summary>
    public int ReceivedMessageBytesMax { get; init; } = 256 * 1024;

    /// <summary>What each waiting message or fragment counts beside its bytes, so that a buffer full of tiny ones is bounded too. Source: arithmetic, an array's header and the entry of a queue.</summary>
    public int WaitingOverheadBytes { get; init; } = 64;

    /// <summary>How far ahead of the cumulative TSN a TSN is taken. Source: a gap block counts with 16 bits (RFC 9260 §3.3.4); what is farther could not be acknowledged.</summary>
    public int TsnsAheadMax { get; init; } = 65_535;

    /// <summary>How many gap blocks a SACK carries. Source: what fits a packet of 1,192 bytes behind 28 of headers.</summary>
    public int GapBlocksMax { get; init; } = 290;

    /// <summary>How many duplicates one SACK reports; further ones go unreported, which RFC 9260 §6.2 allows. Source: guess, a burst of retransmissions.</summary>
    public int DuplicatesReportedMax { get; init; } = 32;

    /// <summary>Messages of interleaving streams that have begun and not ended; more end the association. Source: guess, one for each of 8,192 streams at once.</summary>
    public int OpenMessagesMax { get; init; } = 8192;

    /// <summary>Streams that each side may use. Source: RFC 8831 §6.2. What a stream costs here is 16 bytes and the share of a page: at most 1 MiB.</summary>
    public ushort StreamsMax { get; init; } = 65_535;

    /// <summary>Answers (INIT ACK, HEARTBEAT ACK, ERROR …) that wait for the next packet; further ones are not given, and the peer asks again. Source: guess, more than one batch of datagrams asks for.</summary>
    public int AnswersQueuedMax { get; init; } = 16;

    /// <summary>The longest cookie that is echoed, and the longest heartbeat that is answered. Source: usrsctp's cookies of about 600 bytes; both must fit a packet.</summary>
    public int EchoedBytesMax { get; init; } = 1024;

    // ---- What the application can make grow ----

    /// <summary>The largest message that is sent: what the other's SDP announces. Source: RFC 8841 §6.1, 64 KiB where it says nothing.</summary>
    public int SentMessageBytesMax { get; init; } = 256 * 1024;

    /// <summary>How many bytes are accepted and not yet acknowledged; beyond it nothing more is accepted. Source: libwebrtc's queue of 16 MiB.</summary>
    public int SendBufferBytes { get; init; } = 16 * 1024 * 1024;

    // ---- Times ----

    /// <summary>Before the first measurement. Source: RFC 6298 §2.1 says 1 s; libwebrtc takes 500 ms, as ICE has just measured that the path is alive.</summary>
    public TimeSpan RtoInitial { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Source: RFC 9260 §16 says 1 s, which at a round trip of 1 ms is a thousand round trips of silence. Linux's TCP takes 200 ms; this is above the 200 ms for which a peer
    /// may hold a SACK back (RFC 9260 §6.2).
    /// </summary>
    public TimeSpan RtoMin { get; init; } = TimeSpan.FromMilliseconds(220);

    /// <summary>Source: RFC 9260 §16 says 60 s. Here ICE's consent (RFC 7675, 30 s) judges the path, and a path that comes back within it is to be used at once: libwebrtc's back-off ends at 3 s, too.</summary>
    public TimeSpan RtoMax { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Between retransmissions of INIT and COOKIE ECHO at first. Source: RFC 9260 §5.1 says RTO.Initial.</summary>
    public TimeSpan HandshakeRtoInitial { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often INIT or COOKIE ECHO is sent again. Source: RFC 9260 §16, Max.Init.Retransmits.</summary>
    public int HandshakeRetransmitsMax { get; init; } = 8;

    /// <summary>Time-outs in a row after which the peer counts as gone. Source: RFC 9260 §16, Association.Max.Retrans; with the RTOs above some 25 s, near the 30 s of ICE's consent.</summary>
    public int RetransmitsMax { get; init; } = 10;

    /// <summary>How long a SACK may wait for company. Source: RFC 9260 §6.2 says at most 200 ms; guess, shorter, as a lone packet every 50 ms costs nothing.</summary>
    public TimeSpan SackDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a state cookie holds. Source: RFC 9260 §16, Valid.Cookie.Life.</summary>
    public TimeSpan CookieLife { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long nothing must have been sent before a heartbeat. Source: RFC 9260 §16, HB.Interval.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(30);

    // ---- Congestion ----

    /// <summary>The first window, in packets. Source: RFC 6928, ten.</summary>
    public int InitialWindowPackets { get; init; } = 10;

    /// <summary>The window never falls below this, in packets. Source: RFC 9260 §7.2.3, four.</summary>
    public int WindowPacketsMin { get; init; } = 4;

    /// <summary>Makes the congestion control of one association.</summary>
    public Func<CongestionParameters, ICongestionControl> CreateCongestionControl { get; init; } = static parameters => new CubicCongestionControl(parameters);

    internal TimeSpan RtoWithin(TimeSpan rto) => rto < RtoMin ? RtoMin : rto > RtoMax ? RtoMax : rto;
}
