using Netflux.Transport.WebRtc.Dcep;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>A data channel of a connection. Every method may be called from any thread.</summary>
internal sealed class RtcChannel
{
    private readonly DataChannel _channel;

    internal RtcChannel(RtcConnection connection, DataChannel channel)
    {
        (Connection, _channel) = (connection, channel);
        var terms = channel.Terms;
        Options = new()
        {
            Label = terms.Label,
            Protocol = terms.Protocol,
            Ordered = terms.Ordered,
            MaxRetransmits = terms.RetransmitsMax,
            MaxLifetime = terms.Lifetime,
            NegotiatedId = channel.IsNegotiated ? channel.Id?.Value : null,
        };
    }

    public RtcConnection Connection { get; }

    public ChannelOptions Options { get; }

    public string Label => Options.Label;

    public bool IsOpenedByPeer => _channel.IsOpenedByPeer;

    /// <summary>The stream's number; null while DCEP has not given one, which it does when the DTLS role is known (RFC 8832 §6).</summary>
    public ushort? Id => Connection.IdOf(_channel);

    public ChannelState State => Connection.StateOf(_channel);

    /// <summary>The owner's, for whatever it wants to find again in its listener.</summary>
    public object? Tag { get; set; }

    /// <summary>Bytes that were accepted and have not been sent for the first time (W3C WebRTC §6.2, bufferedAmount).</summary>
    public long BufferedAmount => Connection.BufferedAmountOf(_channel);

    public long BufferedAmountLowThreshold { get => Connection.LowThresholdOf(_channel); set => Connection.SetLowThreshold(_channel, value); }

    /// <summary>
    /// Sends one message, copied, and on this thread puts on the wire what may go; of a burst of small messages the later ones follow in a moment, together. If afterwards <see cref="BufferedAmount"/> is above
    /// <see cref="BufferedAmountLowThreshold"/>, <see cref="IRtcListener.OnBufferedAmountLow"/> will be called.
    /// </summary>
    public SendOutcome Send(ReadOnlySpan<byte> message, bool isText = false) => Connection.Send(_channel, message, isText);

    /// <summary>Delivers what was sent, then closes (RFC 8831 §6.7).</summary>
    public void Close() => Connection.CloseChannel(_channel);
}
