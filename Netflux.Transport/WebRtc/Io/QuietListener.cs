using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>Hears everything and does nothing.</summary>
internal abstract class QuietListener : IRtcListener
{
    public virtual void OnDescription(RtcConnection connection, bool isOffer, string sdp) { }

    public virtual void OnCandidate(RtcConnection connection, string candidate) { }

    public virtual void OnStateChanged(RtcConnection connection, PeerConnectionState state, string why) { }

    public virtual void OnChannelOpened(RtcChannel channel) { }

    public virtual void OnMessage(RtcChannel channel, RtcMessage message) => message.Return();

    public virtual void OnBufferedAmountLow(RtcChannel channel) { }

    public virtual void OnChannelClosed(RtcChannel channel) { }
}
