using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

// INIT, INIT ACK, COOKIE ECHO, COOKIE ACK: RFC 9260 §5.
//
// A                                  Z          A                                  Z      both begin (§5.2.1)
//   INIT ──────────────────────────→              INIT ────────────╲╱──────────── INIT
//        ←────────────────── INIT ACK             INIT ACK ────────╱╲──────── INIT ACK
//   COOKIE ECHO ───────────────────→              COOKIE ECHO ─────╲╱───── COOKIE ECHO
//        ←──────────────── COOKIE ACK             COOKIE ACK ──────╱╲────── COOKIE ACK
internal sealed partial class SctpAssociation
{
    /// <summary>Begins the association. Both sides may, at the same time; a side that does not is passive.</summary>
    public void Connect(Instant now)
    {
        if (_state is not SctpState.Closed) return;
        var waiting = new SctpState.CookieWait(_ownTag, _ownInitialTsn, now + _options.HandshakeRtoInitial, 0);
        _state = waiting;
        SendInit(waiting);
    }

    private void HandleStateDeadline(Instant now)
    {
        if (_state.DueAt is not { } due || due > now) return;
        switch (_state)
        {
            case SctpState.CookieWait or SctpState.CookieEchoed when Retransmits(_state) >= _options.HandshakeRetransmitsMax:
                End(SctpCloseReason.HandshakeTimedOut, "The peer does not answer the opening of the association.");
                break;
            case SctpState.CookieWait waiting:
                _state = waiting = waiting with { Retransmits = waiting.Retransmits + 1, Due = now + BackedOff(waiting.Retransmits + 1) };
                SendInit(waiting);
                break;
            case SctpState.CookieEchoed echoed:
                _state = echoed = echoed with { Retransmits = echoed.Retransmits + 1, Due = now + BackedOff(echoed.Retransmits + 1) };
                SendCookieEcho(echoed);
                break;
            case SctpState.ShutdownSent or SctpState.ShutdownAckSent when Retransmits(_state) >= _options.RetransmitsMax:
                End(SctpCloseReason.PeerUnreachable, "The peer does not answer the shutdown.");
                break;
            case SctpState.ShutdownSent sent:
                SendShutdown(sent.Transfer, sent.Retransmits + 1, now);
                break;
            case SctpState.ShutdownAckSent sent:
                SendShutdownAck(sent.Transfer, sent.Retransmits + 1, now);
                break;
        }
    }

    private static int Retransmits(SctpState state) => state switch
    {
        SctpState.CookieWait s => s.Retransmits,
        SctpState.CookieEchoed s => s.Retransmits,
        SctpState.ShutdownSent s => s.Retransmits,
        SctpState.ShutdownAckSent s => s.Retransmits,
        _ => 0,
    };

    private TimeSpan BackedOff(int retransmits)
    {
        var doubled = _options.HandshakeRtoInitial * (1 << Math.Min(retransmits, 10));
        return doubled < _options.RtoMax ? doubled : _options.RtoMax;
    }

    private void SendInit(SctpState.CookieWait waiting)
    {
        Span<byte> chunk = stackalloc byte[128];
        // RFC 9260 §8.5.1: the packet of an INIT has the tag 0.
        _answers.Add(0, chunk[..OwnInit(waiting.OwnTag, waiting.OwnInitialTsn, _ownCapabilities, default).Write(chunk, ChunkType.Init)], alone: true, checksummed: true);
    }

    private void SendCookieEcho(SctpState.CookieEchoed echoed)
    {
        Span<byte> chunk = stackalloc byte[Chunk.HeaderLength + _options.EchoedBytesMax];
        Chunk.WriteHeader(chunk, ChunkType.CookieEcho, 0, Chunk.HeaderLength + echoed.Cookie.Length);
        echoed.Cookie.CopyTo(chunk[Chunk.HeaderLength..]);
        // RFC 9653 §5.2: whoever echoes may talk to somebody who has forgotten what it announced.
        _answers.Add(echoed.Transfer.Terms.PeerTag, chunk[..(Chunk.HeaderLength + echoed.Cookie.Length)], checksummed: true);
    }

    private InitChunk OwnInit(uint tag, Tsn tsn, Capabilities capabilities, ReadOnlySpan<byte> cookie) => new()
    {
        InitiateTag = tag,
        ReceiverWindow = (uint)_options.ReceiveBufferBytes,
        OutboundStreams = _options.StreamsMax,
        InboundStreams = _options.StreamsMax,
        InitialTsn = tsn,
        Capabilities = capabilities,
        Cookie = cookie,
    };

    private void OnInit(in Chunk chunk, Instant now)
    {
        if (!InitChunk.TryParse(chunk, out var init)) return;
        // §3.3.2: an INIT without tag or streams is an error; there is nobody to tell it to but by an ABORT.
        if (init.InitiateTag == 0 || init.InboundStreams == 0 || init.OutboundStreams == 0)
        {
            if (init.InitiateTag != 0) SendAbort(init.InitiateTag, ErrorCauseCode.InvalidMandatoryParameter);
            return;
        }
        switch (_state)
        {
            case SctpState.Ended:
                break;
            case SctpState.Closed:
                SendInitAck(init, _ownTag, _ownInitialTsn, 0, 0, now);
                break;
            // §5.2.1: both began. The answer says the same as our own INIT, and the timers go on.
            case SctpState.CookieWait waiting:
                SendInitAck(init, waiting.OwnTag, waiting.OwnInitialTsn, waiting.OwnTag, 0, now);
                break;
            case SctpState.CookieEchoed { Transfer.Terms: var terms }:
                SendInitAck(init, terms.OwnTag, terms.OwnInitialTsn, terms.OwnTag, terms.PeerTag, now);
                break;
            // §9.2: the other has not heard that we have its SHUTDOWN.
            case SctpState.ShutdownAckSent sent:
                SendPlain(sent.Transfer, ChunkType.ShutdownAck);
                break;
            // §5.2.2: an old INIT, or a peer that began anew. The cookie tells which, by the tie tags; until it is echoed nothing changes.
            case { Agreed.Terms: var terms }:
                SendInitAck(init, NewTag(), NewTsn(), terms.OwnTag, terms.PeerTag, now);
                break;
        }
    }

    private void SendInitAck(in InitChunk init, uint ownTag, Tsn ownTsn, uint ownTie, uint peerTie, Instant now)
    {
        Span<byte> cookie = stackalloc byte[StateCookie.Length];
        new StateCookie(now, ownTag, init.InitiateTag, ownTie, peerTie, ownTsn, init.InitialTsn, init.ReceiverWindow, Math.Min(_options.StreamsMax, init.InboundStreams),
            Math.Min(_options.StreamsMax, init.OutboundStreams), init.Capabilities).Write(cookie, _cookieSecret);
        Span<byte> unrecognized = stackalloc byte[UnrecognizedMax];
        unrecognized = unrecognized[..init.CopyUnrecognized(unrecognized)];
        Span<byte> chunk = stackalloc byte[128 + StateCookie.Length + UnrecognizedMax];
        // RFC 9260 §3.2.1 lets a receiver skip the parameter of RFC 9653 if it does not know it; pion's SCTP (1.8) drops the whole packet. So it is announced to those
        // who announce it. Our INIT is dropped there as well, but pion begins on its own, too.
        var announced = init.Capabilities.Has(Capabilities.ZeroChecksum) ? _ownCapabilities : _ownCapabilities & ~Capabilities.ZeroChecksum;
        _answers.Add(init.InitiateTag, chunk[..OwnInit(ownTag, ownTsn, announced, cookie).Write(chunk, ChunkType.InitAck, unrecognized)], alone: true, checksummed: true);
    }

    /// <summary>How much of what we did not recognize is reported. Source: guess, a dozen small parameters.</summary>
    private const int UnrecognizedMax = 128;

    private void OnInitAck(in Chunk chunk, Instant now)
    {
        // §5.2.3: in every other state it is late, or a repetition.
        if (_state is not SctpState.CookieWait waiting || !InitChunk.TryParse(chunk, out var init)) return;
        if (init.InitiateTag == 0 || init.InboundStreams == 0 || init.OutboundStreams == 0 || init.Cookie.IsEmpty || init.Cookie.Length > _options.EchoedBytesMax)
        {
            if (init.InitiateTag != 0) SendAbort(init.InitiateTag, init.Cookie.IsEmpty ? ErrorCauseCode.MissingMandatoryParameter : ErrorCauseCode.InvalidMandatoryParameter);
            End(SctpCloseReason.ProtocolViolation, "The peer's INIT ACK cannot be used.");
            return;
        }
        var terms = new TransferTerms(waiting.OwnTag, init.InitiateTag, waiting.OwnInitialTsn, init.InitialTsn, init.ReceiverWindow, Math.Min(_options.StreamsMax, init.InboundStreams),
            _ownCapabilities & init.Capabilities);
        var echoed = new SctpState.CookieEchoed(Agree(terms, now), init.Cookie.ToArray(), now + _options.HandshakeRtoInitial, 0);
        _state = echoed;
        SendCookieEcho(echoed);
    }

    /// <summary>§5.2.4: the cookie's tags beside those of the association that is there.</summary>
    private void OnCookieEcho(in Chunk chunk, uint packetTag, Instant now)
    {
        if (_state is SctpState.Ended || !StateCookie.TryParse(chunk.Value, _cookieSecret, out var cookie) || packetTag != cookie.OwnTag) return;
        var (ownTag, peerTag) = _state switch
        {
            SctpState.CookieWait waiting => (waiting.OwnTag, 0u),
            { Agreed.Terms: var terms } => (terms.OwnTag, terms.PeerTag),
            _ => (0u, 0u),
        };
        var nothingThere = _state is SctpState.Closed;
        var sameOwn = cookie.OwnTag == ownTag;
        var samePeer = cookie.PeerTag == peerTag;
        if (now - cookie.Created > _options.CookieLife && !(sameOwn && samePeer))
        {
            SendStaleCookie(cookie, now);
            return;
        }
        if (nothingThere || sameOwn && _state is SctpState.CookieWait || sameOwn && !samePeer && _state is SctpState.CookieEchoed)
        {
            // A new association, or action B: both began, and the other's part of the agreement is in the cookie.
            Agree(new(cookie.OwnTag, cookie.PeerTag, cookie.OwnInitialTsn, cookie.PeerInitialTsn, cookie.PeerWindow, cookie.OutboundStreams, _ownCapabilities & cookie.Capabilities), now);
            Establish();
            SendPlain(_transfer!, ChunkType.CookieAck);
        }
        else if (sameOwn && samePeer)
        {
            // Action D: it repeats itself, or both began and have heard the same.
            if (_state is SctpState.CookieEchoed) Establish();
            SendPlain(_transfer!, ChunkType.CookieAck);
        }
        else if (!sameOwn && !samePeer && cookie.OwnTieTag == ownTag && cookie.PeerTieTag == peerTag && _state is not SctpState.CookieWait)
        {
            // Action A: the other began anew. Its streams, and the channels above them, are gone with its memory, and RFC 8261's DTLS connection would be too: ours end.
            SendAbort(cookie.PeerTag, ErrorCauseCode.UserInitiatedAbort);
            End(SctpCloseReason.PeerRestarted, "The peer has begun anew.");
        }
        // Action C, and all else: an old cookie. Nothing follows.
    }

    private void OnCookieAck()
    {
        // §5.2.5: in every other state it is late.
        if (_state is SctpState.CookieEchoed) Establish();
    }

    /// <summary>§5.2.6 at its receiver: our cookie was too old; a new INIT brings another.</summary>
    private void OnStaleCookie(Instant now)
    {
        if (_state is not SctpState.CookieEchoed { Transfer.Terms: var terms } echoed || echoed.Retransmits >= _options.HandshakeRetransmitsMax) return;
        var waiting = new SctpState.CookieWait(terms.OwnTag, terms.OwnInitialTsn, now + BackedOff(echoed.Retransmits + 1), echoed.Retransmits + 1);
        _transfer = null;
        _state = waiting;
        SendInit(waiting);
    }

    private void SendStaleCookie(in StateCookie cookie, Instant now)
    {
        Span<byte> staleness = stackalloc byte[4];
        var microseconds = (now - cookie.Created - _options.CookieLife).TotalMicroseconds;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(staleness, (uint)Math.Min(microseconds, uint.MaxValue));
        Span<byte> chunk = stackalloc byte[16];
        _answers.Add(cookie.PeerTag, chunk[..ErrorCause.WriteChunk(chunk, ChunkType.Error, 0, ErrorCauseCode.StaleCookie, staleness)]);
    }

    private Transfer Agree(in TransferTerms terms, Instant now) => _transfer = new Transfer(_options, _streams, terms, _events, _random, now);

    private void Establish()
    {
        var transfer = _transfer!;
        var common = transfer.Terms.Common;
        _state = new SctpState.Established(transfer);
        _events.Enqueue(new AssociationEstablished(common.Has(Capabilities.Interleaving), common.Has(Capabilities.PartialReliability),
            common.Has(Capabilities.StreamReset), common.Has(Capabilities.ZeroChecksum)));
        foreach (var stream in _resetEarly) transfer.Resets.HandleWanted(stream);
        _resetEarly.Clear();
    }

    private uint NewTag()
    {
        // §5.3.1: any number but 0.
        uint tag;
        do tag = (uint)_random.NextUInt64();
        while (tag == 0);
        return tag;
    }

    private Tsn NewTsn() => new((uint)_random.NextUInt64());
}
