using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;
using Netflux.Transport.WebRtc.Sctp.Receive;

namespace Netflux.Transport.WebRtc.Sctp;

// Packets in and out: RFC 9260 §6.10 (bundling), §6.8 (checksum), §8.5 (verification tag).
internal sealed partial class SctpAssociation
{
    /// <summary>Hears the plaintext of one DTLS record. What is not ours, not whole, or not allowed is dropped.</summary>
    public void HandlePacket(ReadOnlySpan<byte> packet, Instant now)
    {
        _packetsReceived++;
        if (!PacketHeader.TryParse(packet, out var header) || header.DestinationPort != _options.LocalPort || header.SourcePort != _options.RemotePort || !IsIntact(packet, header))
        {
            _packetsDropped++;
            return;
        }
        var chunks = new ChunkReader(packet[PacketHeader.Length..]);
        var first = true;
        while (chunks.TryRead(out var chunk))
        {
            if (!IsTagRight(chunk, header.VerificationTag, first))
            {
                _packetsDropped++;
                break;
            }
            first = false;
            if (!OnChunk(chunk, header.VerificationTag, now)) break;
        }
        _state.Agreed?.Receiver.HandlePacketEnd(now);
    }

    private bool IsIntact(ReadOnlySpan<byte> packet, in PacketHeader header) =>
        // RFC 9653 §5.3: zero is taken where we announced that we take it.
        header.Checksum == 0 && _options.ZeroChecksum || header.Checksum == Crc32C.ComputePacket(packet);

    /// <summary>§8.5: everybody but who begins knows our tag.</summary>
    private bool IsTagRight(in Chunk chunk, uint tag, bool first)
    {
        var terms = _transfer?.Terms;
        switch (chunk.Type)
        {
            // §8.5.1 A; and INIT is alone in its packet (§6.10).
            case ChunkType.Init:
                return first && tag == 0;
            // §8.5.1 B and C: with the T bit it is ours reflected, by somebody who does not know the association.
            case ChunkType.Abort or ChunkType.ShutdownComplete:
                return (chunk.Flags & 1) == 0 ? tag == OwnTag : terms is { } agreed && tag == agreed.PeerTag;
            // §8.5.1 D: the cookie knows it.
            case ChunkType.CookieEcho:
                return first;
            default:
                return tag == OwnTag && tag != 0;
        }
    }

    private uint OwnTag => _state is SctpState.CookieWait waiting ? waiting.OwnTag : _transfer?.Terms.OwnTag ?? 0;

    /// <summary>False where the rest of the packet is not to be looked at.</summary>
    private bool OnChunk(in Chunk chunk, uint packetTag, Instant now)
    {
        switch (chunk.Type)
        {
            case ChunkType.Data or ChunkType.IData: return OnData(chunk, now);
            case ChunkType.Sack: OnSack(chunk, now); return true;
            case ChunkType.ForwardTsn or ChunkType.IForwardTsn: OnForwardTsn(chunk); return true;
            case ChunkType.Reconfig: _state.Agreed?.Resets.OnReconfig(chunk, now); return true;
            case ChunkType.Heartbeat: OnHeartbeat(chunk); return true;
            case ChunkType.HeartbeatAck: OnHeartbeatAck(chunk, now); return true;
            case ChunkType.Init: OnInit(chunk, now); return false;
            case ChunkType.InitAck: OnInitAck(chunk, now); return false;
            case ChunkType.CookieEcho:
                OnCookieEcho(chunk, packetTag, now);
                // What comes with it is for the association that it made.
                return packetTag == OwnTag;
            case ChunkType.CookieAck: OnCookieAck(); return true;
            case ChunkType.Shutdown: OnShutdown(chunk, now); return true;
            case ChunkType.ShutdownAck: OnShutdownAck(); return true;
            case ChunkType.ShutdownComplete: OnShutdownComplete(); return false;
            case ChunkType.Abort: OnAbort(chunk); return false;
            case ChunkType.Error: OnError(chunk, now); return true;
            default: return OnUnknown(chunk);
        }
    }

    private bool OnData(in Chunk chunk, Instant now)
    {
        if (_state.Agreed is not { } transfer)
        {
            // §8.4: it does not know that this is over; our ABORT was lost. After a shutdown it does, and this has been on its way for long: an ABORT might overtake the SHUTDOWN COMPLETE.
            if (_state is SctpState.Ended { Transfer.Terms.PeerTag: var peerTag, BothKnow: false } && _answers.IsEmpty) SendAbort(peerTag, ErrorCauseCode.None);
            return false;
        }
        var interleaving = transfer.Terms.Common.Has(Capabilities.Interleaving);
        // RFC 8260 §2.2.1: one kind or the other, as agreed on.
        if (chunk.Type == ChunkType.IData != interleaving)
        {
            AbortWith(ErrorCauseCode.ProtocolViolation, "DATA and I-DATA do not mix."u8, SctpCloseReason.ProtocolViolation, "The peer sent data of the kind that was not agreed on.");
            return false;
        }
        if (!(interleaving ? DataHeader.TryParseIData(chunk, out var header, out var payload) : DataHeader.TryParseData(chunk, out header, out payload)))
        {
            // RFC 9260 §6.2: "No User Data" aborts.
            AbortWith(ErrorCauseCode.NoUserData, [], SctpCloseReason.ProtocolViolation, "The peer sent a data chunk without data.");
            return false;
        }
        switch (transfer.Receiver.OnData(header, payload))
        {
            case Received.Fine: return true;
            case Received.InvalidStream:
                SendError(transfer, ErrorCauseCode.InvalidStream, chunk.Whole[8..12]);
                return true;
            case Received.TooLong:
                AbortTooLong();
                return false;
            default:
                AbortOutOfResource();
                return false;
        }
    }

    private void AbortTooLong() =>
        AbortWith(ErrorCauseCode.ProtocolViolation, "The message is longer than was agreed on."u8, SctpCloseReason.ProtocolViolation, "The peer sent a longer message than we take.");

    private void AbortOutOfResource() =>
        AbortWith(ErrorCauseCode.OutOfResource, [], SctpCloseReason.OutOfResource, "The peer has filled the receive buffer with messages that cannot be completed.");

    private void OnSack(in Chunk chunk, Instant now)
    {
        if (_state.Agreed is not { } transfer || !SackChunk.TryParse(chunk, out var sack)) return;
        transfer.Sender.OnSack(sack, now);
        transfer.Heartbeats.HandleTraffic(now);
    }

    private void OnForwardTsn(in Chunk chunk)
    {
        if (_state.Agreed is not { } transfer || !ForwardTsnChunk.TryParse(chunk, out var forward)) return;
        if (chunk.Type == ChunkType.IForwardTsn != transfer.Terms.Common.Has(Capabilities.Interleaving)) return;
        switch (transfer.Receiver.OnForwardTsn(forward))
        {
            case Received.TooLong: AbortTooLong(); break;
            case Received.OutOfResource: AbortOutOfResource(); break;
        }
    }

    private void OnHeartbeat(in Chunk chunk)
    {
        if (_state.Agreed is not { } transfer || chunk.Whole.Length > _options.EchoedBytesMax) return;
        Span<byte> answer = stackalloc byte[_options.EchoedBytesMax];
        chunk.Whole.CopyTo(answer);
        Chunk.WriteHeader(answer, ChunkType.HeartbeatAck, 0, chunk.Whole.Length);
        _answers.Add(transfer.Terms.PeerTag, answer[..chunk.Whole.Length]);
    }

    private void OnHeartbeatAck(in Chunk chunk, Instant now)
    {
        if (_state.Agreed is not { } transfer || !transfer.Heartbeats.TryMeasure(chunk, now, out var roundTrip)) return;
        transfer.Sender.Timeout.HandleMeasured(roundTrip);
        transfer.Sender.HandleAlive();
    }

    private bool OnUnknown(in Chunk chunk)
    {
        if (UnknownTypes.IsReported(chunk.Type) && _state.Agreed is { } transfer) SendError(transfer, ErrorCauseCode.UnrecognizedChunkType, chunk.Whole);
        return UnknownTypes.IsSkipped(chunk.Type);
    }

    private void SendError(Transfer transfer, ErrorCauseCode code, ReadOnlySpan<byte> info)
    {
        Span<byte> chunk = stackalloc byte[Chunk.HeaderLength + ErrorCause.HeaderLength + AbortInfoMax];
        _answers.Add(transfer.Terms.PeerTag, chunk[..ErrorCause.WriteChunk(chunk, ChunkType.Error, 0, code, info[..Math.Min(info.Length, AbortInfoMax)])]);
    }

    /// <summary>
    /// Writes the next packet that may go now; returns its length, or 0 where there is none. While there is much to send, packets are of one length, as far as messages allow.
    /// The buffer has <see cref="SctpOptions.PacketBytesMax"/> bytes or more.
    /// </summary>
    public int WritePacket(Span<byte> buffer, Instant now)
    {
        AdvanceShutdown(now);
        var packet = buffer[..Math.Min(buffer.Length, _options.PacketBytesMax)];
        var at = PacketHeader.Length;
        uint tag = 0;
        var full = false;
        var checksummed = false;
        if (!_answers.IsEmpty) at += _answers.Write(packet[at..], out tag, out full, out checksummed);
        if (_state.Agreed is { } transfer && !full && (at == PacketHeader.Length || tag == transfer.Terms.PeerTag))
        {
            tag = transfer.Terms.PeerTag;
            at += WriteTransfer(transfer, packet[at..], now);
        }
        if (at == PacketHeader.Length) return 0;
        packet = packet[..at];
        PacketHeader.Write(packet, _options.LocalPort, _options.RemotePort, tag);
        if (checksummed || _transfer is null || !_transfer.Terms.Common.Has(Capabilities.ZeroChecksum)) PacketHeader.Seal(packet);
        _packetsSent++;
        return at;
    }

    private int WriteTransfer(Transfer transfer, Span<byte> room, Instant now)
    {
        var at = 0;
        var sends = _state.SendsData;
        if (sends)
        {
            at += transfer.Resets.Write(room, now);
            at += transfer.Heartbeats.Write(room[at..], now);
        }
        // A SACK goes first, and with data also where it could still wait. Who has sent us data is established, even where its COOKIE ACK is still missing.
        var sackLength = transfer.Receiver.HasSack ? transfer.Receiver.WriteSack(room[at..]) : 0;
        var dataLength = sends ? transfer.Sender.Write(room[(at + sackLength)..], now) : 0;
        if (sackLength > 0 && (at > 0 || dataLength > 0 || transfer.Receiver.IsSackDue))
        {
            transfer.Receiver.HandleSackSent();
            // §9.2: while we wait for the other's last data, each SACK goes with our SHUTDOWN.
            if (_state is SctpState.ShutdownSent) WriteShutdown(transfer);
            at += sackLength;
        }
        if (dataLength > 0) transfer.Heartbeats.HandleTraffic(now);
        return at + dataLength;
    }
}
