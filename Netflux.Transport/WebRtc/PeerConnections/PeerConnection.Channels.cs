using Netflux.Core;
using Netflux.Transport.WebRtc.Dcep;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Sctp;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>The channels of this connection; <see cref="Dcep.DataChannels"/> knows how they open, close and carry messages.</summary>
internal sealed partial class PeerConnection
{
    private readonly Dcep.DataChannels _channels;
    private TellBufferedAmountLow? _lastLow; // told each time that a sender who keeps up has caught up

    /// <summary>Opens a channel, or prepares it where the association is not there yet. Null where its number is taken, none is free, or the connection is closed.</summary>
    public DataChannel? OpenChannel(ChannelOptions options, Instant now)
    {
        if (_state == PeerConnectionState.Closed) return null;
        StreamId? negotiated = options.NegotiatedId is { } id ? new(id) : null;
        var channel = _channels.Open(new(options.Label, options.Protocol, options.Ordered, options.MaxRetransmits, options.MaxLifetime), negotiated, now);
        DrainChannels();
        return channel;
    }

    public SendOutcome Send(DataChannel channel, ReadOnlySpan<byte> message, bool isText, Instant now) => _channels.Send(channel, message, isText, now) switch
    {
        DataChannelSend.Accepted => SendOutcome.Accepted,
        DataChannelSend.NotOpen => SendOutcome.NotOpen,
        DataChannelSend.TooLarge => SendOutcome.TooLarge,
        _ => SendOutcome.BufferFull,
    };

    /// <summary>
    /// The next message; until it is taken it counts against what the other side may send. False also where there are instructions to be taken first: a channel is told before
    /// its messages.
    /// </summary>
    public bool TryReceive(Instant now, out DataChannelMessage message)
    {
        message = default;
        if (HasInstructions) return false;
        var received = _channels.TryReceive(out message, now);
        if (received) return true;
        DrainChannels();
        if (_ending is { } why) End(why, now);
        return false;
    }

    public long BufferedAmount(DataChannel channel) => _channels.BufferedBytes(channel);

    public void SetBufferedAmountLowThreshold(DataChannel channel, long bytes) => _channels.SetLowThreshold(channel, bytes);

    public void CloseChannel(DataChannel channel, Instant now)
    {
        _channels.Close(channel, now);
        DrainChannels();
    }

    private void StartAssociation(DtlsRole role, ushort remotePort, Instant now)
    {
        _association = new(_options.Sctp with { RemotePort = remotePort, SentMessageBytesMax = SentMessageBytesMax }, _random);
        _channels.Start(_association, role == DtlsRole.Client, SentMessageBytesMax, now);
        DrainChannels();
    }

    private void DrainAssociation(Instant now)
    {
        while (_association is { } association && association.TryTake(out var happened))
        {
            _channels.Handle(happened, now);
            if (happened is AssociationClosed closed) EndOnceRead(closed.Text, now);
        }
        DrainChannels();
    }

    private void DrainChannels()
    {
        while (_channels.TryTake(out var happened))
        {
            Emit(happened switch
            {
                DataChannelOpened e => new TellChannelOpened(e.Channel),
                DataChannelBufferLow e => _lastLow?.Channel == e.Channel ? _lastLow : _lastLow = new(e.Channel),
                DataChannelClosed e => new TellChannelClosed(e.Channel),
                _ => throw new InvalidOperationException($"Not known here: {happened}"),
            });
        }
    }

    private void CloseChannels(string why)
    {
        _channels.CloseAll(why);
        DrainChannels();
    }
}
