using System.Globalization;

namespace Netflux.Links;

/// <summary>Names a link inside one process.</summary>
internal readonly record struct LinkId(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

internal enum LinkKind
{
    WebSocket,
    Memory,
    Relayed,
    DataChannel,
}

/// <summary>Who began the link. The dialler's Hello comes first.</summary>
internal enum LinkRole
{
    Dialler,
    Listener,
}

/// <summary>
/// Why a link was closed; travels in the Close message and as the WebSocket close code (RFC 6455 §7.4.2 leaves 4000–4999 to applications).
/// </summary>
internal enum CloseCode
{
    /// <summary>The session does not need the link any more, or another took over.</summary>
    Done = 4000,
    /// <summary>The link broke without a word from the other side.</summary>
    Lost = 4001,
    /// <summary>Bytes that are not what was due: frames before the handshake.</summary>
    HandshakeExpected = 4010,
    /// <summary>The handshake took longer than its limit.</summary>
    HandshakeTimeout = 4011,
    /// <summary>A Hello that cannot be read.</summary>
    HelloInvalid = 4012,
    /// <summary>No common version.</summary>
    VersionNotSupported = 4013,
    /// <summary>The dialler meant another authority than this listener's.</summary>
    AuthorityMismatch = 4014,
    /// <summary>The signature does not hold for this link.</summary>
    ProofInvalid = 4015,
    /// <summary>The proof, or the nonce under it, was used before.</summary>
    ProofReplayed = 4016,
    /// <summary>Another peer answered than the one that was dialled.</summary>
    WrongPeer = 4017,
    /// <summary>A peer that dials itself.</summary>
    Self = 4018,
    /// <summary>A newer incarnation of the peer is running.</summary>
    Replaced = 4019,
    /// <summary>A record that does not open under the link's keys.</summary>
    SealBroken = 4020,
    /// <summary>A frame that breaks the protocol; the text says which rule.</summary>
    ProtocolViolated = 4021,
    /// <summary>A message above the limit.</summary>
    TooLarge = 4022,
    /// <summary>More than was granted, or faster than the limits allow.</summary>
    Flooding = 4023,
    /// <summary>Too many links that are not proven yet, in all or from this address.</summary>
    TooManyUnproven = 4024,
    /// <summary>The process is shutting down.</summary>
    Stopping = 4025,
    /// <summary>The peer was disconnected by the user.</summary>
    Disconnected = 4026,
    /// <summary>A relayed link whose carrier gave up.</summary>
    RelayClosed = 4027,

    // Of the connection between a peer and a signaling server.

    /// <summary>The peer did not renew its lease in time.</summary>
    LeaseExpired = 4040,
    /// <summary>The same incarnation connected again; the newer connection counts.</summary>
    ConnectedAgain = 4041,
    /// <summary>Too many connections, in all or from this address.</summary>
    TooManyConnections = 4042,
    /// <summary>The other side does not read what is sent; also of a link between peers.</summary>
    NotReading = 4043,
    /// <summary>A newer incarnation was seen, which is not online now: connect again with a higher one.</summary>
    IncarnationOld = 4044,
    /// <summary>What answers is not a signaling server.</summary>
    NotSignaling = 4045,
    /// <summary>A door, a name or a key that is not of the form that the server takes.</summary>
    NameInvalid = 4046,
}
