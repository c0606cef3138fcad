using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>What became of a chunk that has a TSN.</summary>
internal enum ChunkState : byte
{
    Free = 0,

    /// <summary>Sent, and nothing heard of it.</summary>
    InFlight,

    /// <summary>Taken for lost; it is to be sent again.</summary>
    Lost,

    /// <summary>Arrived, says a gap block; it is kept until the cumulative TSN covers it (RFC 9260 §6.2.1).</summary>
    Acknowledged,

    /// <summary>Given up with its message (RFC 3758 §3.5 A).</summary>
    Abandoned,
}

/// <summary>A chunk that was sent and is not yet covered by the other's cumulative TSN.</summary>
internal struct OutstandingChunk
{
    /// <summary>The value of <see cref="RetransmitsMax"/> for no limit.</summary>
    public const int Unlimited = int.MaxValue;

    /// <summary>Null for what carries nothing: the mark at the end of a message that was given up in the middle.</summary>
    public Slab? Slab;
    public int Offset;
    public ushort Length;

    /// <summary>What it takes of a packet: header, payload and padding. The window counts these.</summary>
    public ushort WireLength;

    public StreamId Stream;
    public DataFlags Flags;
    public uint Number;
    public PayloadProtocolId Ppid;
    public uint Fragment;

    public Instant SentAt;

    /// <summary>Which transmission of all it was: the clock may stand still between two packets, this does not.</summary>
    public long SentOrder;
    public int Transmissions;
    public int RetransmitsMax;
    public Instant ExpiresAt;
}
