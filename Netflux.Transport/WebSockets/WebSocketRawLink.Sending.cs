using System.Buffers;
using System.Net.WebSockets;
using Akka.Actor;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>The writing loop: one message at a time, and last the Close frame. Nothing else writes to the socket.</summary>
internal sealed partial class WebSocketRawLink
{
    /// <summary>How many bytes are written before the owner hears of it while more wait. Source: guess; a quarter of the largest message keeps reports few and room early.</summary>
    private const int WrittenReportBytes = 64 * 1024;

    private async Task SendAsync()
    {
        try
        {
            var unreported = 0;
            while (await _outgoing.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (_outgoing.Reader.TryRead(out var message))
                {
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
                        Interlocked.Add(ref _queuedBytes, -message.Length);
                    }
                    if (unreported >= WrittenReportBytes) ReportWritten(ref unreported);
                }
                if (unreported > 0) ReportWritten(ref unreported);
            }
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
        while (_outgoing.Reader.TryRead(out var message)) ArrayPool<byte>.Shared.Return(message.Pooled);
    }

    private void ReportWritten(ref int bytes)
    {
        _owner?.Tell(new RawLinkWritten(bytes), ActorRefs.NoSender);
        bytes = 0;
    }
}
