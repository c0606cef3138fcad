using System.Diagnostics;
using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Receive;

/// <summary>What became of a chunk that the association must hear of.</summary>
internal enum Received
{
    Fine,

    /// <summary>The stream is beyond what was agreed (RFC 9260 §6.5); the chunk is acknowledged and gone.</summary>
    InvalidStream,

    /// <summary>A message longer than we said we take.</summary>
    TooLong,

    /// <summary>The limits are full of what cannot be completed.</summary>
    OutOfResource,
}

/// <summary>The receiving half of an association: which TSNs have arrived, what they carry, and when to say so (RFC 9260 §6.2).</summary>
internal sealed class DataReceiver
{
    private readonly SctpOptions _options;
    private readonly ReceiveBuffer _buffer;
    private readonly ReceivedTsns _tsns;
    private readonly InboundStreams _streams;
    private readonly IReassembly _reassembly;
    private int _packetsUnanswered;
    private bool _sackAtOnce;
    private bool _dataInPacket;
    private long _announced;

    public DataReceiver(SctpOptions options, Tsn initialTsn, Capabilities capabilities)
    {
        var interleaving = capabilities.Has(Capabilities.Interleaving);
        _options = options;
        _buffer = new(options);
        _tsns = new(initialTsn, options);
        _streams = new(_buffer, interleaving);
        _reassembly = interleaving ? new IDataReassembly(options, _buffer, _streams) : new DataReassembly(options, _buffer, _streams);
        _announced = options.ReceiveBufferBytes;
    }

    public Tsn Cumulative => _tsns.Cumulative;

    public long Delivered => _streams.Delivered;

    /// <summary>What counts against the window.</summary>
    public long UsedBytes => _buffer.Used;

    /// <summary>When a SACK that waits for company goes alone.</summary>
    public Instant? NextDeadline { get; private set; }

    /// <summary>Whether there is something to acknowledge, due or not.</summary>
    public bool HasSack => _packetsUnanswered > 0 || _sackAtOnce;

    /// <summary>
    /// Whether a SACK goes by itself. RFC 9260 §6.2 asks for one every second packet, and at once while something is missing; here it is asked when a batch has been heard, so that
    /// one SACK answers all of it.
    /// </summary>
    public bool IsSackDue => _sackAtOnce || _packetsUnanswered >= 2;

    public Received OnData(in DataHeader header, ReadOnlySpan<byte> payload)
    {
        _dataInPacket = true;
        if (header.IsImmediate) _sackAtOnce = true;
        var arrival = _tsns.Judge(header.Tsn);
        if (arrival == Arrival.Duplicate)
        {
            // RFC 9260 §6.2: at once, since the other has not heard us.
            _tsns.AddDuplicate(header.Tsn);
            _sackAtOnce = true;
            return Received.Fine;
        }
        if (arrival == Arrival.OutOfReach || !HasRoomFor(payload.Length, arrival))
        {
            // Neither kept nor acknowledged; it will come again (§6.2: "drop").
            _sackAtOnce = true;
            return arrival == Arrival.InOrder && !_streams.HasReady ? Received.OutOfResource : Received.Fine;
        }
        if (header.Stream.Value >= _options.StreamsMax)
        {
            Note(header.Tsn);
            return Received.InvalidStream;
        }
        if (arrival == Arrival.Ahead)
        {
            _sackAtOnce = true;
            _tsns.Add(header.Tsn);
            return Of(_reassembly.AddAhead(header, payload));
        }
        var taken = _reassembly.AddInOrder(header, payload);
        return taken == Taken.Yes ? Note(header.Tsn) : Of(taken);
    }

    public Received OnForwardTsn(in ForwardTsnChunk forward)
    {
        var before = _tsns.Cumulative;
        var ahead = forward.NewCumulativeTsn - before;
        // RFC 3758 §3.6: an old one is answered by a SACK and otherwise of no effect. One beyond reach skips what was never sent.
        _dataInPacket = true;
        _sackAtOnce = true;
        if (ahead <= 0 || ahead > _options.TsnsAheadMax) return Received.Fine;
        _tsns.Forward(forward.NewCumulativeTsn);
        _reassembly.Forward(before, forward.NewCumulativeTsn, forward);
        return Of(_reassembly.Advance(forward.NewCumulativeTsn, _tsns.Cumulative));
    }

    /// <summary>All chunks of a packet were heard.</summary>
    public void HandlePacketEnd(Instant now)
    {
        if (!_dataInPacket) return;
        _dataInPacket = false;
        _packetsUnanswered++;
        if (_tsns.HasGap) _sackAtOnce = true;
        if (!_sackAtOnce) NextDeadline ??= now + _options.SackDelay;
    }

    public void HandleDeadline(Instant now)
    {
        if (NextDeadline > now || NextDeadline is null) return;
        NextDeadline = null;
        _sackAtOnce = true;
    }

    /// <summary>A SACK is to go with the next packet.</summary>
    public void AskForSack() => _sackAtOnce = true;

    public bool HasReady => _streams.HasReady;

    public bool TryReceive(out SctpMessage message)
    {
        if (!_streams.TryTake(out message)) return false;
        // Whoever waits at a nearly shut window is told when a good part of it is open again, and not for every few bytes (RFC 9260 §6.2, RFC 1122 §4.2.3.3).
        if (_announced < _options.ReceiveBufferBytes / 2 && _buffer.Free - _announced >= _options.ReceiveBufferBytes / 4) _sackAtOnce = true;
        return true;
    }

    /// <summary>Writes a SACK chunk; returns its length, or 0 where it does not fit. Nothing is changed until <see cref="HandleSackSent"/>.</summary>
    public int WriteSack(Span<byte> room)
    {
        if (room.Length < SackChunk.FixedLength) return 0;
        var duplicates = _tsns.Duplicates;
        duplicates = duplicates[..Math.Min(duplicates.Length, (room.Length - SackChunk.FixedLength) / SackChunk.BlockLength)];
        var at = SackChunk.FixedLength;
        var blocks = _tsns.HasGap ? _tsns.WriteBlocks(room[at..^(duplicates.Length * SackChunk.BlockLength)]) : 0;
        at += blocks * SackChunk.BlockLength;
        foreach (var duplicate in duplicates) at += SackChunk.WriteDuplicate(room[at..], duplicate);
        var length = SackChunk.WriteAround(room, _tsns.Cumulative, (uint)WindowToAnnounce, blocks, duplicates.Length);
        Debug.Assert(length == at);
        return length;
    }

    public void HandleSackSent()
    {
        _announced = WindowToAnnounce;
        _packetsUnanswered = 0;
        _sackAtOnce = false;
        NextDeadline = null;
        _tsns.ForgetDuplicates();
    }

    /// <summary>RFC 6525 §5.2.2: the streams begin anew.</summary>
    public void Reset(StreamId stream) => _streams.Reset(stream);

    public void ResetAll(Action<StreamId> reset) => _streams.ResetAll(reset);

    public void Trim()
    {
        _tsns.Trim();
        _streams.Trim();
    }

    /// <summary>Gives back what can never be completed. What is complete can still be taken.</summary>
    public void Drop()
    {
        _reassembly.Drop();
        _streams.Drop();
        NextDeadline = null;
    }

    /// <summary>RFC 9260 §6.2: less than one packet's worth is no window (silly window avoidance, RFC 1122 §4.2.3.3).</summary>
    private long WindowToAnnounce => _buffer.Free < _options.PacketBytesMax ? 0 : _buffer.Free;

    /// <summary>The next TSN is taken somewhat beyond the limit, since all that waits may wait for it.</summary>
    private bool HasRoomFor(int bytes, Arrival arrival) =>
        _buffer.Used + bytes + _options.WaitingOverheadBytes <= _options.ReceiveBufferBytes + (arrival == Arrival.InOrder ? _options.ReceivedMessageBytesMax : 0L);

    private Received Note(Tsn tsn)
    {
        var gap = _tsns.HasGap;
        _tsns.Add(tsn);
        return gap && _tsns.Cumulative != tsn ? Of(_reassembly.Advance(tsn, _tsns.Cumulative)) : Received.Fine;
    }

    private static Received Of(Taken taken) => taken switch
    {
        Taken.Yes => Received.Fine,
        Taken.TooLong => Received.TooLong,
        _ => Received.OutOfResource,
    };
}
