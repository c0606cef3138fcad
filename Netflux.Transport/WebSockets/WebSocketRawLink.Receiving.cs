using System.Buffers;
using System.Net.WebSockets;
using Akka.Actor;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>
/// The reading loop. A message is begun only when the owner has room for it, so a slow owner stops the socket, and through TCP the other side; while it has
/// no room, the other side's end is not noticed either. While nothing comes, no buffer is held.
/// </summary>
internal sealed partial class WebSocketRawLink
{
    /// <summary>The first size that is rented. Source: guess; a page, enough for handshakes and small records.</summary>
    private const int BufferBytesMin = 4 * 1024;

    private async Task ReceiveAsync()
    {
        try
        {
            var expected = BufferBytesMin;
            var open = true;
            while (open && !_ending)
            {
                await _permits.WaitAsync().ConfigureAwait(false);
                if (_ending) break;
                // An empty read waits for the next frame without a buffer and tells its kind.
                var first = await _socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None).ConfigureAwait(false);
                if (first.MessageType == WebSocketMessageType.Close)
                {
                    OnClose();
                    open = false;
                }
                else if (first.MessageType == WebSocketMessageType.Text)
                {
                    Refuse(CloseCode.ProtocolViolated, "Only binary messages are spoken here, and this one is text.");
                }
                else if (first.EndOfMessage)
                {
                    Deliver(ArrayPool<byte>.Shared.Rent(1), 0);
                }
                else
                {
                    (open, expected) = await ReceiveMessageAsync(expected).ConfigureAwait(false);
                }
            }
            if (open) await ReceiveCloseAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsLoss(e))
        {
            Lose(e);
        }
        catch (Exception e)
        {
            Fault(e);
        }
    }

    /// <summary>Puts one message together from its frames. Returns whether the socket is still open for reading, and how large the next message is expected to be.</summary>
    private async ValueTask<(bool Open, int Expected)> ReceiveMessageAsync(int expected)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(expected);
        try
        {
            var length = 0;
            while (true)
            {
                var room = Math.Min(buffer.Length, _options.MessageBytesMax) - length;
                if (room == 0 && length < _options.MessageBytesMax)
                {
                    buffer = Grow(buffer, length);
                    continue;
                }
                // With no room left, only an empty last frame is welcome.
                var result = await _socket.ReceiveAsync(buffer.AsMemory(length, room), CancellationToken.None).ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    OnClose();
                    return (false, expected);
                }
                length += result.Count;
                if (result.EndOfMessage)
                {
                    var whole = buffer;
                    buffer = [];
                    Deliver(whole, length);
                    // Follows a larger message at once and forgets it slowly.
                    return (true, Math.Max(BufferBytesMin, Math.Max(length, expected - expected / 8)));
                }
                if (room == 0)
                {
                    Refuse(CloseCode.TooLarge, $"A message of this link has at most {_options.MessageBytesMax} bytes.");
                    return (true, expected);
                }
            }
        }
        finally
        {
            if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private byte[] Grow(byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(_options.MessageBytesMax, length * 2));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private void Deliver(byte[] pooled, int length)
    {
        WebSocketMetrics.Received(length);
        if (_ending || _owner is not { } owner) ArrayPool<byte>.Shared.Return(pooled);
        else owner.Tell(new RawLinkReceived(pooled, length), ActorRefs.NoSender);
    }

    /// <summary>The other side closed. What waits to be sent has no reader any more; the Close frame is answered (RFC 6455 §5.5.1).</summary>
    private void OnClose()
    {
        var status = _socket.CloseStatus is { } given && given != WebSocketCloseStatus.Empty ? given : WebSocketCloseStatus.NormalClosure;
        End(CloseStatus.Read(_socket.CloseStatus, _socket.CloseStatusDescription), new((int)status, ""), discardOutgoing: true);
    }

    private void Refuse(CloseCode code, string text)
    {
        WebSocketLog.MessageRefused(_logger, _role, RemoteAddress, code, text);
        End(new(code, text), new((int)code, CloseStatus.Cut(text)), discardOutgoing: true);
    }

    /// <summary>This side has closed: what still comes is dropped until the other side's Close frame, or until the time for it is over.</summary>
    private async ValueTask ReceiveCloseAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytesMin);
        try
        {
            while (_socket.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                var result = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Close) break;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
