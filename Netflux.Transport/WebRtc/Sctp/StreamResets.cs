using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;
using Netflux.Transport.WebRtc.Sctp.Receive;
using Netflux.Transport.WebRtc.Sctp.Send;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>
/// Stream reset, RFC 6525: how data channels close (RFC 8831 §6.7). One request is under way at a time (§5.1.1), for as many streams as are ready.
/// <code>
/// A                                        Z
///   RE-CONFIG(outgoing reset 7, last TSN) ──→
///                  ←── RE-CONFIG(response 7: in progress)   while data up to the last TSN is missing
///   RE-CONFIG(outgoing reset 7, last TSN) ──→
///                  ←── RE-CONFIG(response 7: performed)
/// </code>
/// </summary>
internal sealed class StreamResets(SctpOptions options, OutboundStreams streams, DataSender sender, DataReceiver receiver, Tsn ownInitialTsn, Tsn peerInitialTsn, bool supported, Queue<SctpEvent> events)
{
    /// <summary>Before the round trip is measured, or where it is nothing: when what is in progress is asked for again. Source: guess.</summary>
    private static readonly TimeSpan s_progressMin = TimeSpan.FromMilliseconds(10);

    private readonly List<StreamId> _wanted = [];
    private readonly List<ReconfigResponse> _answers = [];
    private Request? _request;

    // RFC 6525 §4.1: requests are numbered from the initial TSN on.
    private uint _nextNumber = ownInitialTsn.Value;
    private uint _expectedNumber = peerInitialTsn.Value;
    private ReconfigResult _lastResult = ReconfigResult.NothingToDo;

    /// <summary>What we asked for and have no final answer to.</summary>
    private sealed record Request(uint Number, Tsn LastTsn, StreamId[] Streams, Instant DueAt, bool Sent, int Failures);

    public Instant? NextDeadline => _request is { Sent: true } request ? request.DueAt : null;

    public void HandleWanted(StreamId stream)
    {
        // One that the reset of the other has begun already goes on.
        if (!streams.TryBeginReset(stream)) return;
        if (supported) _wanted.Add(stream);
        else Finish([stream], performed: false);
    }

    /// <summary>True where the other has been asked too often without an answer.</summary>
    public bool HandleDeadline(Instant now)
    {
        if (_request is not { Sent: true } request || request.DueAt > now) return false;
        _request = request with { Sent = false, Failures = request.Failures + 1 };
        return _request.Failures > options.RetransmitsMax;
    }

    // ---- What the other says ----

    public void OnReconfig(in Chunk chunk, Instant now)
    {
        // Without the extension in its INIT, nothing was agreed on.
        if (!supported) return;
        var parameters = new ParameterReader(chunk.Value);
        while (parameters.TryRead(out var parameter))
        {
            switch (parameter.Type)
            {
                case ParameterType.OutgoingResetRequest when OutgoingResetRequest.TryParse(parameter, out var request):
                    Answer(request.RequestNumber, OnOutgoingReset(request));
                    break;
                case ParameterType.IncomingResetRequest when IncomingResetRequest.TryParse(parameter, out var request):
                    Answer(request.RequestNumber, OnIncomingReset(request));
                    break;
                // Data channels need neither (RFC 8831 §6.2 has the streams agreed on at once); all carry their number first.
                case ParameterType.TsnResetRequest or ParameterType.AddOutgoingStreamsRequest or ParameterType.AddIncomingStreamsRequest
                    when IncomingResetRequest.TryParse(parameter, out var request):
                    Answer(request.RequestNumber, IsTurnOf(request.RequestNumber) ? ReconfigResult.Denied : ReconfigResult.BadSequenceNumber);
                    break;
                case ParameterType.ReconfigResponse when ReconfigResponse.TryParse(parameter, out var response):
                    OnResponse(response, now);
                    break;
            }
        }
    }

    /// <summary>§5.2.1: the next number, or the last one again, whose answer was lost or was that it is in progress.</summary>
    private bool IsTurnOf(uint number) => number == _expectedNumber || number == _expectedNumber - 1;

    private ReconfigResult OnOutgoingReset(in OutgoingResetRequest request)
    {
        if (!IsTurnOf(request.RequestNumber)) return ReconfigResult.BadSequenceNumber;
        if (request.RequestNumber == _expectedNumber - 1 && _lastResult != ReconfigResult.InProgress) return _lastResult;
        // §5.2.2 E2: what was sent before the reset comes first.
        if (request.LastTsn > receiver.Cumulative) return ReconfigResult.InProgress;
        if (request.Streams.Count == 0) receiver.ResetAll(stream => events.Enqueue(new StreamResetByPeer(stream)));
        for (var i = 0; i < request.Streams.Count; i++)
        {
            var stream = request.Streams[i];
            if (stream.Value >= options.StreamsMax) continue;
            receiver.Reset(stream);
            events.Enqueue(new StreamResetByPeer(stream));
        }
        return ReconfigResult.Performed;
    }

    /// <summary>§5.2.3: the other wants our streams reset. It is done as if we had wanted it, for streams that we use.</summary>
    private ReconfigResult OnIncomingReset(in IncomingResetRequest request)
    {
        if (!IsTurnOf(request.RequestNumber)) return ReconfigResult.BadSequenceNumber;
        if (request.RequestNumber == _expectedNumber - 1) return _lastResult;
        if (request.Streams.Count == 0) return ReconfigResult.Denied;
        for (var i = 0; i < request.Streams.Count; i++)
            if (streams.Find(request.Streams[i]) is not null) HandleWanted(request.Streams[i]);
        return ReconfigResult.Performed;
    }

    private void Answer(uint number, ReconfigResult result)
    {
        if (result != ReconfigResult.BadSequenceNumber)
        {
            if (number == _expectedNumber) _expectedNumber++;
            _lastResult = result;
        }
        // §3.1: a chunk carries two parameters at most, so one packet's worth of requests is few; more are not answered.
        if (_answers.Count < options.AnswersQueuedMax) _answers.Add(new(number, result));
    }

    private void OnResponse(ReconfigResponse response, Instant now)
    {
        if (_request is not { } request || response.AnsweredNumber != request.Number) return;
        switch (response.Result)
        {
            case ReconfigResult.InProgress or ReconfigResult.RequestAlreadyInProgress:
                // §5.2.7: asked again later under the same number; the other is alive. What is missing takes about a round trip.
                var pause = sender.Timeout.Smoothed > s_progressMin ? sender.Timeout.Smoothed : s_progressMin;
                _request = request with { DueAt = now + pause, Sent = true, Failures = -1 };
                break;
            default:
                _request = null;
                Finish(request.Streams, response.Result is ReconfigResult.Performed or ReconfigResult.NothingToDo);
                break;
        }
    }

    private void Finish(ReadOnlySpan<StreamId> done, bool performed)
    {
        foreach (var stream in done)
        {
            streams.EndReset(stream, performed);
            events.Enqueue(new StreamResetDone(stream, performed));
        }
    }

    // ---- Writing ----

    /// <summary>Writes a RE-CONFIG chunk with a request or an answer; 0 where there is none, or no room.</summary>
    public int Write(Span<byte> room, Instant now)
    {
        if (_answers.Count > 0 && room.Length >= Chunk.HeaderLength + ReconfigResponse.Length)
        {
            var length = Chunk.HeaderLength + _answers[0].Write(room[Chunk.HeaderLength..]);
            _answers.RemoveAt(0);
            Chunk.WriteHeader(room, ChunkType.Reconfig, 0, length);
            return length;
        }
        if (_request is null && _wanted.Count > 0) Begin();
        if (_request is not { Sent: false } request) return 0;
        var needed = Chunk.HeaderLength + Chunk.Padded(OutgoingResetRequest.FixedLength + request.Streams.Length * sizeof(ushort));
        if (room.Length < needed) return 0;
        OutgoingResetRequest.Write(room[Chunk.HeaderLength..], request.Number, _expectedNumber - 1, request.LastTsn, request.Streams);
        Chunk.WriteHeader(room, ChunkType.Reconfig, 0, Chunk.HeaderLength + OutgoingResetRequest.FixedLength + request.Streams.Length * sizeof(ushort));
        var pause = sender.Timeout.Current * (1 << Math.Clamp(request.Failures, 0, 8));
        _request = request with { Sent = true, DueAt = now + (pause < options.RtoMax ? pause : options.RtoMax) };
        return needed;
    }

    private void Begin()
    {
        // As many as a packet of their own carries.
        var streamsMax = (options.PacketBytesMax - PacketHeader.Length - Chunk.HeaderLength - OutgoingResetRequest.FixedLength) / sizeof(ushort) & ~1;
        var ready = _wanted.Where(stream => streams[stream].Reset == OutboundReset.Ready).Take(streamsMax).ToArray();
        if (ready.Length == 0) return;
        _wanted.RemoveAll(stream => streams[stream].Reset == OutboundReset.Ready && Array.IndexOf(ready, stream) >= 0);
        foreach (var stream in ready) streams[stream].Reset = OutboundReset.Requested;
        _request = new Request(_nextNumber++, sender.LastTsn, ready, default, Sent: false, Failures: 0);
    }
}
