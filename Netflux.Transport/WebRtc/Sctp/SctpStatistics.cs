namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>What an association has counted, and how its path is.</summary>
/// <param name="MessagesAbandoned">Given up by their lifetime or their retransmissions; some of them may have arrived all the same.</param>
/// <param name="ChunksRetransmitted">Of DATA and I-DATA.</param>
/// <param name="RetransmissionTimeouts">Times that T3-rtx ran out.</param>
/// <param name="TailLossProbes">Times that the last chunk was sent again to learn whether it arrived.</param>
/// <param name="PacketsDropped">Packets that were not ours, not whole, or had a false checksum.</param>
/// <param name="ReceiveBytesUsed">What waits here and counts against the window that the other may fill.</param>
internal readonly record struct SctpStatistics(
    long PacketsSent, long PacketsReceived, long PacketsDropped, long MessagesSent, long MessagesReceived, long MessagesAbandoned,
    long ChunksRetransmitted, long RetransmissionTimeouts, long TailLossProbes, TimeSpan RoundTrip, long CongestionWindow, long BytesInFlight, long ReceiveBytesUsed);
