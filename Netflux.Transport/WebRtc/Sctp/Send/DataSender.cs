using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>
/// The sending half of an association (RFC 9260 §6.1, §6.3, §7): what is outstanding, when it is lost, and how much may be in flight. This file writes chunks; the others hear
/// acknowledgements, watch the time, and give up messages.
/// </summary>
internal sealed partial class DataSender
{
    private readonly SctpOptions _options;
    private readonly OutboundStreams _streams;
    private readonly OutstandingData _outstanding;
    private readonly RetransmissionTimeout _timeout;
    private readonly RecentAcknowledgement _recent = new();
    private readonly ICongestionControl _congestion;
    private readonly Pacer _pacer;
    private readonly bool _interleaving;
    private readonly bool _partialReliability;
    private readonly int _headerLength;
    private long _peerWindow;
    private bool _windowLimited;
    private Instant _lastSentAt;
    private long _sent;

    public DataSender(SctpOptions options, OutboundStreams streams, Tsn initialTsn, uint peerWindow, Capabilities capabilities)
    {
        _options = options;
        _streams = streams;
        _outstanding = new(initialTsn);
        _timeout = new(options);
        // RFC 9260 §7.2 counts in PMDCS, the chunks of a full packet without its header: a window of one packet is full with one.
        var packet = options.PacketBytesMax - PacketHeader.Length;
        _congestion = options.CreateCongestionControl(new(packet, options.InitialWindowPackets * packet, options.WindowPacketsMin * packet));
        _pacer = new(options.PacketBytesMax);
        _interleaving = capabilities.Has(Capabilities.Interleaving);
        _partialReliability = capabilities.Has(Capabilities.PartialReliability);
        _headerLength = _interleaving ? DataHeader.IDataLength : DataHeader.DataLength;
        _peerWindow = peerWindow;
        // Half of what the other has room for; the rest is for what is complete and not yet taken there.
        streams.InterleavedBytesMax = _interleaving ? peerWindow / 2 : 0;
        _roundEnd = initialTsn;
        _recoveryEnd = initialTsn.Previous;
        _highestAcknowledged = initialTsn.Previous;
    }

    /// <summary>The last TSN given, for stream resets (RFC 6525 §4.1).</summary>
    public Tsn LastTsn => _outstanding.Next.Previous;

    public bool HasOutstanding => _outstanding.Count > 0;

    public RetransmissionTimeout Timeout => _timeout;

    public long Window => _congestion.Window;

    public long FlightBytes => _outstanding.FlightBytes;

    public long Retransmitted { get; private set; }

    public long Abandoned { get; private set; }

    public long MessagesSent { get; private set; }

    /// <summary>Writes what may go now into the rest of a packet, chunk behind chunk; returns its length.</summary>
    public int Write(Span<byte> room, Instant now)
    {
        var at = WriteForwardTsn(room, now);
        if (_outstanding.LostCount == 0 && !_streams.HasSendable) return at;
        // RFC 9260 §7.2.4 step 3 and §6.3.3 E3: the first packet of a recovery, or after T3-rtx, goes whatever the windows say.
        if (!_retransmitAtOnce && !_pacer.MaySend(_timeout, _congestion.Window, now))
        {
            // The window would be used, if it were not spread over time.
            if (_outstanding.FlightBytes >= _congestion.Window / 2) _windowLimited = true;
            return at;
        }
        var data = WriteRetransmissions(room[at..], now);
        data += WriteNew(room[(at + data)..], now);
        _pacer.HandleSent(data);
        return at + data;
    }

    private int WriteRetransmissions(Span<byte> room, Instant now)
    {
        if (_outstanding.LostCount == 0)
        {
            _retransmitAtOnce = false;
            return 0;
        }
        if (_outstanding.FlightBytes >= _congestion.Window && !_retransmitAtOnce) return 0;
        var at = 0;
        var from = _outstanding.Acknowledged.Next;
        while (_outstanding.TryFind(ChunkState.Lost, from, _outstanding.Next, out var tsn))
        {
            if (MayAbandon(tsn, now))
            {
                AbandonMessageOf(tsn);
                from = tsn.Next;
                continue;
            }
            ref var chunk = ref _outstanding[tsn];
            if (chunk.WireLength > room.Length - at) break;
            // The first one always goes: the other's window may be shut because it waits for just this one.
            if (tsn != _outstanding.Acknowledged.Next && !FitsPeerWindow(chunk.WireLength)) break;
            at += Write(room[at..], tsn, ref chunk, immediate: _outstanding.LostCount == 1, now);
            _outstanding.Set(tsn, ChunkState.InFlight);
            Retransmitted++;
            from = tsn.Next;
        }
        if (at > 0)
        {
            _retransmitAtOnce = false;
            ArmTimer(now);
        }
        return at;
    }

    private int WriteNew(Span<byte> room, Instant now)
    {
        var at = 0;
        while (_streams.First is { } stream)
        {
            if (stream.Queue.Count == 0)
            {
                _streams.PassTurn(stream);
                continue;
            }
            if (DropIfExpired(stream, now)) continue;
            if (_outstanding.FlightBytes >= _congestion.Window && !_probeNew)
            {
                _windowLimited = true;
                break;
            }
            if (_outstanding.IsFull) break;
            ref var message = ref stream.Queue.First;
            var left = message.Length - message.Sent;
            var length = Math.Min(left, room.Length - at - _headerLength);
            // What does not fit is cut, so that packets are full and of one length; but a message that fits the next packet whole is left whole, and a sliver is not worth a header.
            if (length < left && (length < SliverMin || left <= _options.PacketBytesMax - PacketHeader.Length - _headerLength && message.Sent == 0 && at > 0)) break;
            var wire = Chunk.Padded(_headerLength + length);
            if (wire > room.Length - at)
            {
                length &= ~3;
                wire = _headerLength + length;
            }
            if (!FitsPeerWindow(wire)) break;
            ResumeAfterIdle(now);
            at += WriteNewChunk(room[at..], stream, ref message, length, wire, now);
            _probeNew = false;
        }
        if (at > 0)
        {
            if (_outstanding.FlightBytes >= _congestion.Window && _streams.HasSendable) _windowLimited = true;
            ArmTimer(now);
        }
        return at;
    }

    /// <summary>The shortest beginning or middle that is cut from a message to fill a packet. Source: guess, twice the header it costs.</summary>
    private const int SliverMin = 40;

    private int WriteNewChunk(Span<byte> room, OutboundStream stream, ref OutboundMessage message, int length, int wire, Instant now)
    {
        var flags = message.Unordered ? DataFlags.Unordered : DataFlags.None;
        if (message.Sent == 0)
        {
            flags |= DataFlags.Begin;
            // RFC 9260 §6.5: an unordered DATA chunk takes no SSN. RFC 8260 §2.1: every I-DATA message has a MID, unordered ones from a count of their own.
            message.Number = message.Unordered ? _interleaving ? stream.NextUnordered++ : 0 : stream.NextOrdered++;
            if (!_interleaving) message.Number &= ushort.MaxValue;
        }
        if (message.Sent + length == message.Length)
        {
            flags |= DataFlags.End;
            MessagesSent++;
        }
        var tsn = _outstanding.Next;
        ref var chunk = ref _outstanding.Add(wire, ChunkState.InFlight);
        chunk.Slab = message.Slab;
        chunk.Offset = message.Offset + message.Sent;
        chunk.Length = (ushort)length;
        chunk.Stream = stream.Id;
        chunk.Flags = flags;
        chunk.Number = message.Number;
        chunk.Ppid = message.Ppid;
        chunk.Fragment = message.NextFragment;
        chunk.RetransmitsMax = message.RetransmitsMax;
        chunk.ExpiresAt = message.ExpiresAt;
        OutboundStreams.Hold(message.Slab);
        _streams.HandleSent(stream, length);
        return Write(room, tsn, ref chunk, immediate: _probeNew, now);
    }

    private int Write(Span<byte> room, Tsn tsn, ref OutstandingChunk chunk, bool immediate, Instant now)
    {
        chunk.SentAt = now;
        chunk.SentOrder = ++_sent;
        chunk.Transmissions++;
        _lastSentAt = now;
        // RFC 9260 §3.3.1, the I bit: without an answer to this one, we would wait for a delayed one.
        var header = new DataHeader(tsn, chunk.Stream, immediate ? chunk.Flags | DataFlags.Immediate : chunk.Flags, chunk.Number, chunk.Ppid, chunk.Fragment);
        if (_interleaving) header.WriteIData(room, chunk.Length);
        else header.WriteData(room, chunk.Length);
        chunk.Slab!.Bytes.AsSpan(chunk.Offset, chunk.Length).CopyTo(room[_headerLength..]);
        room[(_headerLength + chunk.Length)..chunk.WireLength].Clear();
        return chunk.WireLength;
    }

    /// <summary>RFC 9260 §6.1 A: not more than the other has room for; with nothing in flight one chunk may go in any case, which is the probe of a shut window.</summary>
    private bool FitsPeerWindow(int wireLength) => wireLength <= _peerWindow - _outstanding.FlightBytes || _outstanding.FlightBytes == 0;

    /// <summary>RFC 9260 §7.2.1: a window that was not used for a while is worth less.</summary>
    private void ResumeAfterIdle(Instant now)
    {
        if (_outstanding.Count > 0) return;
        var idle = now - _lastSentAt;
        if (idle >= _timeout.Current) _congestion.HandleIdle((int)Math.Min(idle / _timeout.Current, 64));
    }

    public void Trim() => _outstanding.Trim();
}
