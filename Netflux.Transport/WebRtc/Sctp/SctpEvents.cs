namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>What happened in an association, beside messages.</summary>
internal abstract record SctpEvent;

/// <summary>Both sides are there; what was sent before goes now.</summary>
internal sealed record AssociationEstablished(bool Interleaving, bool PartialReliability, bool StreamReset, bool ZeroChecksum) : SctpEvent;

/// <summary>What waits in this stream fell to the threshold or below.</summary>
internal sealed record BufferedAmountLow(StreamId Stream) : SctpEvent;

/// <summary>The other has reset its outgoing stream: what it sends there from now on begins anew. It may be told twice, where an answer was lost.</summary>
internal sealed record StreamResetByPeer(StreamId Stream) : SctpEvent;

/// <summary>What <see cref="SctpAssociation.ResetStream"/> asked for is settled: performed, or refused by the other, which then keeps its state.</summary>
internal sealed record StreamResetDone(StreamId Stream, bool Performed) : SctpEvent;

/// <summary>It is over.</summary>
/// <param name="Text">A sentence for people.</param>
internal sealed record AssociationClosed(SctpCloseReason Reason, string Text) : SctpEvent;

/// <summary>Why an association ended.</summary>
internal enum SctpCloseReason
{
    /// <summary>One side shut down, and all was delivered.</summary>
    Shutdown,

    /// <summary>We aborted it as asked.</summary>
    AbortedHere,

    /// <summary>The other aborted it.</summary>
    AbortedByPeer,

    /// <summary>The other broke the protocol, and we aborted.</summary>
    ProtocolViolation,

    /// <summary>The other wanted more memory than the limits give.</summary>
    OutOfResource,

    /// <summary>The other began anew: it has forgotten its streams, so ours mean nothing any more.</summary>
    PeerRestarted,

    /// <summary>No answer to INIT or COOKIE ECHO.</summary>
    HandshakeTimedOut,

    /// <summary>No answer any more.</summary>
    PeerUnreachable,
}
