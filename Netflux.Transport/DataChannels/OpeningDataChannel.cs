using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.DataChannels;

/// <summary>One peer connection and its one channel, until the channel is open; then it passes on what comes to the link.</summary>
internal sealed class OpeningDataChannel(DataChannelOptions options, OfferId id, IActorRef asker, ILogger log) : IPeerConnection, IRtcListener
{
    private static readonly ChannelOptions s_channel = new() { Label = DataChannelOptions.Label, Protocol = DataChannelOptions.Protocol, NegotiatedId = 0 };

    private readonly Lock _lock = new();
    private RtcConnection? _connection;
    private RtcChannel? _channel;
    private DataChannelRawLink? _link;
    private bool _isOver;              // the asker has heard the last word, or wants none

    public void Begin(RtcConnection? connection, string? offer)
    {
        if (connection is null)
        {
            Fail("This process has as many data channels as it may.");
            return;
        }
        _connection = connection;
        _channel = connection.OpenChannel(s_channel);
        if (offer is null) connection.Offer();
        else if (!connection.TrySetRemoteDescription(isOffer: true, offer, out var why)) Fail($"The offer does not fit: {why}");
    }

    public void TakeAnswer(string answer)
    {
        if (_connection is { } connection && !connection.TrySetRemoteDescription(isOffer: false, answer, out var why)) Fail($"The answer does not fit: {why}");
    }

    public void TakeCandidates(IReadOnlyList<string> lines, bool last)
    {
        foreach (var line in lines) _connection?.TryAddRemoteCandidate(line);
        if (last) _connection?.TryAddRemoteCandidate("");
    }

    public void Abandon()
    {
        lock (_lock)
        {
            if (_isOver && _link is not { HasOwner: false }) return;
            _isOver = true;
        }
        _connection?.Close();
    }

    public ConnectionTrial Report() => _connection is { } connection ? Trials.Of(connection.Report()) : Trials.None;

    /// <summary>Tells the asker, unless it has heard the last word already.</summary>
    public void Fail(string why)
    {
        lock (_lock)
        {
            if (_isOver) return;
            _isOver = true;
        }
        asker.Tell(new DataChannelNotOpened(id, why));
        _connection?.Close();
    }

    // ---- What the connection tells, on its thread ----

    void IRtcListener.OnDescription(RtcConnection connection, bool isOffer, string sdp) => asker.Tell(new DataChannelDescribed(id, sdp));

    void IRtcListener.OnCandidate(RtcConnection connection, string candidate) => asker.Tell(new DataChannelCandidate(id, candidate));

    void IRtcListener.OnStateChanged(RtcConnection connection, PeerConnectionState state, string why)
    {
        DataChannelLog.State(log, id, state, why);
        // Disconnected is not the end: the way may come back, and the session above judges silence by itself.
        if (state is not (PeerConnectionState.Failed or PeerConnectionState.Closed)) return;
        if (_link is { } link) link.HandleLost(why);
        else Fail(why);
    }

    void IRtcListener.OnChannelOpened(RtcChannel channel)
    {
        if (channel != _channel)
        {
            channel.Close();        // a link has one channel
            return;
        }
        var connection = channel.Connection;
        if (connection.Binding.Length == 0)
        {
            Fail("The certificates have no SHA-256 fingerprints, which a link is bound to.");
            return;
        }
        lock (_lock)
        {
            if (_isOver) return;
            _isOver = true;
            _link = new DataChannelRawLink(options, connection, channel);
        }
        asker.Tell(new DataChannelOpened(id, _link));
    }

    void IRtcListener.OnMessage(RtcChannel channel, RtcMessage message)
    {
        if (_link is { } link && channel == _channel) link.HandleMessage(message);
        else message.Return();
    }

    void IRtcListener.OnBufferedAmountLow(RtcChannel channel)
    {
        if (channel == _channel) _link?.HandleRoom();
    }

    void IRtcListener.OnChannelClosed(RtcChannel channel)
    {
        if (channel != _channel) return;
        if (_link is { } link) link.HandleChannelClosed();
        else Fail("The data channel was closed before it was open.");
    }
}
