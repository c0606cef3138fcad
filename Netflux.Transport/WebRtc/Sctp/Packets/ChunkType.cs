namespace Netflux.Transport.WebRtc.Sctp.Packets;

/// <summary>The types of chunks that are understood here (RFC 9260 §3.2, and the RFCs named). What is done with others their two high bits say.</summary>
internal enum ChunkType : byte
{
    Data = 0,
    Init = 1,
    InitAck = 2,
    Sack = 3,
    Heartbeat = 4,
    HeartbeatAck = 5,
    Abort = 6,
    Shutdown = 7,
    ShutdownAck = 8,
    Error = 9,
    CookieEcho = 10,
    CookieAck = 11,
    ShutdownComplete = 14,
    IData = 64,           // RFC 8260 §2.1
    Reconfig = 130,       // RFC 6525 §3.1
    ForwardTsn = 192,     // RFC 3758 §3.2
    IForwardTsn = 194,    // RFC 8260 §2.3.1
}
