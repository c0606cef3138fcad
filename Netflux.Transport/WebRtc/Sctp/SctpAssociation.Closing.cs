using System.Text;
using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp;

// SHUTDOWN (RFC 9260 §9.2), ABORT (§9.1) and ERROR.
//
// A                                  Z
//   SHUTDOWN ──────────────────────→      when all of A's data is acknowledged
//        ←────────────── SHUTDOWN ACK      when all of Z's is
//   SHUTDOWN COMPLETE ─────────────→
internal sealed partial class SctpAssociation
{
    /// <summary>Ends the association when all that was accepted is delivered. Nothing more is accepted.</summary>
    public void Shutdown(Instant now)
    {
        switch (_state)
        {
            case SctpState.Established established:
                _state = new SctpState.ShutdownPending(established.Transfer);
                break;
            case SctpState.Closed or SctpState.CookieWait or SctpState.CookieEchoed:
                AbortWith(ErrorCauseCode.UserInitiatedAbort, [], SctpCloseReason.Shutdown, "It was closed before it was open.");
                break;
        }
    }

    /// <summary>Ends the association at once; what is queued is lost. The other is told why.</summary>
    public void Abort(string why, Instant now)
    {
        if (_state is SctpState.Ended) return;
        AbortWith(ErrorCauseCode.UserInitiatedAbort, Encoding.UTF8.GetBytes(why), SctpCloseReason.AbortedHere, why);
    }

    /// <summary>Whether all that was accepted is acknowledged, so that a shutdown may go on.</summary>
    private bool IsAllDelivered(Transfer transfer) => _streams.QueuedMessages == 0 && !transfer.Sender.HasOutstanding;

    /// <summary>Before each packet: a shutdown that waited for data goes on.</summary>
    private void AdvanceShutdown(Instant now)
    {
        switch (_state)
        {
            case SctpState.ShutdownPending pending when IsAllDelivered(pending.Transfer):
                SendShutdown(pending.Transfer, 0, now);
                break;
            case SctpState.ShutdownReceived received when IsAllDelivered(received.Transfer):
                SendShutdownAck(received.Transfer, 0, now);
                break;
        }
    }

    private void SendShutdown(Transfer transfer, int retransmits, Instant now)
    {
        _state = new SctpState.ShutdownSent(transfer, now + ShutdownWait(transfer, retransmits), retransmits);
        WriteShutdown(transfer);
    }

    private void WriteShutdown(Transfer transfer)
    {
        Span<byte> chunk = stackalloc byte[ShutdownLength];
        Chunk.WriteHeader(chunk, ChunkType.Shutdown, 0, ShutdownLength);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(chunk[4..], transfer.Receiver.Cumulative.Value);
        _answers.Add(transfer.Terms.PeerTag, chunk);
    }

    private const int ShutdownLength = 8;

    private void SendShutdownAck(Transfer transfer, int retransmits, Instant now)
    {
        _state = new SctpState.ShutdownAckSent(transfer, now + ShutdownWait(transfer, retransmits), retransmits);
        SendPlain(transfer, ChunkType.ShutdownAck);
    }

    /// <summary>T2-shutdown: it doubles up to RTO.Max as T3-rtx does (RFC 9260 §9.2, §6.3.3 E2).</summary>
    private TimeSpan ShutdownWait(Transfer transfer, int retransmits)
    {
        var doubled = transfer.Sender.Timeout.Current * (1 << Math.Min(retransmits, 10));
        return doubled < _options.RtoMax ? doubled : _options.RtoMax;
    }

    private void SendPlain(Transfer transfer, ChunkType type)
    {
        Span<byte> chunk = stackalloc byte[Chunk.HeaderLength];
        Chunk.WriteHeader(chunk, type, 0, chunk.Length);
        _answers.Add(transfer.Terms.PeerTag, chunk, alone: type == ChunkType.ShutdownComplete);
    }

    private void SendAbort(uint tag, ErrorCauseCode code)
    {
        Span<byte> chunk = stackalloc byte[Chunk.HeaderLength + ErrorCause.HeaderLength];
        _answers.Add(tag, chunk[..ErrorCause.WriteChunk(chunk, ChunkType.Abort, 0, code, [])], checksummed: true);
    }

    private void OnShutdown(in Chunk chunk, Instant now)
    {
        if (chunk.Whole.Length != ShutdownLength || _state.Agreed is not { } transfer) return;
        var cumulative = new Tsn(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(chunk.Value));
        switch (_state)
        {
            case SctpState.Established or SctpState.ShutdownPending or SctpState.ShutdownReceived:
                // It acknowledges like a SACK (§9.2).
                transfer.Sender.OnShutdown(cumulative, now);
                _state = new SctpState.ShutdownReceived(transfer);
                break;
            case SctpState.ShutdownSent:
                // Both shut down: each answers at once.
                SendShutdownAck(transfer, 0, now);
                break;
            case SctpState.ShutdownAckSent:
                SendPlain(transfer, ChunkType.ShutdownAck);
                break;
        }
    }

    private void OnShutdownAck()
    {
        switch (_state)
        {
            case SctpState.ShutdownSent or SctpState.ShutdownAckSent:
                SendPlain(_transfer!, ChunkType.ShutdownComplete);
                End(SctpCloseReason.Shutdown, "It was shut down.");
                break;
            // §8.5.1 E: our SHUTDOWN COMPLETE was lost.
            case SctpState.Ended { Transfer: { } transfer }:
                SendPlain(transfer, ChunkType.ShutdownComplete);
                break;
        }
    }

    private void OnShutdownComplete()
    {
        if (_state is SctpState.ShutdownAckSent) End(SctpCloseReason.Shutdown, "It was shut down.");
    }

    private void OnAbort(in Chunk chunk) =>
        End(SctpCloseReason.AbortedByPeer, ErrorCause.TryReadFirst(chunk, out var cause) ? $"The peer aborted it ({cause.Describe()})." : "The peer aborted it.");

    private void OnError(in Chunk chunk, Instant now)
    {
        // All other errors are told for people; nothing here depends on them.
        if (ErrorCause.TryReadFirst(chunk, out var cause) && cause.Code == ErrorCauseCode.StaleCookie) OnStaleCookie(now);
    }
}
