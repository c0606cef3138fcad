using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Benchmarks.WebRtc;

/// <summary>One connection with one reliable, ordered channel, and what is measured over it.</summary>
internal sealed class PeerConnectionUnderTest : IRtcListener
{
    /// <summary>Unsent bytes at which sending pauses, and at which it goes on: the bounded buffered amount that the comparison asks of every stack.</summary>
    private const long BufferedHigh = 1 << 20, BufferedLow = 1 << 18;

    private readonly JsonNode _id;
    private readonly RtcConnection _connection;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Lock _gate = new();
    private RtcChannel? _channel;
    private byte[] _payload = [];
    private volatile bool _echoes;
    private volatile bool _sends;
    private long _bytes, _messages;
    private Pings? _pings;

    public PeerConnectionUnderTest(JsonNode id, RtcPort port)
    {
        _id = id;
        _connection = port.NewConnection(this, RtcConnectionOptions.Default) ?? throw new InvalidOperationException("The port has as many connections as it may.");
    }

    private sealed record Pings(byte[] Payload, double[] Microseconds)
    {
        public int Done { get; set; }

        public long SentAt { get; set; }
    }

    public void Offer()
    {
        _channel = _connection.OpenChannel(new() { Label = "bench" });
        _connection.Offer();
    }

    public void Describe(bool isOffer, string sdp)
    {
        if (!_connection.TrySetRemoteDescription(isOffer, sdp, out var why)) throw new InvalidOperationException(why);
    }

    public void AddCandidate(string candidate) => _connection.TryAddRemoteCandidate(candidate);

    public void SetMode(bool echoes)
    {
        _echoes = echoes;
        WebRtcPeer.Say(new() { ["ev"] = "mode", ["id"] = _id.DeepClone() });
    }

    public void StartSending(int size)
    {
        _payload = new byte[size];
        _sends = true;
        Channel.BufferedAmountLowThreshold = BufferedLow;
        _ = Task.Run(Fill); // while the other side keeps up, it does not return
    }

    public void StopSending() => _sends = false;

    public void TellStatistics() => WebRtcPeer.Say(new()
    {
        ["ev"] = "stat",
        ["id"] = _id.DeepClone(),
        ["t"] = Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency,
        ["bytes"] = Volatile.Read(ref _bytes),
        ["msgs"] = Volatile.Read(ref _messages),
    });

    public void StartPings(int count, int size)
    {
        _pings = new(new byte[Math.Max(size, 1)], new double[count]);
        SendPing(_pings);
    }

    public void Close() => _connection.Close();

    public void OnDescription(RtcConnection connection, bool isOffer, string sdp) =>
        WebRtcPeer.Say(new() { ["ev"] = "desc", ["id"] = _id.DeepClone(), ["type"] = isOffer ? "offer" : "answer", ["sdp"] = sdp });

    public void OnCandidate(RtcConnection connection, string candidate)
    {
        if (candidate.Length == 0) return; // not every stack knows the end of candidates
        WebRtcPeer.Say(new() { ["ev"] = "cand", ["id"] = _id.DeepClone(), ["c"] = new JsonObject { ["candidate"] = candidate, ["sdpMid"] = "0", ["sdpMLineIndex"] = 0 } });
    }

    public void OnStateChanged(RtcConnection connection, PeerConnectionState state, string why)
    {
        if (state == PeerConnectionState.Failed) WebRtcPeer.Say(new() { ["ev"] = "error", ["msg"] = $"Connection {_id} failed: {why}" });
        if (state == PeerConnectionState.Closed) WebRtcPeer.Say(new() { ["ev"] = "closed", ["id"] = _id.DeepClone() });
    }

    public void OnChannelOpened(RtcChannel channel)
    {
        _channel = channel;
        if (channel.IsOpenedByPeer) WebRtcPeer.Say(new() { ["ev"] = "opened", ["id"] = _id.DeepClone() });
        else WebRtcPeer.Say(new() { ["ev"] = "open", ["id"] = _id.DeepClone(), ["ms"] = Stopwatch.GetElapsedTime(_began).TotalMilliseconds });
    }

    public void OnMessage(RtcChannel channel, RtcMessage message)
    {
        if (_pings is { } pings)
        {
            OnPong(pings, message.Span);
        }
        else if (_echoes)
        {
            channel.Send(message.Span, message.IsText);
        }
        Volatile.Write(ref _bytes, _bytes + message.Length);
        Volatile.Write(ref _messages, _messages + 1);
        message.Return();
    }

    public void OnBufferedAmountLow(RtcChannel channel) => Fill();

    public void OnChannelClosed(RtcChannel channel) => _sends = false;

    private RtcChannel Channel => _channel ?? throw new InvalidOperationException($"Connection {_id} has no channel yet.");

    private void Fill()
    {
        lock (_gate)
        {
            while (_sends && Channel.BufferedAmount < BufferedHigh)
            {
                if (Channel.Send(_payload) != SendOutcome.Accepted) break;
            }
        }
    }

    private void SendPing(Pings pings)
    {
        BinaryPrimitives.TryWriteInt32LittleEndian(pings.Payload, pings.Done + 1);
        pings.SentAt = Stopwatch.GetTimestamp();
        Channel.Send(pings.Payload);
    }

    private void OnPong(Pings pings, ReadOnlySpan<byte> pong)
    {
        if (!pong.SequenceEqual(pings.Payload)) return; // an echo of what was sent before
        pings.Microseconds[pings.Done++] = Stopwatch.GetElapsedTime(pings.SentAt).TotalMicroseconds;
        if (pings.Done < pings.Microseconds.Length)
        {
            SendPing(pings);
            return;
        }
        _pings = null;
        var sorted = pings.Microseconds.Order().ToArray();
        WebRtcPeer.Say(new()
        {
            ["ev"] = "ping",
            ["id"] = _id.DeepClone(),
            ["p50"] = sorted[sorted.Length / 2],
            ["p99"] = sorted[sorted.Length * 99 / 100],
            ["mean"] = sorted.Average(),
            ["n"] = sorted.Length,
        });
    }
}
