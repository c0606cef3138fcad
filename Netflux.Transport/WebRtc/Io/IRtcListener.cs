using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// What one connection tells its owner. Calls come one at a time and in order, on a thread of the port (never the caller's of a handle's method), with no lock
/// held: every method of the handles may be called from within, and what is sent from within leaves in one batch after it. The thread serves other connections
/// too: return soon, never block. An exception is a bug of the listener: it is logged, and the connection is closed.
/// </summary>
internal interface IRtcListener
{
    /// <summary>The offer or the answer for the other side, to be carried there by whatever signaling there is.</summary>
    void OnDescription(RtcConnection connection, bool isOffer, string sdp);

    /// <summary>A candidate for the other side (RFC 8838), as <c>candidate:…</c>; the empty string says that there will be no more in this generation.</summary>
    void OnCandidate(RtcConnection connection, string candidate);

    /// <summary>The connection is in another state, with a sentence that says why. Nothing comes after <see cref="PeerConnectionState.Closed"/>.</summary>
    void OnStateChanged(RtcConnection connection, PeerConnectionState state, string why);

    /// <summary>A channel is open: one of ours, or (<see cref="RtcChannel.IsOpenedByPeer"/>) one that the other side opened. Before any message of it.</summary>
    void OnChannelOpened(RtcChannel channel);

    /// <summary>A message came. Its buffer is the listener's, who returns it to the pool.</summary>
    void OnMessage(RtcChannel channel, RtcMessage message);

    /// <summary><see cref="RtcChannel.BufferedAmount"/> fell from above <see cref="RtcChannel.BufferedAmountLowThreshold"/> to it or below.</summary>
    void OnBufferedAmountLow(RtcChannel channel);

    /// <summary>The channel's last word: closed by either side, or with its connection.</summary>
    void OnChannelClosed(RtcChannel channel);
}
