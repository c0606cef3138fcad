using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// A connection to one peer. One side calls <see cref="Offer"/>; the other is given that offer by <see cref="TrySetRemoteDescription"/> and answers by itself.
/// Every method may be called from any thread; what comes of it is told to the listener.
/// </summary>
internal sealed class RtcConnection
{
    public PeerConnectionState State => throw new NotImplementedException();

    /// <summary>
    /// Both certificates' SHA-256 fingerprints, the offerer's and then the answerer's, 64 bytes: what names this connection and no other. Empty before both
    /// descriptions are known; the DTLS handshake holds the other side to its own.
    /// </summary>
    public ReadOnlyMemory<byte> Binding => throw new NotImplementedException();

    /// <summary>The largest message that the other side takes (RFC 8841 §6), and this side sends.</summary>
    public int MessageBytesMax => throw new NotImplementedException();

    /// <summary>The owner's, for whatever it wants to find again in its listener.</summary>
    public object? Tag { get; set; }

    /// <summary>Opens a channel: at once where it is negotiated and the association is up, else when it is. Null where no further number is free or the connection is closed.</summary>
    public RtcChannel? OpenChannel(ChannelOptions options) => throw new NotImplementedException();

    /// <summary>Makes an offer, told by <see cref="IRtcListener.OnDescription"/>, and begins to gather candidates.</summary>
    public void Offer() => throw new NotImplementedException();

    /// <summary>
    /// What the other side described. An offer is answered by itself, told by <see cref="IRtcListener.OnDescription"/>; so is one that restarts ICE.
    /// False, with a sentence that says why, where it cannot be read or does not fit; the connection stays as it was.
    /// </summary>
    public bool TrySetRemoteDescription(bool isOffer, string sdp, out string? why) => throw new NotImplementedException();

    /// <summary>A candidate of the other side as it was told, with or without <c>a=</c>; the empty string ends them. False where it cannot be read, which does no harm.</summary>
    public bool TryAddRemoteCandidate(string candidate) => throw new NotImplementedException();

    /// <summary>A new offer with new credentials (RFC 8445 §9): the way is searched for again while the channels stay.</summary>
    public void RestartIce() => throw new NotImplementedException();

    /// <summary>
    /// No message is told until <see cref="ResumeReceiving"/>, apart from those already on the way to the listener in this batch. What is not taken closes the
    /// receive window, and so stops the sender.
    /// </summary>
    public void PauseReceiving() => throw new NotImplementedException();

    public void ResumeReceiving() => throw new NotImplementedException();

    public ConnectionReport Report() => throw new NotImplementedException();

    /// <summary>Closes at once: channels, association, DTLS. What was not sent is lost.</summary>
    public void Close() => throw new NotImplementedException();
}
