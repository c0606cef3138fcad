namespace Netflux.Transport.WebRtc.Dtls;

/// <summary>The limits of DTLS. Every number says where it comes from.</summary>
internal sealed record DtlsOptions
{
    public static readonly DtlsOptions Default = new();

    /// <summary>From the first flight to the last. Guess: seven resends, the last after 12.7 s; who was not heard until then has no path.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// When a flight is first sent again, where the round trip is not known; each resend doubles it. RFC 6347 §4.2.4.1 recommends 1 s for a path of which nothing is
    /// known, and allows less to applications that are sensitive to latency; here connectivity checks have just crossed it. Guess: above the round trip of most pairs,
    /// and where it is not, a flight of some 800 bytes travels twice.
    /// </summary>
    public TimeSpan FirstResend { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>With a known round trip the first resend is after twice that, but not sooner than this. As libwebrtc does it (50 ms, twice the round trip of ICE).</summary>
    public TimeSpan FirstResendMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>And not later. RFC 6347 §4.2.4.1: 1 s.</summary>
    public TimeSpan FirstResendMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The datagrams of the handshake, beyond which messages are split. Arithmetic: IPv6 carries packets of 1,280 bytes everywhere (RFC 8200 §5), less 48 of headers,
    /// less 36 for a relay's indication (RFC 8656 §11), rounded down.
    /// </summary>
    public int DatagramBytesMax { get; init; } = 1_190;

    /// <summary>Records of a handshake that are longer are dropped. Arithmetic: an Ethernet frame carries 1,472 bytes; with room for others.</summary>
    public int HandshakeRecordBytesMax { get; init; } = 2_048;

    /// <summary>Records that wait for the handshake's thread; beyond them they are dropped, and come again. Arithmetic: the longest flight has 6 messages, a few more where they are split, a few times over.</summary>
    public int HandshakeRecordsMax { get; init; } = 32;

    /// <summary>A message of the handshake. Guess: certificates of this world have below 1 KiB; chains of several are allowed. 16 messages may be put together at once.</summary>
    public int HandshakeMessageBytesMax { get; init; } = 16 * 1024;

    /// <summary>Datagrams of the handshake that wait to be sent; the oldest are dropped, and sent again. Arithmetic: two flights of at most 4 datagrams, twice.</summary>
    public int HandshakeDatagramsMax { get; init; } = 16;

    /// <summary>
    /// Records of the other side that came before our handshake was complete, and are kept. Arithmetic: the last flight and the first data often travel back to back; an
    /// SCTP association begins with two packets (INIT, COOKIE ECHO), each sent perhaps twice, and DATA behind the cookie.
    /// </summary>
    public int EarlyRecordsMax { get; init; } = 16;

    /// <summary>
    /// Handshakes that run at once in a process, each on a thread. Arithmetic: on a path of 100 ms a handshake takes 0.2 s of waiting, so these are 1,280 in a second,
    /// more than two cores compute (2 ms for each side). Their stacks take 64 MiB of addresses and about a tenth of it of memory.
    /// </summary>
    public int HandshakesMax { get; init; } = 256;

    /// <summary>Handshakes that wait for one of those; beyond them they fail. Arithmetic: as many as a port has connections.</summary>
    public int HandshakesWaitingMax { get; init; } = 4_096;

    /// <summary>The stack of a handshake's thread. Measured: 256 KiB carries BouncyCastle's handshake in both roles, with the platform's elliptic curves under it.</summary>
    public int HandshakeStackBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// Records that may be sealed under one key, and opened; then the connection ends, and the owner makes a new one. TLS 1.2 has no new keys for a connection but
    /// renegotiation, which nobody speaks. Nonces would last for 2⁴⁸ records. Arithmetic: RFC 8446 §5.5 stops AES-GCM after 2^24.5 records of 2¹⁴ bytes, that is
    /// 2^34.5 blocks, which leaves an attacker an advantage of 2⁻⁶⁰; 2⁴⁰ records of 1,200 bytes are 2^46.3 blocks and leave 2⁻³⁶, after 1.3 PB, or 61 days at
    /// 250 MB/s. We prefer an advantage that is still negligible to ending links that carry much every 25 minutes.
    /// </summary>
    public long RecordsMax { get; init; } = 1L << 40;

    /// <summary>Records that did not open, after which the connection ends. RFC 9147 §4.5.3: 2³⁶ for AES-GCM.</summary>
    public long ForgeriesMax { get; init; } = 1L << 36;
}
