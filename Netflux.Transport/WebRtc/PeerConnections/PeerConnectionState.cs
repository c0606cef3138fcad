namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>Where a connection stands, in the words of the W3C's WebRTC (§4.3.3, RTCPeerConnectionState).</summary>
internal enum PeerConnectionState
{
    /// <summary>Nothing was described yet.</summary>
    New,
    /// <summary>Candidates are tried, or the DTLS handshake is under way.</summary>
    Connecting,
    /// <summary>A pair works and DTLS protects it.</summary>
    Connected,
    /// <summary>Nothing has been heard for some seconds. It may recover by itself, or by an ICE restart.</summary>
    Disconnected,
    /// <summary>No pair works, consent has expired, or DTLS or SCTP failed. An ICE restart helps only in the first two cases.</summary>
    Failed,
    /// <summary>Closed by this side, or by the other's DTLS close_notify, or SCTP's shutdown or abort. The last state.</summary>
    Closed,
}
