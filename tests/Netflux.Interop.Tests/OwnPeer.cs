using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.TestTools.Peers;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.PeerConnections;
using ChannelOptions = Netflux.Transport.WebRtc.PeerConnections.ChannelOptions;

namespace Netflux.Interop;

/// <summary>A message as a test sees it.</summary>
internal sealed record Received(byte[] Bytes, bool IsText);

/// <summary>Our stack in this process with one connection to a peer program, whose signaling it carries.</summary>
internal sealed class OwnPeer : IRtcListener, IDisposable
{
    /// <summary>Far beyond what anything here takes, also where other work slows it down.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly RtcPort _port;
    private readonly PeerProgram _program;
    private readonly string _id;
    private readonly object? _config;
    private readonly Channel<RtcChannel> _opened = Channel.CreateUnbounded<RtcChannel>();
    private readonly Channel<(PeerConnectionState State, string Why)> _states = Channel.CreateUnbounded<(PeerConnectionState, string)>();
    private readonly ConcurrentDictionary<RtcChannel, ChannelEvents> _channels = [];
    private readonly TaskCompletionSource _hidden = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isOver;

    /// <param name="config">The W3C's RTCConfiguration for the other side, if it needs one.</param>
    public OwnPeer(PeerProgram program, string id, RtcConnectionOptions? options = null, object? config = null)
    {
        (_program, _id, _config) = (program, id, config);
        _port = RtcPort.Create(new(), NullLoggerFactory.Instance);
        Connection = _port.NewConnection(this, options ?? RtcConnectionOptions.Default)!;
        program.SignalHappened = Carry;
    }

    public RtcConnection Connection { get; }

    /// <summary>Whether messages go back as they come; otherwise they wait for <see cref="ReceiveAsync"/>.</summary>
    public bool Echoes { get; set; }

    /// <summary>How many descriptions the other side has made.</summary>
    public int Descriptions { get; private set; }

    /// <summary>The connection with its first channel, open at both sides, whichever side offers.</summary>
    public async Task<RtcChannel> ConnectAsync(bool weOffer)
    {
        if (weOffer)
        {
            Connection.OpenChannel(new() { Label = "bench" });
            var opened = _program.WaitAsync("opened", _id, Patience);
            Connection.Offer();
            await opened;
        }
        else
        {
            await _program.AskAsync(new { t = "connect", id = _id, config = _config }, "open", _id, Patience);
        }
        return await OpenedAsync();
    }

    /// <summary>The next channel that is open, in the order in which they were opened.</summary>
    public async Task<RtcChannel> OpenedAsync() => await _opened.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>Opens a channel, and waits until it is open here and there. What the other side tells of it is the second part.</summary>
    public async Task<(RtcChannel Channel, PeerEvent Told)> OpenAsync(ChannelOptions options)
    {
        var told = _program.WaitAsync("channel", _id, Patience, channel => channel.Text("label") == options.Label);
        Assert.NotNull(Connection.OpenChannel(options));
        return (await OpenedAsync(), await told);
    }

    /// <summary>Until the other side has told a candidate behind a name of mDNS.</summary>
    public Task HiddenCandidateAsync() => _hidden.Task.WaitAsync(Patience);

    public async Task<Received> ReceiveAsync(RtcChannel channel) => await _channels[channel].Messages.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public Task ClosedAsync(RtcChannel channel) => _channels[channel].Closed.Task.WaitAsync(Patience);

    /// <summary>Waits until the connection has been in one of these states; how long that took, and why it is so.</summary>
    public async Task<string> StateAsync(params PeerConnectionState[] wanted)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var (state, why) = await _states.Reader.ReadAsync(patience.Token);
            if (wanted.Contains(state)) return why;
        }
    }

    /// <summary>Sends all of it, waiting for room where there is none.</summary>
    public async Task SendAsync(RtcChannel channel, ReadOnlyMemory<byte> message, bool isText = false)
    {
        channel.BufferedAmountLowThreshold = 256 * 1024;
        while (true)
        {
            var low = _channels[channel].NextLow();
            var outcome = channel.Send(message.Span, isText);
            if (outcome == SendOutcome.Accepted) return;
            Assert.Equal(SendOutcome.BufferFull, outcome);
            await low.WaitAsync(Patience);
        }
    }

    public void OnDescription(RtcConnection connection, bool isOffer, string sdp) =>
        _program.Tell(new { t = "desc", id = _id, type = isOffer ? "offer" : "answer", sdp, config = _config });

    public void OnCandidate(RtcConnection connection, string candidate)
    {
        if (candidate.Length > 0) _program.Tell(new { t = "cand", id = _id, c = new { candidate, sdpMid = "0", sdpMLineIndex = 0 } });
    }

    public void OnStateChanged(RtcConnection connection, PeerConnectionState state, string why) => _states.Writer.TryWrite((state, why));

    public void OnChannelOpened(RtcChannel channel)
    {
        _channels[channel] = new();
        _opened.Writer.TryWrite(channel);
    }

    public void OnMessage(RtcChannel channel, RtcMessage message)
    {
        if (Echoes) Assert.Equal(SendOutcome.Accepted, channel.Send(message.Span, message.IsText));
        else _channels[channel].Messages.Writer.TryWrite(new(message.Span.ToArray(), message.IsText));
        message.Return();
    }

    public void OnBufferedAmountLow(RtcChannel channel) => _channels[channel].TellLow();

    public void OnChannelClosed(RtcChannel channel)
    {
        if (_channels.TryGetValue(channel, out var events)) events.Closed.TrySetResult();
    }

    public void Dispose()
    {
        _isOver = true;
        Connection.Close();
        _port.Dispose();
        if (_program.IsRunning) _program.Tell(new { t = "close", id = _id });
    }

    private void Carry(PeerEvent signal)
    {
        if (_isOver || signal.Id != _id) return; // of a connection that has ended
        if (signal.Kind == "cand")
        {
            var candidate = signal.Json.GetProperty("c").GetProperty("candidate").GetString()!;
            Connection.TryAddRemoteCandidate(candidate);
            if (candidate.Contains(".local ", StringComparison.Ordinal)) _hidden.TrySetResult();
            return;
        }
        Descriptions++;
        Assert.True(Connection.TrySetRemoteDescription(signal.Text("type") == "offer", signal.Text("sdp")!, out var why), why);
        if (signal.Text("sdp")!.Contains(".local ", StringComparison.Ordinal)) _hidden.TrySetResult();
    }

    private sealed class ChannelEvents
    {
        private volatile TaskCompletionSource _low = New();

        public Channel<Received> Messages { get; } = Channel.CreateUnbounded<Received>();

        public TaskCompletionSource Closed { get; } = New();

        public Task NextLow() => _low.Task;

        public void TellLow() => Interlocked.Exchange(ref _low, New()).TrySetResult();

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
