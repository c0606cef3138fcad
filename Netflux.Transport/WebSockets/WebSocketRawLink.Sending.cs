using System.Buffers;
using System.Net.WebSockets;
using Akka.Actor;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>
/// Writing: one message at a time, and last the Close frame. Whoever sends while nothing is written begins, and it goes on until nothing waits, so that a link at rest has neither a loop
/// nor a buffer for it.
/// </summary>
internal sealed partial class WebSocketRawLink
{
    /// <summary>How many bytes are written before the owner hears of it while more wait. Source: guess; a quarter of the largest message keeps reports few and room early.</summary>
    private const int WrittenReportBytes = 64 * 1024;

    /// <summary>A message up to this is handed to the socket by who sends it: waking another thread takes longer. Source: guess; a page.</summary>
    private const int SmallBytesMax = 4 * 1024;

    /// <summary>A queue that grew beyond this is made small again once it is empty. Guess.</summary>
    private const int QueueLengthKept = 64;

    private readonly Queue<Outgoing> _outgoing = new(0);
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _queuedBytes;
    private bool _writing;

    public void Send(byte[] pooled, int length)
    {
        if (length > _options.MessageBytesMax) throw new ArgumentOutOfRangeException(nameof(length), length, $"A message of this link has at most {_options.MessageBytesMax} bytes.");
        if (!TryQueue(new(pooled, length), out var begins, out var queuedBytes))
        {
            ArrayPool<byte>.Shared.Return(pooled);
            return;
        }
        if (queuedBytes > _options.SendQueueBytesMax) Close(CloseCode.Flooding, "More was queued for sending than the link holds.", abrupt: true);
        if (begins) _ = WriteAsync(length <= SmallBytesMax);
    }

    /// <summary>False once the link ends.</summary>
    private bool TryQueue(Outgoing message, out bool begins, out long queuedBytes)
    {
        (begins, queuedBytes) = (false, 0);
        lock (_gate)
        {
            if (_ending) return false;
            queuedBytes = _queuedBytes += message.Length;
            _outgoing.Enqueue(message);
            (begins, _writing) = (!_writing, true);
            return true;
        }
    }

    /// <summary>False once nothing waits: whoever sends next begins anew; or <paramref name="ends"/>, and nobody does.</summary>
    private bool TryTakeQueued(int writtenBytes, out Outgoing message, out bool ends)
    {
        lock (_gate)
        {
            _queuedBytes -= writtenBytes;
            ends = _ending;
            if (_outgoing.TryDequeue(out message)) return true;
            _writing = ends;
            if (_outgoing.Capacity > QueueLengthKept) _outgoing.TrimExcess(0);
            return false;
        }
    }

    private async Task WriteAsync(bool isSmall)
    {
        if (!isSmall) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            if (!await WriteQueuedAsync().ConfigureAwait(false)) return;
            if (_closeFrame is { } frame && _socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await _socket.CloseOutputAsync((WebSocketCloseStatus)frame.Status, frame.Text, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (IsLoss(e))
        {
            Lose(e);
        }
        catch (Exception e)
        {
            Fault(e);
        }
        while (TryTakeQueued(0, out var message, out _)) ArrayPool<byte>.Shared.Return(message.Pooled);
        _written.TrySetResult();
    }

    /// <summary>True where what was written is the last before the Close frame.</summary>
    private async ValueTask<bool> WriteQueuedAsync()
    {
        var (written, unreported) = (0, 0);
        bool ends;
        while (TryTakeQueued(written, out var message, out ends))
        {
            written = message.Length;
            try
            {
                if (!_discardOutgoing)
                {
                    await _socket.SendAsync(message.Pooled.AsMemory(0, message.Length), WebSocketMessageType.Binary, WebSocketMessageFlags.EndOfMessage, CancellationToken.None).ConfigureAwait(false);
                    WebSocketMetrics.Sent(message.Length);
                    unreported += message.Length;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(message.Pooled);
            }
            if (unreported >= WrittenReportBytes) ReportWritten(ref unreported);
        }
        if (unreported > 0) ReportWritten(ref unreported);
        return ends;
    }

    private void ReportWritten(ref int bytes)
    {
        _owner?.Tell(new RawLinkWritten(bytes), ActorRefs.NoSender);
        bytes = 0;
    }
}
