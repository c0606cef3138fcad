using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>A data channel of a connection. Every method may be called from any thread.</summary>
internal sealed class RtcChannel
{
    internal RtcChannel(RtcConnection connection, ChannelOptions options, bool isOpenedByPeer) => (Connection, Options, IsOpenedByPeer) = (connection, options, isOpenedByPeer);

    public RtcConnection Connection { get; }

    public ChannelOptions Options { get; }

    public string Label => Options.Label;

    public bool IsOpenedByPeer { get; }

    /// <summary>The stream's number; null while DCEP has not given one, which it does when the DTLS role is known (RFC 8832 §6).</summary>
    public ushort? Id => throw new NotImplementedException();

    public ChannelState State => throw new NotImplementedException();

    /// <summary>The owner's, for whatever it wants to find again in its listener.</summary>
    public object? Tag { get; set; }

    /// <summary>Bytes that were accepted and have not been sent for the first time (W3C WebRTC §6.2, bufferedAmount).</summary>
    public long BufferedAmount => throw new NotImplementedException();

    public long BufferedAmountLowThreshold { get => throw new NotImplementedException(); set => throw new NotImplementedException(); }

    /// <summary>
    /// Sends one message, copied, and on this thread puts on the wire what may go. If afterwards <see cref="BufferedAmount"/> is above
    /// <see cref="BufferedAmountLowThreshold"/>, <see cref="IRtcListener.OnBufferedAmountLow"/> will be called.
    /// </summary>
    public SendOutcome Send(ReadOnlySpan<byte> message, bool isText = false) => throw new NotImplementedException();

    /// <summary>Delivers what was sent, then closes (RFC 8831 §6.7).</summary>
    public void Close() => throw new NotImplementedException();
}
