using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>One end of a connection in a test: carries descriptions and candidates to the other end by itself, and keeps what it was told.</summary>
internal sealed class RtcPeer : IRtcListener
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly BlockingCollection<RtcChannel> _opened = [];
    private readonly BlockingCollection<RtcChannel> _closed = [];
    private readonly BlockingCollection<(RtcChannel Channel, byte[] Bytes, bool IsText)> _messages = [];
    private readonly BlockingCollection<PeerConnectionState> _states = [];
    private readonly BlockingCollection<RtcChannel> _low = [];

    public RtcPeer(RtcPort port, RtcConnectionOptions? options = null) => Connection = port.NewConnection(this, options ?? RtcConnectionOptions.Default)!;

    public RtcConnection Connection { get; }

    public RtcPeer? Other { private get; set; }

    /// <summary>Candidates that were told beside the description.</summary>
    public ConcurrentQueue<string> Candidates { get; } = new();

    /// <summary>Takes the place of keeping a message; the buffer is returned after it.</summary>
    public Action<RtcChannel, RtcMessage>? Received { get; set; }

    public static RtcPort OpenPort(bool offload = true) =>
        RtcPort.Create(new RtcPortOptions { Addresses = [IPAddress.Loopback], Offload = offload }, NullLoggerFactory.Instance);

    /// <summary>Two peers, of which the first offers when it is told to.</summary>
    public static (RtcPeer Offerer, RtcPeer Answerer) Pair(RtcPort offering, RtcPort answering, RtcConnectionOptions? options = null)
    {
        var (offerer, answerer) = (new RtcPeer(offering, options), new RtcPeer(answering, options));
        (offerer.Other, answerer.Other) = (answerer, offerer);
        return (offerer, answerer);
    }

    /// <summary>Two peers that are connected, with one channel.</summary>
    public static (RtcPeer Offerer, RtcPeer Answerer, RtcChannel Ours, RtcChannel Theirs) Connect(RtcPort offering, RtcPort answering, ChannelOptions? options = null, RtcConnectionOptions? through = null)
    {
        var (offerer, answerer) = Pair(offering, answering, through);
        var ours = offerer.Connection.OpenChannel(options ?? new() { Label = "test" })!;
        offerer.Connection.Offer();
        Assert.Same(ours, offerer.TakeOpened());
        return (offerer, answerer, ours, answerer.TakeOpened());
    }

    public RtcChannel TakeOpened() => Take(_opened);

    public RtcChannel TakeClosed() => Take(_closed);

    public (RtcChannel Channel, byte[] Bytes, bool IsText) TakeMessage() => Take(_messages);

    public PeerConnectionState TakeState() => Take(_states);

    public void AwaitState(PeerConnectionState state)
    {
        while (Take(_states) != state)
        {
        }
    }

    public void AwaitLow() => Take(_low);

    public bool HasNoMessage(TimeSpan within) => !_messages.TryTake(out _, within);

    public void OnDescription(RtcConnection connection, bool isOffer, string sdp) => Assert.True(Other!.Connection.TrySetRemoteDescription(isOffer, sdp, out var why), why);

    public void OnCandidate(RtcConnection connection, string candidate)
    {
        Candidates.Enqueue(candidate);
        Assert.True(Other!.Connection.TryAddRemoteCandidate(candidate));
    }

    public void OnStateChanged(RtcConnection connection, PeerConnectionState state, string why) => _states.Add(state);

    public void OnChannelOpened(RtcChannel channel) => _opened.Add(channel);

    public void OnMessage(RtcChannel channel, RtcMessage message)
    {
        if (Received is { } received) received(channel, message);
        else _messages.Add((channel, message.Span.ToArray(), message.IsText));
        message.Return();
    }

    public void OnBufferedAmountLow(RtcChannel channel) => _low.Add(channel);

    public void OnChannelClosed(RtcChannel channel) => _closed.Add(channel);


    private static T Take<T>(BlockingCollection<T> collection) =>
        collection.TryTake(out var taken, s_patience) ? taken : throw new TimeoutException($"No {typeof(T).Name} came.");
}
