using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;
using Netflux.Transport.WebRtc.Sctp.Send;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>
/// One SCTP association over DTLS (RFC 9260, RFC 8261), as data channels use it. It is a core without I/O, and packets are spans. After each <see cref="HandlePacket"/> take the
/// messages, and then the events: a stream's last messages come before its reset. After a batch of packets, after <see cref="TrySend"/> and after a deadline call
/// <see cref="WritePacket"/> until it has nothing more: one SACK answers the whole batch, and segments of one length follow one another.
/// </summary>
/// <remarks>
/// One thread at a time. Nothing a peer sends throws, and what it can make grow <see cref="SctpOptions"/> bounds. A packet costs no allocation, in neither direction.
/// </remarks>
internal sealed partial class SctpAssociation
{
    private readonly SctpOptions _options;
    private readonly IRandomSource _random;
    private readonly Queue<SctpEvent> _events = new();
    private readonly OutboundStreams _streams;
    private readonly Answers _answers;
    private readonly byte[] _cookieSecret = new byte[StateCookie.SecretLength];
    private readonly Capabilities _ownCapabilities;
    private readonly List<StreamId> _resetEarly = [];

    // What an INIT was answered with before this side connects is what its own INIT says, too: the cookie that comes back then fits (RFC 9260 §5.2.1 asks that of
    // an INIT that has been sent). There is one peer, so nothing need be forgotten in between.
    private readonly uint _ownTag;
    private readonly Tsn _ownInitialTsn;
    private SctpState _state = new SctpState.Closed();
    private Transfer? _transfer;
    private long _packetsSent;
    private long _packetsReceived;
    private long _packetsDropped;

    public SctpAssociation(SctpOptions options, IRandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(options.PacketBytesMax % 4, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PacketBytesMax, 256);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.PacketBytesMax, 60_000);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.TsnsAheadMax, 65_535);
        _options = options;
        _random = random;
        _streams = new(options, _events);
        _answers = new(options);
        _ownCapabilities = Capabilities.PartialReliability | Capabilities.StreamReset
            | (options.ZeroChecksum ? Capabilities.ZeroChecksum : Capabilities.None)
            | (options.Interleaving ? Capabilities.Interleaving : Capabilities.None);
        random.Fill(_cookieSecret);
        (_ownTag, _ownInitialTsn) = (NewTag(), NewTsn());
    }

    public bool IsEstablished => _state is SctpState.Established;

    public SctpState State => _state;

    public Instant? NextDeadline => Instant.Earlier(_state.DueAt, _state.Agreed?.NextDeadline);

    public SctpStatistics Statistics
    {
        get
        {
            var sender = _transfer?.Sender;
            return new(_packetsSent, _packetsReceived, _packetsDropped, sender?.MessagesSent ?? 0, _transfer?.Receiver.Delivered ?? 0, sender?.Abandoned ?? 0,
                sender?.Retransmitted ?? 0, sender?.Timeouts ?? 0, sender?.Probes ?? 0, sender?.Timeout.Smoothed ?? default, sender?.Window ?? 0, sender?.FlightBytes ?? 0, _transfer?.Receiver.UsedBytes ?? 0);
        }
    }

    public bool TryTake([NotNullWhen(true)] out SctpEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>
    /// Accepts a message: it is copied, and sent as the windows allow. False where it cannot be: the association has ended or ends, the stream is being reset or is beyond what the
    /// other takes, the message is empty (RFC 9260 §6.2 has no such thing; RFC 8831 §6.6 says what to send instead) or longer than the other takes, or the buffer is full.
    /// </summary>
    public bool TrySend(StreamId stream, in SendParameters how, ReadOnlySpan<byte> payload, Instant now)
    {
        if (_state is not (SctpState.Closed or SctpState.CookieWait or SctpState.CookieEchoed or SctpState.Established)) return false;
        if (stream.Value >= (_transfer?.Terms.OutboundStreams ?? _options.StreamsMax)) return false;
        return _streams.TryEnqueue(stream, how, payload, now);
    }

    /// <summary>Bytes of this stream that were accepted and not yet sent for the first time: "bufferedAmount".</summary>
    public long BufferedBytes(StreamId stream) => _streams.Find(stream)?.Buffered ?? 0;

    /// <summary>Whether the send buffer is at most half full: after a refused message, when it is worth trying again.</summary>
    public bool HasRoom => _streams.HeldBytes <= _options.SendBufferBytes / 2;

    /// <summary><see cref="BufferedAmountLow"/> is told when the buffered bytes fall from above this to it or below. At first it is 0.</summary>
    public void SetBufferedAmountLowThreshold(StreamId stream, long bytes) => _streams[stream].LowThreshold = bytes;

    /// <summary>Whether a message waits for <see cref="TryReceive"/>, also after the end.</summary>
    public bool HasReady => _transfer?.Receiver.HasReady ?? false;

    /// <summary>The next message that has arrived. Until it is taken it counts against the window that the other may fill, so a reader that stops, stops the sender.</summary>
    public bool TryReceive(out SctpMessage message)
    {
        if (_transfer is not null) return _transfer.Receiver.TryReceive(out message);
        message = default;
        return false;
    }

    /// <summary>Resets our outgoing stream, after what is queued in it (RFC 6525 §5.1.2). Until <see cref="StreamResetDone"/> nothing can be sent there.</summary>
    public void ResetStream(StreamId stream, Instant now)
    {
        if (_state is SctpState.Ended) return;
        // Before the association is there, nothing of the stream exists at the other, and the request waits for it.
        if (_transfer is null) _resetEarly.Add(stream);
        else _transfer.Resets.HandleWanted(stream);
    }

    public void HandleDeadline(Instant now)
    {
        HandleStateDeadline(now);
        if (_state.Agreed is not { } transfer) return;
        transfer.Sender.HandleDeadline(now);
        transfer.Receiver.HandleDeadline(now);
        if (transfer.Heartbeats.NextDeadline <= now)
        {
            if (transfer.Heartbeats.HandleDeadline(now)) transfer.Sender.HandleError();
            // Nothing has happened for long: what bursts have left behind is given back.
            Trim(transfer);
        }
        if (transfer.Resets.HandleDeadline(now) || transfer.Sender.Errors > _options.RetransmitsMax)
            End(SctpCloseReason.PeerUnreachable, "The peer does not answer any more.");
    }

    private void Trim(Transfer transfer)
    {
        transfer.Sender.Trim();
        transfer.Receiver.Trim();
        _streams.Trim();
    }

    private void End(SctpCloseReason reason, string text)
    {
        if (_state is SctpState.Ended) return;
        _transfer?.Receiver.Drop();
        _state = new SctpState.Ended(_transfer, BothKnow: reason == SctpCloseReason.Shutdown && _state is (SctpState.ShutdownSent or SctpState.ShutdownAckSent));
        _events.Enqueue(new AssociationClosed(reason, text));
    }

    /// <summary>Aborts with a cause that the other can read (RFC 9260 §9.1).</summary>
    private void AbortWith(ErrorCauseCode code, ReadOnlySpan<byte> info, SctpCloseReason reason, string text)
    {
        if (_state.Agreed is { } transfer)
        {
            _answers.Clear();
            Span<byte> chunk = stackalloc byte[Chunk.HeaderLength + ErrorCause.HeaderLength + AbortInfoMax];
            var length = ErrorCause.WriteChunk(chunk, ChunkType.Abort, 0, code, info[..Math.Min(info.Length, AbortInfoMax)]);
            _answers.Add(transfer.Terms.PeerTag, chunk[..length]);
        }
        End(reason, text);
    }

    /// <summary>How much of a reason is told. Source: guess, a long sentence.</summary>
    private const int AbortInfoMax = 120;
}
